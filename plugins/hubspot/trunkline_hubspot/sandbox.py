"""A stateful imitation of HubSpot, for the demo, for tests and for faults: never a proof about HubSpot."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_hubspot.sandbox_state import OWNER, STAGES, Account, Record

TOKEN = "pat-eu1-sandbox"  # noqa: S105 - nobody's
# https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide#association-type-id-values
_TYPES = {("notes", 202): "contacts", ("notes", 228): "tickets", ("tickets", 16): "contacts"}
_MOST = 10_000
_READ_ONLY = frozenset(("createdate", "hs_object_id", "lastmodifieddate", "hs_lastmodifieddate"))


class Api:
    """HubSpot's routes over the state."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def list_objects(self, request: Request) -> Response:
        """`GET /crm/v3/objects/{type}`."""
        kind = request.path_params["kind"]
        limit = int(request.query_params.get("limit", 10))
        held = list(self.account.objects.get(kind, {}).values())[:limit]
        return JSONResponse({"results": [shown(kind, one, _names(request)) for one in held]})

    async def get_object(self, request: Request) -> Response:
        """`GET /crm/v3/objects/{type}/{id}`, with properties and associations as asked for."""
        kind = request.path_params["kind"]
        found = self.account.find(kind, request.path_params["id"], request.query_params.get("idProperty"))
        if found is None:
            return refusal(404, "OBJECT_NOT_FOUND")
        answer = shown(kind, found, _names(request))
        others = request.query_params.getlist("associations")
        linked = {other: self.account.linked(kind, found["id"], other) for other in others}
        associations = {
            other: {"results": [{"id": one, "type": f"{kind}_to_{other}"} for one in ids]}
            for other, ids in linked.items()
            if ids
        }
        return JSONResponse({**answer, "associations": associations} if associations else answer)

    async def create_object(self, request: Request) -> Response:
        """`POST /crm/v3/objects/{type}`: the object and its associations, or nothing."""
        kind, body = request.path_params["kind"], await request.json()
        targets = [_target(kind, one) for one in body["associations"]]
        if any(other is None or self.account.find(other, target, None) is None for other, target in targets):
            return refusal(400, "VALIDATION_ERROR")
        if kind == "tickets" and not self._is_stage(body["properties"]):
            return refusal(400, "VALIDATION_ERROR")
        object_id = self.account.add(kind, body["properties"])
        for other, target in targets:
            self.account.link(kind, object_id, other or "", target)
        return JSONResponse(shown(kind, self.account.objects[kind][object_id], tuple(body["properties"])), 201)

    async def change_object(self, request: Request) -> Response:
        """`PATCH /crm/v3/objects/{type}/{id}`: answers only the properties that were sent, and the dates."""
        kind, properties = request.path_params["kind"], (await request.json())["properties"]
        found = self.account.find(kind, request.path_params["id"], request.query_params.get("idProperty"))
        if found is None:
            return refusal(404, "OBJECT_NOT_FOUND")
        other = self.account.find(kind, properties["email"], "email") if properties.get("email") else None
        if other not in (None, found):
            return refusal(409, "CONFLICT")
        if _READ_ONLY & properties.keys() or ("hs_pipeline_stage" in properties and not self._is_stage(properties)):
            return refusal(400, "VALIDATION_ERROR")
        self.account.change(found, kind, properties)
        return JSONResponse(shown(kind, found, tuple(properties)))

    def _is_stage(self, properties: dict[str, str]) -> bool:
        return properties.get("hs_pipeline_stage") in {stage_id for stage_id, _, _ in STAGES}

    async def search(self, request: Request) -> Response:
        """`POST /crm/v3/objects/{type}/search`."""
        kind, body = request.path_params["kind"], await request.json()
        start, limit = int(body.get("after") or 0), body.get("limit", 10)
        if start + limit > _MOST or len(body["filterGroups"]) > 5:
            return refusal(400, "VALIDATION_ERROR")
        found = self.account.search(kind, body)
        part = [shown(kind, one, tuple(body["properties"])) for one in found[start : start + limit]]
        more = {"paging": {"next": {"after": str(start + limit)}}} if start + limit < len(found) else {}
        return JSONResponse({"total": len(found), "results": part, **more})

    async def read_batch(self, request: Request) -> Response:
        """`POST /crm/v3/objects/{type}/batch/read`: 207 where some do not exist."""
        kind, body = request.path_params["kind"], await request.json()
        if len(body["inputs"]) > 100:
            return refusal(400, "VALIDATION_ERROR")
        found = [self.account.find(kind, one["id"], body.get("idProperty")) for one in body["inputs"]]
        results = [shown(kind, one, tuple(body["properties"])) for one in found if one]
        times = {"startedAt": self.account.now, "completedAt": self.account.now}
        answer = {"status": "COMPLETE", "results": results, **times}
        missing = len(found) - len(results)
        return JSONResponse({**answer, "numErrors": missing, "errors": []}, 207) if missing else JSONResponse(answer)

    async def list_associations(self, request: Request) -> Response:
        """`GET /crm/v4/objects/{type}/{id}/associations/{type}`."""
        kind, object_id, other = (request.path_params[name] for name in ("kind", "id", "other"))
        if self.account.find(kind, object_id, None) is None:
            return refusal(404, "OBJECT_NOT_FOUND")
        ids = self.account.linked(kind, object_id, other)
        limit, start = int(request.query_params.get("limit", 500)), int(request.query_params.get("after", 0))
        types = [{"category": "HUBSPOT_DEFINED", "typeId": 1}]
        rows = [{"toObjectId": one, "associationTypes": types} for one in ids[start : start + limit]]
        more = {"paging": {"next": {"after": str(start + limit)}}} if start + limit < len(ids) else {}
        return JSONResponse({"results": rows, **more})

    async def list_pipelines(self, _request: Request) -> Response:
        """`GET /crm/v3/pipelines/tickets`."""
        dates = {"createdAt": self.account.now, "updatedAt": self.account.now, "archived": False}
        stages = [
            {"id": stage_id, "label": label, "displayOrder": index, "metadata": {"ticketState": state}, **dates}
            for index, (stage_id, label, state) in enumerate(STAGES)
        ]
        pipeline = {"id": "0", "label": "Support Pipeline", "displayOrder": 0, "stages": stages, **dates}
        return JSONResponse({"results": [pipeline]})

    async def list_owners(self, request: Request) -> Response:
        """`GET /crm/v3/owners`."""
        dates = {"createdAt": self.account.now, "updatedAt": self.account.now, "archived": False}
        email = request.query_params.get("email", OWNER["email"])
        owners = [{**OWNER, "type": "PERSON", **dates}] if email == OWNER["email"] else []
        return JSONResponse({"results": owners})

    async def get_property(self, request: Request) -> Response:
        """`GET /crm/v3/properties/{type}/{name}`: whatever is not the account's own is HubSpot's."""
        kind, name = request.path_params["kind"], request.path_params["name"]
        is_own = (kind, name) in self.account.custom
        if not is_own and name not in {"email", "lifecyclestage", "hs_lead_status", "hs_pipeline"}:
            return refusal(404, "OBJECT_NOT_FOUND")
        described = {"name": name, "label": name, "type": "string", "fieldType": "text", "description": ""}
        group = "contactinformation" if kind == "contacts" else "ticketinformation"
        defined = {} if is_own else {"hubspotDefined": True}
        return JSONResponse({**described, "groupName": group, "options": [], **defined})


