"""Accounts, subscriptions, invoices, payments and refunds."""

from typing import Literal

from trunkline_contracts.record import Moment, Record, VendorText
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Currency, Extensions, Failure, Interval, Money, Period, Status

SubscriptionStatus = Literal[
    "pending", "trialing", "active", "past_due", "unpaid", "paused", "canceled", "expired", "other"
]
InvoiceStatus = Literal["draft", "open", "paid", "void", "uncollectible", "other"]
PaymentStatus = Literal["pending", "requires_action", "succeeded", "failed", "canceled", "disputed", "other"]
RefundStatus = Literal[
    "pending_approval", "pending", "requires_action", "succeeded", "failed", "canceled", "rejected", "reversed", "other"
]


class PaymentMethod(Record):
    """How somebody pays; never a full number."""

    id: Ref | None = None
    type: Literal["card", "bank", "wallet", "invoice", "other"]
    brand: VendorText | None = None
    last4: VendorText | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    default: bool = False
    status: Literal["valid", "expired", "failed", "unknown"] = "unknown"


class CreditBalance(Record):
    """Money that the account holds with the company."""

    money: Money
    kind: Literal["account_credit", "promotional", "store_credit"]
    expires_at: Moment | None = None


class BillingAccount(Record):
    """A customer as the billing system knows them."""

    id: Ref
    customer: Ref | None = None
    email: VendorText | None = None
    name: VendorText | None = None
    currency: Currency | None = None
    standing: Literal["good", "past_due", "delinquent", "unknown"] = "unknown"
    credit_balances: tuple[CreditBalance, ...] = ()
    amount_due: tuple[Money, ...] = ()
    payment_methods: tuple[PaymentMethod, ...] = ()
    subscription_count: int | None = None
    tax_exempt: bool | None = None
    extensions: Extensions | None = None


class AppliedDiscount(Record):
    """A discount in force."""

    id: Ref | None = None
    offer: Ref | None = None
    name: VendorText | None = None
    remaining_cycles: int | None = None
    ends_at: Moment | None = None


class SubscriptionItem(Record):
    """One priced line of a subscription."""

    id: Ref | None = None
    price_id: str | None = None
    product: str | None = None
    plan_name: VendorText | None = None
    quantity: int | None = None
    unit_price: Money | None = None
    interval: Interval | None = None
    current_period: Period | None = None


class CollectionPause(Record):
    """Service and periods go on, but nothing is collected."""

    behavior: str
    resumes_at: Moment | None = None


class ScheduledChange(Record):
    """A change that will happen by itself."""

    action: Literal["cancel", "pause", "resume", "change"]
    at: Moment | None = None
    detail: VendorText | None = None


class NextInvoice(Record):
    """What will be charged next."""

    at: Moment
    amount: Money | None = None


class Cancellation(Record):
    """Why and when a subscription was cancelled."""

    at: Moment | None = None
    reason: VendorText | None = None
    feedback: VendorText | None = None


class Subscription(Record):
    """A standing agreement; `current_period` is absent where its items' periods differ."""

    id: Ref
    billing_account: Ref | None = None
    status: Status[SubscriptionStatus]
    collection_paused: CollectionPause | None = None
    scheduled: tuple[ScheduledChange, ...] = ()
    items: tuple[SubscriptionItem, ...] = ()
    current_period: Period | None = None
    trial_end: Moment | None = None
    discounts: tuple[AppliedDiscount, ...] = ()
    next_invoice: NextInvoice | None = None
    cancel: Cancellation | None = None
    collection_method: VendorText | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    extensions: Extensions | None = None


class InvoiceLine(Record):
    """One line of an invoice."""

    description: VendorText | None = None
    quantity: int | None = None
    unit_price: Money | None = None
    amount: Money
    period: Period | None = None


class Payment(Record):
    """Money that moved, or tried to; `refundable` is what can still be given back."""

    id: Ref
    amount: Money
    status: Status[PaymentStatus]
    method: PaymentMethod | None = None
    refunded: Money | None = None
    refundable: Money | None = None
    at: Moment | None = None
    failure: Failure | None = None


class Invoice(Record):
    """A bill; its payments are given where one invoice was asked for."""

    id: Ref
    number: str | None = None
    billing_account: Ref | None = None
    subscription: Ref | None = None
    status: Status[InvoiceStatus]
    overdue: bool | None = None
    currency: Currency
    subtotal: Money | None = None
    tax: Money | None = None
    discount: Money | None = None
    total: Money
    paid: Money | None = None
    due: Money | None = None
    refunded: Money | None = None
    refundable: Money | None = None
    lines: tuple[InvoiceLine, ...] = ()
    payments: tuple[Payment, ...] = ()
    issued_at: Moment | None = None
    due_at: Moment | None = None
    paid_at: Moment | None = None
    hosted_url: str | None = None
    pdf_ref: str | None = None


class Refund(Record):
    """Money on its way back; `succeeded` can still turn into `failed` days later."""

    id: Ref
    target: Ref
    amount: Money
    status: Status[RefundStatus]
    destination: Literal["original", "store_credit", "account_credit", "manual"] = "original"
    reason: VendorText | None = None
    credit_note: Ref | None = None
    failure: Failure | None = None
    created_at: Moment | None = None


class Credit(Record):
    """Money put on an account for what will be bought next."""

    id: Ref | None = None
    billing_account: Ref
    amount: Money
    kind: Literal["account_credit", "promotional", "store_credit"] = "account_credit"
    expires_at: Moment | None = None
    reason: VendorText | None = None
    balance_after: Money | None = None


class Duration(Record):
    """How long a discount lasts; `cycles` counts billing periods of a repeating one."""

    kind: Literal["once", "repeating", "forever"]
    cycles: int | None = None


class Offer(Record):
    """A plan to change to, or a discount to give; `why_not` where `eligible` is false."""

    id: Ref
    kind: Literal["plan", "discount"]
    code: VendorText | None = None
    name: VendorText
    price: Money | None = None
    interval: Interval | None = None
    percent_off: float | None = None
    amount_off: Money | None = None
    duration: Duration | None = None
    eligible: bool | None = None
    why_not: VendorText | None = None
    expires_at: Moment | None = None


class PaymentLink(Record):
    """A page on which the customer pays or changes how they pay; whoever has the address can open it."""

    url: str
    expires_at: Moment | None = None
