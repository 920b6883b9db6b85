"""A stateful imitation of Intercom, for the demo, for tests and for faults: never a proof about Intercom."""

from collections.abc import Callable, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_intercom import API_VERSION
from trunkline_intercom.sandbox_search import contact_fields, conversation_fields, depth, fits, ticket_fields
from trunkline_intercom.sandbox_state import CUSTOMER_TYPE, ROBIN, TOKEN, Json, Workspace, tagged_list

_DEEPEST = 2
_REQUEST_ID = "0192f3a4-5b6c-4d8e-9f00-112233445566"


class Api:
    """Intercom's routes over the state."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    async def admins(self, _: Request) -> Response:
        """`GET /admins`."""
        return JSONResponse({"type": "admin.list", "admins": self.workspace.admins})

    async def teams(self, _: Request) -> Response:
        """`GET /teams`."""
        return JSONResponse({"type": "team.list", "teams": self.workspace.teams})

    async def tags(self, _: Request) -> Response:
        """`GET /tags`."""
        return JSONResponse({"type": "list", "data": self.workspace.tags})

    async def ticket_types(self, _: Request) -> Response:
        """`GET /ticket_types`."""
        return JSONResponse({"type": "list", "data": self.workspace.types})

    async def ticket_states(self, _: Request) -> Response:
        """`GET /ticket_states`."""
        return JSONResponse({"type": "list", "data": self.workspace.states})

    async def search_contacts(self, request: Request) -> Response:
        """`POST /contacts/search`."""
        return await searched(request, "list", "data", self.workspace.contacts.values(), contact_fields)

    async def search_conversations(self, request: Request) -> Response:
        """`POST /conversations/search`: the parts are left out."""
        newest = sorted(self.workspace.conversations.values(), key=_updated_at, reverse=True)
        return await searched(request, "conversation.list", "conversations", newest, conversation_fields)

    async def search_tickets(self, request: Request) -> Response:
        """`POST /tickets/search`."""
        newest = sorted(self.workspace.tickets.values(), key=_updated_at, reverse=True)
        return await searched(request, "ticket.list", "tickets", newest, ticket_fields)

    async def find_contact(self, request: Request) -> Response:
        """`GET /contacts/find_by_external_id/{id}`."""
        wanted = request.path_params["id"]
        found = [item for item in self.workspace.contacts.values() if item["external_id"] == wanted]
        return JSONResponse(found[0]) if found else not_found("User")

    async def contact(self, request: Request) -> Response:
        """`GET`, `PUT /contacts/{id}`."""
        contact = self.workspace.contacts.get(request.path_params["id"])
        if contact is None:
            return not_found("User")
        if request.method == "PUT":
            given = await request.json()
            contact["custom_attributes"] |= given.pop("custom_attributes", {})
            contact |= {**given, "updated_at": self.workspace.tick()}
        return JSONResponse(contact)

    async def contact_companies(self, request: Request) -> Response:
        """`GET /contacts/{id}/companies`."""
        contact = self.workspace.contacts.get(request.path_params["id"])
        if contact is None:
            return not_found("User")
        found = [self.workspace.companies[item["id"]] for item in contact["companies"]["data"]]
        return JSONResponse({"type": "list", "companies": found, "total_count": len(found), "pages": _pages(1)})

    async def contact_notes(self, request: Request) -> Response:
        """`GET`, `POST /contacts/{id}/notes`."""
        key = request.path_params["id"]
        notes = self.workspace.notes.get(key)
        if notes is None:
            return not_found("User")
        if request.method == "GET":
            return JSONResponse({"type": "list", "data": notes, "total_count": len(notes), "pages": _pages(1)})
        given = await request.json()
        author = next(item for item in self.workspace.admins if item["id"] == given.get("admin_id", ROBIN))
        who = {"contact": {"type": "contact", "id": key}, "author": author, "body": given["body"]}
        notes.append({"type": "note", "id": str(len(notes) + 17), "created_at": self.workspace.tick(), **who})
        return JSONResponse(notes[-1])

    async def contact_tags(self, request: Request) -> Response:
        """`GET`, `POST /contacts/{id}/tags`, `DELETE /contacts/{id}/tags/{tag}`."""
        key = request.path_params["id"]
        tags = self.workspace.contact_tags.get(key)
        if tags is None:
            return not_found("User")
        if request.method == "GET":
            return JSONResponse({"type": "list", "data": tags})
        response = await self._tag(request, tags)
        shown = [{"type": "tag", "id": tag["id"], "url": f"/tags/{tag['id']}"} for tag in tags]
        self.workspace.contacts[key]["tags"] = tagged_list(f"/contacts/{key}/tags", shown)
        return response

    async def _tag(self, request: Request, tags: list[Json]) -> Response:
        """Add or remove a tag."""
        wanted = request.path_params.get("tag") or (await request.json())["id"]
        tag = next((item for item in self.workspace.tags if item["id"] == wanted), None)
        if tag is None or (request.method == "DELETE" and tag not in tags):
            return not_found("Tag")
        if request.method == "DELETE":
            tags.remove(tag)
        elif tag not in tags:
            tags.append(tag)
        return JSONResponse(tag)

    async def conversation(self, request: Request) -> Response:
        """`GET`, `PUT /conversations/{id}`."""
        found = self.workspace.conversations.get(request.path_params["id"])
        if found is None:
            return not_found("Resource")
        if request.method == "PUT":
            given = await request.json()
            found["custom_attributes"] |= given.pop("custom_attributes", {})
            found |= {**given, "updated_at": self.workspace.tick()}
        return JSONResponse(found)

    async def conversation_tags(self, request: Request) -> Response:
        """`POST /conversations/{id}/tags`, `DELETE /conversations/{id}/tags/{tag}`."""
        found = self.workspace.conversations.get(request.path_params["id"])
        return await self._tag(request, found["tags"]["tags"]) if found else not_found("Resource")

    async def reply_to_conversation(self, request: Request) -> Response:
        """`POST /conversations/{id}/reply`: answers the whole conversation."""
        found, given = self.workspace.conversations.get(request.path_params["id"]), await request.json()
        if found is None:
            return not_found("Resource")
        self.workspace.add_part(found, given["message_type"], given["admin_id"], given["body"])
        return JSONResponse(found)

    async def manage_conversation(self, request: Request) -> Response:
        """`POST /conversations/{id}/parts`: open, close, assign."""
        found, given = self.workspace.conversations.get(request.path_params["id"]), await request.json()
        if found is None:
            return not_found("Resource")
        kind = given["message_type"]
        if kind == "assignment":
            self.workspace.assign(found, given["assignee_id"])
        else:
            found |= {"open": kind == "open", "state": "open" if kind == "open" else "closed"}
        self.workspace.add_part(found, kind, given["admin_id"])
        return JSONResponse(found)

    async def create_ticket(self, request: Request) -> Response:
        """`POST /tickets`."""
        given = await request.json()
        owner = given["contacts"][0]["id"]
        if given["ticket_type_id"] != CUSTOMER_TYPE:
            return refusal(400, "parameter_invalid", "Ticket type is not valid")
        if owner not in self.workspace.contacts:
            return not_found("User")
        team_id = (given.get("assignment") or {}).get("team_assignee_id")
        return JSONResponse(self.workspace.create_ticket(owner, given["ticket_attributes"], team_id))

    async def ticket(self, request: Request) -> Response:
        """`GET`, `PUT /tickets/{id}`."""
        found = self.workspace.tickets.get(request.path_params["id"])
        if found is None:
            return not_found("Ticket")
        if request.method == "PUT":
            self.workspace.update_ticket(found, await request.json())
        return JSONResponse(found)

    async def reply_to_ticket(self, request: Request) -> Response:
        """`POST /tickets/{id}/reply`: answers the part alone."""
        found, given = self.workspace.tickets.get(request.path_params["id"]), await request.json()
        if found is None:
            return not_found("Ticket")
        part = self.workspace.add_part(found, given["message_type"], given["admin_id"], given["body"])
        return JSONResponse(part)

    async def ticket_tags(self, request: Request) -> Response:
        """`POST /tickets/{id}/tags`, `DELETE /tickets/{id}/tags/{tag}`: a ticket does not show its tags."""
        key = request.path_params["id"]
        if key not in self.workspace.tickets:
            return not_found("Ticket")
        return await self._tag(request, self.workspace.ticket_tags.setdefault(key, []))

    async def search_articles(self, request: Request) -> Response:
        """`GET /articles/search`: an article fits if it has any of the words."""
        words = request.query_params.get("phrase", "").casefold().split()
        articles = self.workspace.articles
        found = [
            item for item in articles if any(word in f"{item['title']} {item['body']}".casefold() for word in words)
        ]
        hits = {"articles": found, "highlights": []}
        return JSONResponse({"type": "list", "total_count": len(found), "data": hits, "pages": _pages(1)})


async def searched(
    request: Request, kind: str, key: str, records: Iterable[Json], fields: Callable[[Json], Json]
) -> Response:
    """One page of a search."""
    given = await request.json()
    if depth(given["query"]) > _DEEPEST:
        return refusal(400, "parameter_invalid", "Query is nested too deeply")
    try:
        found = [record for record in records if fits(given["query"], fields(record))]
    except KeyError:
        return refusal(400, "parameter_invalid", "Field is not searchable")
    size = given["pagination"]["per_page"]
    start = int(given["pagination"].get("starting_after") or 0)
    pages: Json = _pages(size)
    if start + size < len(found):
        pages["next"] = {"per_page": size, "starting_after": str(start + size)}
    part = [{name: item[name] for name in item if name != "conversation_parts"} for item in found[start : start + size]]
    return JSONResponse({"type": kind, key: part, "total_count": len(found), "pages": pages})


def _pages(size: int) -> Json:
    return {"type": "pages", "page": 1, "per_page": size, "total_pages": 1}


def _updated_at(thread: Json) -> Any:
    return thread["updated_at"]


def refusal(status: int, code: str, message: str) -> Response:
    """Intercom's form of an error."""
    errors = [{"code": code, "message": message}]
    return JSONResponse({"type": "error.list", "request_id": _REQUEST_ID, "errors": errors}, status)


