"""The part of Chargebee's orders that we read: what is absent or null there is None here."""

from pydantic import BaseModel

from trunkline_chargebee.vendor import Address, Moment


class OrderLine(BaseModel):
    """An article of an order."""

    id: str | None = None
    description: str | None = None
    sku: str | None = None
    fulfillment_quantity: int | None = None
    unit_price: int | None = None


class LinkedCreditNote(BaseModel):
    """A credit note for an order."""

    id: str
    status: str | None = None
    amount: int | None = None
    amount_refunded: int | None = None


class Order(BaseModel):
    """An order of the goods on an invoice."""

    id: str
    document_number: str | None = None
    customer_id: str | None = None
    invoice_id: str | None = None
    status: str | None = None
    payment_status: str | None = None
    currency_code: str | None = None
    sub_total: int | None = None
    tax: int | None = None
    discount: int | None = None
    total: int | None = None
    amount_paid: int | None = None
    refundable_credits_issued: int | None = None
    order_line_items: list[OrderLine] | None = None
    linked_credit_notes: list[LinkedCreditNote] | None = None
    shipping_address: Address | None = None
    shipment_carrier: str | None = None
    tracking_id: str | None = None
    tracking_url: str | None = None
    fulfillment_status: str | None = None
    created_at: Moment = None
    order_date: Moment = None
    cancelled_at: Moment = None


class OrderRow(BaseModel):
    """A row of orders, and the answer to reading or changing one."""

    order: Order
