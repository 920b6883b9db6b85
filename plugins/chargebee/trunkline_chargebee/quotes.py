"""Chargebee's estimates as quotes."""

from collections.abc import Iterator

from trunkline_chargebee.money import money, money_or_none
from trunkline_chargebee.vendor_catalog import Estimate, InvoiceEstimate
from trunkline_contracts.results import Quote, QuoteLine
from trunkline_contracts.values import Money


def quote(found: Estimate, currency: str | None) -> Quote:
    """What would be due, and for what; no invoice means that nothing is due now."""
    nothing = money_or_none(0, currency)
    return Quote(
        due_now=_due(found.invoice_estimate) or nothing,
        next_invoice=_due(found.next_invoice_estimate),
        lines=tuple(_lines(found, currency)),
    )


def _due(invoice: InvoiceEstimate | None) -> Money | None:
    return money_or_none(invoice.amount_due, invoice.currency_code) if invoice else None


def _lines(found: Estimate, currency: str | None) -> Iterator[QuoteLine]:
    now = found.invoice_estimate
    waiting = found.unbilled_charge_estimates or []
    for line in [*((now.line_items or []) if now else []), *waiting]:
        if line.amount is not None and currency:
            yield QuoteLine(description=line.description, amount=money(line.amount, currency))
    for note in found.credit_note_estimates or ():
        yield QuoteLine(description="Credit note", amount=money(-(note.total or 0), note.currency_code))
