"""A stateful imitation of Voucherify, for the demo, for tests and for faults: never a proof about Voucherify."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Person, Sandbox, Seed, SeedOrder
from trunkline_voucherify.sandbox_v1 import CAMPAIGN, loyalty_v1
from trunkline_voucherify.sandbox_v2 import loyalty_v2
from trunkline_voucherify.sandbox_wire import customer_id, moment, refusal

APP_ID, APP_TOKEN = "sandbox-app", "sandbox-token"
_TYPES = {"text": "string", "number": "number", "choice": "string"}
_ORDERS = {"unfulfilled": "PAID", "shipped": "PAID", "delivered": "FULFILLED", "canceled": "CANCELED"}


class Project:
    """The state that both loyalty APIs share: customers and orders."""

    def __init__(self, seed: Seed) -> None:
        self.now = moment(seed.now)
        people = seed.known_to("loyalty")
        self.customers = {customer_id(person): _customer(person, self.now) for person in people}
        self.orders = {
            item["id"]: item
            for person in people
            for item in (_order(person, order, self.now) for order in person.orders)
        }
        self.fields = {
            field.label: {
                "type": _TYPES[field.type],
                "array": False,
                "optional": True,
                **({"eq": list(field.choices)} if field.choices else {}),
            }
            for field in seed.fields
            if field.kind == "customer"
        }

    def customer(self, wanted: str) -> dict[str, Any] | None:
        """A customer by either id."""
        by_source = (item for item in self.customers.values() if item["source_id"] == wanted)
        return self.customers.get(wanted) or next(by_source, None)


def _customer(person: Person, now: str) -> dict[str, Any]:
    return {
        "id": customer_id(person),
        "source_id": f"shop-{person.number}",
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "address": {"city": person.city, "country": person.country},
        "metadata": {"Cups a day": person.number % 5 + 1, "internal_note": "not in the schema"},
        "created_at": now,
        "updated_at": None,
        "object": "customer",
    }


def _order(person: Person, order: SeedOrder, now: str) -> dict[str, Any]:
    amount = order.quantity * order.unit_minor
    line = {
        "id": f"ordli_{order.number}",
        "quantity": order.quantity,
        "price": order.unit_minor,
        "object": "order_item",
    }
    return {
        "id": f"ord_{order.number}",
        "source_id": order.number,
        "status": _ORDERS[order.state],
        "amount": amount,
        "total_amount": amount,
        "customer_id": customer_id(person),
        "items": [{**line, "product": {"id": f"prod_{order.number}", "name": order.title}}],
        "created_at": now,
        "updated_at": None,
        "object": "order",
    }


def _event(order: dict[str, Any], customer: dict[str, Any]) -> dict[str, Any]:
    about = {"customer": {"id": customer["id"], "object": "customer"}, "order": order}
    event = {"id": f"evcus_{order['source_id']}", "type": "customer.order.created", "created_at": order["created_at"]}
    return {**event, "data": {"data": about}, "group_id": f"req_{order['source_id']}"}


class Api:
    """The routes of customers and orders."""

    def __init__(self, project: Project) -> None:
        self.project = project

    async def list_customers(self, request: Request) -> Response:
        """`GET /v1/customers`."""
        query = request.query_params
        found = [
            item
            for item in self.project.customers.values()
            if query.get("email", item["email"]) == item["email"]
            and query.get("name", item["name"] or "").lower() in (item["name"] or "").lower()
        ]
        limit, page = int(query.get("limit", 10)), int(query.get("page", 1))
        part = found[(page - 1) * limit : page * limit]
        body = {"object": "list", "data_ref": "customers", "customers": part, "total": len(found)}
        return JSONResponse({**body, "has_more": len(found) > page * limit})

    async def get_customer(self, request: Request) -> Response:
        """`GET /v1/customers/{id}`."""
        customer = self.project.customer(request.path_params["customer"])
        return JSONResponse(customer) if customer else refusal(404, "not_found")

    async def create_customer(self, request: Request) -> Response:
        """`POST /v1/customers`: who is there already is updated."""
        body = await request.json()
        customer = self.project.customer(body["source_id"]) if "source_id" in body else None
        if customer is None:
            number = f"cust_9{len(self.project.customers):07d}"
            nobody = dict.fromkeys(("source_id", "name", "email", "phone", "address", "metadata", "updated_at"))
            customer = {**nobody, "id": number, "created_at": self.project.now, "object": "customer"}
            self.project.customers[number] = customer
        customer.update(body)
        return JSONResponse(customer)

    async def update_customer(self, request: Request) -> Response:
        """`PUT /v1/customers/{id}`."""
        customer = self.project.customer(request.path_params["customer"])
        if customer is None:
            return refusal(404, "not_found")
        customer.update(await request.json())
        return JSONResponse({**customer, "updated_at": self.project.now})

    async def get_schema(self, request: Request) -> Response:
        """`GET /v1/metadata-schemas/customer`."""
        if request.path_params["resource"] != "customer" or not self.project.fields:
            return refusal(404, "not_found")
        schema = {"id": "ms_customer", "related_object": "customer", "properties": self.project.fields}
        times = {"created_at": self.project.now, "updated_at": self.project.now}
        return JSONResponse({**schema, **times, "allow_defined_only": False, "object": "metadata_schema"})

    async def list_activity(self, request: Request) -> Response:
        """`GET /v1/customers/{id}/activity`, of which only the making of orders is kept."""
        customer = self.project.customer(request.path_params["customer"])
        if customer is None:
            return refusal(404, "not_found")
        query = request.query_params
        events = [
            _event(order, customer)
            for order in reversed(self.project.orders.values())
            if order["customer_id"] == customer["id"] and order["created_at"] >= query.get("start_date", "")
        ]
        ids, limit = [event["id"] for event in events], int(query.get("limit", 10))
        after = query.get("starting_after_id")
        start = ids.index(after) + 1 if after in ids else 0
        part, more = events[start : start + limit], len(events) > start + limit
        body = {"object": "list", "data_ref": "data", "data": part, "has_more": more}
        return JSONResponse({**body, "more_starting_after": part[-1]["id"]} if more else body)

    async def get_order(self, request: Request) -> Response:
        """`GET /v1/orders/{id}`, by either id."""
        wanted = request.path_params["order"]
        orders = self.project.orders.values()
        order = next((item for item in orders if wanted in {item["id"], item["source_id"]}), None)
        return JSONResponse(order) if order else refusal(404, "not_found")


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
    """A project with the company's loyalty programme, by either API; the connection made is one to API v1."""
    project = Project(seed)
    orders = (order for person in seed.known_to("loyalty") for order in person.orders)
    currency = next((order.currency for order in orders), "EUR")
    api = Api(project)
    routes = [
        Route("/v1/customers", api.list_customers),
        Route("/v1/customers", api.create_customer, methods=["POST"]),
        Route("/v1/customers/{customer}", api.get_customer),
        Route("/v1/customers/{customer}", api.update_customer, methods=["PUT"]),
        Route("/v1/customers/{customer}/activity", api.list_activity),
        Route("/v1/metadata-schemas/{resource}", api.get_schema),
        Route("/v1/orders/{order}", api.get_order),
        *loyalty_v1(seed, project.customer),
        *loyalty_v2(seed, project.customer),
    ]
    return Sandbox(
        app=KeyCheck(Starlette(routes=routes)),
        auth="api_key",
        settings={"campaign": CAMPAIGN, "currency": currency},
        credentials={"app_id": APP_ID, "app_token": APP_TOKEN},
    )
