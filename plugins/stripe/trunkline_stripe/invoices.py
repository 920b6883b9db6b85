"""Invoices, their payments, and money back.

https://docs.stripe.com/api/invoices
https://docs.stripe.com/api/refunds
"""

import re

from stripe.params import InvoiceListParams, InvoiceSearchParams, RefundCreateParams

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import Invoice, Refund
from trunkline_contracts.errors import AmbiguousError, ConflictError, InvalidArgumentError, NotFoundError
from trunkline_contracts.refs import Ref, bare_id
from trunkline_contracts.results import Candidate, ReadResult, ToolCall, WriteResult
from trunkline_contracts.tools import FIND_INVOICES, ISSUE_REFUND
from trunkline_contracts.tools.arguments import Amount
from trunkline_contracts.tools.billing import FindInvoices, IssueRefund
from trunkline_contracts.values import Freshness, Page, Warning
from trunkline_stripe import vendor, wire
from trunkline_stripe.account import FULL_PAGE, clause, indexed, lag_warning
from trunkline_stripe.client import answer
from trunkline_stripe.money import money, wire_amount
from trunkline_stripe.orders import Orders

Found = ReadResult[Page[Invoice]]

_INVOICE_ID = re.compile(r"in_[A-Za-z0-9]+")
# Four levels are the deepest that Stripe expands, so that the charges come with the payments, not with the invoice.
_EXPAND_PAYMENTS = ["data.payment.charge", "data.payment.payment_intent.latest_charge"]
_TRUNCATED = Warning(code="truncated", message="The invoice has more lines than are given here.", field="lines")
_NOT_YET = Warning(code="async_result", message="Stripe has not moved the money yet.", field="status")


class Invoices(Orders):
    """The tools about invoices and refunds."""

    @implements(FIND_INVOICES)
    async def find_invoices(self, request: FindInvoices) -> Found:
        """List newest first, or read one by its id, or search one by its number; one hit comes whole."""
        fresh = Freshness()
        if request.invoice is None:
            found = await self._list_invoices(request)
        elif _INVOICE_ID.fullmatch(name := bare_id(request.invoice)):
            found = await self._invoice(name)
        else:
            found, fresh = await self._search_invoices(request.invoice), indexed()
        wanted = [item for item in found.data if _fits(item, request)]
        warnings = () if fresh.source == "live" else lag_warning(found.data)
        if len(wanted) == 1 and not found.has_more and not request.cursor:
            whole, truncated = await self._whole(wanted[0])
            return ReadResult(data=Page(items=(whole,)), freshness=fresh, warnings=warnings + truncated)
        items = tuple(self._to.invoice(item) for item in wanted)
        return ReadResult(data=Page(items=items, next_cursor=found.last_id), freshness=fresh, warnings=warnings)

    async def _list_invoices(self, request: FindInvoices) -> wire.Page[vendor.Invoice]:
        params: InvoiceListParams = {"limit": request.limit}
        if request.customer_id:
            params["customer"] = request.customer_id.vendor_id
        if request.subscription_id:
            params["subscription"] = request.subscription_id.vendor_id
        if request.status and len(request.status) == 1:
            params["status"] = request.status[0]
        if request.since:
            params["created"] = {"gte": int(request.since.timestamp())}
        if request.cursor:
            params["starting_after"] = request.cursor
        return await answer(self._stripe.invoices.list_async(params), wire.Page[vendor.Invoice])

    async def _invoice(self, invoice_id: str) -> wire.Page[vendor.Invoice]:
        try:
            found = await answer(self._stripe.invoices.retrieve_async(invoice_id), vendor.Invoice)
        except NotFoundError:
            return wire.Page(data=[])
        return wire.Page(data=[found])

    async def _search_invoices(self, number: str) -> wire.Page[vendor.Invoice]:
        """Invoices of this very number; the index's exact match is one of words in a row."""
        params: InvoiceSearchParams = {"query": clause("number", ":", number), "limit": FULL_PAGE}
        found = await answer(self._stripe.invoices.search_async(params), wire.Page[vendor.Invoice])
        return wire.Page(data=[item for item in found.data if (item.number or "").lower() == number.lower()])

    async def _whole(self, found: vendor.Invoice) -> tuple[Invoice, tuple[Warning, ...]]:
        """An invoice with its payments, and with more of its lines where it has many."""
        payments = await self._payments(found.id)
        if not (found.lines and found.lines.has_more):
            return self._to.invoice(found, payments), ()
        call = self._stripe.invoices.line_items.list_async(found.id, {"limit": FULL_PAGE})
        lines = await answer(call, wire.Page[vendor.InvoiceLine])
        whole = found.model_copy(update={"lines": lines})
        return self._to.invoice(whole, payments), (_TRUNCATED,) if lines.has_more else ()

    async def _payments(self, invoice_id: str) -> list[vendor.InvoicePayment]:
        """An invoice names no payment since 2025-03-31.basil: they are a list of their own."""
        call = self._stripe.invoice_payments.list_async(
            {"invoice": invoice_id, "limit": FULL_PAGE, "expand": _EXPAND_PAYMENTS}
        )
        return (await answer(call, wire.Page[vendor.InvoicePayment])).data

    @implements(ISSUE_REFUND)
    async def issue_refund(self, request: IssueRefund) -> WriteResult[Refund]:
        """Refund a payment, or the one payment of an invoice; how much is left, Stripe judges."""
        paid = {"invoice": self._share, "order": self._ordered}.get(request.target.kind, self._payment)
        params = await paid(request)
        # Never Stripe's own `reason`: its `fraudulent` would put the customer's card on a block list.
        params["metadata"] = self._marks(request.reason)
        done = await answer(self._stripe.refunds.create_async(params, self._once), vendor.Refund)
        return _refunded(self._to.refund(done, request.target, request.reason))

    async def _ordered(self, request: IssueRefund) -> RefundCreateParams:
        """The payment of an order."""
        found = await self._session(request.target.vendor_id)
        if found.payment_intent is None:
            raise ConflictError("This order has no payment that Stripe took: there is nothing to refund.")
        params = _source(found.payment_intent.id)
        if request.amount:
            params["amount"] = _checked(request.amount, found.currency)
        return params

    async def _payment(self, request: IssueRefund) -> RefundCreateParams:
        params = _source(request.target.vendor_id)
        if request.amount:
            params["amount"] = _checked(request.amount, await self._currency(request.target.vendor_id))
        return params

    async def _currency(self, payment_id: str) -> str | None:
        if payment_id.startswith("pi_"):
            intent = await answer(self._stripe.payment_intents.retrieve_async(payment_id), vendor.PaymentIntent)
            return intent.currency
        return (await answer(self._stripe.charges.retrieve_async(payment_id), vendor.Charge)).currency

    async def _share(self, request: IssueRefund) -> RefundCreateParams:
        """The payment of an invoice; of one that paid for more than this invoice, no more than its share."""
        payment = self._only(await self._payments(request.target.vendor_id))
        params = _source(self._to.payment_ref(payment).vendor_id)
        if request.amount:
            params["amount"] = _checked(request.amount, payment.currency)
        elif payment.amount_paid is not None and payment.amount_paid != _received(payment):
            params["amount"] = payment.amount_paid
        return params

    def _only(self, payments: list[vendor.InvoicePayment]) -> vendor.InvoicePayment:
        """The one payment that Stripe took; not chosen by what is left of it, so that a repeated call asks the same."""
        taken = [item for item in payments if item.status == "paid" and not item.payment.payment_record]
        if not taken:
            raise ConflictError("This invoice has no payment that Stripe took: there is nothing to refund.")
        if len(taken) > 1:
            raise AmbiguousError(
                "This invoice has several payments: refund one of them.",
                candidates=[Candidate(id=self._to.payment_ref(item), label=_label(item)) for item in taken],
            )
        return taken[0]


