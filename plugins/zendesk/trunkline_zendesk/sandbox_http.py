"""How the imitated Zendesk account speaks: pages, refusals, and the door."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_zendesk.sandbox_records import API_EMAIL, API_TOKEN, OAUTH_TOKEN, Json

_WINDOW = 1000

Load = Callable[[list[Json]], Json]
"""Gives what comes along with some records."""


def in_order(request: Request, records: list[Json]) -> list[Json]:
    """In the order that cursor paging (`sort`) or offset paging (`sort_by`) names."""
    sort, by = request.query_params.get("sort", "id"), request.query_params.get("sort_by")
    is_down = request.query_params.get("sort_order", "desc") == "desc" if by else sort.startswith("-")
    field = by or sort.lstrip("-")
    return sorted(records, key=lambda record: (record.get(field) or "", record["id"]), reverse=is_down)


def paged(request: Request, name: str, records: list[Json], load: Load | None = None) -> Response:
    """One page of a list: by cursor where `page[size]` is sent, else by number."""
    query = request.query_params
    if "page[size]" not in query:
        return numbered(request, name, records, load)
    size, after = int(query["page[size]"]), query.get("page[after]")
    start = int(b64decode(after)) if after else 0
    part, has_more = records[start : start + size], len(records) > start + size
    meta = {"has_more": has_more, "after_cursor": _cursor(start + size) if has_more else None, "before_cursor": None}
    body: Json = {name: [dict(record) for record in part], "meta": meta, "links": {"prev": None, "next": None}}
    if has_more:
        body["links"]["next"] = _address(request, {"page[after]": meta["after_cursor"]})
    return JSONResponse({**body, **(load(body[name]) if load else {})})


def numbered(request: Request, name: str, records: list[Json], load: Load | None = None) -> Response:
    """One page of a list by its number."""
    page, size = int(request.query_params.get("page", 1)), int(request.query_params.get("per_page", 100))
    part = [dict(record) for record in records[(page - 1) * size : page * size]]
    following = _address(request, {"page": page + 1}) if len(records) > page * size else None
    body = {name: part, "count": len(records), "next_page": following, "previous_page": None}
    return JSONResponse({**body, **(load(part) if load else {})})


def searched(request: Request, records: list[Json], load: Load | None = None) -> Response:
    """One page of a search, which ends at its window whatever the count says."""
    page, size = int(request.query_params.get("page", 1)), int(request.query_params.get("per_page", 100))
    if page * size > _WINDOW:
        return refusal(422, "invalid", "Requested response size was greater than Search Response Limits")
    return numbered(request, "results", records, load)


def _cursor(start: int) -> str:
    return b64encode(str(start).encode()).decode()


def _address(request: Request, changes: dict[str, Any]) -> str:
    return str(request.url.replace(query=urlencode({**request.query_params, **changes})))


def refusal(status: int, error: str, description: str, **more: Any) -> Response:
    """Zendesk's form of an error."""
    return JSONResponse({"error": error, "description": description, **more}, status)


def invalid(details: Json) -> Response:
    """The refusal of what Zendesk would not store, with its reasons by field."""
    return refusal(422, "RecordInvalid", "Record validation errors", details=details)


def not_found() -> Response:
    """The answer about a record that is not there."""
    return refusal(404, "RecordNotFound", "Not found")


def is_known(request: Request) -> bool:
    """Whether the credential is one of the account's."""
    basic = "Basic " + b64encode(f"{API_EMAIL}/token:{API_TOKEN}".encode()).decode()
    return request.headers.get("authorization") in {basic, f"Bearer {OAUTH_TOKEN}"}


class Door:
    """Refuses strangers, but where Zendesk greets them; takes `.json` off the path; tells the limit."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request in, or not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"].removesuffix(".json")
        if not (is_known(Request(scope)) or path.endswith("/users/me")):
            await JSONResponse({"error": "Couldn't authenticate you"}, 401)(scope, receive, send)
            return

        async def send_with_limit(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(b"x-rate-limit-remaining", b"699"), (b"ratelimit-reset", b"60")]
            await send(message)

        await self.app({**scope, "path": path, "raw_path": path.encode()}, receive, send_with_limit)
