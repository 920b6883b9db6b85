"""Stripe: customers, subscriptions, invoices and refunds (API 2026-10-28.endive).

https://docs.stripe.com/api
"""

from typing import Literal

from pydantic import SecretStr

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, Settings
from trunkline_contracts.tools import (
    CANCEL_SUBSCRIPTION,
    FIND_CUSTOMERS,
    FIND_INVOICES,
    GET_BILLING_ACCOUNT,
    GET_CUSTOMER,
    ISSUE_REFUND,
    LIST_SUBSCRIPTIONS,
    PAUSE_SUBSCRIPTION,
    RESUME_SUBSCRIPTION,
)

API_VERSION = "2026-10-28.endive"
"""The version that stripe-python 16.1.0 speaks; every request names it, whatever the account's own."""

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
    Capability(GET_BILLING_ACCOUNT,
        note="Counts the subscriptions that have not ended, and adds up the first 100 open invoices."),
    Capability(LIST_SUBSCRIPTIONS, support="partial",
        note="Several statuses at once are sorted out page by page, so a page can be short."),
    Capability(FIND_INVOICES, support="partial", search_lag_s=60,
        note="An invoice's number is looked up in the search index; several statuses at once are sorted out page by "
            "page, so a page can be short; `since` is about when an invoice was made."),
    Capability(PAUSE_SUBSCRIPTION, write_class=WriteClass.NATIVE_KEY, only={"starts": ("now",)},
        note="stop_collection leaves the subscription active and deals with each new invoice as the connection's "
            "`while_paused` says, until `resume_at` (midnight UTC). stop_service needs Stripe's flexible billing "
            "mode, credits unused time to the next invoice and takes no `resume_at`.",
        unverified="stop_service: Stripe added it on 2026-09-30 and no recording has it."),
    Capability(RESUME_SUBSCRIPTION, write_class=WriteClass.NATIVE_KEY,
        only={"undo": ("pause", "scheduled_cancel")},
        note="After stop_service a new period begins and is billed; the subscription stays paused until that invoice "
            "is paid, for at most 23 hours."),
    # Stripe's keys do nothing for a DELETE, which is what `when: now` sends.
    Capability(CANCEL_SUBSCRIPTION, write_class=WriteClass.SET_VALUE,
        only={"refund": ("none",), "feedback": _FEEDBACK},
        note="A cancellation moves no money: refund a payment with issue_refund. `on` is midnight UTC."),
    Capability(ISSUE_REFUND, write_class=WriteClass.NATIVE_KEY, only={"destination": ("original",)},
        reversible=False, notifies_customer=True,
        note="The invoice stays as it is: no credit note is made. Whether the customer gets a mail is a setting of "
            "the Stripe account."),
)  # fmt: skip


class StripeSettings(Settings):
    """What an operator fills in: what becomes of the invoices that are made while collection is paused."""

    while_paused: Literal["void", "keep_as_draft", "mark_uncollectible"] = "void"


class StripeKey(Credentials):
    """A secret key, better a restricted one with rights for customers, billing, charges, refunds and products."""

    secret_key: SecretStr


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    return Manifest(
        vendor="stripe",
        title="Stripe",
        category=Category.BILLING,
        settings=StripeSettings,
        auth={"secret_key": HeaderAuth(StripeKey, {"Authorization": "Bearer {secret_key}"})},
        hosts=("api.stripe.com",),
        connector="trunkline_stripe.connector:Stripe",
        capabilities=CAPABILITIES,
        ids={
            "customer": r"[A-Za-z0-9_\-]{1,200}",
            "billing_account": r"[A-Za-z0-9_\-]{1,200}",
            "subscription": r"[A-Za-z0-9_\-]{1,200}",
            "invoice": r"in_[A-Za-z0-9]{1,120}",
            "payment": r"(pi|ch|py|pr|inpay)_[A-Za-z0-9_]{1,120}",
            "refund": r"(re|pyr)_[A-Za-z0-9]{1,120}",
            "payment_method": r"[A-Za-z0-9_]{1,120}",
            "subscription_item": r"si_[A-Za-z0-9]{1,120}",
            "discount": r"di_[A-Za-z0-9]{1,120}",
            "offer": r"[^\s/\\?#%]{1,200}",
        },
        api_version=API_VERSION,
        docs="https://docs.stripe.com/api",
        sandbox="trunkline_stripe.sandbox:sandbox",
        native="trunkline_stripe.client:native",
        extra="stripe",
        notes=(
            "Judged by Stripe's OpenAPI file of 2023-08-16 and by traffic recorded up to 2026-03-25.dahlia.",
            "What is newer follows stripe-python 16.1.0.",
            "Stripe's search is not available to merchants in India: there a lookup that needs it is refused.",
            "Stripe's 429 names no time to wait.",
        ),
    )
