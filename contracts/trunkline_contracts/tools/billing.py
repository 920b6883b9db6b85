"""Subscriptions, invoices and money back."""

from datetime import date
from typing import Literal

from pydantic import model_validator

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.billing import BillingAccount, Invoice, Refund, Subscription
from trunkline_contracts.record import Line, Moment, Record
from trunkline_contracts.refs import CustomerRef, RefundableRef, SubscriptionRef
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


class IssueRefund(ValueWrite):
    """What to give back; without an amount, all that is refundable."""

    target: RefundableRef
    amount: Amount | None = None
    destination: Literal["original", "store_credit"] | None = None


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
    "Refund a payment or invoice, wholly or in part.",
    Category.BILLING, Risk.VALUE, IssueRefund, Refund,
)  # fmt: skip
