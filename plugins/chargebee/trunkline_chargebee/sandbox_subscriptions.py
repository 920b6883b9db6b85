"""The sandbox's subscriptions: paused, resumed, cancelled and changed."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_chargebee.sandbox_account import Thing, billed, end_now, stamp
from trunkline_chargebee.sandbox_desk import Desk, RefusalError, drop, form_of
from trunkline_chargebee.sandbox_items import amount_of, difference, estimated, listed, merged, subscribed

REASONS = ("Too expensive", "Moving away")


class SubscriptionDesk(Desk):
    """Chargebee's routes about subscriptions."""

    async def pause(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/pause`."""
        found, form = self._in_state(request, "active", "non_renewing"), await form_of(request)
        if form["pause_option"] == "immediately":
            found |= {"status": "paused", "pause_date": stamp(self.site.now)}
            found.pop("next_billing_at", None)
        else:
            found["pause_date"] = found["current_term_end"]
        if "resume_date" in form:
            found["resume_date"] = int(form["resume_date"])
        return JSONResponse(self.row("subscription", found))

    async def resume(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/resume`: a term that went on meanwhile is billed no second time."""
        found = self._in_state(request, "paused")
        found |= {"status": "active", "next_billing_at": found["current_term_end"]}
        drop(found, "pause_date", "resume_date")
        return JSONResponse(self.row("subscription", found))

    async def remove_scheduled_pause(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/remove_scheduled_pause`."""
        found = self._in_state(request, "active", "in_trial", "non_renewing")
        if "pause_date" not in found:
            raise RefusalError(409, "invalid_state_for_request")
        drop(found, "pause_date", "resume_date")
        return JSONResponse(self.row("subscription", found))

    async def remove_scheduled_cancellation(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/remove_scheduled_cancellation`."""
        found = self._in_state(request, "non_renewing")
        found |= {"status": "active", "next_billing_at": found["current_term_end"]}
        drop(found, "cancelled_at", "cancel_schedule_created_at", "cancel_reason_code")
        return JSONResponse(self.row("subscription", found))

    async def cancel(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/cancel_for_items`."""
        found = self._in_state(request, "active", "in_trial", "non_renewing", "paused", "future")
        form = await form_of(request)
        if form.get("cancel_reason_code", REASONS[0]) not in REASONS:
            raise RefusalError(400, "param_wrong_value", "cancel_reason_code")
        if "cancel_reason_code" in form:
            found["cancel_reason_code"] = form["cancel_reason_code"]
        if form["cancel_option"] == "immediately":
            return self._cancel_now(found, form)
        at = int(form["cancel_at"] if "cancel_at" in form else found["current_term_end"])
        found |= {"status": "non_renewing", "cancelled_at": at, "cancel_schedule_created_at": stamp(self.site.now)}
        found.pop("next_billing_at", None)
        return JSONResponse(self.row("subscription", found))

    def _cancel_now(self, found: Thing, form: Thing) -> Response:
        end_now(found, self.site.now)
        body = self.row("subscription", found)
        last = [item for item in self.site.of("invoice") if item["subscription_id"] == found["id"]][-1]
        if form.get("credit_option_for_current_term_charges", "none") != "none" and last["amount_paid"]:
            part = 1 if form["credit_option_for_current_term_charges"] == "full" else 2
            body["credit_notes"] = [self.site.add_credit_note(last, last["amount_paid"] // part, "refund_due")]
        return JSONResponse(body)

    def _in_state(self, request: Request, *states: str) -> Thing:
        found = self.thing("subscription", request)
        if found["status"] not in states:
            raise RefusalError(409, "invalid_state_for_request")
        return found

    async def update_for_items(self, request: Request) -> Response:
        """`POST /api/v2/subscriptions/{id}/update_for_items`: it starts an ended one again, unless told otherwise."""
        found, form = self.thing("subscription", request), await form_of(request)
        after = self._after(found, form)
        if form.get("change_option") == "end_of_term":
            found |= {"has_scheduled_changes": True, "changes_scheduled_at": found["current_term_end"]}
            return JSONResponse(self.row("subscription", found))
        due = difference(found, after, form)
        found |= {"has_scheduled_changes": False, **after}
        body = self.row("subscription", found)
        if due > 0 and form.get("invoice_immediately") != "false":
            line = billed("Prorated charges", due)
            body["invoice"] = self.site.add_invoice(found, line, self.site.now, paid=True)
        return JSONResponse(body)

    async def estimate_update(self, request: Request) -> Response:
        """`POST /api/v2/estimates/update_subscription_for_items`."""
        form = await form_of(request)
        found = self.site.things["subscription"].get(form["subscription[id]"])
        if found is None:
            raise RefusalError(404, "resource_not_found", "subscription[id]")
        after = self._after(found, form)
        due = 0 if form.get("change_option") == "end_of_term" else difference(found, after, form)
        told = estimated(found, due, self._renewal(after), now=form.get("invoice_immediately") != "false")
        return JSONResponse({"estimate": {"created_at": stamp(self.site.now), "object": "estimate", **told}})

    def _after(self, found: Thing, form: dict[str, str]) -> Thing:
        if found["status"] == "cancelled" and form.get("reactivate") == "false":
            raise RefusalError(409, "invalid_state_for_request")
        asked = listed(form)
        for one in asked:
            if one["item_price_id"] not in self.site.things["item_price"]:
                raise RefusalError(404, "resource_not_found", "item_price_id")
        prices = self.site.things["item_price"]
        new = [subscribed(one, prices[one["item_price_id"]]) for one in asked]
        coupons = form.get("coupon_ids[0]")
        if coupons and coupons not in self.site.things["coupon"]:
            raise RefusalError(404, "resource_not_found", "coupon_ids")
        kept = [] if form.get("replace_coupon_list") == "true" else found.get("coupons", [])
        added = [{"coupon_id": coupons, "applied_count": 0, "object": "coupon"}] if coupons else []
        is_whole = form.get("replace_items_list") == "true"
        return {"subscription_items": merged(found, new, is_whole=is_whole), "coupons": kept + added}

    def _renewal(self, after: Thing) -> int:
        """What the next term costs, less the coupons."""
        total = amount_of(after["subscription_items"])
        for applied in after["coupons"]:
            coupon = self.site.things["coupon"][applied["coupon_id"]]
            total -= coupon.get("discount_amount") or total * coupon.get("discount_percentage", 0) // 100
        return max(total, 0)