def not_found(what: str) -> Response:
    """There is no such record."""
    return refusal(404, "not_found", f"{what} Not Found")


async def _guard(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Let in who has the token and speaks the tested version."""
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return refusal(401, "unauthorized", "Access Token Invalid")
    if request.headers.get("intercom-version") != API_VERSION:
        return refusal(400, "intercom_version_invalid", "The requested version could not be found")
    response = await call_next(request)
    response.headers["X-RateLimit-Remaining"] = "9999"
    return response


def sandbox(seed: Seed) -> Sandbox:
    """A workspace with the company's customers, their conversations and tickets."""
    api = Api(Workspace(seed))
    both, get, post, put = ["GET", "POST"], ["GET"], ["POST"], ["GET", "PUT"]
    delete = ["DELETE"]
    routes = [
        Route("/admins", api.admins, methods=get),
        Route("/teams", api.teams, methods=get),
        Route("/tags", api.tags, methods=get),
        Route("/ticket_types", api.ticket_types, methods=get),
        Route("/ticket_states", api.ticket_states, methods=get),
        Route("/articles/search", api.search_articles, methods=get),
        Route("/contacts/search", api.search_contacts, methods=post),
        Route("/contacts/find_by_external_id/{id}", api.find_contact, methods=get),
        Route("/contacts/{id}", api.contact, methods=put),
        Route("/contacts/{id}/companies", api.contact_companies, methods=get),
        Route("/contacts/{id}/notes", api.contact_notes, methods=both),
        Route("/contacts/{id}/tags", api.contact_tags, methods=both),
        Route("/contacts/{id}/tags/{tag}", api.contact_tags, methods=delete),
        Route("/conversations/search", api.search_conversations, methods=post),
        Route("/conversations/{id}", api.conversation, methods=put),
        Route("/conversations/{id}/reply", api.reply_to_conversation, methods=post),
        Route("/conversations/{id}/parts", api.manage_conversation, methods=post),
        Route("/conversations/{id}/tags", api.conversation_tags, methods=post),
        Route("/conversations/{id}/tags/{tag}", api.conversation_tags, methods=delete),
        Route("/tickets/search", api.search_tickets, methods=post),
        Route("/tickets", api.create_ticket, methods=post),
        Route("/tickets/{id}", api.ticket, methods=put),
        Route("/tickets/{id}/reply", api.reply_to_ticket, methods=post),
        Route("/tickets/{id}/tags", api.ticket_tags, methods=post),
        Route("/tickets/{id}/tags/{tag}", api.ticket_tags, methods=delete),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=_guard)])
    settings = {"host": "api.intercom.io", "admin_id": ROBIN}
    return Sandbox(app, "access_token", settings, {"access_token": TOKEN})
