"""Chargebee's invoices, payments and refunds into our records."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from trunkline_chargebee import vendor, words
from trunkline_chargebee.money import money, money_or_none
from trunkline_chargebee.normalize import CustomerRecords
from trunkline_contracts.entities.billing import Invoice, InvoiceLine, Payment, Refund
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Failure, Money, Period, Status, status_of


class InvoiceRecords(CustomerRecords):
    """Builds our records of money asked for, paid and given back."""

    def invoice(self, found: vendor.Invoice, notes: Sequence[vendor.CreditNote] | None = None) -> Invoice:
        """An invoice; what was refunded is known only with its credit notes."""
        return Invoice(
            id=self.ref("invoice", found.id),
            number=found.id,
            billing_account=self.maybe("billing_account", found.customer_id),
            subscription=self.maybe("subscription", found.subscription_id),
            status=status_of(words.INVOICE_STATUS, found.status),
            overdue=_is_overdue(found),
            currency=found.currency_code,
            **_sums(found),
            refunded=_refunded(found, notes),
            refundable=_refundable(found, notes),
            lines=tuple(_line(line, found.currency_code) for line in found.line_items or ()),
            payments=tuple(self._payments(found, notes)),
            issued_at=found.date,
            due_at=found.due_date,
            paid_at=found.paid_at,
        )

    def _payments(self, found: vendor.Invoice, notes: Sequence[vendor.CreditNote] | None) -> Iterator[Payment]:
        """An invoice's payments; what is left of it is left of its payment, where only one succeeded."""
        paid = [item for item in found.linked_payments or () if item.txn_status == "success"]
        for item in found.linked_payments or ():
            is_sole = paid == [item]
            amount = item.txn_amount if item.applied_amount is None else item.applied_amount
            yield Payment(
                id=self.ref("payment", item.txn_id),
                amount=money(amount or 0, found.currency_code),
                status=status_of(words.TRANSACTION_STATUS, item.txn_status),
                refunded=_refunded(found, notes) if is_sole else None,
                refundable=_refundable(found, notes) if is_sole else None,
                at=item.txn_date,
            )

    def refund(self, done: vendor.Refunded, target: Ref, reason: str) -> Refund:
        """A refund: its credit note has the whole amount, its transaction the state of (a part of) the money."""
        paid, note = done.transaction, done.credit_note
        amount = note.total if note and note.total is not None else paid.amount
        return Refund(
            id=self.ref("refund", paid.id),
            target=target,
            amount=money(amount or 0, done.invoice.currency_code),
            status=status_of(words.TRANSACTION_STATUS, paid.status),
            reason=reason,
            credit_note=self.maybe("credit_note", note.id if note else None),
            failure=Failure(code=paid.error_code, message=paid.error_text) if paid.error_code else None,
            created_at=paid.date,
        )

    def credited(self, note: vendor.CreditNote, invoice: vendor.Invoice, target: Ref, reason: str) -> Refund:
        """A credit note that stays on the account: given, though Chargebee calls it due to be refunded."""
        return Refund(
            id=self.ref("credit_note", note.id),
            target=target,
            amount=money(note.total or 0, invoice.currency_code),
            status=Status(value="succeeded", raw=note.status or "", lossy=True),
            destination="account_credit",
            reason=reason,
            credit_note=self.ref("credit_note", note.id),
            created_at=note.date,
        )


def _is_overdue(found: vendor.Invoice) -> bool | None:
    if words.INVOICE_STATUS.get(found.status or "") != "open":
        return False
    return None if found.due_date is None else found.due_date < datetime.now(UTC)


def _sums(found: vendor.Invoice) -> dict[str, Any]:
    discounts = None if found.discounts is None else sum(item.amount for item in found.discounts)
    parts = {
        "subtotal": found.sub_total,
        "tax": found.tax,
        "discount": discounts,
        "total": found.total,
        "paid": found.amount_paid,
        "due": found.amount_due,
    }
    return {name: money_or_none(amount, found.currency_code) for name, amount in parts.items()}


def _refunded(found: vendor.Invoice, notes: Sequence[vendor.CreditNote] | None) -> Money | None:
    if notes is None:
        return None
    return money(sum(note.amount_refunded or 0 for note in notes), found.currency_code)


def _refundable(found: vendor.Invoice, notes: Sequence[vendor.CreditNote] | None) -> Money | None:
    left = refundable(found, notes)
    return None if left is None else money(left, found.currency_code)


def refundable(found: vendor.Invoice, notes: Sequence[vendor.CreditNote] | None) -> int | None:
    """What was paid and not yet credited: what is paid offline counts, though Chargebee cannot move it."""
    if notes is None or found.amount_paid is None:
        return None
    taken = (note.total or 0 for note in notes if note.type != "adjustment" and note.status != "voided")
    return max(found.amount_paid - sum(taken), 0)


def _line(line: vendor.Line, currency: str) -> InvoiceLine:
    exact = line.unit_amount_in_decimal is None
    period = Period(start=line.date_from, end=line.date_to) if line.date_from and line.date_to else None
    return InvoiceLine(
        description=line.description,
        quantity=line.quantity,
        unit_price=money_or_none(line.unit_amount, currency) if exact else None,
        amount=money(line.amount or 0, currency),
        period=period,
    )
