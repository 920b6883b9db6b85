"""Orders of goods: what was bought, paid and sent."""

from datetime import date
from typing import Literal

from trunkline_contracts.entities.billing import Payment, Refund
from trunkline_contracts.record import Moment, Record, VendorText
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Address, Currency, Money, Status

FinancialStatus = Literal["pending", "authorized", "paid", "partially_refunded", "refunded", "voided", "other"]
FulfillmentStatus = Literal["unfulfilled", "partial", "shipped", "delivered", "returned", "other"]


class Totals(Record):
    """The sums of an order, all in its refund currency."""

    subtotal: Money | None = None
    tax: Money | None = None
    shipping: Money | None = None
    discount: Money | None = None
    total: Money
    refunded: Money | None = None
    refundable: Money | None = None


class Presentment(Record):
    """What the customer saw, where that was another currency."""

    currency: Currency
    total: Money


class OrderLine(Record):
    """One article of an order."""

    id: str | None = None
    title: VendorText | None = None
    sku: VendorText | None = None
    quantity: int | None = None
    refundable_quantity: int | None = None
    unit_price: Money | None = None


class Shipment(Record):
    """One parcel on its way."""

    carrier: VendorText | None = None
    tracking_number: VendorText | None = None
    url: str | None = None
    status: VendorText | None = None
    eta: date | None = None


class Order(Record):
    """A purchase; its lines, payments and refunds are whole where one order was asked for."""

    id: Ref
    number: VendorText | None = None
    customer: Ref | None = None
    placed_at: Moment | None = None
    financial: Status[FinancialStatus] | None = None
    fulfillment: Status[FulfillmentStatus] | None = None
    canceled_at: Moment | None = None
    totals: Totals | None = None
    presentment: Presentment | None = None
    lines: tuple[OrderLine, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    shipping_address: Address | None = None
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
