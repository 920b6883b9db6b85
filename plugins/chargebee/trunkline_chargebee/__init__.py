"""Chargebee: customers, subscriptions, invoices and refunds (API v2, Product Catalog 2.0).

https://apidocs.chargebee.com/docs/api
"""

from typing import Annotated

from pydantic import SecretStr, StringConstraints

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.manifest import BasicAuth, Credentials, Manifest, Settings
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

_OWN_MAILS = "Whether the customer gets a mail is a setting of the Chargebee site."

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, without=frozenset(("name", "postal_code")),
        note="Looked up in the live list; an external id is Chargebee's own customer id, which the company may "
            "choose, and a phone number is found only as it is written in Chargebee.",
        unverified="Whether the filter on e-mail addresses minds capital letters."),
    Capability(GET_CUSTOMER),
    Capability(GET_BILLING_ACCOUNT,
        note="Counts the subscriptions that have not ended, and adds up the 100 newest unpaid invoices."),
    Capability(LIST_SUBSCRIPTIONS, support="partial",
        only={"status": ("pending", "trialing", "active", "past_due", "paused", "canceled")},
        note="Chargebee knows no past_due: it is an active subscription with unpaid invoices that are due, sorted out "
            "page by page, so a page can be short."),
    Capability(FIND_INVOICES, only={"status": ("draft", "open", "paid", "void")},
        note="An invoice's number is its id; what was refunded is known where one invoice was asked for."),
    Capability(PAUSE_SUBSCRIPTION, write_class=WriteClass.NATIVE_KEY, only={"mode": ("stop_service",)},
        notifies_customer=True,
        note="Starts now where `starts` is left out; `resume_at` is midnight UTC; the site has to have pausing "
            f"switched on. The reason stays with the gateway. {_OWN_MAILS}"),
    Capability(RESUME_SUBSCRIPTION, write_class=WriteClass.NATIVE_KEY, notifies_customer=True,
        note=f"Ending a pause can bill at once, as the site is set up. {_OWN_MAILS}"),
    Capability(CANCEL_SUBSCRIPTION, write_class=WriteClass.NATIVE_KEY, notifies_customer=True,
        note="`refund` other than none needs when: now, makes a credit note and lets Chargebee refund it later; left "
            "out, the site's own setting decides about credits. `feedback` is one of the site's cancel reason codes; "
            "the reason stays with the gateway. `on` is midnight UTC. What was used and not yet billed is billed or "
            "dropped as the site is set up. A subscription with a contract term is refused. " + _OWN_MAILS,
        unverified="Credits and their refund: no recording has them."),
    Capability(ISSUE_REFUND, write_class=WriteClass.NATIVE_KEY, only={"destination": ("original",)},
        reversible=False, notifies_customer=True,
        note="Refunds an invoice, not a single payment, and only what was paid online, one of several payments at a "
            f"time; Chargebee always makes a credit note for it. {_OWN_MAILS}",
        unverified="A refund's answer, for no recording has one, and an invoice's number with a slash in it."),
)  # fmt: skip


class ChargebeeSettings(Settings):
    """What an operator fills in: the site's name, which ends in `-test` for a test site."""

    site: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]


class ChargebeeKey(Credentials):
    """An API key of the site with rights to read and to write."""

    api_key: SecretStr


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    an_id = r"[^\s/\\?#%]{1,200}"
    return Manifest(
        vendor="chargebee",
        title="Chargebee",
        category=Category.BILLING,
        settings=ChargebeeSettings,
        auth={"api_key": BasicAuth(ChargebeeKey, username="{api_key}", password="")},
        hosts=("{site}.chargebee.com",),
        connector="trunkline_chargebee.connector:Chargebee",
        capabilities=CAPABILITIES,
        ids={
            "customer": an_id,
            "billing_account": an_id,
            "subscription": an_id,
            "invoice": an_id,
            "payment": an_id,
            "refund": an_id,
            "credit_note": an_id,
            "payment_method": an_id,
            "offer": an_id,
        },
        api_version="v2",
        docs="https://apidocs.chargebee.com/docs/api",
        sandbox="trunkline_chargebee.sandbox:sandbox",
        notes=(
            "Judged by Chargebee's OpenAPI file of the older API v1 and by 21 recorded exchanges of v2 of 2026-06.",
            "Names of v2 that neither has follow the package chargebee 3.29.0 and Chargebee's own pages.",
            "Sites on Product Catalog 1.0 cannot cancel: they have no /cancel_for_items.",
            "Amounts without decimals: Chargebee's pages name JPY, KRW, XAF and XOF, the rest is as in ISO 4217.",
            "All other amounts come in hundredths, those in dinars too.",
            "Chargebee forgets an idempotency key after 30 minutes: repeat no write after that.",
        ),
    )
