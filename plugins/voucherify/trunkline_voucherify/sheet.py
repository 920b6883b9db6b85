"""Voucherify's capability sheet: what it can do of each tool, and how."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    DEDUCT_POINTS,
    ENROLL_MEMBER,
    FIND_CUSTOMERS,
    FIND_ORDERS,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
    LIST_REWARDS,
    REDEEM_REWARD,
    REVERSE_POINTS,
    UPDATE_CUSTOMER,
)

_POINTS = (
    "API v1: one wallet per card, and our marker is kept as source_id, by which nothing is de-duplicated. API v2: a "
    "wallet is one of the member's cards, our marker is kept at the end of the reason, and the change is only "
    "accepted: Voucherify carries it out later."
)

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, without=frozenset(("phone", "postal_code")), note="Found by e-mail, id or name."),
    Capability(GET_CUSTOMER),
    Capability(CREATE_CUSTOMER, write_class=WriteClass.UNMARKED, reversible=False,
        without=frozenset(("company", "tags")),
        note="Looked up first by external_id (source_id) and email. Nobody can be looked up by phone, so a customer "
        "with a phone alone is refused."),
    Capability(UPDATE_CUSTOMER, write_class=WriteClass.SET_VALUE, without=frozenset(("if_version",)),
        note="Voucherify keeps one name, so given_name and family_name are changed together; it has no tags and no "
        "language. Custom fields are sent together with those that stay.",
        unverified="Whether the parts of an address that are not sent stay."),
    Capability(GET_LOYALTY_ACCOUNT,
        note="`program` names another campaign with API v1; a connection with API v2 works on its one programme."),
    Capability(LIST_POINTS_TRANSACTIONS, support="partial",
        note="The kinds are sorted out page by page, so a page can be short. API v2 lists one card after the other, "
        "each newest first; with both APIs points that were added as pending and later became active are two entries."),
    Capability(GRANT_POINTS, write_class=WriteClass.MARKED, note=f"{_POINTS} API v2 takes no expires_at.",
        without=frozenset(("activates_at", "counts_toward_tier"))),
    Capability(DEDUCT_POINTS, write_class=WriteClass.MARKED, note=f"{_POINTS} Only active points are taken.",
        without=frozenset(("counts_toward_tier", "allow_negative"))),
    Capability(LIST_REWARDS,
        note="API v1 names the rewards that the member's tier may have. Why one is not available is told with "
        "affordable_only=false."),
    Capability(REDEEM_REWARD, write_class=WriteClass.UNMARKED,
        note="API v1 gives the code at once, and takes `points` for rewards of free size and an `order`. API v2 takes "
        "neither, and only accepts the purchase: the code is not known yet.",
        unverified="Whether a code stops working when its redemption is taken back."),
    Capability(ENROLL_MEMBER, write_class=WriteClass.SET_VALUE, reversible=False,
        note="Who is a member already is given as found: Voucherify lets a customer join once.",
        unverified="With API v2 the customer is named by customer_identification, as in Voucherify's own Java library; "
        "its guide still shows a bare customer_id."),
    Capability(REVERSE_POINTS, support="partial", write_class=WriteClass.UNMARKED,
        note="What was spent on a reward is given back natively (v1: rollback within three months, v2: refund). What "
        "was earned, added or taken by hand is undone by an opposite change. Only the last 100 changes of an account's "
        "card are looked through, and nothing is reversed twice among them.",
        unverified="Whether a reward that is in the customer's hands is taken back too."),
    Capability(FIND_ORDERS, support="partial", without=frozenset(("email",)), only={"status": ("canceled",)},
        note="By the order's id or the shop's number (source_id), or by the customer's activity, of which each order "
        "is then read; which are canceled is sorted out page by page. What was sent is not told: no fulfillment and no "
        "parcels. Amounts need the setting `currency`.",
        unverified="Where an event of a customer's activity names its order, and that amounts are in the smallest unit "
        "of currencies without or with three decimal places."),
)  # fmt: skip
