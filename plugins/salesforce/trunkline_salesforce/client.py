"""simple-salesforce over our `Http`: what the SDK gives becomes models, what Salesforce refuses becomes our errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import orjson
from pydantic import BaseModel, RootModel, ValidationError
from simple_salesforce.api import Salesforce as Sdk
from simple_salesforce.format import format_external_id

from trunkline_contracts.api import parse, refuse
from trunkline_contracts.bridge import requests_session, run_sync
from trunkline_contracts.errors import (
    ConflictError,
    InternalError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedError,
    VendorBugError,
    VendorUnavailableError,
)
from trunkline_contracts.http import CallContext, ErrorTable, Http, HttpRequest, HttpResponse
from trunkline_salesforce import SalesforceSettings, vendor

M = TypeVar("M", bound=BaseModel)


class AbsentError(PermissionDeniedError):
    """The org does not have this kind of record, or hides it."""


# https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm#statuscode
ERRORS: ErrorTable = {
    **dict.fromkeys(("NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"), NotFoundError),
    **dict.fromkeys(("DUPLICATES_DETECTED", "DUPLICATE_VALUE", "CANNOT_UPDATE_CONVERTED_LEAD"), ConflictError),
    # Somebody else held the record for ten seconds, and Salesforce gave up before it changed anything.
    "UNABLE_TO_LOCK_ROW": ConflictError,
    **dict.fromkeys(
        (
            "INSUFFICIENT_ACCESS_OR_READONLY",
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            "INVALID_SESSION_ID",
            "API_DISABLED_FOR_ORG",
        ),
        PermissionDeniedError,
    ),
    **dict.fromkeys(("QUERY_TIMEOUT", "SERVER_UNAVAILABLE"), VendorUnavailableError),
    # The only filter of ours that Salesforce can find fault with is an id.
    "INVALID_QUERY_FILTER_OPERATOR": NotFoundError,
    "INVALID_TYPE": AbsentError,
    "MALFORMED_QUERY": InternalError,
}
# The fields of a query are ours, so one that Salesforce does not know is hidden from the token's user.
_READING_ERRORS: ErrorTable = {**ERRORS, "INVALID_FIELD": PermissionDeniedError}
# A creation names no record, so what is not found is the kind.
_CREATING_ERRORS: ErrorTable = {**ERRORS, "NOT_FOUND": AbsentError}
_BY_METHOD = {"GET": _READING_ERRORS, "POST": _CREATING_ERRORS}
_REFUSED = 400


def sdk(settings: SalesforceSettings, http: Http) -> Sdk:
    """Build the SDK's client; the gateway puts the token in the placeholder's place."""
    return Sdk(
        instance=f"{settings.my_domain}.my.salesforce.com",
        session_id="added-by-the-gateway",
        version=settings.api_version.removeprefix("v"),
        session=requests_session(http),
        object_pairs_hook=dict,
    )


@dataclass(frozen=True)
class Write:
    """One of several writes; `name` is what a later one calls its record by, as in `@{name.id}`."""

    name: str
    method: Literal["POST", "PATCH"]
    path: str
    fields: dict[str, Any]


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

    async def create(self, name: str, fields: dict[str, Any], headers: dict[str, str] | None = None) -> str:
        """Make a record; gives its id."""
        answer = await run_sync(getattr(self._sdk, name).create, fields, headers=headers)
        return _read(answer, vendor.Saved).id

    async def upsert(self, name: str, field: str, key: str, fields: dict[str, Any]) -> vendor.Upserted:
        """Make the record that has this key in a field, or change it where it exists."""
        path = format_external_id(field, key)
        answer = await run_sync(getattr(self._sdk, name).upsert, path, fields, raw_response=True)
        return _read(answer.json(), vendor.Upserted)

    async def search(self, sosl: str, gives: type[M]) -> list[M]:
        """Read what a search finds in the index."""
        answer = await run_sync(self._sdk.search, sosl)
        return [_read(row, gives) for row in _read(answer, vendor.FoundBySearch).search_records]

    async def describe(self, name: str) -> vendor.Description:
        """Read what the org says of a kind of record."""
        return _read(await run_sync(getattr(self._sdk, name).describe), vendor.Description)

    async def together(self, *writes: Write) -> list[str | None]:
        """Do several writes, or none of them; gives the ids of the records that were made."""
        base = f"/services/data/v{self._sdk.sf_version}/sobjects/"
        parts = [
            {"method": write.method, "url": base + write.path, "referenceId": write.name, "body": write.fields}
            for write in writes
        ]
        body = {"allOrNone": True, "compositeRequest": parts}
        answer = await run_sync(self._sdk.restful, "composite/", method="POST", json=body)
        done = _read(answer, vendor.Composite).composite_response
        _refuse_failed(done, self._sdk.base_url)
        return [part.body.get("id") if isinstance(part.body, dict) else None for part in done]

    async def post(self, path: str, body: dict[str, Any], gives: type[M]) -> M:
        """Run what is no record, such as a process or an action with one input, whose answer is a list of one."""
        answer = await run_sync(self._sdk.restful, path, method="POST", json=body)
        return _read(answer[0] if isinstance(answer, list) and answer else answer, gives)


def _refuse_failed(parts: list[vendor.CompositePart], url: str) -> None:
    """Raise for the write that failed; the others then only say that they were taken back."""
    failed = [part for part in parts if part.http_status_code >= _REFUSED]
    responses = [HttpResponse(part.http_status_code, {}, orjson.dumps(part.body), url) for part in failed]
    for response in sorted(responses, key=lambda item: error_code(item) == "PROCESSING_HALTED"):
        refuse(response, error_code, ERRORS)


@contextmanager
def needs(part: str) -> Iterator[None]:
    """Say which part of Salesforce is missing where a kind of record is."""
    try:
        yield
    except AbsentError:
        raise UnsupportedError(
            f"This org has no {part}, or hides it from the token's user: an operator can tell."
        ) from None


class _Answer(RootModel[dict[str, Any] | list[dict[str, Any]]]):
    """What Salesforce answers: a record, or, to an action, one for each of its inputs."""


class _Checked:
    """An `Http` that lets only successes with a readable body through, so that the SDK's own errors never come up."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @property
    def call(self) -> CallContext:
        return self._http.call

    async def send(self, request: HttpRequest) -> HttpResponse:
        response = await self._http.send(request)
        refuse(response, error_code, _BY_METHOD.get(request.method, ERRORS))
        if response.status != 204:  # noqa: PLR2004 - no content
            parse(response, _Answer)
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
