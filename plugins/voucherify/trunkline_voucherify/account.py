"""What Voucherify's tools share: the API, its errors, and how its records are made ours."""

import orjson

from trunkline_contracts.api import Api
from trunkline_contracts.errors import ConflictError, NotFoundError
from trunkline_contracts.http import Http, HttpResponse
from trunkline_voucherify import VoucherifySettings
from trunkline_voucherify.normalize import Normalize

_ERRORS = {
    "already_rolled_back": ConflictError,
    "insufficient_card_balance": ConflictError,
    "insufficient_loyalty_points": ConflictError,
    "loyalty_card_points_exceeded": ConflictError,
    "no_voucher_suitable_for_publication": ConflictError,
    "quantity_exceeded": ConflictError,
    "reward_out_of_stock": ConflictError,
    "voucher_disabled": ConflictError,
    "voucher_expired": ConflictError,
    "voucher_not_found": NotFoundError,
    "zero_card_balance": ConflictError,
}


def _error_code(response: HttpResponse) -> str | None:
    """Read `key` of https://docs.voucherify.io/api-reference/errors."""
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    key = body.get("key") if isinstance(body, dict) else None
    return key if isinstance(key, str) else None


class Account:
    """One project, for the length of one call."""

    def __init__(self, settings: VoucherifySettings, http: Http) -> None:
        self._api = Api(http, f"https://{settings.host}", error_code=_error_code, errors=_ERRORS)
        self._settings = settings
        self._call = http.call
        self._to = Normalize(http.call, settings.currency)
