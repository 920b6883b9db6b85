"""What the parts of the connector share: the site, its errors, and Chargebee's ways with lists and writes.

https://apidocs.chargebee.com/docs/api/error-handling
https://apidocs.chargebee.com/docs/api/idempotency
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from hashlib import sha256
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from trunkline_chargebee import ChargebeeSettings
from trunkline_chargebee.normalize_invoices import InvoiceRecords
from trunkline_chargebee.normalize_offers import OfferRecords
from trunkline_chargebee.normalize_orders import OrderRecords
from trunkline_chargebee.normalize_subscriptions import SubscriptionRecords
from trunkline_contracts.api import Api, Params
from trunkline_contracts.errors import (
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
)
from trunkline_contracts.http import ErrorTable, Http, HttpResponse
from trunkline_contracts.results import Quote

T = TypeVar("T")

FULL_PAGE = 100
_LONGEST_KEY = 100

ERRORS: ErrorTable = {
    "api_authorization_failed": PermissionDeniedError,
    "api_request_limit_exceeded": RateLimitedError,
    "configuration_incompatible": UnsupportedError,
    "duplicate_entry": ConflictError,
    "invalid_state_for_pause": ConflictError,
    "invalid_state_for_request": ConflictError,
    "lock_timeout": RateLimitedError,
    "payment_gateway_currency_incompatible": ConflictError,
    "payment_method_not_present": ConflictError,
    "payment_method_verification_failed": ConflictError,
    "payment_processing_failed": ConflictError,
    "request_blocked": PermissionDeniedError,
    "resource_not_found": NotFoundError,
    # The whole site: nothing an agent could find under another id.
    "site_not_found": PermissionDeniedError,
    "third_party_api_request_limit_exceeded": RateLimitedError,
    # The idempotency key was used for another request before.
    "unable_to_process_request": ConflictError,
}


class _Refusal(BaseModel):
    """Chargebee's form of an error, without its prose."""

    api_error_code: str
    param: str | None = None


def _error_code(response: HttpResponse) -> str | None:
    """The code, and for a code that needs it the parameter at fault: `param_wrong_value:date.after`."""
    try:
        refusal = _Refusal.model_validate_json(response.body)
    except ValidationError:
        return None
    code, param = refusal.api_error_code, refusal.param
    return f"{code}:{param.replace('[', '.').replace(']', '')}" if param and code not in ERRORS else code


class Normalize(InvoiceRecords, SubscriptionRecords, OfferRecords, OrderRecords):
    """Builds our records for one connection."""


class Account:
    """One Chargebee site, for the length of one call."""

    def __init__(self, settings: ChargebeeSettings, http: Http) -> None:
        base = f"https://{settings.site}.chargebee.com/api/v2"
        self._api = Api(http, base, error_code=_error_code, errors=ERRORS)
        self._call = http.call
        self._to = Normalize(http.call.connection, http.call.custom_fields)
        key = http.call.idempotency_key
        self._once = {"chargebee-idempotency-key": _short(key)} if key else {}

    async def _write(self, path: str, *ids: str, gives: type[T], form: Params, quoted: Quote | None = None) -> T:
        """Send the call's one write, with its key."""
        return await self._api.call("POST", path, *ids, gives=gives, form=form, headers=self._once, quoted=quoted)


def _short(key: str) -> str:
    """A key, or what stands for one that is too long for Chargebee."""
    return key if len(key) <= _LONGEST_KEY else sha256(key.encode()).hexdigest()


def one_of(words: Iterable[str]) -> str:
    """Several words as the value of a filter `…[in]`."""
    return orjson.dumps(list(words)).decode()


def midnight(day: date) -> int:
    """The beginning of a day, UTC, as Chargebee writes moments."""
    return int(datetime.combine(day, time(), UTC).timestamp())
