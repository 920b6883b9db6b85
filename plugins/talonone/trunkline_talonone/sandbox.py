"""A stateful imitation of Talon.One, for the demo, for tests and for faults: never a proof about Talon.One."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Person, Sandbox, Seed

# The host that Talon.One's own API file names, so that its paths can be judged.
DEPLOYMENT = "yourbaseurl"
KEY, PROGRAM, SUBLEDGER = "sandbox-key", 139, "travel"
_TIERS = {"Bronze": 0, "Silver": 1000, "Gold": 3000}


class Deployment:
    """The state: profiles, and the entries of their ledgers, newest first."""

    def __init__(self, seed: Seed) -> None:
        self.now = seed.now
        people = seed.known_to("loyalty")
        self.profiles = {_integration_id(person): _profile(person, seed.now) for person in people}
        self.tiers = {_integration_id(person): person.tier for person in people}
        self.entries: dict[str, list[dict[str, Any]]] = {profile: [] for profile in self.profiles}
        for person in people:
            if person.points:
                made_by = {"customerSessionId": f"session-{person.number}", "rulesetId": 11, "ruleName": "Earn"}
                self.record(_integration_id(person), "addition", {"points": person.points, "name": "Earn"}, made_by)

    def record(self, profile: str, kind: str, change: dict[str, Any], made_by: dict[str, Any]) -> None:
        """Keep one entry."""
        number = sum(map(len, self.entries.values())) + 1
        entry = {
            "id": number,
            "transactionUUID": str(UUID(int=number)),
            "created": _moment(self.now),
            "programId": PROGRAM,
            "type": kind,
            "name": change.get("name", ""),
            "startDate": change.get("pendingUntil", "immediate"),
            "expiryDate": change.get("validUntil", "unlimited"),
            "subledgerId": change.get("subledgerId", ""),
            "amount": change["points"],
            **made_by,
        }
        self.entries[profile].insert(0, entry)

    def balance(self, profile: str, subledger: str) -> dict[str, Any]:
        """The points of one ledger."""
        entries = [entry for entry in self.entries[profile] if entry["subledgerId"] == subledger]
        added = [entry for entry in entries if entry["type"] == "addition"]
        spent = sum(entry["amount"] for entry in entries if entry["type"] == "subtraction")
        pending = sum(entry["amount"] for entry in added if self._is_pending(entry))
        active = sum(entry["amount"] for entry in added) - pending - spent
        points = {"activePoints": active, "pendingPoints": pending, "spentPoints": spent}
        return {**points, "expiredPoints": 0, "negativePoints": 0}

    def _is_pending(self, entry: dict[str, Any]) -> bool:
        start = entry["startDate"]
        return bool(start != "immediate" and datetime.fromisoformat(start) > self.now)

    def tier(self, profile: str) -> dict[str, Any]:
        """The level that a customer holds, and the way to the next."""
        names = list(_TIERS)
        place = names.index(self.tiers[profile])
        current = {"id": place + 1, "name": names[place], "startDate": _moment(self.now)}
        if names[place] == names[-1]:
            return {"currentTier": current}
        missing = _TIERS[names[place + 1]] - self.balance(profile, "")["activePoints"]
        return {"currentTier": current, "nextTierName": names[place + 1], "pointsToNextTier": max(missing, 0)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _integration_id(person: Person) -> str:
    return f"shop-{person.number}"


def _profile(person: Person, now: datetime) -> dict[str, Any]:
    return {
        "id": person.number,
        "created": _moment(now),
        "integrationId": _integration_id(person),
        "attributes": {"Email": person.email, "Phone": person.phone, "Name": person.name},
        "accountId": 31,
        "closedSessions": len(person.subscriptions),
        "totalSales": person.points,
        "lastActivity": _moment(now),
        "sandbox": False,
    }


class Api:
    """Talon.One's routes over the state."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment

    async def search_profiles(self, request: Request) -> Response:
        """`POST /v1/customer_search/no_total`: all that is asked for has to be equal."""
        asked = await request.json()
        found = [item for item in self.deployment.profiles.values() if _fits(item, asked)]
        is_live = request.query_params.get("sandbox", "false") == "false"
        return _page(request, found if is_live else [])

    async def get_program(self, request: Request) -> Response:
        """`GET /v1/loyalty_programs/{program}`."""
        return JSONResponse(_program(self.deployment.now)) if _is_program(request) else refusal(404)

    async def get_balances(self, request: Request) -> Response:
        """`GET …/ledger_balances`."""
        profile = request.path_params["profile"]
        if not self._knows(request):
            return refusal(404)
        with_tiers = request.query_params.get("includeTiers") == "true"
        tier = self.deployment.tier(profile) if with_tiers else {}
        others = {entry["subledgerId"] for entry in self.deployment.entries[profile]} - {""}
        balances = {name: self.deployment.balance(profile, name) for name in sorted(others)}
        return JSONResponse(
            {"balance": {**self.deployment.balance(profile, ""), **tier}, "subledgerBalances": balances}
        )

    async def list_transactions(self, request: Request) -> Response:
        """`GET …/ledger_transactions`."""
        if not self._knows(request):
            return refusal(404)
        since = datetime.fromisoformat(request.query_params.get("startDate", "1970-01-01T00:00:00Z"))
        entries = self.deployment.entries[request.path_params["profile"]]
        return _page(request, [entry for entry in entries if datetime.fromisoformat(entry["created"]) >= since])

    async def add_points(self, request: Request) -> Response:
        """`PUT …/add_points`: additive, and not de-duplicated by anything."""
        if not self._knows(request):
            return refusal(404)
        self.deployment.record(request.path_params["profile"], "addition", await request.json(), {})
        return Response(status_code=204)

    async def deduct_points(self, request: Request) -> Response:
        """`PUT …/deduct_points`: of active points only."""
        profile, change = request.path_params["profile"], await request.json()
        if not self._knows(request):
            return refusal(404)
        if self.deployment.balance(profile, change.get("subledgerId", ""))["activePoints"] < change["points"]:
            return refusal(400)
        self.deployment.record(profile, "subtraction", change, {})
        return Response(status_code=204)

    def _knows(self, request: Request) -> bool:
        return _is_program(request) and request.path_params["profile"] in self.deployment.profiles


