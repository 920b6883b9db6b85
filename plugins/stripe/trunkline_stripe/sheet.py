"""What Stripe can do of each tool, and how safely."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.tools import (
    APPLY_DISCOUNT,
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

_FEEDBACK = (
    *("customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex"),
    *("too_expensive", "unused"),
)

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, without=frozenset(("external_id", "postal_code")), search_lag_s=60,
        note="An e-mail address alone is looked up in the live list, which minds capital letters, and if it is not "
            "there in the search index; a phone number or a name only in the index, as Stripe stores it.",
        unverified="How the search language escapes a backslash."),
    Capability(GET_CUSTOMER),
    Capability(CREATE_CUSTOMER, write_class=WriteClass.NATIVE_KEY, reversible=False, search_lag_s=60,
        without=frozenset(("external_id", "tags", "custom_fields")),
        note="Given and family name become Stripe's one name, the company its business name. Somebody made within "
            "the last minute can be missing where a phone number is looked up. The look-up needs the search index.",
        unverified="The business name: it is newer than every recording."),
    Capability(UPDATE_CUSTOMER, write_class=WriteClass.NATIVE_KEY, support="partial",
        without=frozenset(("if_version",)),
        note="Stripe has one name, no version, no tags and no custom fields. An address is replaced as a whole; a "
            "language is the first of Stripe's list."),
    Capability(GET_BILLING_ACCOUNT,
        note="Counts the subscriptions that have not ended, and adds up the first 100 open invoices."),
    Capability(ISSUE_CREDIT, write_class=WriteClass.NATIVE_KEY, reversible=False, without=frozenset(("expires_at",)),
        note="The credit lowers the customer's next invoices; it is never paid out and never expires."),
    Capability(CREATE_PAYMENT_LINK, write_class=WriteClass.NATIVE_KEY, reversible=False,
        note="An open invoice has its page already. A page to change the way to pay is the customer portal, which the "
            "account must have set up; the link expires within minutes.",
        unverified="The portal: no recording has a session of it."),
    Capability(FIND_ORDERS, support="emulated", without=frozenset(("status",)),
        note="An order is a completed Checkout session in payment mode: orders that were paid without Stripe's page "
            "are not there. They have no number, and nothing is known of parcels.",
        unverified="The recorded sessions were never completed."),
    Capability(LIST_SUBSCRIPTIONS, support="partial",
        note="Several statuses at once are sorted out page by page, so a page can be short. What an attached schedule "
            "will do stands in `scheduled`."),
    Capability(FIND_INVOICES, support="partial", search_lag_s=60,
        note="An invoice's number is looked up in the search index; several statuses at once are sorted out page by "
            "page, so a page can be short; `since` is about when an invoice was made."),
    Capability(PAUSE_SUBSCRIPTION, write_class=WriteClass.NATIVE_KEY, only={"starts": ("now",)},
        note="stop_collection leaves the subscription active and deals with each new invoice as the connection's "
            "`while_paused` says, until `resume_at` (midnight UTC). stop_service needs Stripe's flexible billing "
            "mode and no attached schedule, credits unused time to the next invoice and takes no `resume_at`.",
        unverified="stop_service: Stripe added it on 2026-09-30 and no recording has it."),
    Capability(RESUME_SUBSCRIPTION, write_class=WriteClass.NATIVE_KEY,
        only={"undo": ("pause", "scheduled_cancel")},
        note="After stop_service a new period begins and is billed; the subscription stays paused until that invoice "
            "is paid, for at most 23 hours. Stripe schedules no pause, so there is none to undo."),
    # Stripe's keys do nothing for a DELETE, which is what `when: now` sends.
    Capability(CANCEL_SUBSCRIPTION, write_class=WriteClass.SET_VALUE,
        only={"refund": ("none",), "feedback": _FEEDBACK},
        note="A cancellation moves no money: refund a payment with issue_refund. `on` is midnight UTC. A subscription "
            "that a schedule manages can only be cancelled now."),
    Capability(CHANGE_SUBSCRIPTION, write_class=WriteClass.NATIVE_KEY, support="partial", only={"when": ("now",)},
        note="Lines that are not named stay, a quantity of 0 takes a line away. A change at the period's end would "
            "need a schedule that restates the whole subscription, and so could lose parts of it. `proration` is "
            "next_invoice where it is absent; a plan with another interval is billed at once all the same.",
        unverified="What a preview with proration at once leaves out: no recording has a preview."),
    Capability(LIST_OFFERS, support="partial",
        note="Plans are the active recurring prices in the customer's currency, of every product. Discounts are the "
            "active promotion codes, and on the pages after them the coupons. A code's minimum amount or first-order "
            "rule only Stripe can judge: such an offer has no `eligible`.",
        unverified="Promotion codes and coupons: no recording lists them."),
    Capability(APPLY_DISCOUNT, write_class=WriteClass.NATIVE_KEY, support="partial", reversible=False,
        note="Stripe discounts subscriptions, and no customer since 2025: a customer's only subscription is taken. The "
            "whole list of discounts is replaced by itself and the new one.",
        unverified="The reply to a list of discounts: no recording sends one."),
    Capability(ISSUE_REFUND, write_class=WriteClass.NATIVE_KEY, only={"destination": ("original",)},
        without=frozenset(("lines",)), reversible=False, notifies_customer=True,
        note="The invoice stays as it is: no credit note is made. Whether the customer gets a mail is a setting of "
            "the Stripe account."),
)  # fmt: skip
