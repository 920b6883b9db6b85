"""One HubSpot account, as all its tools see it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel

from trunkline_contracts.api import Api
from trunkline_contracts.entities.crm import Activity, Deal
from trunkline_contracts.entities.helpdesk import Conversation, Message, Ticket
from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
)
from trunkline_contracts.fields import CustomField, FieldKind
from trunkline_contracts.http import ErrorTable, Http, HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Freshness, Page, Total, Warning
from trunkline_hubspot import HubspotSettings, vendor, vendor_setup
from trunkline_hubspot.fields import KINDS, CustomFields, described
from trunkline_hubspot.normalize import Normalize
from trunkline_hubspot.sheet import SEARCH_LAG_S

P = TypeVar("P")
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T", Activity, Conversation, Deal, Message, Ticket)

# https://developers.hubspot.com/docs/api-reference/error-handling
_ERRORS: ErrorTable = {
    "OBJECT_NOT_FOUND": NotFoundError,
    "VALIDATION_ERROR": InvalidArgumentError,
    "CONFLICT": ConflictError,
    "INVALID_AUTHENTICATION": PermissionDeniedError,
    "EXPIRED_AUTHENTICATION": PermissionDeniedError,
    "MISSING_SCOPES": PermissionDeniedError,
    "RATE_LIMITS": RateLimitedError,
}
MOST_ASSOCIATED = 500
_LARGEST_BATCH = 100


def error_code(response: HttpResponse) -> str | None:
    """Read `category`; legacy interfaces have prose only."""
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    category = body.get("category") if isinstance(body, dict) else None
    return category if isinstance(category, str) else None


@dataclass
class Associated(Generic[P]):
    """Objects that are associated with another, and what is missing among them."""

    objects: list[vendor.Object[P]] = field(default_factory=list)
    truncated: bool = False
    unreadable: int = 0


class Account:
    """What the tools share."""

    def __init__(self, settings: HubspotSettings, http: Http) -> None:
        self._settings = settings
        self._api = Api(http, "https://api.hubapi.com", error_code=error_code, errors=_ERRORS)
        self._fields = CustomFields(http.call.custom_fields)
        self._to = Normalize(http.call.connection, settings.external_id_property, self._fields)
        self._marker = http.call.marker

    async def describe_fields(self) -> list[CustomField]:
        """The account's own properties of contacts, tickets and deals."""
        fields: list[CustomField] = []
        for kind in KINDS:
            found = await self._api.get(
                "/crm/v3/properties/{}", vendor.OBJECT_TYPES[kind], gives=vendor_setup.PropertyDefinitions
            )
            fields += described(kind, found.results)
        return fields

    def _asked(self, kind: FieldKind, model: type[BaseModel], more: Iterable[str] = ()) -> list[str]:
        """The properties to ask for: those of a model, the custom ones, and some more."""
        return asked_for(model, (*self._fields.names(kind), *more))

    async def _search(
        self, object_type: str, gives: type[vendor.Found[P]], properties: Sequence[str], body: Mapping[str, Any],
        limit: int, cursor: str | None,
    ) -> vendor.Found[P]:  # fmt: skip
        """One page of a search: `filterGroups`, `sorts` and `query` are in the body."""
        left = vendor.MOST_RESULTS - _offset(cursor)
        page = {"properties": list(properties), "limit": min(limit, left), **given({"after": cursor})}
        whole = {"sorts": [], **body, **page}
        return await self._api.call(
            "POST", "/crm/v3/objects/{}/search", object_type, gives=gives, json=whole, safe=True
        )

    async def _associated(
        self, of: tuple[str, str], object_type: str, gives: type[vendor.Batch[P]], properties: Sequence[str]
    ) -> Associated[P]:
        """Read what is associated with an object from the database, up to a number that no person should reach."""
        ids = await self._api.get(
            "/crm/v4/objects/{}/{}/associations/{}", *of, object_type, gives=vendor.AssociatedIds,
            params={"limit": MOST_ASSOCIATED},
        )  # fmt: skip
        found: Associated[P] = Associated(truncated=bool(ids.paging and ids.paging.next))
        wanted = list(dict.fromkeys(row.to_object_id for row in ids.results))
        for start in range(0, len(wanted), _LARGEST_BATCH):
            batch = await self._read_batch(object_type, gives, properties, wanted[start : start + _LARGEST_BATCH])
            found.objects += batch.results
        # A 207 counts its errors, but what it leaves out is missing whatever it counts.
        found.unreadable = len(wanted) - len(found.objects)
        return found

    async def _read_batch(
        self, object_type: str, gives: type[vendor.Batch[P]], properties: Sequence[str], ids: Sequence[str]
    ) -> vendor.Batch[P]:
        """Read objects by their ids; HubSpot answers 207 where it lacks some of them."""
        inputs = [{"id": object_id} for object_id in ids]
        body = {"inputs": inputs, "properties": list(properties), "propertiesWithHistory": []}
        return await self._api.call(
            "POST", "/crm/v3/objects/{}/batch/read", object_type, gives=gives, json=body, safe=True
        )

    async def _link(self, record: tuple[str, str], others: Iterable[Ref], *, is_written: bool) -> tuple[Warning, ...]:
        """Associate a record with others, one by one.

        Once something is written an association that fails is said, and no error: the record is there.
        """
        failed: list[Ref] = []
        for other in others:
            try:
                await self._associate(record, other)
            except CallError:
                if not is_written:
                    raise
                failed.append(other)
            is_written = True
        told = f"Written, but not linked with {', '.join(failed)}: link it again."
        return (Warning(code="part_unavailable", message=told),) if failed else ()

    async def _associate(self, record: tuple[str, str], other: Ref) -> None:
        path = "/crm/v4/objects/{}/{}/associations/default/{}/{}"
        to = (vendor.OBJECT_TYPES[other.kind], other.vendor_id)
        linked = await self._api.call("PUT", path, *record, *to, gives=vendor.Linked)
        if linked.num_errors or not linked.results:
            raise ConflictError("HubSpot did not associate the two records: read them again.")

    async def _owner(self, wanted: str) -> str:
        """The owner's id, of an e-mail address or of an id as a tool returned it."""
        if (known := self._known_owner(wanted)) is not None:
            return known
        if "@" not in wanted:
            raise InvalidArgumentError("Give the assignee's e-mail address, or their id as a tool returned it.")
        found = await self._api.get("/crm/v3/owners", gives=vendor_setup.Owners, params={"email": wanted})
        if not found.results:
            raise NotFoundError("HubSpot has no owner of this e-mail address.")
        return found.results[0].id

    def _known_owner(self, text: str) -> str | None:
        try:
            ref = Ref(text)
        except ValueError:
            return None
        return ref.vendor_id if ref == self._to.ref("agent", ref.vendor_id) else None