def _is_program(request: Request) -> bool:
    return bool(request.path_params["program"] == str(PROGRAM))


def _fits(profile: dict[str, Any], asked: dict[str, Any]) -> bool:
    same = asked.get("attributes", {}).items() <= profile["attributes"].items()
    return same and profile["integrationId"] in asked.get("integrationIDs", [profile["integrationId"]])


def _page(request: Request, items: list[dict[str, Any]]) -> Response:
    skip, size = int(request.query_params.get("skip", 0)), int(request.query_params.get("pageSize", 50))
    return JSONResponse({"hasMore": len(items) > skip + size, "data": items[skip : skip + size]})


def _program(now: datetime) -> dict[str, Any]:
    return {
        "id": PROGRAM,
        "created": _moment(now),
        "accountID": 31,
        "name": "coffee_club",
        "title": "Coffee Club",
        "description": "Points for coffee.",
        "subscribedApplications": [1],
        "defaultValidity": "unlimited",
        "defaultPending": "immediate",
        "allowSubledger": True,
        "timezone": "Europe/Berlin",
        "cardBased": False,
        "sandbox": False,
    }


def refusal(status: int) -> Response:
    """Talon.One's form of an error, which has no code."""
    return JSONResponse({"message": "refused", "errors": [], "StatusCode": status}, status)


class KeyCheck:
    """Refuses calls without the Management API key."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let through what carries the key."""
        given = dict(scope.get("headers", ())).get(b"authorization")
        allowed = scope["type"] != "http" or given == f"ManagementKey-v1 {KEY}".encode()
        await (self.app if allowed else refusal(401))(scope, receive, send)


def sandbox(seed: Seed) -> Sandbox:
    """A deployment with the company's loyalty programme."""
    api = Api(Deployment(seed))
    profile = "/v1/loyalty_programs/{program}/profile/{profile}"
    routes = [
        Route("/v1/customer_search/no_total", api.search_profiles, methods=["POST"]),
        Route("/v1/loyalty_programs/{program}", api.get_program),
        Route(f"{profile}/ledger_balances", api.get_balances),
        Route(f"{profile}/ledger_transactions", api.list_transactions),
        Route(f"{profile}/add_points", api.add_points, methods=["PUT"]),
        Route(f"{profile}/deduct_points", api.deduct_points, methods=["PUT"]),
    ]
    return Sandbox(
        app=KeyCheck(Starlette(routes=routes)),
        auth="management_key",
        settings={"deployment": DEPLOYMENT, "program": PROGRAM, "subledgers": [SUBLEDGER]},
        credentials={"key": KEY},
    )
