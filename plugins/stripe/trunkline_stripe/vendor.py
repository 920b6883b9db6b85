"""The part of Stripe's answers that we read."""

from decimal import Decimal
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, model_validator

from trunkline_stripe import terms
from trunkline_stripe.wire import ByCurrency, Expanded, Id, Page


class Address(BaseModel):
    """A postal address."""

    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Shipping(BaseModel):
    """Where a customer's parcels go."""

    address: Address | None = None


class InvoiceSettings(BaseModel):
    """How a customer is billed."""

    default_payment_method: Id | None = None


class Customer(BaseModel):
    """`GET /v1/customers/{id}`; of a deleted one only the id is left."""

    id: str
    deleted: bool = False
    name: str | None = None
    business_name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    shipping: Shipping | None = None
    preferred_locales: list[str] | None = None
    created: AwareDatetime | None = None
    currency: str | None = None
    balance: int | None = None
    invoice_credit_balance: ByCurrency[int] | None = None
    delinquent: bool | None = None
    tax_exempt: str | None = None
    invoice_settings: InvoiceSettings | None = None
    default_source: Id | None = None


class MethodDetails(BaseModel):
    """What a card or a bank account shows of itself."""

    brand: str | None = None
    bank_name: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None


class PaymentMethod(BaseModel):
    """A way to pay, of a customer or of one charge; its details stand under the name of its type."""

    id: str | None = None
    type: str = "other"
    details: MethodDetails | None = None

    @model_validator(mode="before")
    @classmethod
    def _lift_details(cls, data: Any) -> Any:
        return {**data, "details": data.get(data.get("type"))} if isinstance(data, dict) else data


class Product(BaseModel):
    """What is sold."""

    id: str
    name: str | None = None
    active: bool = True


class Recurring(BaseModel):
    """How often a price falls due."""

    interval: Literal["day", "week", "month", "year"]
    interval_count: int
    usage_type: str | None = None


class Price(BaseModel):
    """What a product costs."""

    id: str
    currency: str
    unit_amount: int | None = None
    nickname: str | None = None
    product: Expanded[Product] | None = None
    recurring: Recurring | None = None


class SubscriptionItem(BaseModel):
    """One priced line of a subscription."""

    id: str
    price: Price | None = None
    quantity: int | None = None
    current_period_start: AwareDatetime | None = None
    current_period_end: AwareDatetime | None = None


class Coupon(BaseModel):
    """What a discount was made from."""

    id: str
    name: str | None = None


class DiscountSource(BaseModel):
    """Where a discount comes from."""

    coupon: Expanded[Coupon] | None = None


class Discount(BaseModel):
    """A discount in force."""

    id: str
    end: AwareDatetime | None = None
    source: DiscountSource | None = None

    @property
    def coupon(self) -> Coupon | None:
        """What it was made from, where Stripe sent more than its id."""
        return self.source.coupon if self.source else None


class Subscription(BaseModel):
    """`GET /v1/subscriptions/{id}`; before 2025-03-31.basil the period stood on the subscription."""

    id: str
    status: str
    customer: Id | None = None
    currency: str | None = None
    items: Page[SubscriptionItem]
    current_period_start: AwareDatetime | None = None
    current_period_end: AwareDatetime | None = None
    trial_end: AwareDatetime | None = None
    pause_collection: terms.PauseCollection | None = None
    cancel_at: AwareDatetime | None = None
    cancel_at_period_end: bool | None = None
    cancellation_details: terms.CancellationDetails | None = None
    billing_mode: terms.BillingMode | None = None
    collection_method: str | None = None
    discounts: list[Expanded[Discount]] | None = None
    latest_invoice: Id | None = None
    schedule: Expanded[terms.Schedule] | None = None
    default_payment_method: Id | None = None
    trial_settings: terms.TrialSettings | None = None
    status_details: terms.StatusDetails | None = None
    start_date: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None


class PaymentError(BaseModel):
    """Why the last attempt to pay failed."""

    code: str | None = None
    message: str | None = None


class Charge(BaseModel):
    """`GET /v1/charges/{id}`."""

    id: str
    amount: int | None = None
    amount_captured: int | None = None
    amount_refunded: int | None = None
    currency: str | None = None
    status: str | None = None
    disputed: bool | None = None
    payment_method_details: PaymentMethod | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    created: AwareDatetime | None = None


class PaymentIntent(BaseModel):
    """`GET /v1/payment_intents/{id}`."""

    id: str
    amount: int | None = None
    amount_received: int | None = None
    currency: str | None = None
    status: str | None = None
    latest_charge: Expanded[Charge] | None = None
    last_payment_error: PaymentError | None = None
    created: AwareDatetime | None = None


class Paid(BaseModel):
    """What an invoice was paid with: an intent, a charge, or a record of money that Stripe never saw."""

    type: str
    payment_intent: Expanded[PaymentIntent] | None = None
    charge: Expanded[Charge] | None = None
    payment_record: Id | None = None


class PaymentTransitions(BaseModel):
    """When an invoice's payment changed."""

    paid_at: AwareDatetime | None = None


class InvoicePayment(BaseModel):
    """`GET /v1/invoice_payments`: the share that one payment has in one invoice."""

    id: str
    amount_paid: int | None = None
    amount_requested: int
    currency: str
    status: str
    payment: Paid
    created: AwareDatetime | None = None
    status_transitions: PaymentTransitions | None = None


class Share(BaseModel):
    """One part of a sum: a tax, a discount."""

    amount: int


class Span(BaseModel):
    """A span of time."""

    start: AwareDatetime
    end: AwareDatetime


class Pricing(BaseModel):
    """The price behind a line."""

    unit_amount_decimal: Decimal | None = None


class InvoiceLine(BaseModel):
    """One line of an invoice."""

    description: str | None = None
    quantity: int | None = None
    amount: int
    currency: str
    period: Span | None = None
    pricing: Pricing | None = None


class SubscriptionDetails(BaseModel):
    """The subscription that an invoice is for."""

    subscription: Id | None = None


class InvoiceParent(BaseModel):
    """What made an invoice."""

    subscription_details: SubscriptionDetails | None = None


class InvoiceTransitions(BaseModel):
    """When an invoice changed its status."""

    finalized_at: AwareDatetime | None = None
    paid_at: AwareDatetime | None = None


class Invoice(BaseModel):
    """`GET /v1/invoices/{id}`."""

    id: str
    number: str | None = None
    status: str | None = None
    customer: Id | None = None
    parent: InvoiceParent | None = None
    currency: str
    subtotal: int | None = None
    total_taxes: list[Share] | None = None
    total_discount_amounts: list[Share] | None = None
    total: int
    amount_paid: int | None = None
    amount_remaining: int | None = None
    lines: Page[InvoiceLine] | None = None
    created: AwareDatetime
    due_date: AwareDatetime | None = None
    status_transitions: InvoiceTransitions | None = None
    hosted_invoice_url: str | None = None
    invoice_pdf: str | None = None

    @property
    def subscription(self) -> str | None:
        """The subscription's id, where the invoice is for one."""
        details = self.parent.subscription_details if self.parent else None
        return details.subscription if details else None


class Refund(BaseModel):
    """`POST /v1/refunds`."""

    id: str
    amount: int
    currency: str
    status: str | None = None
    failure_reason: str | None = None
    created: AwareDatetime | None = None
