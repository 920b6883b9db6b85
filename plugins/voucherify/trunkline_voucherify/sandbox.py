"""A stateful imitation of Voucherify, for the demo, for tests and for faults: never a proof about Voucherify."""

from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Person, Sandbox, Seed

APP_ID, APP_TOKEN, CAMPAIGN = "sandbox-app", "sandbox-token", "Coffee Club"
_CAMPAIGN_ID = "camp_coffee"
_TIERS = ("Bronze", "Silver", "Gold")


class Project:
    """The state: customers, cards, transactions."""

    def __init__(self, seed: Seed) -> None:
        self.now = seed.now
        people = seed.known_to("loyalty")
        self.customers = {_customer_id(person): _customer(person, seed.now) for person in people}
        self.cards = {_code(person): _card(person, seed.now) for person in people}
        self.tiers = {_code(person): person.tier for person in people}
        self.transactions: dict[str, list[dict[str, Any]]] = {code: [] for code in self.cards}
        for person in people:
            if person.points:
                self.record(_code(person), person.points, "POINTS_ACCRUAL", None, None)

    def customer(self, customer_id: str) -> dict[str, Any] | None:
        """A customer by either id."""
        by_source = (item for item in self.customers.values() if item["source_id"] == customer_id)
        return self.customers.get(customer_id) or next(by_source, None)

    def record(self, code: str, points: int, kind: str, reason: str | None, source_id: str | None) -> None:
        """Keep one change of a card's points, newest first."""
        card = self.cards[code]["loyalty_card"]
        number = sum(len(items) for items in self.transactions.values()) + 1
        balance = {"type": "loyalty_card", "points": points, "total": card["points"], "balance": card["balance"]}
        self.transactions[code].insert(
            0,
            {
                "id": f"vtx_{number:08d}",
                "source_id": source_id,
                "voucher_id": self.cards[code]["id"],
                "campaign_id": _CAMPAIGN_ID,
                "reason": reason,
                "type": kind,
                "details": {"balance": balance},
                "created_at": _moment(self.now),
            },
        )


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _customer_id(person: Person) -> str:
    return f"cust_{person.number:08d}"


def _code(person: Person) -> str:
    return f"COFFEE-{person.number:04d}"


def _customer(person: Person, now: datetime) -> dict[str, Any]:
    return {
        "id": _customer_id(person),
        "source_id": f"shop-{person.number}",
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "address": {"city": person.city, "country": person.country},
        "metadata": {},
        "created_at": _moment(now),
        "updated_at": None,
        "object": "customer",
    }


def _card(person: Person, now: datetime) -> dict[str, Any]:
    return {
        "id": f"v_{person.number:08d}",
        "code": _code(person),
        "campaign": CAMPAIGN,
        "campaign_id": _CAMPAIGN_ID,
        "type": "LOYALTY_CARD",
        "loyalty_card": {"points": person.points, "balance": person.points, "pending_points": 0},
        "active": True,
        "holder_id": _customer_id(person),
        "created_at": _moment(now),
        "object": "voucher",
    }