def _fits(found: vendor.Invoice, request: FindInvoices) -> bool:
    """Whether an invoice is what was asked for, where Stripe was not asked for it."""
    return (
        (request.customer_id is None or found.customer == request.customer_id.vendor_id)
        and (request.subscription_id is None or found.subscription == request.subscription_id.vendor_id)
        and (request.status is None or found.status in request.status)
        and (request.since is None or found.created >= request.since)
    )


def _source(payment_id: str) -> RefundCreateParams:
    if payment_id.startswith("pi_"):
        return {"payment_intent": payment_id}
    if payment_id.startswith(("ch_", "py_")):
        return {"charge": payment_id}
    raise ConflictError("This was not paid through Stripe: refund it where it was paid.")


def _checked(amount: Amount, currency: str | None) -> int:
    """The amount as Stripe wants it, which takes no currency with it: another one would be taken for this one."""
    paid_in = (currency or "").upper()
    if amount.currency != paid_in:
        raise InvalidArgumentError(f"This was paid in {paid_in}: give the amount in {paid_in}.")
    return wire_amount(amount)


def _received(payment: vendor.InvoicePayment) -> int | None:
    intent, charge = payment.payment.payment_intent, payment.payment.charge
    if intent:
        return intent.amount_received
    return charge.amount_captured if charge else None


def _label(payment: vendor.InvoicePayment) -> str:
    paid = money(payment.amount_paid or payment.amount_requested, payment.currency)
    return f"{paid.major} {paid.currency}"


def _refunded(refund: Refund) -> WriteResult[Refund]:
    """What a refund came to: Stripe makes one even where it already knows that no money will move."""
    if refund.status.value in {"failed", "canceled"}:
        return WriteResult(outcome="noop", message="Stripe moved no money: see `status`.", resource=refund)
    done = refund.status.value == "succeeded"
    return WriteResult(
        outcome="applied" if done else "accepted",
        resource=refund,
        verify_with=_verify(refund.target),
        warnings=() if done else (_NOT_YET,),
    )


def _verify(target: Ref) -> ToolCall | None:
    """What tells later how a refund went; no tool reads a payment alone."""
    if target.kind == "invoice":
        return ToolCall(tool="find_invoices", args={"invoice": target})
    return ToolCall(tool="find_orders", args={"order": target}) if target.kind == "order" else None
