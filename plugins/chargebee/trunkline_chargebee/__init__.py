"""Chargebee: customers, subscriptions, invoices, offers and orders (API v2, Product Catalog 2.0).

https://apidocs.chargebee.com/docs/api
"""

from typing import Annotated

from pydantic import SecretStr, StringConstraints

from trunkline_chargebee.sheet import CAPABILITIES
from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.manifest import BasicAuth, Credentials, Manifest, Settings


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
        contract_version=1,
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
            "credit": an_id,
            "order": an_id,
        },
        custom_fields=("customer",),
        api_version="v2",
        cassette_fields="trunkline_chargebee:cassette_fields.txt",
        docs="https://apidocs.chargebee.com/docs/api",
        sandbox="trunkline_chargebee.sandbox:sandbox",
        notes=(
            "Judged by Chargebee's OpenAPI file of the older API v1 and by 21 recorded exchanges of v2 of 2026-06.",
            "Names of v2 that neither has follow the package chargebee 3.29.0 and Chargebee's own pages.",
            "How update_for_items treats lines and ended subscriptions is as in Chargebee's API file of v2 of 2026-08.",
            "Sites on Product Catalog 1.0 can neither cancel nor change a subscription: they have no /…_for_items.",
            "Amounts without decimals: Chargebee's pages name JPY, KRW, XAF and XOF, the rest is as in ISO 4217.",
            "All other amounts come in hundredths, those in dinars too.",
            "Chargebee forgets an idempotency key after 30 minutes: repeat no write after that.",
        ),
    )
