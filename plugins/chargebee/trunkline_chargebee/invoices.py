"""Invoices, and money back.

https://apidocs.chargebee.com/docs/api/invoices
https://apidocs.chargebee.com/docs/api/credit_notes
"""

from trunkline_chargebee import vendor, words
from trunkline_chargebee.account import FULL_PAGE, Account, one_of
from trunkline_chargebee.money import wire_amount
from trunkline_chargebee.normalize import named_id, raw_id
from trunkline_chargebee.normalize_invoices import refundable
from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import Invoice, Refund
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Outcome, ReadResult, ToolCall, WriteResult
from trunkline_contracts.tools import FIND_INVOICES, ISSUE_REFUND
from trunkline_contracts.tools.billing import FindInvoices, IssueRefund
from trunkline_contracts.values import Page, Warning

_MORE_LINES = Warning(code="truncated", message="An invoice has more lines than are given here.", field="lines")
_NOT_YET = Warning(code="async_result", message="The money has not moved yet.", field="status")
_OUTCOME: dict[str, Outcome] = {"succeeded": "applied", "pending": "accepted", "other": "accepted"}


class Invoices(Account):
    """The tools about invoices and refunds."""

    @implements(FIND_INVOICES)
    async def find_invoices(self, request: FindInvoices) -> ReadResult[Page[Invoice]]:
        """List newest first; one hit comes with what was refunded of it."""
        found = await self._api.get("/invoices", gives=vendor.Page[vendor.InvoiceRow], params=_asked(request))
        invoices = [row.invoice for row in found.rows]
        if len(invoices) == 1 and not found.next_offset and not request.cursor:
            items = [self._to.invoice(invoices[0], await self._credit_notes(invoices[0].id))]
        else:
            items = [self._to.invoice(item) for item in invoices]
        warnings = (_MORE_LINES,) if any(item.line_items_next_offset for item in invoices) else ()
        return ReadResult(data=Page(items=tuple(items), next_cursor=found.next_offset), warnings=warnings)

    async def _credit_notes(self, invoice_id: str) -> list[vendor.CreditNote] | None:
        """All the credit notes of an invoice, or None where there are more than can be added up."""
        params: Params = {"reference_invoice_id[is]": invoice_id, "limit": FULL_PAGE}
        found = await self._api.get("/credit_notes", gives=vendor.Page[vendor.CreditNoteRow], params=params)
        return None if found.next_offset else [row.credit_note for row in found.rows]

    @implements(ISSUE_REFUND)
    async def issue_refund(self, request: IssueRefund) -> WriteResult[Refund]:
        """Refund an invoice, to where the money came from or to the account."""
        if request.target.kind != "invoice":
            raise UnsupportedError("Chargebee refunds invoices: give the invoice.", alternatives=("invoice",))
        if request.destination == "store_credit":
            return await self._refund_to_account(request)
        if request.amount:
            _check_currency(request, await self._invoice(request.target))
        # How much is left where no amount is given, Chargebee knows.
        form: Params = {
            "refund_amount": wire_amount(request.amount) if request.amount else None,
            "comment": request.reason,
        }
        done = await self._write("/invoices/{}/refund", raw_id(request.target), gives=vendor.Refunded, form=form)
        return _refunded(self._to.refund(done, request.target, request.reason))

    async def _invoice(self, ref: Ref) -> vendor.Invoice:
        return (await self._api.get("/invoices/{}", raw_id(ref), gives=vendor.InvoiceRow)).invoice

    async def _refund_to_account(self, request: IssueRefund) -> WriteResult[Refund]:
        """Make a credit note, whose credit the next invoice uses up, and leave it at that."""
        invoice = await self._invoice(request.target)
        _check_currency(request, invoice)
        total = wire_amount(request.amount) if request.amount else await self._left(invoice)
        form: Params = {
            "reference_invoice_id": invoice.id,
            "type": "refundable",
            "total": total,
            "reason_code": "other",
            "comment": request.reason,
        }
        note = (await self._write("/credit_notes", gives=vendor.CreditNoteRow, form=form)).credit_note
        resource = self._to.credited(note, invoice, request.target, request.reason)
        return WriteResult(outcome="applied", resource=resource, verify_with=_reread(request.target))

    async def _left(self, invoice: vendor.Invoice) -> int:
        """All that can still be given back of an invoice."""
        left = refundable(invoice, await self._credit_notes(invoice.id))
        if not left:
            raise ConflictError("Nothing that was paid on this invoice is left to give back.")
        return left


def _asked(request: FindInvoices) -> Params:
    statuses = [raw for ours in request.status or () for raw in words.INVOICE_FILTER[ours]]
    return {
        "id[is]": named_id(request.invoice, "invoice") if request.invoice else None,
        "customer_id[is]": raw_id(request.customer_id) if request.customer_id else None,
        "subscription_id[is]": raw_id(request.subscription_id) if request.subscription_id else None,
        "status[in]": one_of(statuses) if statuses else None,
        # Chargebee's `after` leaves out the very second.
        "date[after]": int(request.since.timestamp()) - 1 if request.since else None,
        "sort_by[desc]": "date",
        "limit": request.limit,
        "offset": request.cursor,
    }


def _check_currency(request: IssueRefund, invoice: vendor.Invoice) -> None:
    """Chargebee takes no currency with an amount: another one would be taken for the invoice's."""
    if request.amount and request.amount.currency != invoice.currency_code:
        billed_in = invoice.currency_code
        raise InvalidArgumentError(f"This invoice is in {billed_in}: give the amount in {billed_in}.")


def _reread(invoice: Ref) -> ToolCall:
    return ToolCall(tool="find_invoices", args={"invoice": invoice})


def _refunded(refund: Refund) -> WriteResult[Refund]:
    """What a refund came to: the credit note is there even where the payment's gateway moved no money."""
    outcome = _OUTCOME.get(refund.status.value, "partial")
    return WriteResult(
        outcome=outcome,
        message="The credit note was made, but no money moved: see `status`." if outcome == "partial" else None,
        resource=refund,
        verify_with=_reread(refund.target),
        warnings=(_NOT_YET,) if outcome == "accepted" else (),
    )
