"""Talon.One's capability sheet: what it can do of each tool, and how."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
    REVERSE_POINTS,
    SET_TIER,
)

_POINTS_NOTE = (
    "Talon.One answers with neither an id nor a balance. Reason and operation id are kept together in the "
    "transaction's name, which a shop may show to its customer; the reason is cut where the two pass 255 characters."
)

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, support="partial", without=frozenset(("postal_code",)),
        note="Only whole values are found, written exactly as in the profile: e-mail addresses are asked for in lower "
        "case, telephone numbers as E.164.",
        unverified="The names of the profile attributes differ between companies: see the setting `attributes`."),
    Capability(GET_CUSTOMER, note="Custom fields are read, and cannot be written with a Management API key."),
    Capability(GET_LOYALTY_ACCOUNT, support="partial", without=frozenset(("program",)),
        note="The tier is that of the main ledger. Who is a member is not told, so who has or had points, or holds a "
        "tier, is taken for one; nor is it told what expires when.",
        unverified="What is answered for a profile that has not joined the programme."),
    Capability(LIST_POINTS_TRANSACTIONS, support="partial",
        only={"kinds": ("earn", "redeem", "adjust_add", "adjust_deduct")},
        note="The kinds are told by whether a session or a rule made a transaction, and sorted out page by page, so a "
        "page can be short; what expired is in the balance only.",
        unverified="That the newest come first: Talon.One says that the last 50 are returned, not in which order."),
    Capability(GRANT_POINTS, write_class=WriteClass.MARKED, without=frozenset(("counts_toward_tier",)),
        note=_POINTS_NOTE,
        unverified="When points without activates_at or expires_at become active or expire."),
    Capability(DEDUCT_POINTS, write_class=WriteClass.MARKED,
        without=frozenset(("counts_toward_tier", "allow_negative")),
        note=f"Only active points are taken, and the balance is read first. {_POINTS_NOTE}",
        unverified="How Talon.One itself refuses when the active points do not suffice."),
    Capability(REVERSE_POINTS, support="emulated", write_class=WriteClass.MARKED,
        note="An opposite transaction in the same ledger, whose name tells which one it reverses, and which is not "
        "made twice. Points that are pending or expired cannot be taken back, and the session that made a transaction "
        f"is left as it is. {_POINTS_NOTE}",
        unverified="That one UUID names one transaction of a profile."),
    Capability(SET_TIER, support="partial", write_class=WriteClass.SET_VALUE,
        note="The tier of the main ledger, by the import of one line. It needs `until`, and a programme whose tiers "
        "expire; Talon.One would rather have points added or deducted. The reason is kept in our ledger only.",
        unverified="When an imported tier is seen in the balance, and that a programme whose tiers expire is one with "
        "a tiersExpirationPolicy."),
)  # fmt: skip
