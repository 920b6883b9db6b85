"""Voucherify: loyalty programmes, by the API that their project uses: v1 (v2018-08-01) or v2.

https://docs.voucherify.io/api-reference/loyalty-v2-api-overview
"""

from typing import Annotated, Literal

from pydantic import SecretStr, StringConstraints, model_validator

from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, RateState, Settings
from trunkline_contracts.record import Line
from trunkline_contracts.values import Currency
from trunkline_voucherify.sheet import CAPABILITIES

_ACCOUNT = r"[A-Za-z0-9_.\-]{1,120}"

_SOURCES = (
    "Written against Voucherify's own OpenAPI files of 2026-08-21, of API v2 documentation/openapi/loyalties-v2.json; "
    "no wire recording was at hand."
)
_IN_PROGRESS = "Of the loyalty API v2 Voucherify says in places that its documentation is in progress."
_ABSENT = {
    "set_tier": "Both loyalty APIs compute a tier from points.",
    "cancel_order": "Voucherify holds what a shop told it of an order, and stops neither parcel nor payment.",
}


class VoucherifySettings(Settings):
    """What an operator fills in: the project's cluster, and its loyalty campaign or its loyalty programme.

    A `campaign` is worked on by API v1, a `program` by API v2: exactly one of them is given. `currency` is that of the
    project's amounts, which Voucherify does not tell; without it no amount of money is given.
    """

    host: Literal["api.voucherify.io", "us1.api.voucherify.io", "as1.api.voucherify.io"] = "api.voucherify.io"
    campaign: Line | None = None
    program: Annotated[str, StringConstraints(pattern=r"^lprg_[a-f0-9]{1,60}$")] | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _one_api(self) -> "VoucherifySettings":
        if (self.campaign is None) == (self.program is None):
            raise ValueError("give campaign (loyalty API v1) or program (loyalty API v2), and not both")
        return self


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
        contract_version=1,
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
            "loyalty_account": _ACCOUNT,
            # An account, with API v2 its card, and the change; with API v1 also a redemption (r_) of that account.
            "points_transaction": rf"{_ACCOUNT}(:lcrd_[a-f0-9]{{1,60}})?:[a-z]+_[A-Za-z0-9]{{1,60}}",
            "reward": r"l?rew_[A-Za-z0-9]{1,60}",
            "redemption": r"(r|lrtx)_[A-Za-z0-9]{1,60}",
            "order": r"[A-Za-z0-9_.@+#\-]{1,120}",
        },
        api_version="v2018-08-01",
        cassette_fields="trunkline_voucherify:cassette_fields.txt",
        docs="https://docs.voucherify.io/api-reference",
        sandbox="trunkline_voucherify.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        custom_fields=("customer",),
        notes=(_SOURCES, _IN_PROGRESS),
        absent=_ABSENT,
    )
