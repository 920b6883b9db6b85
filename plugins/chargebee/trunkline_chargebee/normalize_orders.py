"""Chargebee's orders into our records."""

from collections.abc import Iterator

from trunkline_chargebee import vendor_orders, words
from trunkline_chargebee.money import money, money_or_none
from trunkline_chargebee.normalize import CustomerRecords, postal
from trunkline_contracts.entities.billing import Refund
from trunkline_contracts.entities.orders import FinancialStatus, Order, OrderLine, Shipment, Totals
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Status, status_of


class OrderRecords(CustomerRecords):
    """Builds our records of goods that were ordered."""

    def order(self, found: vendor_orders.Order) -> Order:
        """An order."""
        ref = self.ref("order", found.id)
        return Order(
            id=ref,
            number=found.document_number or found.id,
            customer=self.maybe("customer", found.customer_id),
            placed_at=found.order_date or found.created_at,
            financial=_financial(found),
            fulfillment=status_of(words.ORDER_STATUS, found.status),
            canceled_at=found.cancelled_at,
            totals=_totals(found),
            lines=tuple(_line(line, found.currency_code) for line in found.order_line_items or ()),
            shipments=tuple(_shipments(found)),
            shipping_address=postal(found.shipping_address) if found.shipping_address else None,
            refunds=tuple(self._refunds(found, ref)),
        )

    def _refunds(self, found: vendor_orders.Order, ref: Ref) -> Iterator[Refund]:
        """What was credited for an order; only what is `refunded` went back, the rest is on the account."""
        for note in found.linked_credit_notes or ():
            amount = money_or_none(note.amount, found.currency_code)
            if amount:
                yield Refund(
                    id=self.ref("credit_note", note.id),
                    target=ref,
                    amount=amount,
                    status=status_of(words.CREDIT_NOTE_STATUS, note.status),
                    destination="original" if note.status == "refunded" else "account_credit",
                    credit_note=self.ref("credit_note", note.id),
                )


def refundable(found: vendor_orders.Order) -> int:
    """What was paid for an order and not yet credited, in Chargebee's units."""
    return max((found.amount_paid or 0) - (found.refundable_credits_issued or 0), 0)


def _refunded(found: vendor_orders.Order) -> int:
    return sum(note.amount_refunded or 0 for note in found.linked_credit_notes or ())


def _financial(found: vendor_orders.Order) -> Status[FinancialStatus] | None:
    """Chargebee says only whether an order is paid; what went back, its credit notes say."""
    if found.payment_status is None:
        return None
    told: Status[FinancialStatus] = status_of(words.ORDER_PAYMENT, found.payment_status)
    refunded = _refunded(found)
    if not refunded:
        return told
    whole = found.total is not None and refunded >= found.total
    return told.model_copy(update={"value": "refunded" if whole else "partially_refunded", "lossy": True})


def _totals(found: vendor_orders.Order) -> Totals | None:
    currency = found.currency_code
    if currency is None or found.total is None:
        return None
    return Totals(
        subtotal=money_or_none(found.sub_total, currency),
        tax=money_or_none(found.tax, currency),
        discount=money_or_none(found.discount, currency),
        total=money(found.total, currency),
        refunded=money(_refunded(found), currency),
        refundable=money(refundable(found), currency),
    )


def _line(line: vendor_orders.OrderLine, currency: str | None) -> OrderLine:
    return OrderLine(
        id=line.id,
        title=line.description,
        sku=line.sku,
        quantity=line.fulfillment_quantity,
        unit_price=money_or_none(line.unit_price, currency),
    )


def _shipments(found: vendor_orders.Order) -> Iterator[Shipment]:
    """The one parcel that Chargebee keeps for an order."""
    if found.tracking_id or found.tracking_url or found.shipment_carrier:
        yield Shipment(
            carrier=found.shipment_carrier,
            tracking_number=found.tracking_id,
            url=found.tracking_url,
            status=found.fulfillment_status,
        )