def shown(kind: str, record: Record, names: tuple[str, ...]) -> Record:
    """An object with the properties that were asked for; those without a value are null."""
    held = record["properties"]
    always = [name for name in held if name in _READ_ONLY]
    properties = {name: held.get(name) for name in (*always, *names)}
    place = f"https://app.hubspot.com/contacts/1/record/{kind}/{record['id']}"
    return {**record, "properties": properties, "url": place}


def _names(request: Request) -> tuple[str, ...]:
    return tuple(request.query_params.getlist("properties"))


def _target(kind: str, association: dict[str, Any]) -> tuple[str | None, str]:
    """What a new object is to be associated with: the kind follows from the type."""
    (spec,) = association["types"]
    return _TYPES.get((kind, spec["associationTypeId"])), association["to"]["id"]


def refusal(status: int, category: str) -> Response:
    """HubSpot's form of an error."""
    correlation = "aeb5f871-7f07-4993-9211-075dc63e7cbf"
    body = {"status": "error", "message": "Refused.", "correlationId": correlation, "category": category}
    return JSONResponse(body, status)


class TokenCheck:
    """Refuses calls without the private app's token."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let through what carries the token."""
        token = dict(scope.get("headers", ())).get(b"authorization")
        allowed = scope["type"] != "http" or token == f"Bearer {TOKEN}".encode()
        await (self.app if allowed else refusal(401, "INVALID_AUTHENTICATION"))(scope, receive, send)


def served(account: Account) -> Sandbox:
    """A sandbox over an account."""
    api, objects = Api(account), "/crm/v3/objects/{kind}"
    routes = [
        Route(f"{objects}/search", api.search, methods=["POST"]),
        Route(f"{objects}/batch/read", api.read_batch, methods=["POST"]),
        Route(objects, api.create_object, methods=["POST"]),
        Route(objects, api.list_objects),
        Route(objects + "/{id}", api.change_object, methods=["PATCH"]),
        Route(objects + "/{id}", api.get_object),
        Route("/crm/v4/objects/{kind}/{id}/associations/{other}", api.list_associations),
        Route("/crm/v3/pipelines/tickets", api.list_pipelines),
        Route("/crm/v3/owners", api.list_owners),
        Route("/crm/v3/properties/{kind}/{name}", api.get_property),
    ]
    return Sandbox(
        app=TokenCheck(Starlette(routes=routes)),
        auth="private_app",
        settings={"external_id_property": "shop_id"},
        credentials={"access_token": TOKEN},
    )


def sandbox(seed: Seed) -> Sandbox:
    """An account with the company's customers and their tickets."""
    return served(Account(seed))
