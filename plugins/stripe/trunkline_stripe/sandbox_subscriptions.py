"""Subscriptions in the sandbox: changed, discounted, previewed, paused and ended."""

from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_stripe.sandbox_account import Thing, invoice_fields, listed, stamp
from trunkline_stripe.sandbox_api import Api, RefusalError, form_of, nested

_TAKEN = ("promotion_code", "coupon", "discount")


class Subscriptions(Api):
    """The routes that change subscriptions."""

    async def update_subscription(self, request: Request) -> Response:
        """`POST /v1/subscriptions/{id}`."""
        found, form = self._live(request), await form_of(request)
        if {"cancel_at", "cancel_at_period_end"} <= form.keys():
            raise RefusalError(400, "You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
        self._bill(found, form)
        if "pause_collection" in form:
            found["pause_collection"] = _pause(form["pause_collection"])
        if "cancel_at" in form:
            found["cancel_at"] = self._future(form["cancel_at"]) if form["cancel_at"] else None
        if "cancel_at_period_end" in form:
            ends = form["cancel_at_period_end"] == "true"
            found["cancel_at_period_end"] = ends
            found["cancel_at"] = found["items"]["data"][0]["current_period_end"] if ends else None
        self._mark(found, form)
        return JSONResponse(self.shown(found, form))

    def _bill(self, found: Thing, form: Thing) -> None:
        """What a subscription consists of, and what is taken off."""
        if "items" in form:
            found["items"] = listed(self._changed(found, form["items"]), "/v1/subscription_items")
        if "discounts" in form:
            found["discounts"] = [self._discount(found, given) for given in form["discounts"].values()]

    def _changed(self, found: Thing, changes: Thing) -> list[Thing]:
        """The lines after a change: those that are not named stay."""
        lines = {item["id"]: item for item in found["items"]["data"]}
        for change in changes.values():
            if change.get("deleted") == "true":
                del lines[change["id"]]
                continue
            price = self.thing("price", change["price"], "items[0][price]", 400)
            old = lines.get(change.get("id"))
            if any(item["price"]["id"] == price["id"] for item in lines.values() if item is not old):
                raise RefusalError(400, "Cannot add multiple subscription items with the same plan.", None, "items")
            line = {**(old or self.account.item(found, price)), "price": price, "quantity": int(change["quantity"])}
            lines[line["id"]] = line
        return list(lines.values())

    def _discount(self, found: Thing, given: Thing) -> str:
        """The id of a discount: one that is there, or a new one."""
        kind = next(kind for kind in _TAKEN if kind in given)
        source = self.thing(kind, given[kind], f"discounts[0][{kind}]", 400)
        if kind == "discount":
            return str(source["id"])
        coupon = source["promotion"]["coupon"] if kind == "promotion_code" else source["id"]
        made = self.account.add(
            "discount", "di", self.account.now, customer=found["customer"], subscription=found["id"], end=None,
            start=stamp(self.account.now), source={"type": "coupon", "coupon": coupon},
            promotion_code=source["id"] if kind == "promotion_code" else None,
        )  # fmt: skip
        return str(made["id"])

    async def preview_invoice(self, request: Request) -> Response:
        """`POST /v1/invoices/create_preview`: nothing is kept of it."""
        form = await form_of(request)
        found = self.thing("subscription", form["subscription"], "subscription", 400)
        details = form.get("subscription_details", {})
        items = self._changed(found, details.get("items", {}))
        at_once = details.get("proration_behavior") == "always_invoice"
        lines = [self._line(found, item, 1) for item in items]
        lines += [self._line(found, item, -1) for item in found["items"]["data"] if at_once]
        off = sum(self._off(given, lines) for given in form.get("discounts", {}).values())
        total = sum(line["amount"] for line in lines) - off
        owner = self.account.things[found["customer"]]
        body = {
            "id": "upcoming_in_1", "object": "invoice", "created": stamp(self.account.now), "livemode": False,
            **invoice_fields(found, owner, total, self.account.now, paid=False),
            "amount_due": max(total, 0), "lines": listed(lines, "/v1/invoices/upcoming_in_1/lines"), "status": "draft",
        }  # fmt: skip
        return JSONResponse(body)

    def _line(self, found: Thing, item: Thing, sign: int) -> Thing:
        price = item["price"]
        name = self.account.things[price["product"]]["name"]
        amount = sign * price["unit_amount"] * item["quantity"]
        return self.account.line({"id": "upcoming", "currency": found["currency"]}, name, amount)

    def _off(self, given: Thing, lines: list[Thing]) -> int:
        kind = next(kind for kind in _TAKEN if kind in given)
        source = self.thing(kind, given[kind], "discounts", 400)
        held = {"promotion_code": lambda: source["promotion"]["coupon"], "discount": lambda: source["source"]["coupon"]}
        coupon = self.account.things[held[kind]()] if kind in held else source
        total = sum(line["amount"] for line in lines)
        return int(coupon["amount_off"] or total * coupon["percent_off"] / 100)

    async def cancel_subscription(self, request: Request) -> Response:
        """`DELETE /v1/subscriptions/{id}`: an ended one is not found."""
        found, query = self._live(request, 404), nested(parse_qsl(request.url.query))
        now = stamp(self.account.now)
        found.update(status="canceled", canceled_at=now, ended_at=now, pause_collection=None)
        self._mark(found, query)
        return JSONResponse(self.shown(found, query))

    async def pause_subscription(self, request: Request) -> Response:
        """`POST /v1/subscriptions/{id}/pause`."""
        found, form = self._live(request), await form_of(request)
        if found["billing_mode"]["type"] != "flexible":
            raise RefusalError(400, "Pausing needs flexible billing mode.")
        found["status"] = "paused"
        return JSONResponse(self.shown(found, form))

    async def resume_subscription(self, request: Request) -> Response:
        """`POST /v1/subscriptions/{id}/resume`: it stays paused until the new invoice is paid."""
        found, form = self._live(request), await form_of(request)
        if found["status"] != "paused":
            raise RefusalError(400, "This subscription is not paused.")
        self.account.add_invoice(found, self.account.now, paid=False)
        return JSONResponse(self.shown(found, form))

    def _live(self, request: Request, status: int = 400) -> Thing:
        found = self.thing("subscription", request.path_params["id"])
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


def _pause(given: Any) -> Thing | None:
    if not given:
        return None
    return {"behavior": given["behavior"], "resumes_at": int(given["resumes_at"]) if "resumes_at" in given else None}
