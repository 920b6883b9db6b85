"""The imitated routes of Intercom about contacts, their companies and what is sent to them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_intercom.sandbox_records import ROBIN, Json, tagged_list
from trunkline_intercom.sandbox_replies import not_found, pages_of, refusal, searched
from trunkline_intercom.sandbox_search import contact_fields
from trunkline_intercom.sandbox_state import Workspace


class People:
    """The routes over the state."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    async def search_contacts(self, request: Request) -> Response:
        """`POST /contacts/search`."""
        return await searched(request, "list", "data", self.workspace.contacts.values(), contact_fields)

    async def find_contact(self, request: Request) -> Response:
        """`GET /contacts/find_by_external_id/{id}`."""
        wanted = request.path_params["id"]
        found = [item for item in self.workspace.contacts.values() if item["external_id"] == wanted]
        return JSONResponse(found[0]) if found else not_found("User")

    async def create_contact(self, request: Request) -> Response:
        """`POST /contacts`: of an external id and, without one, of an e-mail address there is one user."""
        given = await request.json()
        if self._unknown(given):
            return refusal(400, "parameter_invalid", "Custom attribute does not exist")
        key = "external_id" if given.get("external_id") else "email"
        if any(given.get(key) and item.get(key) == given[key] for item in self.workspace.contacts.values()):
            return refusal(409, "conflict", "A contact matching those details already exists")
        return JSONResponse(self.workspace.create_contact(given))

    async def contact(self, request: Request) -> Response:
        """`GET`, `PUT /contacts/{id}`."""
        contact = self.workspace.contacts.get(request.path_params["id"])
        if contact is None:
            return not_found("User")
        if request.method == "PUT":
            given = await request.json()
            if self._unknown(given):
                return refusal(400, "parameter_invalid", "Custom attribute does not exist")
            contact["custom_attributes"] |= given.pop("custom_attributes", {})
            contact |= {**given, "updated_at": self.workspace.tick()}
        return JSONResponse(contact)

    def _unknown(self, given: Json) -> set[str]:
        """The custom attributes that the company does not have."""
        return set(given.get("custom_attributes", {})) - {item["name"] for item in self.workspace.contact_attributes}

    async def contact_companies(self, request: Request) -> Response:
        """`GET`, `POST /contacts/{id}/companies`."""
        contact = self.workspace.contacts.get(request.path_params["id"])
        if contact is None:
            return not_found("User")
        if request.method == "POST":
            company = self.workspace.companies[(await request.json())["id"]]
            self.workspace.attach(contact, company)
            return JSONResponse(company)
        found = [self.workspace.companies[item["id"]] for item in contact["companies"]["data"]]
        return JSONResponse({"type": "list", "companies": found, "total_count": len(found), "pages": pages_of(1)})

    async def companies(self, request: Request) -> Response:
        """`GET /companies?name=`."""
        name = request.query_params["name"]
        found = [item for item in self.workspace.companies.values() if item["name"] == name]
        if not found:
            return refusal(404, "company_not_found", "Company Not Found")
        return JSONResponse({"type": "list", "data": found, "total_count": len(found), "pages": pages_of(1)})

    async def subscriptions(self, request: Request) -> Response:
        """`GET /contacts/{id}/subscriptions`."""
        chosen = self.workspace.subscriptions.get(request.path_params["id"])
        return JSONResponse({"type": "list", "data": chosen}) if chosen is not None else not_found("User")

    async def send(self, request: Request) -> Response:
        """`POST /messages`: no conversation comes of it before the contact answers."""
        given = await request.json()
        contact = self.workspace.contacts.get(given["to"]["id"])
        if contact is None or contact["role"] != given["to"]["type"]:
            return not_found("User")
        kind = {"in_app": "inapp"}.get(given["message_type"], given["message_type"])
        subject = {"subject": given["subject"]} if kind == "email" else {}
        self.workspace.messages.append(given)
        sent = {"type": "admin_message", "id": str(len(self.workspace.messages)), "created_at": self.workspace.tick()}
        return JSONResponse({**sent, **subject, "body": given["body"], "message_type": kind})

    async def contact_notes(self, request: Request) -> Response:
        """`GET`, `POST /contacts/{id}/notes`."""
        key = request.path_params["id"]
        notes = self.workspace.notes.get(key)
        if notes is None:
            return not_found("User")
        if request.method == "GET":
            return JSONResponse({"type": "list", "data": notes, "total_count": len(notes), "pages": pages_of(1)})
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
        response = await tagging(self.workspace, request, tags)
        shown = [{"type": "tag", "id": tag["id"], "url": f"/tags/{tag['id']}"} for tag in tags]
        self.workspace.contacts[key]["tags"] = tagged_list(f"/contacts/{key}/tags", shown)
        return response


async def tagging(workspace: Workspace, request: Request, tags: list[Json]) -> Response:
    """Add or remove a tag."""
    wanted = request.path_params.get("tag") or (await request.json())["id"]
    tag = next((item for item in workspace.tags if item["id"] == wanted), None)
    if tag is None or (request.method == "DELETE" and tag not in tags):
        return not_found("Tag")
    if request.method == "DELETE":
        tags.remove(tag)
    elif tag not in tags:
        tags.append(tag)
    return JSONResponse(tag)
