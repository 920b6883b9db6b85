"""Stripe's invoices, payments and refunds into our records."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from trunkline_contracts.entities.billing import Invoice, InvoiceLine, Payment, PaymentStatus, Refund
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Failure, Money, Period, Status, status_of
from trunkline_stripe import vendor, words
from trunkline_stripe.money import money, money_or_none
from trunkline_stripe.normalize import CustomerRecords


class InvoiceRecords(CustomerRecords):
    """Builds our records of money asked for, paid and given back."""

    def invoice(self, found: vendor.Invoice, payments: Sequence[vendor.InvoicePayment] | None = None) -> Invoice:
        """An invoice; what was refunded is known only with its payments."""
        changed = found.status_transitions or vendor.InvoiceTransitions()
        paid = tuple(self.payment(item) for item in payments or ())
        return Invoice(
            id=self.ref("invoice", found.id),
            number=found.number,
            billing_account=self.maybe("billing_account", found.customer),
            subscription=self.maybe("subscription", found.subscription),
            status=status_of(words.INVOICE_STATUS, found.status),
            overdue=_is_overdue(found),
            currency=found.currency.upper(),
            **_sums(found),
            refunded=_sum(payments, _refunded, found.currency),
            refundable=_sum(payments, _refundable, found.currency),
            lines=tuple(_line(line) for line in (found.lines.data if found.lines else ())),
            payments=paid,
            issued_at=changed.finalized_at,
            due_at=found.due_date,
            paid_at=changed.paid_at,
            hosted_url=found.hosted_invoice_url,
            pdf_ref=found.invoice_pdf,
        )

    def payment(self, item: vendor.InvoicePayment) -> Payment:
        """An invoice's payment, as its intent or its charge tells it."""
        intent, charge = item.payment.payment_intent, _charge(item)
        amount = item.amount_requested if item.amount_paid is None else item.amount_paid
        method = charge.payment_method_details if charge else None
        return Payment(
            id=self.payment_ref(item),
            amount=money(amount, item.currency),
            status=_payment_status(item, intent, charge),
            method=self.method(method) if method else None,
            refunded=money_or_none(_refunded(item), item.currency),
            refundable=money_or_none(_refundable(item), item.currency),
            at=(item.status_transitions.paid_at if item.status_transitions else None) or item.created,
            failure=_failure(intent, charge),
        )

    def payment_ref(self, item: vendor.InvoicePayment) -> Ref:
        """What a refund of an invoice's payment names."""
        paid = item.payment
        source = paid.payment_intent or paid.charge
        return self.ref("payment", source.id if source else paid.payment_record or item.id)

    def refund(self, found: vendor.Refund, target: Ref, reason: str) -> Refund:
        """A refund."""
        return Refund(
            id=self.ref("refund", found.id),
            target=target,
            amount=money(found.amount, found.currency),
            status=status_of(words.REFUND_STATUS, found.status),
            reason=reason,
            failure=Failure(code=found.failure_reason) if found.failure_reason else None,
            created_at=found.created,
        )


def _is_overdue(found: vendor.Invoice) -> bool | None:
    """Whether an open invoice is late; one that is charged automatically has no due date."""
    if found.status != "open":
        return False
    return None if found.due_date is None else found.due_date < datetime.now(UTC)


def _sums(found: vendor.Invoice) -> dict[str, Any]:
    parts = {
        "subtotal": found.subtotal,
        "tax": _total(found.total_taxes),
        "discount": _total(found.total_discount_amounts),
        "total": found.total,
        "paid": found.amount_paid,
        "due": found.amount_remaining,
    }
    return {name: money_or_none(amount, found.currency) for name, amount in parts.items()}


def _total(shares: list[vendor.Share] | None) -> int | None:
    return None if shares is None else sum(share.amount for share in shares)


def _sum(
    payments: Sequence[vendor.InvoicePayment] | None,
    part: Callable[[vendor.InvoicePayment], int | None],
    currency: str,
) -> Money | None:
    """A sum over the payments, or None where one part of it is not known."""
    parts = None if payments is None else [part(item) for item in payments]
    known = [amount for amount in parts or () if amount is not None]
    return money(sum(known), currency) if parts is not None and len(known) == len(parts) else None


def _charge(item: vendor.InvoicePayment) -> vendor.Charge | None:
    intent = item.payment.payment_intent
    return item.payment.charge or (intent.latest_charge if intent else None)


def _refunded(item: vendor.InvoicePayment) -> int | None:
    charge = _charge(item)
    return charge.amount_refunded if charge else _nothing(item)


def _refundable(item: vendor.InvoicePayment) -> int | None:
    """What can still be given back; while a payment is disputed, nobody knows."""
    charge = _charge(item)
    if charge is None:
        return _nothing(item)
    if charge.disputed or charge.amount_captured is None:
        return None
    return charge.amount_captured - (charge.amount_refunded or 0)


def _nothing(item: vendor.InvoicePayment) -> int | None:
    """Without a charge no money came, unless it was paid where Stripe cannot see it."""
    return None if item.payment.payment_record else 0


def _line(line: vendor.InvoiceLine) -> InvoiceLine:
    return InvoiceLine(
        description=line.description,
        quantity=line.quantity,
        unit_price=_unit_price(line),
        amount=money(line.amount, line.currency),
        period=Period(start=line.period.start, end=line.period.end) if line.period else None,
    )


def _unit_price(line: vendor.InvoiceLine) -> Money | None:
    """The price of one, unless it is a fraction of the smallest unit."""
    price = line.pricing.unit_amount_decimal if line.pricing else None
    return money(int(price), line.currency) if price is not None and price == price.to_integral_value() else None


def _payment_status(
    item: vendor.InvoicePayment, intent: vendor.PaymentIntent | None, charge: vendor.Charge | None
) -> Status[PaymentStatus]:
    if charge and charge.disputed:
        return Status[PaymentStatus](value="disputed", raw=charge.status or "", label="disputed")
    if intent and intent.status:
        failed = intent.status == "requires_payment_method" and intent.last_payment_error
        found: Status[PaymentStatus] = status_of(words.INTENT_STATUS, intent.status)
        return found.model_copy(update={"value": "failed"}) if failed else found
    if charge and charge.status:
        return status_of(words.CHARGE_STATUS, charge.status)  # type: ignore[no-any-return]
    return status_of(words.RECORD_STATUS, item.status)  # type: ignore[no-any-return]


def _failure(intent: vendor.PaymentIntent | None, charge: vendor.Charge | None) -> Failure | None:
    if charge and (charge.failure_code or charge.failure_message):
        return Failure(code=charge.failure_code, message=charge.failure_message)
    error = intent.last_payment_error if intent else None
    return Failure(code=error.code, message=error.message) if error else None
