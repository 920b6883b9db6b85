"""What Chargebee can do of each tool."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.tools import (
    APPLY_DISCOUNT,
    CANCEL_ORDER,
    CANCEL_SUBSCRIPTION,
    CHANGE_SUBSCRIPTION,
    CREATE_CUSTOMER,
    CREATE_PAYMENT_LINK,
    FIND_CUSTOMERS,
    FIND_INVOICES,
    FIND_ORDERS,
    GET_BILLING_ACCOUNT,
    GET_CUSTOMER,
    ISSUE_CREDIT,
    ISSUE_REFUND,
    LIST_OFFERS,
    LIST_SUBSCRIPTIONS,
    PAUSE_SUBSCRIPTION,
    RESUME_SUBSCRIPTION,
    UPDATE_CUSTOMER,
)

_KEY = WriteClass.NATIVE_KEY
_OWN_MAILS = "Whether the customer gets a mail is a setting of the Chargebee site."

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, without=frozenset(("name", "postal_code")),
        note="Looked up in the live list; an external id is Chargebee's own customer id, which the company may "
            "choose, and a phone number is found only as it is written in Chargebee.",
        unverified="Whether the filter on e-mail addresses minds capital letters."),
    Capability(GET_CUSTOMER, unverified="How dates, moments and check boxes of custom fields are written."),
    Capability(CREATE_CUSTOMER, write_class=_KEY, without=frozenset(("tags",)), reversible=False,
        note="Looked for by every key first, in the live list; `external_id` becomes Chargebee's customer id. No tool "
            "deletes a customer.",
        unverified="How dates, moments and check boxes of custom fields are written."),
    Capability(UPDATE_CUSTOMER, support="partial", write_class=_KEY,
        note="Tags are refused, for there are none. An address is changed in a call of its own; the parts that are "
            "not given stay. `if_version` is compared before the write, not by Chargebee.",
        unverified="That an empty text clears a custom field."),
    Capability(GET_BILLING_ACCOUNT,
        note="Counts the subscriptions that have not ended, and adds up the 100 newest unpaid invoices."),
    Capability(LIST_SUBSCRIPTIONS, support="partial",
        only={"status": ("pending", "trialing", "active", "past_due", "paused", "canceled")},
        note="Chargebee knows no past_due: it is an active subscription with unpaid invoices that are due, sorted out "
            "page by page, so a page can be short."),
    Capability(FIND_INVOICES, only={"status": ("draft", "open", "paid", "void")},
        note="An invoice's number is its id; what was refunded is known where one invoice was asked for."),
    Capability(FIND_ORDERS, support="emulated",
        note="Orders are of goods on invoices only. A customer's are found by their 100 newest invoices, for Chargebee "
            "does not list them by customer; one order is found by its id, not by its number.",
        unverified="No recording has orders."),
    Capability(LIST_OFFERS,
        note="Plans are the active item prices in the target's currency. Whether a coupon fits a plan, Chargebee says "
            "when it is applied.",
        unverified="No recording has coupons."),
    Capability(PAUSE_SUBSCRIPTION, write_class=_KEY, only={"mode": ("stop_service",)}, notifies_customer=True,
        note="Starts now where `starts` is left out; `resume_at` is midnight UTC; the site has to have pausing "
            f"switched on. The reason stays with the gateway. {_OWN_MAILS}"),
    Capability(RESUME_SUBSCRIPTION, write_class=_KEY, notifies_customer=True,
        note=f"Ending a pause can bill at once, as the site is set up. {_OWN_MAILS}"),
    Capability(CANCEL_SUBSCRIPTION, write_class=_KEY, notifies_customer=True,
        note="`refund` other than none needs when: now, makes a credit note and lets Chargebee refund it later; left "
            "out, the site's own setting decides about credits. `feedback` is one of the site's cancel reason codes; "
            "the reason stays with the gateway. `on` is midnight UTC. What was used and not yet billed is billed or "
            "dropped as the site is set up. A subscription with a contract term is refused. " + _OWN_MAILS,
        unverified="Credits and their refund: no recording has them."),
    Capability(CHANGE_SUBSCRIPTION, write_class=_KEY, notifies_customer=True,
        note="An item is one price: `item_id` is the price_id of a line, quantity 0 takes an add-on away. A plan that "
            "is added takes the place of the plan there is, unless the site allows several. Where `proration` is left "
            "out, the site's settings decide. A change that was scheduled before is dropped. " + _OWN_MAILS,
        unverified="No recording has a change or an estimate. A site with ramps may keep what was scheduled."),
    Capability(APPLY_DISCOUNT, write_class=_KEY, reversible=False, notifies_customer=True,
        note="On subscriptions only, by the coupon's id or one of its codes, from the next invoice on. No tool takes a "
            f"coupon off. The reason stays with the gateway. {_OWN_MAILS}",
        unverified="No recording has coupons."),
    Capability(ISSUE_CREDIT, write_class=_KEY, without=frozenset(("expires_at",)), reversible=False,
        notifies_customer=True,
        note="Promotional credits, used up by the next invoices in that currency. No tool deducts them; Chargebee's "
            f"own pages do. {_OWN_MAILS}",
        unverified="No recording has promotional credits."),
    Capability(CREATE_PAYMENT_LINK, support="partial", write_class=_KEY, reversible=False,
        note="The page to pay on asks for all that the customer owes in the invoice's currency. Chargebee's pages can "
            "be opened for five days, and cannot be closed before.",
        unverified="No recording has hosted pages."),
    Capability(CANCEL_ORDER, support="partial", write_class=_KEY, only={"refund": ("store_credit", "none")},
        without=frozenset(("restock",)), reversible=False, notifies_customer=True,
        note="store_credit is a refundable credit note over all that was paid for the order: credit on the account, no "
            "money back. A reason that is one of Chargebee's words, such as product_not_required, is sent as that; any "
            f"other as the comment on `others`. No tool opens an order again. {_OWN_MAILS}",
        unverified="No recording has orders; that no credit note is made where no amount is given."),
    Capability(ISSUE_REFUND, write_class=_KEY, without=frozenset(("lines",)), reversible=False,
        notifies_customer=True,
        note="Refunds an invoice, not a single payment, and only what was paid online, one of several payments at a "
            "time; Chargebee always makes a credit note for it. store_credit makes the credit note alone: credit on "
            f"the account. {_OWN_MAILS}",
        unverified="A refund's answer, for no recording has one, and an invoice's number with a slash in it."),
)  # fmt: skip
