"""What every route of the sandbox shares: the key, the records, lists with filters, and repeated requests."""

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_chargebee.sandbox_account import Holdings, Thing

API_KEY = "test_sandbox"
_BASIC = "Basic " + b64encode(f"{API_KEY}:".encode()).decode()
_KINDS = {
    "customers": "customer",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "credit_notes": "credit_note",
    "payment_sources": "payment_source",
    "item_prices": "item_price",
    "coupons": "coupon",
    "orders": "order",
    "custom_field_configs": "custom_field_config",
}
_FILTER = re.compile(r"(\w+)\[(is|is_not|in|after|gt)\]")
Handler = Callable[[Request], Awaitable[Response]]


class RefusalError(Exception):
    """What Chargebee refuses, in Chargebee's form."""

    def __init__(self, status: int, code: str, param: str | None = None, kind: str = "invalid_request") -> None:
        super().__init__(code)
        told = {"message": "Refused.", "type": kind, "api_error_code": code, "param": param}
        self.status = status
        self.body = {**{key: value for key, value in told.items() if value}, "http_status_code": status}


class Desk:
    """The site, and how Chargebee answers about it."""

    def __init__(self, site: Holdings) -> None:
        self.site = site
        self.answered: dict[str, tuple[tuple[str, bytes], bytes]] = {}

    async def list_things(self, request: Request) -> Response:
        """`GET /api/v2/{things}` with the filters that the tools use."""
        kind, query = self._kind(request), dict(request.query_params)
        found = [thing for thing in self.site.of(kind) if _fits(thing, query)]
        by = query.get("sort_by[desc]", "created_at")
        found.sort(key=lambda thing: int(thing.get(by) or thing.get("date", 0)), reverse=True)
        start, limit = _start(query.get("offset")), int(query.get("limit", 10))
        body: Thing = {"list": [self.row(kind, thing) for thing in found[start : start + limit]]}
        if len(found) > start + limit:
            body["next_offset"] = orjson.dumps([str(start + limit)]).decode()
        return JSONResponse(body)

    async def get(self, request: Request) -> Response:
        """`GET /api/v2/{things}/{id}`."""
        kind = self._kind(request)
        return JSONResponse(self.row(kind, self.thing(kind, request)))

    def _kind(self, request: Request) -> str:
        kind = _KINDS.get(request.path_params["things"])
        if kind is None:
            raise RefusalError(404, "resource_not_found")
        return kind

    def thing(self, kind: str, request: Request) -> Thing:
        """The record that a path names."""
        found = self.site.things.get(kind, {}).get(request.path_params["id"])
        if found is None:
            raise RefusalError(404, "resource_not_found")
        return found

    def row(self, kind: str, thing: Thing) -> Thing:
        """A record beside its customer, as Chargebee shows a subscription."""
        owner = {"customer": self.site.things["customer"][thing["customer_id"]]} if kind == "subscription" else {}
        return {kind: thing, **owner}

    def endpoint(self, handler: Handler) -> Handler:
        """A route's handler behind the key check; a refusal is answered."""

        async def answer(request: Request) -> Response:
            try:
                _check_key(request)
                return await self._once(request, handler)
            except RefusalError as refusal:
                return JSONResponse(refusal.body, refusal.status)

        return answer

    async def _once(self, request: Request, handler: Handler) -> Response:
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


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def drop(thing: Thing, *names: str) -> None:
    """Take fields off a record."""
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
