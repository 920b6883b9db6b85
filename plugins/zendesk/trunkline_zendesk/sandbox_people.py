"""The imitated Zendesk account's routes about people."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_zendesk.sandbox_directory import RefusedError
from trunkline_zendesk.sandbox_http import invalid, is_known, not_found, paged
from trunkline_zendesk.sandbox_records import ROBIN, Json
from trunkline_zendesk.sandbox_search import fits_user
from trunkline_zendesk.sandbox_state import Desk


class PeopleApi:
    """Zendesk's routes about users, their identities, and organisations."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def me(self, request: Request) -> Response:
        """`GET /users/me`: a stranger is greeted as an anonymous end user."""
        anonymous = {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}
        return JSONResponse({"user": self.desk.users[ROBIN] if is_known(request) else anonymous})

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

    async def search_organizations(self, request: Request) -> Response:
        """`GET /organizations/search`: by the exact name."""
        wanted = request.query_params.get("name", "").casefold()
        found = [item for item in self.desk.organizations.values() if item["name"].casefold() == wanted]
        return paged(request, "organizations", found)

    async def create_user(self, request: Request) -> Response:
        """`POST /users`."""
        given = (await request.json())["user"]
        return _stored(lambda: {"user": self.desk.people.create(given, self.desk.tick())}, 201)

    async def update_user(self, request: Request) -> Response:
        """`PUT /users/{id}`."""
        user, given = self.desk.users.get(request.path_params["id"]), (await request.json())["user"]
        if user is None:
            return not_found()

        def change() -> Json:
            self.desk.people.update(user, given, self.desk.tick())
            return {"user": user}

        return _stored(change)

    async def list_identities(self, request: Request) -> Response:
        """`GET /users/{id}/identities`."""
        identities = self.desk.people.identities.get(request.path_params["id"])
        return paged(request, "identities", identities) if identities is not None else not_found()

    async def update_identity(self, request: Request) -> Response:
        """`PUT /users/{id}/identities/{identity}`."""
        user, identity = self._identity(request)
        if user is None or identity is None:
            return not_found()
        value = (await request.json())["identity"]["value"]

        def change() -> Json:
            self.desk.people.set_value(user, identity, value, self.desk.tick())
            return {"identity": identity}

        return _stored(change)

    async def make_primary(self, request: Request) -> Response:
        """`PUT /users/{id}/identities/{identity}/make_primary`."""
        user, identity = self._identity(request)
        if user is None or identity is None:
            return not_found()
        self.desk.people.make_primary(user, identity, self.desk.tick())
        return paged(request, "identities", self.desk.people.identities[user["id"]])

    def _identity(self, request: Request) -> tuple[Json | None, Json | None]:
        user_id, wanted = request.path_params["id"], request.path_params["identity"]
        identities = self.desk.people.identities.get(user_id, [])
        return self.desk.users.get(user_id), next((item for item in identities if item["id"] == wanted), None)

    async def list_fields(self, request: Request) -> Response:
        """`GET /user_fields`."""
        return paged(request, "user_fields", self.desk.people.fields)

    def routes(self, base: str) -> list[Route]:
        """All of them."""
        reads: dict[str, Any] = {
            "/users/me": self.me,
            "/users/search": self.search_users,
            "/users/show_many": self.show_users,
            "/users/{id:int}": self.show_user,
            "/users/{id:int}/identities": self.list_identities,
            "/users": self.list_users,
            "/organizations/search": self.search_organizations,
            "/organizations/{id:int}": self.show_organization,
            "/user_fields": self.list_fields,
        }
        identity = f"{base}/users/{{id:int}}/identities/{{identity:int}}"
        writes = [
            Route(f"{base}/users", self.create_user, methods=["POST"]),
            Route(f"{base}/users/{{id:int}}", self.update_user, methods=["PUT"]),
            Route(identity, self.update_identity, methods=["PUT"]),
            Route(f"{identity}/make_primary", self.make_primary, methods=["PUT"]),
        ]
        return [*writes, *(Route(base + path, handler) for path, handler in reads.items())]


def _stored(write: Callable[[], Json], status: int = 200) -> Response:
    """What a write answers, or why it was refused."""
    try:
        return JSONResponse(write(), status)
    except RefusedError as error:
        return invalid(error.details)
