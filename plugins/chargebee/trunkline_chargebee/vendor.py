"""The part of Chargebee's answers that we read: what is absent or null there is None here."""

from typing import Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Row = TypeVar("Row")
Moment = AwareDatetime | None


class Page(BaseModel, Generic[Row]):
    """A list: each row names the kind of its record, and may hold others that belong to it."""

    rows: list[Row] = Field(alias="list")
    next_offset: str | None = None


class Address(BaseModel):
    """A postal address, and who lives there."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    company: str | None = None
    phone: str | None = None
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    city: str | None = None
    state: str | None = None
    state_code: str | None = None
    country: str | None = None
    zip: str | None = None


class Balance(BaseModel):
    """What a customer holds in one currency."""

    currency_code: str | None = None
    promotional_credits: int | None = None
    refundable_credits: int | None = None
    excess_payments: int | None = None


class Customer(BaseModel):
    """A customer; its own balance counts only where there are no `balances`."""

    model_config = ConfigDict(extra="allow")

    id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    locale: str | None = None
    billing_address: Address | None = None
    taxability: str | None = None
    vat_number: str | None = None
    vat_number_prefix: str | None = None
    registered_for_gst: bool | None = None
    business_customer_without_vat_number: bool | None = None
    primary_payment_source_id: str | None = None
    preferred_currency_code: str | None = None
    promotional_credits: int | None = None
    refundable_credits: int | None = None
    excess_payments: int | None = None
    balances: list[Balance] | None = None
    deleted: bool | None = None
    resource_version: int | None = None
    created_at: Moment = None
    updated_at: Moment = None

    @property
    def custom(self) -> dict[str, Any]:
        """The values of the site's custom fields: their names begin with `cf_`."""
        extra = self.model_extra or {}
        return {key: value for key, value in extra.items() if key.startswith("cf_") and value is not None}

    @property
    def name(self) -> str | None:
        """Given and family name."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None


class CustomerRow(BaseModel):
    """A row of customers, and the answer to reading one."""

    customer: Customer


class Card(BaseModel):
    """A card."""

    brand: str | None = None
    last4: str | None = None
    expiry_month: int | None = None
    expiry_year: int | None = None


class BankAccount(BaseModel):
    """A bank account."""

    bank_name: str | None = None
    last4: str | None = None


class PaymentSource(BaseModel):
    """A way to pay."""

    id: str
    type: str | None = None
    status: str | None = None
    card: Card | None = None
    bank_account: BankAccount | None = None


class PaymentSourceRow(BaseModel):
    """A row of payment sources."""

    payment_source: PaymentSource


class Coupon(BaseModel):
    """A coupon on a subscription."""

    coupon_id: str
    coupon_code: str | None = None
    apply_till: Moment = None


class SubscriptionItem(BaseModel):
    """A plan, add-on or charge of a subscription."""

    item_price_id: str | None = None
    item_type: str | None = None
    description: str | None = None
    quantity: int | None = None
    unit_price: int | None = None
    unit_price_in_decimal: str | None = None
    billing_period: int | None = None
    billing_period_unit: str | None = None
    current_term_start: Moment = None
    current_term_end: Moment = None


class Subscription(BaseModel):
    """A subscription."""

    id: str
    customer_id: str | None = None
    status: str | None = None
    currency_code: str | None = None
    auto_collection: str | None = None
    billing_period: int | None = None
    billing_period_unit: str | None = None
    current_term_start: Moment = None
    current_term_end: Moment = None
    next_billing_at: Moment = None
    trial_end: Moment = None
    pause_date: Moment = None
    resume_date: Moment = None
    cancelled_at: Moment = None
    cancel_schedule_created_at: Moment = None
    cancel_reason: str | None = None
    cancel_reason_code: str | None = None
    has_scheduled_changes: bool | None = None
    changes_scheduled_at: Moment = None
    started_at: Moment = None
    start_date: Moment = None
    due_invoices_count: int | None = None
    due_since: Moment = None
    total_dues: int | None = None
    subscription_items: list[SubscriptionItem] | None = None
    coupons: list[Coupon] | None = None

    @property
    def price_ids(self) -> set[str]:
        """What is subscribed to: an item price is at most once in a subscription."""
        return {item.item_price_id for item in self.subscription_items or () if item.item_price_id}


class SubscriptionRow(BaseModel):
    """A row of subscriptions, and the answer to reading one."""

    subscription: Subscription


class Line(BaseModel):
    """A line of an invoice."""

    description: str | None = None
    quantity: int | None = None
    unit_amount: int | None = None
    unit_amount_in_decimal: str | None = None
    amount: int | None = None
    date_from: Moment = None
    date_to: Moment = None


class Discount(BaseModel):
    """A discount on an invoice."""

    amount: int = 0


class LinkedPayment(BaseModel):
    """A payment, or the part of it that paid an invoice."""

    txn_id: str
    txn_status: str | None = None
    txn_date: Moment = None
    txn_amount: int | None = None
    applied_amount: int | None = None


class Invoice(BaseModel):
    """An invoice."""

    id: str
    customer_id: str | None = None
    subscription_id: str | None = None
    status: str | None = None
    currency_code: str
    date: Moment = None
    due_date: Moment = None
    paid_at: Moment = None
    sub_total: int | None = None
    tax: int | None = None
    total: int
    amount_paid: int | None = None
    amount_due: int | None = None
    line_items: list[Line] | None = None
    line_items_next_offset: str | None = None
    discounts: list[Discount] | None = None
    linked_payments: list[LinkedPayment] | None = None


class InvoiceRow(BaseModel):
    """A row of invoices, and the answer to reading one."""

    invoice: Invoice


class CreditNote(BaseModel):
    """A credit note: of type `adjustment` where money was only owed, else it was paid."""

    id: str
    type: str | None = None
    status: str | None = None
    currency_code: str | None = None
    total: int | None = None
    amount_refunded: int | None = None
    date: Moment = None


class CreditNoteRow(BaseModel):
    """A row of credit notes, and the answer to making one."""

    credit_note: CreditNote


class Transaction(BaseModel):
    """Money that moved, or tried to."""

    id: str
    status: str | None = None
    amount: int | None = None
    currency_code: str | None = None
    date: Moment = None
    error_code: str | None = None
    error_text: str | None = None


class Refunded(BaseModel):
    """`POST /invoices/{id}/refund`."""

    invoice: Invoice
    transaction: Transaction
    credit_note: CreditNote | None = None


class Changed(BaseModel):
    """A changed subscription, with what Chargebee billed or credited for the change."""

    subscription: Subscription
    invoice: Invoice | None = None
    credit_notes: list[CreditNote] | None = None
