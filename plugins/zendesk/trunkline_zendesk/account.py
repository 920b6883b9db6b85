"""One Zendesk account, as all its tools see it."""

from datetime import datetime
from typing import Any

import orjson

from trunkline_contracts.api import Api
from trunkline_contracts.errors import ConflictError
from trunkline_contracts.http import ErrorTable, Http, HttpResponse
from trunkline_contracts.values import Freshness
from trunkline_zendesk import SEARCH_LAG_S, ZendeskSettings, vendor
from trunkline_zendesk.lookups import Lookups
from trunkline_zendesk.normalize import Normalize, version_of

NAMED = "users,groups,custom_statuses"
"""What to load beside tickets, so that ids have names."""

# A key that was used for another ticket; an address or an id that somebody else has.
_ERRORS: ErrorTable = {"IdempotentRequestError": ConflictError, "DuplicateValue": ConflictError}


def _error_code(response: HttpResponse) -> str | None:
    """Read `error` where it is a word; elsewhere it is prose, or an object that holds prose."""
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(body, dict):
        return None
    error = "DuplicateValue" if "DuplicateValue" in _reasons(body.get("details")) else body.get("error")
    return error if isinstance(error, str) else None


def _reasons(details: Any) -> set[Any]:
    """The words by which Zendesk says of single fields what is wrong with them."""
    lists = details.values() if isinstance(details, dict) else ()
    return {item.get("error") for items in lists if isinstance(items, list) for item in items if isinstance(item, dict)}


def check_version(wanted: str | None, updated_at: datetime | None) -> None:
    """Raise ConflictError where a record is not any more what the caller read."""
    if wanted and wanted != version_of(updated_at):
        raise ConflictError("The record was changed since this version: read it again.")


def search_freshness() -> Freshness:
    """How old an answer of Zendesk's search can be."""
    return Freshness(source="search_index", max_lag_s=SEARCH_LAG_S)


class Account:
    """What the tools share."""

    def __init__(self, settings: ZendeskSettings, http: Http) -> None:
        base = f"https://{settings.subdomain}.zendesk.com/api/v2"
        self._api = Api(http, base, error_code=_error_code, errors=_ERRORS)
        self._to = Normalize(http.call.connection, settings.subdomain, http.call.custom_fields)
        self._lookups = Lookups(self._api, self._to)
        self._call = http.call

    async def _read_ticket(self, ticket_id: str, *more: str) -> vendor.TicketAnswer:
        """A ticket, with names for its ids and what else is wanted beside it."""
        params: dict[str, Any] = {"include": ",".join((NAMED, *more))}
        return await self._api.get("/tickets/{}.json", ticket_id, gives=vendor.TicketAnswer, params=params)