def _offset(cursor: str | None) -> int:
    """How many results came before; HubSpot refuses to look beyond a number of them."""
    offset = int(cursor or 0) if re.fullmatch(r"[0-9]{1,5}", cursor or "0") else vendor.MOST_RESULTS
    if offset >= vendor.MOST_RESULTS:
        raise InvalidArgumentError("This is no cursor of this search: start without one.")
    return offset


def asked_for(model: type[Any], more: Iterable[str] = ()) -> list[str]:
    """The properties to ask for: those of a model, and some more."""
    return list(dict.fromkeys((*model.model_fields, *more)))


def equals(name: str, value: str) -> dict[str, str]:
    """A filter for one value."""
    return {"propertyName": name, "operator": "EQ", "value": value}


def search_freshness() -> Freshness:
    """How old an answer of HubSpot's search can be."""
    return Freshness(source="search_index", max_lag_s=SEARCH_LAG_S)


def search_page(found: vendor.Found[Any], items: tuple[Any, ...]) -> dict[str, Any]:
    """The fields of a page of a search; its last results have no next page."""
    after = found.paging.next.after if found.paging and found.paging.next else None
    cursor = after if after and int(after) < vendor.MOST_RESULTS else None
    return {"items": items, "next_cursor": cursor, "total": Total(value=found.total, exact=False)}


def search_warnings(found: vendor.Found[Any]) -> tuple[Warning, ...]:
    """What to know where there are more results than HubSpot gives."""
    if found.total <= vendor.MOST_RESULTS:
        return ()
    told = f"HubSpot gives the first {vendor.MOST_RESULTS} of its results only: narrow the search down."
    return (Warning(code="truncated", message=told),)


def list_warnings(*found: Associated[Any]) -> tuple[Warning, ...]:
    """What is missing in a list that was read by associations."""
    warnings = []
    if any(part.truncated for part in found):
        told = f"There are more than {MOST_ASSOCIATED} of a kind: the others were not looked at."
        warnings.append(Warning(code="truncated", message=told))
    if any(part.unreadable for part in found):
        warnings.append(Warning(code="part_unavailable", message="HubSpot would not give some of the records."))
    return tuple(warnings)


def page_of(items: Sequence[T], limit: int, cursor: str | None) -> Page[T]:
    """A page of a list that was read whole; the cursor is the last record that was shown."""
    ids = [item.id.vendor_id for item in items]
    if cursor and cursor not in ids:
        raise InvalidArgumentError("The record that this cursor stands for is gone: start without one.")
    start = ids.index(cursor) + 1 if cursor else 0
    part = tuple(items[start : start + limit])
    return Page(items=part, next_cursor=ids[start + limit - 1] if start + limit < len(ids) else None)


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def after(before: vendor.Object[M], written: vendor.Object[M], sent: Mapping[str, str]) -> vendor.Object[M]:
    """An object as a change leaves it: HubSpot answers a change with a part of it only."""
    answered = written.properties.model_dump(exclude_unset=True)
    merged = {**before.properties.model_dump(), **sent, **answered}
    properties = type(before.properties).model_validate(merged)
    return before.model_copy(update={"properties": properties, "updated_at": written.updated_at})


def check_version(wanted: str | None, found: str | None) -> None:
    """Raise ConflictError where somebody changed the record since."""
    if wanted and wanted != found:
        raise ConflictError("The record changed since that version: read it again.")
