"""The part of Stripe's answers that we read where something is offered, ordered or credited."""

from pydantic import AwareDatetime, BaseModel

from trunkline_stripe import vendor, wire


class AppliesTo(BaseModel):
    """What a coupon is for."""

    products: list[str]


class AmountOff(BaseModel):
    """What a coupon takes off in one more currency."""

    amount_off: int


class Coupon(vendor.Coupon):
    """`GET /v1/coupons/{id}`; its products and further currencies come only where they are asked for."""

    valid: bool = True
    percent_off: float | None = None
    amount_off: int | None = None
    currency: str | None = None
    currency_options: wire.ByCurrency[AmountOff] | None = None
    duration: str | None = None
    duration_in_months: int | None = None
    redeem_by: AwareDatetime | None = None
    applies_to: AppliesTo | None = None


class Promotion(BaseModel):
    """What a promotion code gives."""

    coupon: wire.Expanded[Coupon] | None = None


class Restrictions(BaseModel):
    """What a promotion code asks of an order."""

    first_time_transaction: bool = False
    minimum_amount: int | None = None


class PromotionCode(BaseModel):
    """`GET /v1/promotion_codes/{id}`: a word that a customer can type to get a coupon."""

    id: str
    code: str
    active: bool
    customer: wire.Id | None = None
    expires_at: AwareDatetime | None = None
    promotion: Promotion
    restrictions: Restrictions | None = None


class Upcoming(BaseModel):
    """`POST /v1/invoices/create_preview`: an invoice that was not made."""

    currency: str
    total: int
    amount_due: int
    lines: wire.Page[vendor.InvoiceLine]


class BalanceTransaction(BaseModel):
    """`POST /v1/customers/{id}/balance_transactions`: a credit is negative."""

    id: str
    amount: int
    currency: str
    ending_balance: int


class PortalSession(BaseModel):
    """`POST /v1/billing_portal/sessions`."""

    url: str


class OrderedItem(BaseModel):
    """One line of a Checkout session."""

    id: str
    description: str | None = None
    quantity: int | None = None
    price: vendor.Price | None = None


class TotalDetails(BaseModel):
    """What a session's total is made of."""

    amount_discount: int | None = None
    amount_shipping: int | None = None
    amount_tax: int | None = None


class Collected(BaseModel):
    """What the customer typed into the page."""

    shipping_details: vendor.Shipping | None = None


class Buyer(BaseModel):
    """Who bought; with or without a customer of their own."""

    email: str | None = None


class Session(BaseModel):
    """`GET /v1/checkout/sessions/{id}`: one visit to Stripe's page of payment."""

    id: str
    mode: str
    status: str | None = None
    payment_status: str
    customer: wire.Id | None = None
    customer_details: Buyer | None = None
    currency: str | None = None
    amount_subtotal: int | None = None
    amount_total: int | None = None
    total_details: TotalDetails | None = None
    payment_intent: wire.Expanded[vendor.PaymentIntent] | None = None
    line_items: wire.Page[OrderedItem] | None = None
    collected_information: Collected | None = None
    created: AwareDatetime
