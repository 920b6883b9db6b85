"""A stateful imitation of Zendesk, for the demo, for tests and for faults: never a proof about Zendesk."""

import re
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_zendesk.sandbox_http import (
    Door,
    Load,
    in_order,
    invalid,
    not_found,
    numbered,
    paged,
    refusal,
    searched,
)
from trunkline_zendesk.sandbox_people import PeopleApi
from trunkline_zendesk.sandbox_records import API_EMAIL, API_TOKEN, Json
from trunkline_zendesk.sandbox_search import fits_article, fits_ticket, fits_user
from trunkline_zendesk.sandbox_state import Desk

_USER_FIELDS = {"requester_id", "assignee_id", "submitter_id", "author_id"}


class Api:
    """Zendesk's routes about tickets and articles."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.keys: dict[str, tuple[bytes, Json]] = {}

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
        return paged(request, "tickets", in_order(request, tickets), self.sideloads(request))

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
        ticket, given = self.desk.tickets.get(request.path_params["id"]), (await request.json())["ticket"]
        if ticket is None:
            return not_found()
        if ticket["status"] == "closed":
            return invalid({"status": [{"description": "Status: closed prevents ticket update"}]})
        if given.get("safe_update") and given.get("updated_stamp") != ticket["updated_at"]:
            return refusal(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data")
        return self._refused_fields(given) or JSONResponse(self.desk.update(ticket, given))

    async def show_tickets(self, request: Request) -> Response:
        """`GET /tickets/show_many`."""
        ids = request.query_params.get("ids", "").split(",")
        found = [ticket for ticket in self.desk.tickets.values() if str(ticket["id"]) in ids]
        return numbered(request, "tickets", found, self.sideloads(request))

    async def merge(self, request: Request) -> Response:
        """`POST /tickets/{id}/merge`: a job, which refuses what is closed."""
        given = await request.json()
        into, *sources = [self.desk.tickets.get(number) for number in (request.path_params["id"], *given["ids"])]
        tickets = [ticket for ticket in sources if ticket]
        if into is None or len(tickets) < len(sources):
            return not_found()
        if any(ticket["status"] == "closed" for ticket in (into, *tickets)):
            return invalid({"status": [{"description": "Status: closed prevents ticket update"}]})
        return JSONResponse({"job_status": self.desk.merge(into, tickets, given)})

    async def show_job(self, request: Request) -> Response:
        """`GET /job_statuses/{id}`."""
        job = self.desk.jobs.get(request.path_params["id"])
        return JSONResponse({"job_status": job}) if job else not_found()

    async def list_fields(self, request: Request) -> Response:
        """`GET /ticket_fields`."""
        return paged(request, "ticket_fields", self.desk.fields)

    def _refused_fields(self, given: Json) -> Response | None:
        """What Zendesk would not store."""
        people = [given[name] for name in _USER_FIELDS if given.get(name) is not None]
        if unknown := [person for person in people if person not in self.desk.users]:
            return invalid({"base": [{"description": f"User {unknown[0]} is invalid"}]})
        return None

    async def list_comments(self, request: Request) -> Response:
        """`GET /tickets/{id}/comments`."""
        if request.path_params["id"] not in self.desk.tickets:
            return not_found()
        comments = self.desk.comments(request.path_params["id"])
        return paged(request, "comments", in_order(request, comments), self.sideloads(request))

    async def list_audits(self, request: Request) -> Response:
        """`GET /tickets/{id}/audits`."""
        audits = self.desk.audits.get(request.path_params["id"])
        return paged(request, "audits", audits) if audits is not None else not_found()

    async def search(self, request: Request) -> Response:
        """`GET /search`, for tickets and users."""
        query, desk = request.query_params.get("query", ""), self.desk
        tickets = [item for item in desk.tickets.values() if fits_ticket(item, query, desk.users, desk.groups)]
        found = [{**ticket, "result_type": "ticket"} for ticket in in_order(request, tickets)]
        if "type:user" in query:
            found = [{**user, "result_type": "user"} for user in desk.users.values() if fits_user(user, query)]
        return searched(request, found, self.sideloads(request))

    async def search_articles(self, request: Request) -> Response:
        """`GET /help_center/articles/search`."""
        query, locale = request.query_params.get("query", ""), request.query_params.get("locale")
        articles = [article for article in self.desk.articles if locale in {None, article["locale"]}]
        found = [{**article, "snippet": article["body"]} for article in articles if fits_article(article, query)]
        return searched(request, found)

    async def show_article(self, request: Request) -> Response:
        """`GET /help_center/articles/{id}`, `GET /help_center/{locale}/articles/{id}`."""
        number, locale = request.path_params["id"], request.path_params.get("locale")
        found = [item for item in self.desk.articles if item["id"] == number and locale in {None, item["locale"]}]
        return JSONResponse({"article": found[0]}) if found else not_found()

    def sideloads(self, request: Request) -> Load:
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


def _named(records: list[Json], field: str, by: list[Json]) -> list[Json]:
    """The records whose ids stand in a field of others."""
    ids = {item.get(field) for item in by}
    return [record for record in records if record["id"] in ids]


async def _no_route(_: Request, __: Exception) -> Response:
    return refusal(404, "InvalidEndpoint", "Not found")


def sandbox(seed: Seed) -> Sandbox:
    """An account that knows the company's customers."""
    desk, base = Desk(seed), "/api/v2"
    routes = [*PeopleApi(desk).routes(base), *_routes(Api(desk), base)]
    return Sandbox(
        app=Door(Starlette(routes=routes, exception_handlers={404: _no_route})),
        auth="api_token",
        settings={"subdomain": "beans"},
        credentials={"email": API_EMAIL, "api_token": API_TOKEN},
    )


def _routes(api: Api, base: str) -> list[Route]:
    reads: dict[str, Any] = {
        "/users/{id:int}/tickets/requested": api.list_tickets,
        "/groups": api.list_groups,
        "/groups/{id:int}": api.show_group,
        "/custom_statuses": api.list_statuses,
        "/ticket_fields": api.list_fields,
        "/tickets": api.list_tickets,
        "/tickets/show_many": api.show_tickets,
        "/tickets/{id:int}": api.show_ticket,
        "/tickets/{id:int}/comments": api.list_comments,
        "/tickets/{id:int}/audits": api.list_audits,
        "/job_statuses/{id}": api.show_job,
        "/search": api.search,
        "/help_center/articles/search": api.search_articles,
        "/help_center/articles/{id:int}": api.show_article,
        "/help_center/{locale}/articles/{id:int}": api.show_article,
    }
    writes = [
        Route(f"{base}/tickets", api.create_ticket, methods=["POST"]),
        Route(f"{base}/tickets/{{id:int}}", api.update_ticket, methods=["PUT"]),
        Route(f"{base}/tickets/{{id:int}}/merge", api.merge, methods=["POST"]),
    ]
    return [*writes, *(Route(base + path, handler) for path, handler in reads.items())]
