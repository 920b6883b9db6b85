"""Stripe's Checkout sessions into our orders."""

from trunkline_contracts.entities.billing import Payment
from trunkline_contracts.entities.orders import FinancialStatus, Order, OrderLine, Totals
from trunkline_contracts.values import Status, status_of
from trunkline_stripe import shop, vendor, words
from trunkline_stripe.money import money, money_or_none
from trunkline_stripe.normalize import CustomerRecords, address


class OrderRecords(CustomerRecords):
    """Builds our records of orders."""

    def order(self, found: shop.Session) -> Order:
        """An order; Stripe knows what was paid, and nothing of parcels."""
        charge = _charge(found)
        place = found.collected_information.shipping_details if found.collected_information else None
        return Order(
            id=self.ref("order", found.id),
            customer=self.maybe("customer", found.customer),
            placed_at=found.created,
            financial=_financial(found, charge),
            totals=_totals(found, charge),
            lines=tuple(_line(line) for line in (found.line_items.data if found.line_items else ())),
            shipping_address=address(place.address) if place and place.address else None,
            payments=tuple(self._paid(found, charge)),
        )

    def _paid(self, found: shop.Session, charge: vendor.Charge | None) -> list[Payment]:
        intent = found.payment_intent
        if intent is None or intent.amount is None or intent.currency is None:
            return []
        method = charge.payment_method_details if charge else None
        payment = Payment(
            id=self.ref("payment", intent.id),
            amount=money(intent.amount, intent.currency),
            status=status_of(words.INTENT_STATUS, intent.status),
            method=self.method(method) if method else None,
            refunded=money_or_none(charge.amount_refunded if charge else None, intent.currency),
            refundable=money_or_none(_refundable(charge), intent.currency),
            at=intent.created,
        )
        return [payment]


def _charge(found: shop.Session) -> vendor.Charge | None:
    return found.payment_intent.latest_charge if found.payment_intent else None


def _refundable(charge: vendor.Charge | None) -> int | None:
    """What can still be given back; while a payment is disputed, nobody knows."""
    if charge is None or charge.disputed or charge.amount_captured is None:
        return None
    return charge.amount_captured - (charge.amount_refunded or 0)


def _financial(found: shop.Session, charge: vendor.Charge | None) -> Status[FinancialStatus]:
    """Paid or not, as the session says; given back or not, as the charge says."""
    status: Status[FinancialStatus] = status_of(words.ORDER_STATUS, found.payment_status)
    if not (charge and charge.amount_refunded):
        return status
    left = _refundable(charge)
    return status.model_copy(update={"value": "refunded" if left == 0 else "partially_refunded"})


def _totals(found: shop.Session, charge: vendor.Charge | None) -> Totals | None:
    if found.amount_total is None or found.currency is None:
        return None
    details = found.total_details or shop.TotalDetails()
    parts = {
        "subtotal": found.amount_subtotal,
        "tax": details.amount_tax,
        "shipping": details.amount_shipping,
        "discount": details.amount_discount,
        "refunded": charge.amount_refunded if charge else None,
        "refundable": _refundable(charge),
    }
    sums = {name: money_or_none(amount, found.currency) for name, amount in parts.items()}
    return Totals(total=money(found.amount_total, found.currency), **sums)


def _line(line: shop.OrderedItem) -> OrderLine:
    return OrderLine(
        id=line.id,
        title=line.description,
        quantity=line.quantity,
        unit_price=money_or_none(line.price.unit_amount, line.price.currency) if line.price else None,
    )
