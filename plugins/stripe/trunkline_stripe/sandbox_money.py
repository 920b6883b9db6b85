"""Customers, their balances and money back in the sandbox."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_stripe.sandbox_account import NOBODY, Thing
from trunkline_stripe.sandbox_api import Api, RefusalError, form_of

_TEXTS = ("name", "email", "phone", "business_name")


class Money(Api):
    """The routes that make and change customers, and give money or links."""

    async def create_customer(self, request: Request) -> Response:
        """`POST /v1/customers`."""
        made = self.account.add("customer", "cus", self.account.now, **NOBODY)
        return JSONResponse(self.shown(_filled(made, await form_of(request)), {}))

    async def update_customer(self, request: Request) -> Response:
        """`POST /v1/customers/{id}`."""
        found = self.thing("customer", request.path_params["id"])
        return JSONResponse(self.shown(_filled(found, await form_of(request)), {}))

    async def add_to_balance(self, request: Request) -> Response:
        """`POST /v1/customers/{id}/balance_transactions`: below nothing is a credit."""
        owner, form = self.thing("customer", request.path_params["id"]), await form_of(request)
        amount, currency = int(form["amount"]), form["currency"]
        owner["currency"] = owner["currency"] or currency
        balances = owner["invoice_credit_balance"]
        owner["invoice_credit_balance"] = {**balances, currency: balances.get(currency, 0) - amount}
        if currency == owner["currency"]:
            owner["balance"] += amount
        made = self.account.add(
            "customer_balance_transaction", "cbtxn", self.account.now, amount=amount, currency=currency,
            customer=owner["id"], ending_balance=-owner["invoice_credit_balance"][currency], type="adjustment",
            credit_note=None, invoice=None, description=None,
        )  # fmt: skip
        made["metadata"] = form.get("metadata", {})
        return JSONResponse(made)

    async def create_portal_session(self, request: Request) -> Response:
        """`POST /v1/billing_portal/sessions`."""
        form = await form_of(request)
        owner = self.thing("customer", form["customer"], "customer", 400)
        made = self.account.add(
            "billing_portal.session", "bps", self.account.now, configuration="bpc_1", customer=owner["id"],
            locale=None, on_behalf_of=None, return_url=None,
        )  # fmt: skip
        del made["metadata"]
        return JSONResponse({**made, "url": f"https://billing.stripe.com/p/session/{made['id']}"})

    async def create_refund(self, request: Request) -> Response:
        """`POST /v1/refunds`."""
        form = await form_of(request)
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
            intent = self.thing("payment_intent", form["payment_intent"], "payment_intent")
            return self.account.things[intent["latest_charge"]]
        return self.thing("charge", form["charge"], "charge")


def _filled(customer: Thing, form: Thing) -> Thing:
    """The customer with what a form sets; an empty text clears."""
    customer["metadata"] |= form.get("metadata", {})
    given: Thing = {key: form[key] or None for key in _TEXTS if key in form}
    if "address" in form:
        given["address"] = {part: text or None for part, text in form["address"].items()}
    if "preferred_locales" in form:
        given["preferred_locales"] = list(form["preferred_locales"].values())
    customer.update(given)
    return customer
