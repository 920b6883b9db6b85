"""Subscriptions, invoices and money back."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.billing import (
    AppliedDiscount,
    BillingAccount,
    Credit,
    Invoice,
    Offer,
    PaymentLink,
    Refund,
    Subscription,
)
from trunkline_contracts.record import Line, Moment, Record
from trunkline_contracts.refs import BillableRef, CustomerRef, InvoiceRef, RefundableRef, SubscriptionRef
from trunkline_contracts.tools.arguments import Amount, Listed, Routed, ValueWrite, Write
from trunkline_contracts.values import Page

SubscriptionFilter = Literal["pending", "trialing", "active", "past_due", "unpaid", "paused", "canceled", "expired"]
InvoiceFilter = Literal["draft", "open", "paid", "void", "uncollectible"]


class GetBillingAccount(Record):
    """Whose billing account."""

    customer_id: CustomerRef


class ListSubscriptions(Listed):
    """Whose subscriptions, or which one."""

    customer_id: CustomerRef | None = None
    subscription_id: SubscriptionRef | None = None
    status: tuple[SubscriptionFilter, ...] | None = None

    @model_validator(mode="after")
    def _some_key(self) -> "ListSubscriptions":
        if not (self.customer_id or self.subscription_id):
            raise ValueError("give customer_id or subscription_id")
        return self


class FindInvoices(Listed, Routed):
    """Whose invoices, or which one by its id or number."""

    customer_id: CustomerRef | None = None
    subscription_id: SubscriptionRef | None = None
    invoice: Line | None = None
    status: tuple[InvoiceFilter, ...] | None = None
    since: Moment | None = None

    @model_validator(mode="after")
    def _some_key(self) -> "FindInvoices":
        if not (self.customer_id or self.subscription_id or self.invoice):
            raise ValueError("give customer_id, subscription_id or invoice")
        return self


class PauseSubscription(ValueWrite):
    """How to pause: stop_collection keeps the service running, stop_service does not."""

    subscription_id: SubscriptionRef
    mode: Literal["stop_collection", "stop_service"]
    starts: Literal["now", "period_end"] | None = None
    resume_at: date | None = None


class ResumeSubscription(Write):
    """What to undo."""

    subscription_id: SubscriptionRef
    undo: Literal["pause", "scheduled_pause", "scheduled_cancel"]
    dry_run: bool = False


class CancelSubscription(ValueWrite):
    """When to cancel, and whether money goes back."""

    subscription_id: SubscriptionRef
    when: Literal["now", "period_end", "date"]
    on: date | None = None
    refund: Literal["none", "prorated", "full"] | None = None
    feedback: Line | None = None

    @model_validator(mode="after")
    def _a_date_when_asked(self) -> "CancelSubscription":
        if (self.when == "date") != (self.on is not None):
            raise ValueError("give `on` if, and only if, when is 'date'")
        return self


class RefundLine(Record):
    """One line of an order, and how many of it come back."""

    line_id: Line
    quantity: Annotated[int, Field(strict=True, gt=0, le=10_000)]
    restock: bool | None = None


class IssueRefund(ValueWrite):
    """What to give back; without an amount, all that is refundable."""

    target: RefundableRef
    amount: Amount | None = None
    lines: tuple[RefundLine, ...] = ()
    destination: Literal["original", "store_credit"] | None = None


class IssueCredit(ValueWrite):
    """How much to credit to whose account."""

    customer_id: CustomerRef
    amount: Amount
    expires_at: Moment | None = None


class NewItem(Record):
    """What a subscription is to consist of; `item_id` changes a line, without it one is added."""

    item_id: Line | None = None
    price_id: Line
    quantity: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 1


class ChangeSubscription(Write):
    """What to change a subscription to; a dry run tells what it would cost."""

    subscription_id: SubscriptionRef
    items: Annotated[tuple[NewItem, ...], Field(min_length=1, max_length=20)]
    when: Literal["now", "period_end"] | None = None
    proration: Literal["charge_now", "next_invoice", "none"] | None = None
    dry_run: bool = False


class ListOffers(Listed):
    """For whom, and which kind."""

    target: BillableRef
    kind: Literal["plan", "discount"]


class ApplyDiscount(ValueWrite):
    """Which discount, by its offer id or code, for whom; without `replace` it is added to others."""

    target: BillableRef
    offer: Line
    replace: bool = False


class CreatePaymentLink(Write):
    """For whom, and what for."""

    customer_id: CustomerRef
    purpose: Literal["pay_invoice", "update_payment_method"]
    invoice: InvoiceRef | None = None

    @model_validator(mode="after")
    def _an_invoice_to_pay(self) -> "CreatePaymentLink":
        if (self.purpose == "pay_invoice") != (self.invoice is not None):
            raise ValueError("give `invoice` if, and only if, purpose is 'pay_invoice'")
        return self


GET_BILLING_ACCOUNT = read(
    "get_billing_account",
    "Get a customer's billing account: standing, balances, payment methods.",
    Category.BILLING, GetBillingAccount, BillingAccount,
)  # fmt: skip
LIST_SUBSCRIPTIONS = read(
    "list_subscriptions",
    "List a customer's subscriptions, or get one.",
    Category.BILLING, ListSubscriptions, Page[Subscription],
)  # fmt: skip
FIND_INVOICES = read(
    "find_invoices",
    "Find invoices; one hit comes with its lines and refundable payments.",
    Category.BILLING, FindInvoices, Page[Invoice],
)  # fmt: skip
PAUSE_SUBSCRIPTION = write(
    "pause_subscription",
    "Pause a subscription.",
    Category.BILLING, Risk.VALUE, PauseSubscription, Subscription,
)  # fmt: skip
RESUME_SUBSCRIPTION = write(
    "resume_subscription",
    "Undo a pause, a scheduled pause or a scheduled cancellation.",
    Category.BILLING, Risk.VALUE, ResumeSubscription, Subscription,
)  # fmt: skip
CANCEL_SUBSCRIPTION = write(
    "cancel_subscription",
    "Cancel a subscription.",
    Category.BILLING, Risk.VALUE, CancelSubscription, Subscription,
)  # fmt: skip
ISSUE_REFUND = write(
    "issue_refund",
    "Refund a payment, invoice or order, wholly or in part.",
    Category.BILLING, Risk.VALUE, IssueRefund, Refund,
)  # fmt: skip
ISSUE_CREDIT = write(
    "issue_credit",
    "Put goodwill credit on a customer's billing account.",
    Category.BILLING, Risk.VALUE, IssueCredit, Credit,
)  # fmt: skip
CHANGE_SUBSCRIPTION = write(
    "change_subscription",
    "Change a subscription's plan or quantity; dry_run quotes the cost.",
    Category.BILLING, Risk.VALUE, ChangeSubscription, Subscription,
)  # fmt: skip
LIST_OFFERS = read(
    "list_offers",
    "List the plans or discounts that can be offered.",
    Category.BILLING, ListOffers, Page[Offer],
)  # fmt: skip
APPLY_DISCOUNT = write(
    "apply_discount",
    "Give a subscription or customer a discount of list_offers.",
    Category.BILLING, Risk.VALUE, ApplyDiscount, AppliedDiscount,
)  # fmt: skip
CREATE_PAYMENT_LINK = write(
    "create_payment_link",
    "Make a link to pay an invoice or to update the payment method.",
    Category.BILLING, Risk.VISIBLE, CreatePaymentLink, PaymentLink,
)  # fmt: skip
