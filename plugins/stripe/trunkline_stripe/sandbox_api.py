"""Stripe's ways in the sandbox: keys, lists, searches, expansions and refusals."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_stripe.sandbox_account import Holdings, Thing, listed

SECRET_KEY = "sk_test_sandbox"  # noqa: S105 - no secret: the sandbox's own
_DEEPEST = 4
_CLAUSE = re.compile(r'(\w+)([:~])"((?:\\.|[^"\\])*)"')
_KINDS = {
    "customers": "customer",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "invoice_payments": "invoice_payment",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "products": "product",
    "prices": "price",
    "promotion_codes": "promotion_code",
    "coupons": "coupon",
    "sessions": "checkout.session",
}
_EQUAL = ("email", "customer", "invoice", "currency", "type")
Handler = Callable[[Request], Awaitable[Response]]


class RefusalError(Exception):
    """What Stripe refuses, in Stripe's form."""

    def __init__(self, status: int, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        error = {"type": "invalid_request_error", "message": message, "code": code, "param": param}
        self.status, self.body = status, {"error": {key: value for key, value in error.items() if value}}


def nested(pairs: list[tuple[str, str]]) -> Thing:
    """`a[b][0]=v` as data."""
    tree: Thing = {}
    for key, text in pairs:
        *parents, last = re.split(r"\]?\[", key.removesuffix("]"))
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last or str(len(place))] = text
    return tree