class Api:
    """Voucherify's routes over the state."""

    def __init__(self, project: Project) -> None:
        self.project = project

    async def list_customers(self, request: Request) -> Response:
        """`GET /v1/customers`."""
        query = request.query_params
        found = [
            item
            for item in self.project.customers.values()
            if query.get("email", item["email"]) == item["email"]
            and query.get("name", item["name"]).lower() in item["name"].lower()
        ]
        limit, page = int(query.get("limit", 10)), int(query.get("page", 1))
        part = found[(page - 1) * limit : page * limit]
        body = {"object": "list", "data_ref": "customers", "customers": part, "total": len(found)}
        return JSONResponse({**body, "has_more": len(found) > page * limit})

    async def get_customer(self, request: Request) -> Response:
        """`GET /v1/customers/{id}`."""
        customer = self.project.customer(request.path_params["customer"])
        return JSONResponse(customer) if customer else refusal(404, "not_found")

    async def list_members(self, request: Request) -> Response:
        """`GET /v1/loyalties/{campaign}/members`."""
        if request.path_params["campaign"] not in {CAMPAIGN, _CAMPAIGN_ID}:
            return refusal(404, "campaign_not_found")
        holder = request.query_params.get("customer")
        customer = self.project.customer(holder) if holder else None
        cards = [
            card
            for card in self.project.cards.values()
            if holder is None or (customer and card["holder_id"] == customer["id"])
        ]
        limit = int(request.query_params.get("limit", 10))
        body = {"object": "list", "data_ref": "vouchers", "vouchers": cards[:limit], "total": len(cards)}
        return JSONResponse(body)

    async def list_tiers(self, request: Request) -> Response:
        """`GET /v1/loyalties/members/{code}/tiers`."""
        tier = self.project.tiers.get(request.path_params["code"])
        if tier is None:
            return refusal(404, "voucher_not_found")
        held = {
            "id": f"loy_tier_{_TIERS.index(tier)}",
            "name": tier,
            "campaign_id": _CAMPAIGN_ID,
            "metadata": {},
            "created_at": _moment(self.project.now),
            "object": "loyalty_tier",
        }
        return JSONResponse({"object": "list", "data_ref": "data", "data": [held], "total": 1})

    async def list_transactions(self, request: Request) -> Response:
        """`GET /v1/loyalties/members/{code}/transactions`."""
        items = self.project.transactions.get(request.path_params["code"])
        if items is None:
            return refusal(404, "voucher_not_found")
        ids = [item["id"] for item in items]
        after = request.query_params.get("starting_after_id")
        start = ids.index(after) + 1 if after in ids else 0
        limit = int(request.query_params.get("limit", 10))
        part = items[start : start + limit]
        more = len(items) > start + limit
        body = {"object": "list", "data_ref": "data", "data": part, "has_more": more}
        return JSONResponse({**body, "more_starting_after": part[-1]["id"]} if more else body)

    async def change_balance(self, request: Request) -> Response:
        """`POST /v1/loyalties/members/{code}/balance`: additive, and not de-duplicated by source_id."""
        code, body = request.path_params["code"], await request.json()
        if code not in self.project.cards:
            return refusal(404, "voucher_not_found")
        card, points = self.project.cards[code]["loyalty_card"], body["points"]
        if card["balance"] + points < 0:
            return refusal(400, "insufficient_loyalty_points")
        card["points"] += max(points, 0)
        card["balance"] += points
        kind = "POINTS_ADDITION" if points > 0 else "POINTS_REMOVAL"
        self.project.record(code, points, kind, body.get("reason"), body.get("source_id"))
        related = {"type": "voucher", "id": self.project.cards[code]["id"]}
        answer = {"points": points, "total": card["points"], "balance": card["balance"], "type": "loyalty_card"}
        return JSONResponse({**answer, "object": "balance", "related_object": related, "operation_type": "MANUAL"})


def refusal(status: int, key: str) -> Response:
    """Voucherify's form of an error."""
    body = {"code": status, "key": key, "message": key.replace("_", " "), "details": key, "request_id": "v-0"}
    return JSONResponse(body, status)


class KeyCheck:
    """Refuses calls without the project's keys."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let through what carries the keys."""
        headers = dict(scope.get("headers", ()))
        keys = (headers.get(b"x-app-id"), headers.get(b"x-app-token"))
        allowed = scope["type"] != "http" or keys == (APP_ID.encode(), APP_TOKEN.encode())
        await (self.app if allowed else refusal(401, "unauthorized"))(scope, receive, send)


def sandbox(seed: Seed) -> Sandbox:
    """A project with the company's loyalty programme."""
    api = Api(Project(seed))
    members = "/v1/loyalties/members/{code}"
    routes = [
        Route("/v1/customers", api.list_customers),
        Route("/v1/customers/{customer}", api.get_customer),
        Route("/v1/loyalties/{campaign}/members", api.list_members),
        Route(f"{members}/tiers", api.list_tiers),
        Route(f"{members}/transactions", api.list_transactions),
        Route(f"{members}/balance", api.change_balance, methods=["POST"]),
    ]
    return Sandbox(
        app=KeyCheck(Starlette(routes=routes)),
        auth="api_key",
        settings={"campaign": CAMPAIGN},
        credentials={"app_id": APP_ID, "app_token": APP_TOKEN},
    )
