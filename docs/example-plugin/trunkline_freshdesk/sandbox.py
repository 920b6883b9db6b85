"""A stateful imitation of Freshdesk, for tests and for trying things out: never a proof about Freshdesk."""

from base64 import b64encode
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_freshdesk.sandbox_records import AGENT_EMAIL, Desk, Json

API_KEY = "sandbox-key"
_LAST_PAGE = 10
_WITHOUT_TEXT = ("description", "description_text")


class Api:
    """Freshdesk's routes."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def me(self, _: Request) -> Response:
        """`GET /agents/me`."""
        return JSONResponse(self.desk.agents[0])

    async def list_agents(self, request: Request) -> Response:
        """`GET /agents`."""
        email = request.query_params.get("email", AGENT_EMAIL)
        return _paged(request, [item for item in self.desk.agents if item["contact"]["email"] == email])

    async def list_groups(self, request: Request) -> Response:
        """`GET /groups`."""
        return _paged(request, self.desk.groups)

    async def list_contacts(self, request: Request) -> Response:
        """`GET /contacts`, by exact keys."""
        query = request.query_params
        wanted = {key: query[key] for key in ("email", "phone", "mobile") if key in query}
        return _paged(request, [item for item in self.desk.contacts.values() if wanted.items() <= item.items()])

    async def get_contact(self, request: Request) -> Response:
        """`GET /contacts/{id}`."""
        return _found(self.desk.contacts, request)

    async def get_company(self, request: Request) -> Response:
        """`GET /companies/{id}`."""
        return _found(self.desk.companies, request)

    async def list_ticket_fields(self, _: Request) -> Response:
        """`GET /ticket_fields`: all at once."""
        return JSONResponse(self.desk.fields["ticket"])

    async def list_contact_fields(self, _: Request) -> Response:
        """`GET /contact_fields`: all at once."""
        return JSONResponse(self.desk.fields["customer"])

    async def list_tickets(self, request: Request) -> Response:
        """`GET /tickets`, without descriptions."""
        query = request.query_params
        requester = query.get("requester_id", "")
        tickets = [item for item in self.desk.tickets.values() if requester in {"", str(item["requester_id"])}]
        tickets.sort(key=lambda item: item[query["order_by"]], reverse=query["order_type"] == "desc")
        return _paged(request, [_listed(item) for item in tickets if item["updated_at"] >= query["updated_since"]])

    async def search_tickets(self, request: Request) -> Response:
        """`GET /search/tickets`: ten pages of 30."""
        query = request.query_params["query"]
        number = int(request.query_params.get("page", 1))
        if number > _LAST_PAGE or query[0] + query[-1] != '""':
            return _refused("query", "invalid_value")
        found = [_listed(item) for item in self.desk.tickets.values() if _fits(item, query[1:-1])]
        return JSONResponse({"total": len(found), "results": found[(number - 1) * 30 : number * 30]})

    async def get_ticket(self, request: Request) -> Response:
        """`GET /tickets/{id}`."""
        return _found(self.desk.tickets, request)

    async def create_ticket(self, request: Request) -> Response:
        """`POST /tickets`."""
        given = await request.json()
        if given["requester_id"] not in self.desk.contacts:
            return _refused("requester_id", "invalid_value")
        return JSONResponse(self.desk.create(given), 201)

    async def update_ticket(self, request: Request) -> Response:
        """`PUT /tickets/{id}`."""
        ticket = self.desk.tickets.get(request.path_params["id"])
        return JSONResponse(self.desk.update(ticket, await request.json())) if ticket else _nothing()

    async def merge_tickets(self, request: Request) -> Response:
        """`PUT /tickets/merge`."""
        given = await request.json()
        into, *others = [self.desk.tickets.get(number) for number in (given["primary_id"], *given["ticket_ids"])]
        known = [ticket for ticket in others if ticket]
        if into is None or len(known) < len(others):
            return _refused("ticket_ids", "invalid_value")
        self.desk.merge(into, known, given)
        return Response(status_code=200)

    async def list_conversations(self, request: Request) -> Response:
        """`GET /tickets/{id}/conversations`, oldest first."""
        said = self.desk.conversations.get(request.path_params["id"])
        return _nothing() if said is None else _paged(request, said)

    async def reply(self, request: Request) -> Response:
        """`POST /tickets/{id}/reply`, which is told without `private` and `incoming`."""
        ticket = self.desk.tickets.get(request.path_params["id"])
        if ticket is None:
            return _nothing()
        said = self.desk.say(ticket, await request.json(), private=False)
        return JSONResponse({key: value for key, value in said.items() if key not in {"private", "incoming"}}, 201)

    async def note(self, request: Request) -> Response:
        """`POST /tickets/{id}/notes`."""
        ticket, given = self.desk.tickets.get(request.path_params["id"]), await request.json()
        if ticket is None:
            return _nothing()
        return JSONResponse(self.desk.say(ticket, given, private=given.get("private", True)), 201)

    async def search_articles(self, request: Request) -> Response:
        """`GET /search/solutions`."""
        term = request.query_params["term"].casefold()
        texts = {number: f"{item['title']} {item['description_text']}" for number, item in self.desk.articles.items()}
        found = [item for number, item in self.desk.articles.items() if term in texts[number].casefold()]
        return _paged(request, found)

    async def get_article(self, request: Request) -> Response:
        """`GET /solutions/articles/{id}`."""
        return _found(self.desk.articles, request)


def _paged(request: Request, records: list[Json]) -> Response:
    number, size = int(request.query_params.get("page", 1)), int(request.query_params.get("per_page", 30))
    return JSONResponse(records[(number - 1) * size : number * size])


def _found(records: dict[int, Json], request: Request) -> Response:
    record = records.get(request.path_params["id"])
    return JSONResponse(record) if record else _nothing()


def _listed(ticket: Json) -> Json:
    return {key: value for key, value in ticket.items() if key not in _WITHOUT_TEXT}


def _nothing() -> Response:
    """The answer about a record that is not there: it has no body."""
    return Response(status_code=404)


def _refused(field: str, code: str) -> Response:
    error = {"field": field, "message": "It should be valid", "code": code}
    return JSONResponse({"description": "Validation failed", "errors": [error]}, 400)


def _fits(ticket: Json, query: str) -> bool:
    """Whether a ticket fits the conditions of a search, all of them, of which one may have alternatives."""
    return all(any(_is(ticket, part) for part in term.strip("()").split(" OR ")) for term in query.split(" AND "))


def _is(ticket: Json, condition: str) -> bool:
    name, _, wanted = condition.partition(":")
    value = wanted.strip(">'")
    if name == "tag":
        return value in ticket["tags"]
    if name == "updated_at":
        return bool(ticket["updated_at"][:10] >= value)
    return str(ticket["responder_id" if name == "agent_id" else name]) == value


class Door:
    """Refuses whoever does not have the key, and says how many calls are left."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request in, or not."""
        known = b"Basic " + b64encode(f"{API_KEY}:X".encode())
        if scope["type"] == "http" and dict(scope["headers"]).get(b"authorization") != known:
            await JSONResponse({"code": "invalid_credentials", "message": "Log in."}, 401)(scope, receive, send)
            return

        async def send_with_limit(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-ratelimit-remaining", b"99"))
            await send(message)

        await self.app(scope, receive, send_with_limit)


def sandbox(seed: Seed) -> Sandbox:
    """An account that knows the company's customers."""
    return Sandbox(
        app=Door(Starlette(routes=_routes(Api(Desk(seed))))),
        auth="api_key",
        settings={"subdomain": "beans"},
        credentials={"api_key": API_KEY},
    )


def _routes(api: Api) -> list[Route]:
    handlers: dict[tuple[str, str], Any] = {
        ("GET", "/agents/me"): api.me,
        ("GET", "/agents"): api.list_agents,
        ("GET", "/groups"): api.list_groups,
        ("GET", "/contacts"): api.list_contacts,
        ("GET", "/contacts/{id:int}"): api.get_contact,
        ("GET", "/companies/{id:int}"): api.get_company,
        ("GET", "/ticket_fields"): api.list_ticket_fields,
        ("GET", "/contact_fields"): api.list_contact_fields,
        ("GET", "/tickets"): api.list_tickets,
        ("POST", "/tickets"): api.create_ticket,
        ("PUT", "/tickets/merge"): api.merge_tickets,
        ("GET", "/tickets/{id:int}"): api.get_ticket,
        ("PUT", "/tickets/{id:int}"): api.update_ticket,
        ("GET", "/tickets/{id:int}/conversations"): api.list_conversations,
        ("POST", "/tickets/{id:int}/reply"): api.reply,
        ("POST", "/tickets/{id:int}/notes"): api.note,
        ("GET", "/search/tickets"): api.search_tickets,
        ("GET", "/search/solutions"): api.search_articles,
        ("GET", "/solutions/articles/{id:int}"): api.get_article,
    }
    return [Route(f"/api/v2{path}", handler, methods=[method]) for (method, path), handler in handlers.items()]