class Api:
    """What every route needs of the account."""

    def __init__(self, account: Holdings) -> None:
        self.account = account
        self.answered: dict[str, tuple[tuple[str, bytes], Response]] = {}

    async def list_things(self, request: Request) -> Response:
        """`GET /v1/{things}`, newest first, with the filters that the tools use."""
        kind, query = _KINDS[request.path_params["things"]], nested(parse_qsl(request.url.query))
        self._check_customer(query)
        found = [thing for thing in self.account.of(kind) if _fits(thing, query)]
        return self.page(found, query, request.url.path)

    async def list_methods(self, request: Request) -> Response:
        """`GET /v1/customers/{id}/payment_methods`."""
        owner = self.thing("customer", request.path_params["id"], "customer")
        found = [item for item in self.account.of("payment_method") if item["customer"] == owner["id"]]
        return self.page(found, dict(request.query_params), request.url.path)

    def _check_customer(self, query: Thing) -> None:
        if "customer" in query:
            self.thing("customer", query["customer"], "customer", 400)

    def page(self, found: list[Thing], query: Thing, url: str) -> Response:
        """One page of a list."""
        ids, start = [thing["id"] for thing in found], 0
        if after := query.get("starting_after"):
            if after not in ids:
                raise RefusalError(400, "No such object", "resource_missing", "starting_after")
            start = ids.index(after) + 1
        limit = int(query.get("limit", 10))
        body = listed(found[start : start + limit], url, has_more=len(found) > start + limit)
        return JSONResponse(self.shown(body, query))

    async def search(self, request: Request) -> Response:
        """`GET /v1/{things}/search`: clauses joined by AND; anything else in the query is refused."""
        query = dict(request.query_params)
        clauses = _CLAUSE.findall(query["query"])
        if " AND ".join(f'{field}{operator}"{text}"' for field, operator, text in clauses) != query["query"]:
            raise RefusalError(400, "We were unable to parse your search query.", None, "query")
        things = self.account.of(_KINDS[request.path_params["things"]])
        found = [thing for thing in things if all(_matches(thing, *clause) for clause in clauses)]
        start, limit = int(query.get("page", 0)), int(query.get("limit", 10))
        more = len(found) > start + limit
        body = {**listed(found[start : start + limit], request.url.path, has_more=more), "object": "search_result"}
        return JSONResponse({**body, "next_page": str(start + limit) if more else None})

    async def get(self, request: Request) -> Response:
        """`GET /v1/{things}/{id}`."""
        kind = _KINDS[request.path_params["things"]]
        found = self.thing(kind, request.path_params["id"])
        return JSONResponse(self.shown(found, nested(parse_qsl(request.url.query))))

    async def list_lines(self, request: Request) -> Response:
        """`GET /v1/invoices/{id}/lines`."""
        return JSONResponse(self.thing("invoice", request.path_params["id"])["lines"])

    def thing(self, kind: str, thing_id: str, param: str = "id", status: int = 404) -> Thing:
        """An object of a kind; any other id is refused."""
        found = self.account.things.get(thing_id)
        if found is None or found["object"] != kind:
            raise RefusalError(status, f"No such {kind}: '{thing_id}'", "resource_missing", param)
        return found

    def shown(self, found: Thing, query: Thing) -> Thing:
        """An object with what was asked to be expanded, and without what is there only then."""
        paths = list(query.get("expand", {}).values())
        if any(path.count(".") >= _DEEPEST for path in paths):
            raise RefusalError(400, "You cannot expand more than 4 levels of a property.", None, "expand")
        hidden = {"invoice_credit_balance"} - set(paths)
        shown = {key: value for key, value in found.items() if key not in hidden}
        for path in paths:
            shown = self._expand(shown, path.split("."))
        return shown

    def _expand(self, value: Any, path: list[str]) -> Any:
        if isinstance(value, list):
            return [self._expand(item, path) for item in value]
        if isinstance(value, str):
            value = self.account.things.get(value, value)
        if not path or not isinstance(value, dict) or path[0] not in value:
            return value
        return {**value, path[0]: self._expand(value[path[0]], path[1:])}

    async def once(self, request: Request, handler: Handler) -> Response:
        """Answer a POST; the same key gets the same answer, and no other request."""
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        asked = (request.url.path, await request.body())
        if key in self.answered:
            first, answer = self.answered[key]
            if first != asked:
                body = {"error": {"type": "idempotency_error", "message": "Keys for idempotent requests ..."}}
                return JSONResponse(body, 400)
            return answer
        answer = await handler(request)
        if key:
            self.answered[key] = (asked, answer)
        return answer

    def endpoint(self, handler: Handler) -> Handler:
        """A route's function: the key is checked, refusals are answered, keys are remembered."""

        async def answer(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {SECRET_KEY}":
                body = {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}
                return JSONResponse(body, 401)
            try:
                return await self.once(request, handler)
            except RefusalError as refusal:
                return JSONResponse(refusal.body, refusal.status)

        return answer


async def form_of(request: Request) -> Thing:
    """A request's form as data."""
    return nested(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _fits(thing: Thing, query: Thing) -> bool:
    """Stripe's filters: e-mail addresses mind capital letters, ended subscriptions are left out unless asked for."""
    named = all(thing.get(key) == query[key] for key in _EQUAL if key in query)
    for_subscription = "subscription" not in query or query["subscription"] == _subscription_of(thing)
    among = "ids" not in query or thing["id"] in query["ids"].values()
    late_enough = int(thing["created"]) >= int(query.get("created", {}).get("gte", 0))
    plain = named and for_subscription and among and late_enough
    return plain and _fits_status(thing, query.get("status")) and _fits_offer(thing, query)


def _fits_offer(thing: Thing, query: Thing) -> bool:
    """Whether it is sold or given, and has this code, in whatever letters; or was bought by this buyer."""
    active = "active" not in query or str(thing["active"]).lower() == query["active"]
    code = "code" not in query or thing["code"].lower() == query["code"].lower()
    buyer = query.get("customer_details", {}).get("email")
    return active and code and (buyer is None or thing["customer_details"]["email"] == buyer)


def _fits_status(thing: Thing, wanted: str | None) -> bool:
    status = thing.get("status")
    if wanted is None:
        return thing["object"] != "subscription" or status != "canceled"
    return wanted in {"all", status}


def _subscription_of(thing: Thing) -> str | None:
    details = (thing.get("parent") or {}).get("subscription_details") or {}
    return details.get("subscription")


def _matches(thing: Thing, field: str, operator: str, text: str) -> bool:
    """`~` finds any part of a text; `:` finds words in a row, and so is no equality."""
    wanted, value = re.sub(r"\\(.)", r"\1", text).lower(), str(thing.get(field) or "").lower()
    pattern = re.escape(wanted)
    return re.search(pattern if operator == "~" else rf"(?<!\w){pattern}(?!\w)", value) is not None
