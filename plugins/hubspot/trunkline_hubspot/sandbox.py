"""A stateful imitation of HubSpot, for the demo, for tests and for faults: never a proof about HubSpot."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_hubspot.sandbox_inbox import inbox_routes
from trunkline_hubspot.sandbox_marketing import MARKETING, marketing_routes
from trunkline_hubspot.sandbox_replies import error, refusal
from trunkline_hubspot.sandbox_setup import setup_routes
from trunkline_hubspot.sandbox_state import DEAL_STAGES, OWNER, STAGES, Account, Record

TOKEN = "pat-eu1-sandbox"  # noqa: S105 - nobody's
# https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide#association-type-id-values
_TYPES = {
    ("notes", 202): "contacts", ("notes", 228): "tickets", ("tickets", 16): "contacts", ("deals", 3): "contacts",
    ("deals", 341): "companies", ("tasks", 204): "contacts", ("tasks", 192): "companies", ("tasks", 216): "deals",
    ("tasks", 230): "tickets",
}  # fmt: skip
# What HubSpot demands of a new object, and the stages that it may be in.
_NEEDED = {"tasks": "hs_timestamp", "notes": "hs_timestamp", "tickets": "subject"}
_STAGED = {"tickets": ("hs_pipeline_stage", {stage[0] for stage in STAGES}),
           "deals": ("dealstage", {stage[0] for stage in DEAL_STAGES})}  # fmt: skip
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
        if _NEEDED.get(kind) not in {None, *body["properties"]} or not self._is_valid(kind, body["properties"]):
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
        if _READ_ONLY & properties.keys() or not self._is_valid(kind, properties):
            return refusal(400, "VALIDATION_ERROR")
        self.account.change(found, kind, properties)
        return JSONResponse(shown(kind, found, tuple(properties)))

    def _is_valid(self, kind: str, properties: dict[str, str]) -> bool:
        name, stages = _STAGED.get(kind, ("", set()))
        return name not in properties or properties[name] in stages

    async def upsert(self, request: Request) -> Response:
        """`POST /crm/v3/objects/{type}/batch/upsert`: 207 where the values are another's."""
        kind, (one,) = request.path_params["kind"], (await request.json())["inputs"]
        found = self.account.find(kind, one["id"], one["idProperty"])
        times = {"startedAt": self.account.now, "completedAt": self.account.now, "status": "COMPLETE"}
        email = one["properties"].get("email")
        if found is None and email and self.account.find(kind, email, "email"):
            return JSONResponse({**times, "results": [], "numErrors": 1, "errors": [error(409, "CONFLICT")]}, 207)
        object_id = found["id"] if found else self.account.add(kind, one["properties"])
        record = self.account.objects[kind][object_id]
        self.account.change(record, kind, one["properties"])
        result = {**shown(kind, record, tuple(one["properties"])), "new": found is None}
        return JSONResponse({**times, "results": [result]})

    async def merge(self, request: Request) -> Response:
        """`POST /crm/v3/objects/{type}/merge`: the other object is gone, and what it was associated with moves."""
        kind, body = request.path_params["kind"], await request.json()
        primary = self.account.find(kind, body["primaryObjectId"], None)
        if primary is None or self.account.find(kind, body["objectIdToMerge"], None) is None:
            return refusal(404, "OBJECT_NOT_FOUND")
        self.account.merge(kind, primary["id"], body["objectIdToMerge"])
        return JSONResponse(shown(kind, primary, ("subject", "hs_pipeline", "hs_pipeline_stage")))

    async def link(self, request: Request) -> Response:
        """`PUT /crm/v4/objects/{type}/{id}/associations/default/{type}/{id}`."""
        kind, object_id, other, other_id = (request.path_params[name] for name in ("kind", "id", "other", "other_id"))
        if any(self.account.find(*one, None) is None for one in ((kind, object_id), (other, other_id))):
            return refusal(404, "OBJECT_NOT_FOUND")
        self.account.link(kind, object_id, other, other_id)
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
        row = {"associationSpec": spec, "from": {"id": object_id}, "to": {"id": other_id}}
        times = {"startedAt": self.account.now, "completedAt": self.account.now, "status": "COMPLETE"}
        return JSONResponse({**times, "results": [row]})

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
        Route(f"{objects}/merge", api.merge, methods=["POST"]),
        Route(f"{objects}/batch/read", api.read_batch, methods=["POST"]),
        Route(f"{objects}/batch/upsert", api.upsert, methods=["POST"]),
        Route(objects, api.create_object, methods=["POST"]),
        Route(objects, api.list_objects),
        Route(objects + "/{id}", api.change_object, methods=["PATCH"]),
        Route(objects + "/{id}", api.get_object),
        Route("/crm/v4/objects/{kind}/{id}/associations/default/{other}/{other_id}", api.link, methods=["PUT"]),
        Route("/crm/v4/objects/{kind}/{id}/associations/{other}", api.list_associations),
        *setup_routes(account),
        *inbox_routes(account),
        *marketing_routes(account),
    ]
    return Sandbox(
        app=TokenCheck(Starlette(routes=routes)),
        auth="private_app",
        settings={
            "external_id_property": "shop_id",
            "sender_user_id": OWNER["userId"],
            "escalation_owner": OWNER["email"],
            "marketing_subscription_id": MARKETING,
        },
        credentials={"access_token": TOKEN},
    )


def sandbox(seed: Seed) -> Sandbox:
    """An account with the company's customers, their tickets and their deals."""
    return served(Account(seed))
