"""A stateful imitation of Zendesk, for the demo, for tests and for faults: never a proof about Zendesk."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_zendesk.sandbox_search import fits_article, fits_ticket, fits_user
from trunkline_zendesk.sandbox_state import API_EMAIL, API_TOKEN, OAUTH_TOKEN, ROBIN, Desk, Json

_WINDOW = 1000
_USER_FIELDS = {"requester_id", "assignee_id", "submitter_id", "author_id"}


class Api:
    """Zendesk's routes over the state."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.keys: dict[str, tuple[bytes, Json]] = {}

    async def me(self, request: Request) -> Response:
        """`GET /users/me`: a stranger is greeted as an anonymous end user."""
        anonymous = {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}
        return JSONResponse({"user": self.desk.users[ROBIN] if _is_known(request) else anonymous})

    async def show_user(self, request: Request) -> Response:
        """`GET /users/{id}`."""
        user = self.desk.users.get(request.path_params["id"])
        return JSONResponse({"user": user}) if user else not_found()

    async def list_users(self, request: Request) -> Response:
        """`GET /users`."""
        return paged(request, "users", list(self.desk.users.values()))

    async def search_users(self, request: Request) -> Response:
        """`GET /users/search`."""
        query, external_id = request.query_params.get("query", ""), request.query_params.get("external_id")
        users = self.desk.users.values()
        found = [
            user for user in users if (user["external_id"] == external_id if external_id else fits_user(user, query))
        ]
        return paged(request, "users", found)

    async def show_users(self, request: Request) -> Response:
        """`GET /users/show_many`."""
        ids = request.query_params.get("ids", "").split(",")
        external_ids = request.query_params.get("external_ids", "").split(",")
        users = self.desk.users.values()
        return paged(
            request, "users", [user for user in users if str(user["id"]) in ids or user["external_id"] in external_ids]
        )

    async def show_organization(self, request: Request) -> Response:
        """`GET /organizations/{id}`."""
        company = self.desk.organizations.get(request.path_params["id"])
        return JSONResponse({"organization": company}) if company else not_found()

    async def list_groups(self, request: Request) -> Response:
        """`GET /groups`."""
        return paged(request, "groups", self.desk.groups)

    async def show_group(self, request: Request) -> Response:
        """`GET /groups/{id}`."""
        found = [group for group in self.desk.groups if group["id"] == request.path_params["id"]]
        return JSONResponse({"group": found[0]}) if found else not_found()

    async def list_statuses(self, _: Request) -> Response:
        """`GET /custom_statuses`: all at once."""
        return JSONResponse({"custom_statuses": self.desk.statuses})

    async def list_tickets(self, request: Request) -> Response:
        """`GET /tickets`, `GET /users/{id}/tickets/requested`."""
        requester = request.path_params.get("id")
        if requester is not None and requester not in self.desk.users:
            return not_found()
        tickets = [item for item in self.desk.tickets.values() if requester in {None, item["requester_id"]}]
        return paged(request, "tickets", _sorted(request, tickets), self.sideloads(request))

    async def show_ticket(self, request: Request) -> Response:
        """`GET /tickets/{id}`."""
        ticket = self.desk.tickets.get(request.path_params["id"])
        if ticket is None:
            return not_found()
        return JSONResponse({"ticket": ticket, **self.sideloads(request)([ticket])})

    async def create_ticket(self, request: Request) -> Response:
        """`POST /tickets`: a key that was seen gets the ticket that was made for it."""
        key, sent, given = (
            request.headers.get("idempotency-key"),
            await request.body(),
            (await request.json())["ticket"],
        )
        if key in self.keys:
            earlier, answer = self.keys[key]
            if earlier != sent:
                return refusal(
                    400, "IdempotentRequestError", "Request parameters don't match the given idempotency key"
                )
            return JSONResponse(answer, 201, {"x-idempotency-lookup": "hit"})
        if refused := self._refused_fields(given):
            return refused
        answer = self.desk.create(given)
        if key:
            self.keys[key] = (sent, {**answer, "ticket": dict(answer["ticket"])})
        return JSONResponse(answer, 201, {"x-idempotency-lookup": "miss"} if key else None)

    async def update_ticket(self, request: Request) -> Response:
        """`PUT /tickets/{id}`: a closed ticket never changes, and a guarded change only an unchanged ticket."""
        ticket, given = self.desk.tickets.get(request.path_params["id"]), await _given(request)
        if ticket is None:
            return not_found()
        if ticket["status"] == "closed":
            details = {"status": [{"description": "Status: closed prevents ticket update"}]}
            return refusal(422, "RecordInvalid", "Record validation errors", details=details)
        if given.get("safe_update") and given.get("updated_stamp") != ticket["updated_at"]:
            return refusal(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data")
        return self._refused_fields(given) or JSONResponse(self.desk.update(ticket, given))

    def _refused_fields(self, given: Json) -> Response | None:
        """What Zendesk would not store."""
        people = [given[name] for name in _USER_FIELDS if given.get(name) is not None]
        if unknown := [person for person in people if person not in self.desk.users]:
            details = {"base": [{"description": f"User {unknown[0]} is invalid"}]}
            return refusal(422, "RecordInvalid", "Record validation errors", details=details)
        return None

    async def list_comments(self, request: Request) -> Response:
        """`GET /tickets/{id}/comments`."""
        if request.path_params["id"] not in self.desk.tickets:
            return not_found()
        comments = self.desk.comments(request.path_params["id"])
        return paged(request, "comments", _sorted(request, comments), self.sideloads(request))

    async def list_audits(self, request: Request) -> Response:
        """`GET /tickets/{id}/audits`."""
        audits = self.desk.audits.get(request.path_params["id"])
        return paged(request, "audits", audits) if audits is not None else not_found()

    async def search(self, request: Request) -> Response:
        """`GET /search`, for tickets and users."""
        query, desk = request.query_params.get("query", ""), self.desk
        tickets = [item for item in desk.tickets.values() if fits_ticket(item, query, desk.users, desk.groups)]
        found = [{**ticket, "result_type": "ticket"} for ticket in _sorted(request, tickets)]
        if "type:user" in query:
            found = [{**user, "result_type": "user"} for user in desk.users.values() if fits_user(user, query)]
        return searched(request, found, self.sideloads(request))

    async def search_articles(self, request: Request) -> Response:
        """`GET /help_center/articles/search`."""
        query, locale = request.query_params.get("query", ""), request.query_params.get("locale")
        articles = [article for article in self.desk.articles if locale in {None, article["locale"]}]
        found = [{**article, "snippet": article["body"]} for article in articles if fits_article(article, query)]
        return searched(request, found)

    def sideloads(self, request: Request) -> Callable[[list[Json]], Json]:
        """What `include` asks for beside some records."""
        wanted = set(re.findall(r"\w+", request.query_params.get("include", "")))

        def load(records: list[Json]) -> Json:
            ids = {record.get(name) for record in records for name in _USER_FIELDS}
            people = [user for user in self.desk.users.values() if user["id"] in ids]
            loaded = {
                "users": people,
                "groups": _named(self.desk.groups, "group_id", records),
                "custom_statuses": _named(self.desk.statuses, "custom_status_id", records),
            }
            self._decorate(wanted, records)
            return {name: value for name, value in loaded.items() if name in wanted}

        return load

    def _decorate(self, wanted: set[str], tickets: list[Json]) -> None:
        """Sideloads that stand within a ticket."""
        for ticket in tickets:
            if "comment_count" in wanted:
                ticket["comment_count"] = len(self.desk.comments(ticket["id"]))
            if "slas" in wanted:
                due = {"metric": "first_reply_time", "stage": "active", "breach_at": ticket["created_at"]}
                ticket["slas"] = {"policy_metrics": [due]}


Load = Callable[[list[Json]], Json]


def _named(records: list[Json], field: str, by: list[Json]) -> list[Json]:
    """The records whose ids stand in a field of others."""
    ids = {item.get(field) for item in by}
    return [record for record in records if record["id"] in ids]


def _sorted(request: Request, records: list[Json]) -> list[Json]:
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


async def _given(request: Request) -> Json:
    ticket: Json = (await request.json())["ticket"]
    return ticket


def not_found() -> Response:
    """The answer about a record that is not there."""
    return refusal(404, "RecordNotFound", "Not found")


async def _no_route(_: Request, __: Exception) -> Response:
    return refusal(404, "InvalidEndpoint", "Not found")


def _is_known(request: Request) -> bool:
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
        if not (_is_known(Request(scope)) or path.endswith("/users/me")):
            await JSONResponse({"error": "Couldn't authenticate you"}, 401)(scope, receive, send)
            return

        async def send_with_limit(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(b"x-rate-limit-remaining", b"699"), (b"ratelimit-reset", b"60")]
            await send(message)

        await self.app({**scope, "path": path, "raw_path": path.encode()}, receive, send_with_limit)


def sandbox(seed: Seed) -> Sandbox:
    """An account that knows the company's customers."""
    return Sandbox(
        app=Door(Starlette(routes=_routes(Api(Desk(seed))), exception_handlers={404: _no_route})),
        auth="api_token",
        settings={"subdomain": "beans"},
        credentials={"email": API_EMAIL, "api_token": API_TOKEN},
    )


def _routes(api: Api) -> list[Route]:
    base = "/api/v2"
    reads = {
        "/users/me": api.me,
        "/users/search": api.search_users,
        "/users/show_many": api.show_users,
        "/users/{id:int}": api.show_user,
        "/users": api.list_users,
        "/users/{id:int}/tickets/requested": api.list_tickets,
        "/organizations/{id:int}": api.show_organization,
        "/groups": api.list_groups,
        "/groups/{id:int}": api.show_group,
        "/custom_statuses": api.list_statuses,
        "/tickets": api.list_tickets,
        "/tickets/{id:int}": api.show_ticket,
        "/tickets/{id:int}/comments": api.list_comments,
        "/tickets/{id:int}/audits": api.list_audits,
        "/search": api.search,
        "/help_center/articles/search": api.search_articles,
    }
    writes = [
        Route(f"{base}/tickets", api.create_ticket, methods=["POST"]),
        Route(f"{base}/tickets/{{id:int}}", api.update_ticket, methods=["PUT"]),
    ]
    return [*writes, *(Route(base + path, handler) for path, handler in reads.items())]
