"""The sandbox's customers, money and goods."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_chargebee.sandbox_account import Thing, stamp
from trunkline_chargebee.sandbox_desk import Desk, RefusalError, drop, form_of

_PAGES = ("collect_now", "manage_payment_sources")
_OPEN = timedelta(days=5)
_ADDRESS, _TAX = "billing_address[", ("vat_number", "vat_number_prefix")


class SalesDesk(Desk):
    """Chargebee's routes about customers, refunds, credits, pages and orders."""

    async def create_customer(self, request: Request) -> Response:
        """`POST /api/v2/customers`."""
        form = await form_of(request)
        customer_id = form.pop("id", None) or self.site.new_id("")
        if customer_id in self.site.things["customer"]:
            raise RefusalError(400, "duplicate_entry", "id")
        return JSONResponse({"customer": self.site.add_customer(customer_id, self.site.now, **self._typed(form))})

    async def update_customer(self, request: Request) -> Response:
        """`POST /api/v2/customers/{id}`: what is not given stays, what is empty goes."""
        found = self.thing("customer", request)
        found |= self._typed(await form_of(request))
        return self._saved(found)

    def _typed(self, form: dict[str, str]) -> Thing:
        """A form with the numbers of custom fields as numbers, and what is empty absent."""
        numbers = {one["api_name"] for one in self.site.of("custom_field_config") if one["field_datatype"] == "long"}
        return {name: None if value == "" else int(value) if name in numbers else value for name, value in form.items()}

    async def update_billing_info(self, request: Request) -> Response:
        """`POST /api/v2/customers/{id}/update_billing_info`: what is not given goes."""
        found, form = self.thing("customer", request), await form_of(request)
        parts = {name[len(_ADDRESS) : -1]: value for name, value in form.items() if name.startswith(_ADDRESS)}
        found["billing_address"] = {**parts, "object": "billing_address"}
        found |= {name: form.get(name) for name in _TAX}
        return self._saved(found)

    def _saved(self, customer: Thing) -> Response:
        customer["resource_version"] += 1
        drop(customer, *[name for name, value in customer.items() if value is None])
        return JSONResponse({"customer": customer})

    async def add_credits(self, request: Request) -> Response:
        """`POST /api/v2/promotional_credits/add`."""
        form = await form_of(request)
        owner = self.site.things["customer"].get(form["customer_id"])
        if owner is None:
            raise RefusalError(404, "resource_not_found", "customer_id")
        owner["promotional_credits"] += int(form["amount"])
        told: dict[str, Any] = {**form, "amount": int(form["amount"]), "closing_balance": owner["promotional_credits"]}
        made = self.site.add("promotional_credit", self.site.new_id("pc_"), type="increment", **told)
        return JSONResponse({"customer": owner, "promotional_credit": made})

    async def host_page(self, request: Request) -> Response:
        """`POST /api/v2/hosted_pages/{purpose}`."""
        purpose, form = request.path_params["purpose"], await form_of(request)
        if purpose not in _PAGES or form["customer[id]"] not in self.site.things["customer"]:
            raise RefusalError(404, "resource_not_found")
        page_id = self.site.new_id("hp_")
        shown = {"url": f"https://coffee-test.chargebee.com/pages/v3/{page_id}/", "embed": False, "state": "created"}
        dates = {"created_at": stamp(self.site.now), "expires_at": stamp(self.site.now + _OPEN)}
        return JSONResponse({"hosted_page": self.site.add("hosted_page", page_id, type=purpose, **shown, **dates)})

    async def refund(self, request: Request) -> Response:
        """`POST /api/v2/invoices/{id}/refund`: at most what was paid and not yet credited, or all of that."""
        invoice, form = self.thing("invoice", request), await form_of(request)
        amount = self._left(invoice, form.get("refund_amount"), "refund_amount")
        paid = self.site.add_transaction(invoice, "refund", amount, self.site.now, "success")
        note = self.site.add_credit_note(invoice, amount, "refunded")
        return JSONResponse({"invoice": invoice, "transaction": paid, "credit_note": note})

    async def credit(self, request: Request) -> Response:
        """`POST /api/v2/credit_notes`: the same, but the money stays on the account."""
        form = await form_of(request)
        invoice = self.site.things["invoice"].get(form["reference_invoice_id"])
        if invoice is None:
            raise RefusalError(404, "resource_not_found", "reference_invoice_id")
        amount = self._left(invoice, form["total"], "total")
        self.site.things["customer"][invoice["customer_id"]]["refundable_credits"] += amount
        return JSONResponse(
            {"credit_note": self.site.add_credit_note(invoice, amount, "refund_due"), "invoice": invoice}
        )

    def _left(self, invoice: Thing, asked: str | None, param: str) -> int:
        notes = [note for note in self.site.of("credit_note") if note["reference_invoice_id"] == invoice["id"]]
        left = invoice["amount_paid"] - sum(note["total"] for note in notes)
        if not left:
            raise RefusalError(409, "invalid_state_for_request")
        if asked is not None and int(asked) > left:
            raise RefusalError(400, "param_wrong_value", param)
        return left if asked is None else int(asked)

    async def cancel_order(self, request: Request) -> Response:
        """`POST /api/v2/orders/{id}/cancel`: with a credit note over the amount that is asked for."""
        found, form = self.thing("order", request), await form_of(request)
        if found["status"] not in {"queued", "awaiting_shipment", "on_hold"}:
            raise RefusalError(409, "invalid_state_for_request")
        found |= {"status": "cancelled", "cancelled_at": stamp(self.site.now)}
        found["cancellation_reason"] = form["cancellation_reason"]
        amount = int(form.get("credit_note[total]", 0))
        if amount:
            note = self.site.add_credit_note(self.site.things["invoice"][found["invoice_id"]], amount, "refund_due")
            told = {"id": note["id"], "type": "refundable", "status": "refund_due", "amount": amount}
            found["linked_credit_notes"] = [{**told, "amount_refunded": 0, "amount_adjusted": 0}]
            found["refundable_credits_issued"] = amount
        return JSONResponse({"order": found})
