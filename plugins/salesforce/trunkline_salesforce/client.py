"""simple-salesforce over our `Http`: what the SDK gives becomes models, what Salesforce refuses becomes our errors."""

from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from simple_salesforce.api import Salesforce as Sdk

from trunkline_contracts.api import parse, refuse
from trunkline_contracts.bridge import requests_session, run_sync
from trunkline_contracts.errors import (
    ConflictError,
    InternalError,
    NotFoundError,
    PermissionDeniedError,
    VendorBugError,
    VendorUnavailableError,
)
from trunkline_contracts.http import CallContext, ErrorTable, Http, HttpRequest, HttpResponse
from trunkline_salesforce import SalesforceSettings, vendor

M = TypeVar("M", bound=BaseModel)

# https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm#statuscode
ERRORS: ErrorTable = {
    **dict.fromkeys(("NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"), NotFoundError),
    **dict.fromkeys(("DUPLICATES_DETECTED", "DUPLICATE_VALUE", "CANNOT_UPDATE_CONVERTED_LEAD"), ConflictError),
    # Somebody else held the record for ten seconds, and Salesforce gave up before it changed anything.
    "UNABLE_TO_LOCK_ROW": ConflictError,
    **dict.fromkeys(
        (
            "INSUFFICIENT_ACCESS_OR_READONLY",
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            "INVALID_TYPE",
            "INVALID_SESSION_ID",
            "API_DISABLED_FOR_ORG",
        ),
        PermissionDeniedError,
    ),
    **dict.fromkeys(("QUERY_TIMEOUT", "SERVER_UNAVAILABLE"), VendorUnavailableError),
    "MALFORMED_QUERY": InternalError,
}
# The fields of a query are ours, so one that Salesforce does not know is hidden from the token's user.
_READING_ERRORS: ErrorTable = {**ERRORS, "INVALID_FIELD": PermissionDeniedError}


def sdk(settings: SalesforceSettings, http: Http) -> Sdk:
    """Build the SDK's client; the gateway puts the token in the placeholder's place."""
    return Sdk(
        instance=f"{settings.my_domain}.my.salesforce.com",
        session_id="added-by-the-gateway",
        version=settings.api_version.removeprefix("v"),
        session=requests_session(http),
        object_pairs_hook=dict,
    )


class Client:
    """The few calls that the connector makes."""

    def __init__(self, settings: SalesforceSettings, http: Http) -> None:
        self._sdk = sdk(settings, _Checked(http))

    async def query(self, soql: str, gives: type[M], *, every: bool = False) -> list[M]:
        """Read what a query finds, which has to have its own LIMIT; `every` finds deleted and archived records too."""
        answer = await run_sync(self._sdk.query, soql, include_deleted=every)
        return [_read(row, gives) for row in _read(answer, vendor.Found).records]

    async def update(self, name: str, record_id: str, fields: dict[str, Any], headers: dict[str, str]) -> None:
        """Set fields of a record."""
        await run_sync(getattr(self._sdk, name).update, record_id, fields, headers=headers)

    async def create(self, name: str, fields: dict[str, Any]) -> str:
        """Make a record; gives its id."""
        answer = await run_sync(getattr(self._sdk, name).create, fields)
        return _read(answer, vendor.Saved).id


class _Checked:
    """An `Http` that lets only successes with a readable body through, so that the SDK's own errors never come up."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @property
    def call(self) -> CallContext:
        return self._http.call

    async def send(self, request: HttpRequest) -> HttpResponse:
        response = await self._http.send(request)
        refuse(response, error_code, _READING_ERRORS if request.method == "GET" else ERRORS)
        if response.status != 204:  # noqa: PLR2004 - no content
            parse(response, dict[str, Any])
        return response


def error_code(response: HttpResponse) -> str | None:
    """Read the first `errorCode` of a refusal, which is a list."""
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    first = body[0] if isinstance(body, list) and body else None
    code = first.get("errorCode") if isinstance(first, dict) else None
    return code if isinstance(code, str) else None


def _read(value: Any, gives: type[M]) -> M:
    try:
        read = gives.model_validate(value)
    except ValidationError as error:
        # The record can hold personal data: name the fields, never the values.
        fields = sorted({str(item["loc"][-1]) if item["loc"] else "body" for item in error.errors()})
        raise VendorBugError(
            f"Salesforce answered what cannot be read: {', '.join(fields[:5])}; try again later."
        ) from None
    return read
