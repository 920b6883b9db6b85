"""Stripe: customers, subscriptions, invoices, offers and money back (API 2026-10-28.endive).

https://docs.stripe.com/api
"""

from typing import Literal

from pydantic import SecretStr

from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, Settings
from trunkline_stripe.sheet import CAPABILITIES

API_VERSION = "2026-10-28.endive"
"""The version that stripe-python 16.1.0 speaks; every request names it, whatever the account's own."""


class StripeSettings(Settings):
    """What an operator fills in: what becomes of the invoices that are made while collection is paused."""

    while_paused: Literal["void", "keep_as_draft", "mark_uncollectible"] = "void"


class StripeKey(Credentials):
    """A secret key, better a restricted one with rights for customers, payments, products, Billing and Checkout."""

    secret_key: SecretStr


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    return Manifest(
        contract_version=1,
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
            "order": r"cs_[A-Za-z0-9_]{1,200}",
            "credit": r"cbtxn_[A-Za-z0-9]{1,120}",
        },
        api_version=API_VERSION,
        cassette_fields="trunkline_stripe:cassette_fields.txt",
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
        absent={
            "cancel_order": "Stripe has no orders: what was paid in a Checkout session is given back by issue_refund"
        },
    )
