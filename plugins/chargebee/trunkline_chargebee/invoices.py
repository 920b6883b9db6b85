"""Invoices, and money back.

https://apidocs.chargebee.com/docs/api/invoices
https://apidocs.chargebee.com/docs/api/credit_notes
"""

from trunkline_chargebee import vendor, words
from trunkline_chargebee.account import FULL_PAGE, Account, one_of
from trunkline_chargebee.money import wire_amount
from trunkline_chargebee.normalize import raw_id
from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import Invoice, Refund
from trunkline_contracts.errors import InvalidArgumentError, UnsupportedError
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
        """Refund an invoice; how much is left where no amount is given, Chargebee knows."""
        if request.target.kind != "invoice":
            raise UnsupportedError("Chargebee refunds invoices: give the invoice.", alternatives=("invoice",))
        await self._check_currency(request)
        form: Params = {
            "refund_amount": wire_amount(request.amount) if request.amount else None,
            "comment": request.reason,
        }
        path = "/invoices/{}/refund"
        done = await self._api.call(
            "POST", path, raw_id(request.target), gives=vendor.Refunded, form=form, headers=self._once
        )
        return _refunded(self._to.refund(done, request.target, request.reason))

    async def _check_currency(self, request: IssueRefund) -> None:
        """Chargebee takes no currency with an amount: another one would be taken for the invoice's."""
        if request.amount is None:
            return
        found = await self._api.get("/invoices/{}", raw_id(request.target), gives=vendor.InvoiceRow)
        billed_in = found.invoice.currency_code
        if request.amount.currency != billed_in:
            raise InvalidArgumentError(f"This invoice is in {billed_in}: give the amount in {billed_in}.")


def _asked(request: FindInvoices) -> Params:
    statuses = [raw for ours in request.status or () for raw in words.INVOICE_FILTER[ours]]
    return {
        "id[is]": _number(request.invoice) if request.invoice else None,
        "customer_id[is]": raw_id(request.customer_id) if request.customer_id else None,
        "subscription_id[is]": raw_id(request.subscription_id) if request.subscription_id else None,
        "status[in]": one_of(statuses) if statuses else None,
        # Chargebee's `after` leaves out the very second.
        "date[after]": int(request.since.timestamp()) - 1 if request.since else None,
        "sort_by[desc]": "date",
        "limit": request.limit,
        "offset": request.cursor,
    }


def _number(invoice: str) -> str:
    """An invoice's number, out of a reference to it or as it was given."""
    try:
        ref = Ref(invoice)
    except ValueError:
        return invoice
    return raw_id(ref) if ref.kind == "invoice" else invoice


def _refunded(refund: Refund) -> WriteResult[Refund]:
    """What a refund came to: the credit note is there even where the payment's gateway moved no money."""
    outcome = _OUTCOME.get(refund.status.value, "partial")
    return WriteResult(
        outcome=outcome,
        message="The credit note was made, but no money moved: see `status`." if outcome == "partial" else None,
        resource=refund,
        verify_with=ToolCall(tool="find_invoices", args={"invoice": refund.target}),
        warnings=(_NOT_YET,) if outcome == "accepted" else (),
    )
