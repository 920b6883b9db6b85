"""A stateful imitation of Intercom, for the demo, for tests and for faults: never a proof about Intercom."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_intercom import API_VERSION
from trunkline_intercom.sandbox_people import People, tagging
from trunkline_intercom.sandbox_records import ROBIN
from trunkline_intercom.sandbox_replies import not_found, pages_of, refusal, searched, updated_at
from trunkline_intercom.sandbox_search import conversation_fields, ticket_fields
from trunkline_intercom.sandbox_state import TOKEN, Workspace


class Api(People):
    """All of Intercom's routes."""

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

    async def search_conversations(self, request: Request) -> Response:
        """`POST /conversations/search`: the parts are left out."""
        newest = sorted(self.workspace.conversations.values(), key=updated_at, reverse=True)
        return await searched(request, "conversation.list", "conversations", newest, conversation_fields)

    async def search_tickets(self, request: Request) -> Response:
        """`POST /tickets/search`."""
        newest = sorted(self.workspace.tickets.values(), key=updated_at, reverse=True)
        return await searched(request, "ticket.list", "tickets", newest, ticket_fields)

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
        return await tagging(self.workspace, request, found["tags"]["tags"]) if found else not_found("Resource")

    async def reply_to_conversation(self, request: Request) -> Response:
        """`POST /conversations/{id}/reply`: answers the whole conversation."""
        found, given = self.workspace.conversations.get(request.path_params["id"]), await request.json()
        if found is None:
            return not_found("Resource")
        self.workspace.add_part(found, given["message_type"], given["admin_id"], given["body"])
        return JSONResponse(found)

    async def manage_conversation(self, request: Request) -> Response:
        """`POST /conversations/{id}/parts`: open, close, snooze, assign."""
        found, given = self.workspace.conversations.get(request.path_params["id"]), await request.json()
        if found is None:
            return not_found("Resource")
        kind = given["message_type"]
        if kind == "assignment":
            self.workspace.assign(found, given["assignee_id"])
        else:
            state = {"close": "closed"}.get(kind, kind)
            found |= {"open": kind != "close", "state": state, "snoozed_until": given.get("snoozed_until")}
        self.workspace.add_part(found, kind, given["admin_id"])
        return JSONResponse(found)

    async def merge(self, request: Request) -> Response:
        """`POST /conversations/{id}/merge`: the thread in the path ends, the one in the body goes on."""
        key, given = request.path_params["id"], await request.json()
        primary = self.workspace.conversations.get(str(given["merge_into_conversation_id"]))
        secondary = self.workspace.conversations.get(key) or self.workspace.tickets.get(key)
        if primary is None or secondary is None or secondary["id"] in self.workspace.merged:
            return refusal(422, "merge_failed", "Cannot be merged")
        self.workspace.merge(secondary, primary)
        return JSONResponse(primary)

    async def contact_attributes(self, _: Request) -> Response:
        """`GET /data_attributes`."""
        return JSONResponse({"type": "list", "data": self.workspace.contact_attributes})

    async def conversation_attributes(self, _: Request) -> Response:
        """`GET /conversations/attributes`."""
        return JSONResponse({"type": "list", "data": self.workspace.conversation_attributes})

    async def article(self, request: Request) -> Response:
        """`GET /articles/{id}`."""
        wanted = request.path_params["id"]
        found = next((item for item in self.workspace.articles if item["id"] == wanted), None)
        return JSONResponse(found) if found else not_found("Resource")

    async def create_ticket(self, request: Request) -> Response:
        """`POST /tickets`."""
        given = await request.json()
        owner = given["contacts"][0]["id"]
        kinds = {item["id"]: item["category"] for item in self.workspace.types}
        linked = given.get("conversation_to_link_id")
        if given["ticket_type_id"] not in kinds or (linked and kinds[given["ticket_type_id"]] == "Customer"):
            return refusal(400, "parameter_invalid", "Ticket type is not valid")
        if owner not in self.workspace.contacts:
            return not_found("User")
        team_id = (given.get("assignment") or {}).get("team_assignee_id")
        type_id, attributes = given["ticket_type_id"], given["ticket_attributes"]
        made = self.workspace.create_ticket(owner, attributes, team_id, type_id)
        if linked:
            self.workspace.link(made, linked)
        return JSONResponse(made)

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
        return await tagging(self.workspace, request, self.workspace.ticket_tags.setdefault(key, []))

    async def search_articles(self, request: Request) -> Response:
        """`GET /articles/search`: an article fits if it has any of the words."""
        words = request.query_params.get("phrase", "").casefold().split()
        articles = self.workspace.articles
        found = [
            item for item in articles if any(word in f"{item['title']} {item['body']}".casefold() for word in words)
        ]
        hits = {"articles": found, "highlights": []}
        return JSONResponse({"type": "list", "total_count": len(found), "data": hits, "pages": pages_of(1)})


async def _guard(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Let in who has the token and speaks the tested version."""
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return refusal(401, "unauthorized", "Access Token Invalid")
    if request.headers.get("intercom-version") != API_VERSION:
        return refusal(400, "intercom_version_invalid", "The requested version could not be found")
    response = await call_next(request)
    response.headers["X-RateLimit-Remaining"] = "9999"
    response.headers["Intercom-Version"] = API_VERSION
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
        Route("/data_attributes", api.contact_attributes, methods=get),
        Route("/articles/search", api.search_articles, methods=get),
        Route("/articles/{id}", api.article, methods=get),
        Route("/companies", api.companies, methods=get),
        Route("/messages", api.send, methods=post),
        Route("/contacts", api.create_contact, methods=post),
        Route("/contacts/search", api.search_contacts, methods=post),
        Route("/contacts/find_by_external_id/{id}", api.find_contact, methods=get),
        Route("/contacts/{id}", api.contact, methods=put),
        Route("/contacts/{id}/companies", api.contact_companies, methods=both),
        Route("/contacts/{id}/subscriptions", api.subscriptions, methods=get),
        Route("/contacts/{id}/notes", api.contact_notes, methods=both),
        Route("/contacts/{id}/tags", api.contact_tags, methods=both),
        Route("/contacts/{id}/tags/{tag}", api.contact_tags, methods=delete),
        Route("/conversations/search", api.search_conversations, methods=post),
        Route("/conversations/attributes", api.conversation_attributes, methods=get),
        Route("/conversations/{id}", api.conversation, methods=put),
        Route("/conversations/{id}/merge", api.merge, methods=post),
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
