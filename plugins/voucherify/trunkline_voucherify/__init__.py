"""Voucherify: loyalty programmes (API v1, version v2018-08-01).

https://docs.voucherify.io/api-reference/loyalties
"""

from typing import Literal

from pydantic import SecretStr

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, RateState, Settings
from trunkline_contracts.record import Line
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
)

_POINTS_NOTE = (
    "Voucherify v1 has one balance per card, no date of activation, and keeps our marker as source_id without "
    "de-duplicating by it."
)

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, without=frozenset(("phone", "postal_code")), note="Found by e-mail, id or name."),
    Capability(GET_CUSTOMER),
    Capability(GET_LOYALTY_ACCOUNT),
    Capability(LIST_POINTS_TRANSACTIONS, support="partial", without=frozenset(("since",)),
        note="The kinds are sorted out page by page, so a page can be short."),
    Capability(GRANT_POINTS, write_class=WriteClass.MARKED, note=_POINTS_NOTE,
        without=frozenset(("wallet", "activates_at", "counts_toward_tier"))),
    Capability(DEDUCT_POINTS, write_class=WriteClass.MARKED, note=_POINTS_NOTE,
        without=frozenset(("wallet", "counts_toward_tier", "allow_negative"))),
)  # fmt: skip


class VoucherifySettings(Settings):
    """What an operator fills in: the project's cluster and the loyalty campaign that the tools work on."""

    host: Literal["api.voucherify.io", "us1.api.voucherify.io", "as1.api.voucherify.io"] = "api.voucherify.io"
    campaign: Line


class VoucherifyKeys(Credentials):
    """A server-side key pair of the project."""

    app_id: SecretStr
    app_token: SecretStr


def _rate_dialect(response: HttpResponse) -> RateState:
    """Read the headers of https://docs.voucherify.io/guides/limits: the wait is in seconds."""
    remaining = response.headers.get("x-rate-limit-remaining", "")
    retry = response.headers.get("x-rate-limit-retry", "")
    return RateState(
        remaining=int(remaining) if remaining.isdigit() else None,
        reset_s=float(retry) if retry.isdigit() else None,
    )


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    return Manifest(
        vendor="voucherify",
        title="Voucherify",
        category=Category.LOYALTY,
        settings=VoucherifySettings,
        auth={
            "api_key": HeaderAuth(VoucherifyKeys, {"X-App-Id": "{app_id}", "X-App-Token": "{app_token}"}),
        },
        hosts=("{host}",),
        connector="trunkline_voucherify.connector:Voucherify",
        capabilities=CAPABILITIES,
        ids={
            "customer": r"[A-Za-z0-9_.@+\-]{1,120}",
            "loyalty_account": r"[A-Za-z0-9_.\-]{1,120}",
            "points_transaction": r"[A-Za-z0-9_]{1,60}",
        },
        api_version="v2018-08-01",
        docs="https://docs.voucherify.io/api-reference",
        sandbox="trunkline_voucherify.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        notes=(
            "Written against Voucherify's own OpenAPI file of 2026-08; no wire recording was at hand.",
            "Loyalty API v2 is not covered: its paths are not in that file.",
        ),
    )
