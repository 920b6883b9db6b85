"""A stateful imitation of Talon.One, for the demo, for tests and for faults: never a proof about Talon.One."""

import csv
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Person, Sandbox, Seed, SeedField

# The host that Talon.One's own API file names, so that its paths can be judged.
DEPLOYMENT = "yourbaseurl"
KEY, PROGRAM, SUBLEDGER = "sandbox-key", 139, "travel"
_TIERS = {"Bronze": 0, "Silver": 1000, "Gold": 3000}
_TIERS_END = "2027-12-31T00:00:00Z"
_TYPES = {"text": "string", "number": "number", "choice": "string"}


class Deployment:
    """The state: profiles, and the entries of their ledgers, newest first."""

    def __init__(self, seed: Seed) -> None:
        self.now = seed.now
        people = seed.known_to("loyalty")
        self.profiles = {_integration_id(person): _profile(person, seed.now) for person in people}
        self.tiers = {_integration_id(person): (person.tier, _TIERS_END) for person in people if person.enrolled}
        self.fields = [
            _attribute(number, field) for number, field in enumerate(seed.fields) if field.kind == "customer"
        ]
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
        if profile not in self.tiers:
            return {}
        names = list(_TIERS)
        name, ends = self.tiers[profile]
        place = names.index(name)
        current = {"id": place + 1, "name": name, "startDate": _moment(self.now), "expiryDate": ends}
        if names[place] == names[-1]:
            return {"currentTier": current}
        missing = _TIERS[names[place + 1]] - self.balance(profile, "")["activePoints"]
        return {"currentTier": current, "nextTierName": names[place + 1], "pointsToNextTier": max(missing, 0)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _integration_id(person: Person) -> str:
    return f"shop-{person.number:04d}"


def _attribute(number: int, field: SeedField) -> dict[str, Any]:
    return {
        "id": number,
        "created": "2026-01-01T00:00:00Z",
        "accountId": 31,
        "entity": "CustomerProfile",
        "name": field.label.title().replace(" ", ""),
        "title": field.label,
        "type": _TYPES[field.type],
        "description": field.label,
        "suggestions": list(field.choices),
        "restrictedBySuggestions": bool(field.choices),
        "editable": True,
    }


def _profile(person: Person, now: datetime) -> dict[str, Any]:
    return {
        "id": person.number,
        "created": _moment(now),
        "integrationId": _integration_id(person),
        "attributes": {
            "Email": person.email,
            "Phone": person.phone,
            "Name": person.name,
            "CupsADay": person.number % 5 + 1,
        },
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
        query = request.query_params
        since = datetime.fromisoformat(query.get("startDate", "1970-01-01T00:00:00Z"))
        wanted, manual = query.getlist("transactionUUIDs"), query.get("loyaltyTransactionType") == "manual"
        entries = [
            entry
            for entry in self.deployment.entries[request.path_params["profile"]]
            if datetime.fromisoformat(entry["created"]) >= since
            and (not wanted or entry["transactionUUID"] in wanted)
            and not (manual and "customerSessionId" in entry)
        ]
        return _page(request, entries)

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

    async def list_attributes(self, request: Request) -> Response:
        """`GET /v1/attributes`."""
        fields = self.deployment.fields if request.query_params.get("entity") == "CustomerProfile" else []
        return JSONResponse({"totalResultSize": len(fields), "data": fields})

    async def import_tiers(self, request: Request) -> Response:
        """`POST …/import_customers_tiers`: the lines of a file, in a form."""
        if not _is_program(request):
            return refusal(404)
        boundary = request.headers["content-type"].partition("boundary=")[2]
        part = (await request.body()).decode().split(f"--{boundary}")[1]
        lines = list(csv.DictReader(part.partition("\r\n\r\n")[2].strip().splitlines()))
        if any(line["customerprofileid"] not in self.deployment.profiles for line in lines):
            return refusal(400)
        for line in lines:
            self.deployment.tiers[line["customerprofileid"]] = (line["tiername"], line["expirydate"])
        about = {"id": 6, "created": _moment(self.deployment.now), "accountId": 31, "userId": 3}
        return JSONResponse({**about, "entity": "LoyaltyCustomerTiers", "amount": len(lines)})

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
        "tiersExpirationPolicy": "tier_start_date",
        "tiers": [_tier(place, name, now) for place, name in enumerate(_TIERS)],
        "sandbox": False,
    }


def _tier(place: int, name: str, now: datetime) -> dict[str, Any]:
    points = {"programID": PROGRAM, "minPoints": _TIERS[name]}
    return {"id": place + 1, "created": _moment(now), "name": name, **points}


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
        Route("/v1/attributes", api.list_attributes),
        Route("/v1/loyalty_programs/{program}", api.get_program),
        Route("/v1/loyalty_programs/{program}/import_customers_tiers", api.import_tiers, methods=["POST"]),
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
