"""A stateful imitation of Chargebee, for the demo, for tests and for faults: never a proof about Chargebee."""

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_chargebee.sandbox_account import Holdings, Thing, end_now, stamp
from trunkline_contracts.sandbox import Sandbox, Seed

SITE, API_KEY = "coffee-test", "test_sandbox"
REASONS = ("Too expensive", "Moving away")
_BASIC = "Basic " + b64encode(f"{API_KEY}:".encode()).decode()
_KINDS = {
    "customers": "customer",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "credit_notes": "credit_note",
    "payment_sources": "payment_source",
}
_FILTER = re.compile(r"(\w+)\[(is|is_not|in|after|gt)\]")
_Handler = Callable[[Request], Awaitable[Response]]


class RefusalError(Exception):
    """What Chargebee refuses, in Chargebee's form."""

    def __init__(self, status: int, code: str, param: str | None = None, kind: str = "invalid_request") -> None:
        super().__init__(code)
        told = {"message": "Refused.", "type": kind, "api_error_code": code, "param": param}
        self.status = status
        self.body = {**{key: value for key, value in told.items() if value}, "http_status_code": status}


class Chargebee:
    """Chargebee's routes over the site."""

    def __init__(self, site: Holdings) -> None:
        self.site = site
        self.answered: dict[str, tuple[tuple[str, bytes], bytes]] = {}

    async def list_things(self, request: Request) -> Response:
        """`GET /api/v2/{things}` with the filters that the tools use."""
        kind, query = self._kind(request), dict(request.query_params)
        found = [thing for thing in self.site.of(kind) if _fits(thing, query)]
        by = query.get("sort_by[desc]", "date" if kind in {"invoice", "credit_note"} else "created_at")
        found.sort(key=lambda thing: int(thing[by]), reverse=True)
        start, limit = _start(query.get("offset")), int(query.get("limit", 10))
        body: Thing = {"list": [self._row(kind, thing) for thing in found[start : start + limit]]}
        if len(found) > start + limit:
            body["next_offset"] = orjson.dumps([str(start + limit)]).decode()
        return JSONResponse(body)

    async def get(self, request: Request) -> Response:
        """`GET /api/v2/{things}/{id}`."""
        kind = self._kind(request)
        return JSONResponse(self._row(kind, self._thing(kind, request)))

    def _kind(self, request: Request) -> str:
        kind = _KINDS.get(request.path_params["things"])
        if kind is None:
            raise RefusalError(404, "resource_not_found")
        return kind

    def _thing(self, kind: str, request: Request) -> Thing:
        found = self.site.things.get(kind, {}).get(request.path_params["id"])
        if found is None:
            raise RefusalError(404, "resource_not_found")
        return found

    def _row(self, kind: str, thing: Thing) -> Thing:
        """A record beside its customer, as Chargebee shows a subscription."""
        owner = {"customer": self.site.things["customer"][thing["customer_id"]]} if kind == "subscription" else {}
        return {kind: thing, **owner}

    async def pause(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/pause`."""
        found, form = self._in_state(request, "active", "non_renewing"), await _form(request)
        if form["pause_option"] == "immediately":
            found |= {"status": "paused", "pause_date": stamp(self.site.now)}
            found.pop("next_billing_at", None)
        else:
            found["pause_date"] = found["current_term_end"]
        if "resume_date" in form:
            found["resume_date"] = int(form["resume_date"])
        return JSONResponse(self._row("subscription", found))

    async def resume(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/resume`: a term that went on meanwhile is billed no second time."""
        found = self._in_state(request, "paused")
        found |= {"status": "active", "next_billing_at": found["current_term_end"]}
        _drop(found, "pause_date", "resume_date")
        return JSONResponse(self._row("subscription", found))

    async def remove_scheduled_pause(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/remove_scheduled_pause`."""
        found = self._in_state(request, "active", "in_trial", "non_renewing")
        if "pause_date" not in found:
            raise RefusalError(409, "invalid_state_for_request")
        _drop(found, "pause_date", "resume_date")
        return JSONResponse(self._row("subscription", found))

    async def remove_scheduled_cancellation(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/remove_scheduled_cancellation`."""
        found = self._in_state(request, "non_renewing")
        found |= {"status": "active", "next_billing_at": found["current_term_end"]}
        _drop(found, "cancelled_at", "cancel_schedule_created_at", "cancel_reason_code")
        return JSONResponse(self._row("subscription", found))

    async def cancel(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/cancel_for_items`."""
        found = self._in_state(request, "active", "in_trial", "non_renewing", "paused", "future")
        form = await _form(request)
        if form.get("cancel_reason_code", REASONS[0]) not in REASONS:
            raise RefusalError(400, "param_wrong_value", "cancel_reason_code")
        if "cancel_reason_code" in form:
            found["cancel_reason_code"] = form["cancel_reason_code"]
        if form["cancel_option"] == "immediately":
            return self._cancel_now(found, form)
        at = int(form["cancel_at"] if "cancel_at" in form else found["current_term_end"])
        found |= {"status": "non_renewing", "cancelled_at": at, "cancel_schedule_created_at": stamp(self.site.now)}
        found.pop("next_billing_at", None)
        return JSONResponse(self._row("subscription", found))

    def _cancel_now(self, found: Thing, form: Thing) -> Response:
        end_now(found, self.site.now)
        body = self._row("subscription", found)
        last = [item for item in self.site.of("invoice") if item["subscription_id"] == found["id"]][-1]
        if form.get("credit_option_for_current_term_charges", "none") != "none" and last["amount_paid"]:
            part = 1 if form["credit_option_for_current_term_charges"] == "full" else 2
            body["credit_notes"] = [self.site.add_credit_note(last, last["amount_paid"] // part, "refund_due")]
        return JSONResponse(body)

    def _in_state(self, request: Request, *states: str) -> Thing:
        found = self._thing("subscription", request)
        if found["status"] not in states:
            raise RefusalError(409, "invalid_state_for_request")
        return found

    async def refund(self, request: Request) -> Response:
        """`POST /api/v2/invoices/{id}/refund`: at most what was paid and not yet credited, or all of that."""
        invoice, form = self._thing("invoice", request), await _form(request)
        notes = [note for note in self.site.of("credit_note") if note["reference_invoice_id"] == invoice["id"]]
        left = invoice["amount_paid"] - sum(note["total"] for note in notes)
        amount = int(form.get("refund_amount", left))
        if not left:
            raise RefusalError(409, "invalid_state_for_request")
        if amount > left:
            raise RefusalError(400, "param_wrong_value", "refund_amount")
        paid = self.site.add_transaction(invoice, "refund", amount, self.site.now, "success")
        note = self.site.add_credit_note(invoice, amount, "refunded")
        return JSONResponse({"invoice": invoice, "transaction": paid, "credit_note": note})

    def endpoint(self, handler: _Handler) -> _Handler:
        """A route's handler behind the key check; a refusal is answered."""

        async def answer(request: Request) -> Response:
            try:
                _check_key(request)
                return await self._once(request, handler)
            except RefusalError as refusal:
                return JSONResponse(refusal.body, refusal.status)

        return answer

    async def _once(self, request: Request, handler: _Handler) -> Response:
        """Answer a key's first request again to every repetition of it, and refuse the key for any other."""
        key = request.headers.get("chargebee-idempotency-key")
        if key is None:
            return await handler(request)
        asked = (request.url.path, await request.body())
        if key not in self.answered:
            response = await handler(request)
            self.answered[key] = (asked, bytes(response.body))
            return response
        before, body = self.answered[key]
        if before != asked:
            raise RefusalError(422, "unable_to_process_request")
        headers = {"chargebee-idempotency-replayed": "true"}
        return Response(body, media_type="application/json", headers=headers)


def _check_key(request: Request) -> None:
    if request.headers.get("authorization") != _BASIC:
        raise RefusalError(401, "api_authentication_failed", kind="untyped")


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _drop(thing: Thing, *names: str) -> None:
    for name in names:
        thing.pop(name, None)


def _start(offset: str | None) -> int:
    try:
        return int(orjson.loads(offset)[0]) if offset else 0
    except (ValueError, TypeError, LookupError):
        raise RefusalError(400, "param_wrong_value", "offset") from None


def _fits(thing: Thing, query: dict[str, str]) -> bool:
    filters = ((_FILTER.fullmatch(name), text) for name, text in query.items())
    return all(_passes(thing.get(found[1]), found[2], text) for found, text in filters if found)


def _passes(value: Any, operator: str, text: str) -> bool:
    if operator == "in":
        return value in orjson.loads(text)
    if operator in {"after", "gt"}:
        return int(value or 0) > int(text)
    return bool((value == text) == (operator == "is"))


def sandbox(seed: Seed) -> Sandbox:
    """A Chargebee site with the company's customers."""
    api = Chargebee(Holdings(seed))
    one = "/api/v2/subscriptions/{id}"
    handlers: tuple[tuple[str, str, _Handler], ...] = (
        ("POST", f"{one}/pause", api.pause),
        ("POST", f"{one}/resume", api.resume),
        ("POST", f"{one}/remove_scheduled_pause", api.remove_scheduled_pause),
        ("POST", f"{one}/remove_scheduled_cancellation", api.remove_scheduled_cancellation),
        ("POST", f"{one}/cancel_for_items", api.cancel),
        ("POST", "/api/v2/invoices/{id:path}/refund", api.refund),
        ("GET", "/api/v2/{things}", api.list_things),
        ("GET", "/api/v2/{things}/{id:path}", api.get),
    )
    routes = [Route(path, api.endpoint(handler), methods=[method]) for method, path, handler in handlers]
    return Sandbox(
        app=Starlette(routes=routes), auth="api_key", settings={"site": SITE}, credentials={"api_key": API_KEY}
    )
