"""A stateful imitation of Stripe, for the demo, for tests and for faults: never a proof about Stripe."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_stripe.sandbox_account import Holdings, Thing, listed, stamp

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
}
_Handler = Callable[[Request], Awaitable[Response]]


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


class Stripe:
    """Stripe's routes over the account."""

    def __init__(self, account: Holdings) -> None:
        self.account = account
        self.answered: dict[str, tuple[tuple[str, bytes], Response]] = {}

    async def list_things(self, request: Request) -> Response:
        """`GET /v1/{things}`, newest first, with the filters that the tools use."""
        kind, query = _KINDS[request.path_params["things"]], nested(parse_qsl(request.url.query))
        self._check_customer(query)
        found = [thing for thing in self.account.of(kind) if _fits(thing, query)]
        return self._page(found, query, request.url.path)

    async def list_methods(self, request: Request) -> Response:
        """`GET /v1/customers/{id}/payment_methods`."""
        owner = self._thing("customer", request.path_params["id"], "customer")
        found = [item for item in self.account.of("payment_method") if item["customer"] == owner["id"]]
        return self._page(found, dict(request.query_params), request.url.path)

    def _check_customer(self, query: Thing) -> None:
        if "customer" in query:
            self._thing("customer", query["customer"], "customer", 400)

    def _page(self, found: list[Thing], query: Thing, url: str) -> Response:
        ids, start = [thing["id"] for thing in found], 0
        if after := query.get("starting_after"):
            if after not in ids:
                raise RefusalError(400, "No such object", "resource_missing", "starting_after")
            start = ids.index(after) + 1
        limit = int(query.get("limit", 10))
        body = listed(found[start : start + limit], url, has_more=len(found) > start + limit)
        return JSONResponse(self._shown(body, query))

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
        found = self._thing(kind, request.path_params["id"])
        return JSONResponse(self._shown(found, nested(parse_qsl(request.url.query))))

    async def list_lines(self, request: Request) -> Response:
        """`GET /v1/invoices/{id}/lines`."""
        return JSONResponse(self._thing("invoice", request.path_params["id"])["lines"])

    async def update_subscription(self, request: Request) -> Response:
        """`POST /v1/subscriptions/{id}`."""
        found, form = self._live(request), await _form(request)
        if {"cancel_at", "cancel_at_period_end"} <= form.keys():
            raise RefusalError(400, "You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
        if "pause_collection" in form:
            found["pause_collection"] = _pause(form["pause_collection"])
        if "cancel_at" in form:
            found["cancel_at"] = self._future(form["cancel_at"]) if form["cancel_at"] else None
        if "cancel_at_period_end" in form:
            ends = form["cancel_at_period_end"] == "true"
            found["cancel_at_period_end"] = ends
            found["cancel_at"] = found["items"]["data"][0]["current_period_end"] if ends else None
        self._mark(found, form)
        return JSONResponse(self._shown(found, form))

    async def cancel_subscription(self, request: Request) -> Response:
        """`DELETE /v1/subscriptions/{id}`: an ended one is not found."""
        found, query = self._live(request, 404), nested(parse_qsl(request.url.query))
        now = stamp(self.account.now)
        found.update(status="canceled", canceled_at=now, ended_at=now, pause_collection=None)
        self._mark(found, query)
        return JSONResponse(self._shown(found, query))

    async def pause_subscription(self, request: Request) -> Response:
        """`POST /v1/subscriptions/{id}/pause`."""
        found, form = self._live(request), await _form(request)
        if found["billing_mode"]["type"] != "flexible":
            raise RefusalError(400, "Pausing needs flexible billing mode.")
        found["status"] = "paused"
        return JSONResponse(self._shown(found, form))

    async def resume_subscription(self, request: Request) -> Response:
        """`POST /v1/subscriptions/{id}/resume`: it stays paused until the new invoice is paid."""
        found, form = self._live(request), await _form(request)
        if found["status"] != "paused":
            raise RefusalError(400, "This subscription is not paused.")
        self.account.add_invoice(found, self.account.now, paid=False)
        return JSONResponse(self._shown(found, form))

    async def create_refund(self, request: Request) -> Response:
        """`POST /v1/refunds`."""
        form = await _form(request)
        charge = self._refunded_charge(form)
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = int(form.get("amount", left))
        if left == 0:
            raise RefusalError(400, "Charge has already been refunded.", "charge_already_refunded")
        if amount > left:
            raise RefusalError(400, "Refund amount is greater than unrefunded amount on charge", None, "amount")
        charge["amount_refunded"] += amount
        charge["refunded"] = amount == left
        paid = {key: charge[key] for key in ("currency", "payment_intent")}
        return JSONResponse(
            self.account.add(
                "refund", "re", self.account.now, **paid, charge=charge["id"], amount=amount, reason=None,
                status="succeeded", metadata=form.get("metadata", {}),
            )
        )  # fmt: skip

    def _refunded_charge(self, form: Thing) -> Thing:
        if "payment_intent" in form:
            intent = self._thing("payment_intent", form["payment_intent"], "payment_intent")
            return self.account.things[intent["latest_charge"]]
        return self._thing("charge", form["charge"], "charge")

    def _thing(self, kind: str, thing_id: str, param: str = "id", status: int = 404) -> Thing:
        found = self.account.things.get(thing_id)
        if found is None or found["object"] != kind:
            raise RefusalError(status, f"No such {kind}: '{thing_id}'", "resource_missing", param)
        return found

    def _live(self, request: Request, status: int = 400) -> Thing:
        found = self._thing("subscription", request.path_params["id"])
        if found["status"] == "canceled":
            raise RefusalError(status, f"No such subscription: '{found['id']}'", "resource_missing", "id")
        return found

    def _future(self, text: str) -> int:
        if int(text) <= stamp(self.account.now):
            raise RefusalError(400, "Timestamp must be in the future.", "parameter_invalid_integer", "cancel_at")
        return int(text)

    def _mark(self, found: Thing, form: Thing) -> None:
        found["metadata"] |= form.get("metadata", {})
        given = {key: text or None for key, text in form.get("cancellation_details", {}).items()}
        if given:
            found["cancellation_details"] |= {**given, "reason": "cancellation_requested"}

    def _shown(self, found: Thing, query: Thing) -> Thing:
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
        if not path or value is None:
            return value
        if isinstance(value, list):
            return [self._expand(item, path) for item in value]
        if path[0] not in value:
            return value
        child = value[path[0]]
        child = self.account.things.get(child, child) if isinstance(child, str) else child
        return {**value, path[0]: self._expand(child, path[1:])}

    async def once(self, request: Request, handler: _Handler) -> Response:
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

    def endpoint(self, handler: _Handler) -> _Handler:
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


async def _form(request: Request) -> Thing:
    return nested(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _pause(given: Any) -> Thing | None:
    if not given:
        return None
    return {"behavior": given["behavior"], "resumes_at": int(given["resumes_at"]) if "resumes_at" in given else None}


def _fits(thing: Thing, query: Thing) -> bool:
    """Stripe's filters: e-mail addresses mind capital letters, ended subscriptions are left out unless asked for."""
    named = all(thing.get(key) == query[key] for key in ("email", "customer", "invoice") if key in query)
    for_subscription = "subscription" not in query or query["subscription"] == _subscription_of(thing)
    among = "ids" not in query or thing["id"] in query["ids"].values()
    late_enough = int(thing["created"]) >= int(query.get("created", {}).get("gte", 0))
    return named and for_subscription and among and late_enough and _fits_status(thing, query.get("status"))


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


def sandbox(seed: Seed) -> Sandbox:
    """A Stripe account with the company's customers."""
    api = Stripe(Holdings(seed))
    one = "/v1/subscriptions/{id}"
    handlers: tuple[tuple[str, str, _Handler], ...] = (
        ("GET", "/v1/customers/{id}/payment_methods", api.list_methods),
        ("GET", "/v1/invoices/{id}/lines", api.list_lines),
        ("POST", one, api.update_subscription),
        ("DELETE", one, api.cancel_subscription),
        ("POST", f"{one}/pause", api.pause_subscription),
        ("POST", f"{one}/resume", api.resume_subscription),
        ("POST", "/v1/refunds", api.create_refund),
        ("GET", "/v1/{things}/search", api.search),
        ("GET", "/v1/{things}/{id}", api.get),
        ("GET", "/v1/{things}", api.list_things),
    )
    routes = [Route(path, api.endpoint(handler), methods=[method]) for method, path, handler in handlers]
    return Sandbox(
        app=Starlette(routes=routes),
        auth="secret_key",
        settings={},
        credentials={"secret_key": SECRET_KEY},
    )
