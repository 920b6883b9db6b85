"""One Freshdesk account, as all its tools see it."""

from typing import Any

import orjson

from trunkline_contracts.api import Api
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError
from trunkline_contracts.http import Http, HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_freshdesk import FreshdeskSettings, vendor
from trunkline_freshdesk.normalize import Normalize

_LARGEST_PAGE = 100


class Account:
    """What the tools share."""

    def __init__(self, settings: FreshdeskSettings, http: Http) -> None:
        self._api = Api(http, f"https://{settings.subdomain}.freshdesk.com/api/v2", error_code=_error_code)
        self._to = Normalize(http.call.connection, settings.subdomain, http.call.custom_fields)

    async def _ticket(self, ticket_id: str) -> vendor.Ticket:
        return await self._api.get("/tickets/{}", ticket_id, gives=vendor.Ticket)

    async def _group_id(self, wanted: str | None) -> int | None:
        """The group of an id as a tool returned it, or of a name; of groups, the first 100 are looked through."""
        if wanted is None or (known := self._known("team", wanted)) is not None:
            return known if wanted else None
        groups = await self._api.get("/groups", gives=list[vendor.Group], params={"per_page": _LARGEST_PAGE})
        same = [group.id for group in groups if (group.name or "").casefold() == wanted.casefold()]
        if not same:
            names = [group.name for group in groups if group.name]
            raise NotFoundError("Freshdesk has no group of this name.", alternatives=names[:10])
        return same[0]

    async def _agent_id(self, wanted: str | None) -> int | None:
        """The agent of an id as a tool returned it, or of an e-mail address."""
        if wanted is None or (known := self._known("agent", wanted)) is not None:
            return known if wanted else None
        if "@" not in wanted:
            raise InvalidArgumentError("Freshdesk finds agents by their e-mail address only: give that, or the id.")
        agents = await self._api.get("/agents", gives=list[vendor.Agent], params={"email": wanted})
        if not agents:
            raise NotFoundError("Freshdesk has no agent with this e-mail address.")
        return agents[0].id

    def _known(self, kind: str, text: str) -> int | None:
        """Freshdesk's id, where a text is a reference of this connection."""
        try:
            ref = Ref(text)
        except ValueError:
            return None
        return int(ref.vendor_id) if ref == self._to.ref(kind, ref.vendor_id) and ref.vendor_id.isdecimal() else None


def _error_code(response: HttpResponse) -> str | None:
    """The code of a refusal, or of the first field that it is about."""
    try:
        body: Any = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else body
    code = first.get("code") if isinstance(first, dict) else None
    return code if isinstance(code, str) else None
