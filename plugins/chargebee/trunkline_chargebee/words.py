"""Chargebee's words in ours."""

from typing import Literal

from trunkline_contracts.entities.billing import InvoiceStatus, RefundStatus, SubscriptionStatus
from trunkline_contracts.entities.orders import FinancialStatus, FulfillmentStatus

# What is `transferred` lives on as another subscription: no word of ours says that.
SUBSCRIPTION_STATUS: dict[str, SubscriptionStatus] = {
    "future": "pending",
    "in_trial": "trialing",
    "active": "active",
    "non_renewing": "active",
    "paused": "paused",
    "cancelled": "canceled",
}
SUBSCRIPTION_FILTER: dict[str, tuple[str, ...]] = {
    "pending": ("future",),
    "trialing": ("in_trial",),
    "active": ("active", "non_renewing"),
    "past_due": ("active", "non_renewing"),
    "paused": ("paused",),
    "canceled": ("cancelled",),
}
LIVE = ("future", "in_trial", "active", "non_renewing", "paused")
INVOICE_STATUS: dict[str, InvoiceStatus] = {
    "pending": "draft",
    "posted": "open",
    "payment_due": "open",
    "not_paid": "open",
    "paid": "paid",
    "voided": "void",
}
INVOICE_FILTER: dict[str, tuple[str, ...]] = {
    ours: tuple(raw for raw, word in INVOICE_STATUS.items() if word == ours) for ours in INVOICE_STATUS.values()
}
TRANSACTION_STATUS: dict[str, Literal["pending", "succeeded", "canceled", "failed"]] = {
    "in_progress": "pending",
    "needs_attention": "pending",
    "success": "succeeded",
    "voided": "canceled",
    "failure": "failed",
    "timeout": "failed",
    "late_failure": "failed",
}
CREDIT_NOTE_STATUS: dict[str, RefundStatus] = {
    "refund_due": "pending",
    "refunded": "succeeded",
    "voided": "canceled",
}
# `new`, `processing` and `complete` are those of the orders that Chargebee had until 2018.
ORDER_STATUS: dict[str, FulfillmentStatus] = {
    "new": "unfulfilled",
    "processing": "unfulfilled",
    "queued": "unfulfilled",
    "awaiting_shipment": "unfulfilled",
    "on_hold": "unfulfilled",
    "partially_delivered": "partial",
    "shipped": "shipped",
    "complete": "delivered",
    "delivered": "delivered",
    "returned": "returned",
}
ORDER_FILTER: dict[str, tuple[str, ...]] = {
    **{ours: tuple(raw for raw, word in ORDER_STATUS.items() if word == ours) for ours in ORDER_STATUS.values()},
    "canceled": ("cancelled", "voided"),
}
ORDER_PAYMENT: dict[str, FinancialStatus] = {"not_paid": "pending", "paid": "paid"}
# The rest of Chargebee's reasons accuse the customer, or are Chargebee's own.
ORDER_REASONS = frozenset(
    (
        *("product_unsatisfactory", "product_not_required", "delivery_date_missed", "alternative_found"),
        *("product_not_available", "third_party_cancellation"),
    )
)
CHANGE_OPTION = {"now": "immediately", "period_end": "end_of_term"}
REFUND_CREDITS = {"none": "none", "prorated": "prorate", "full": "full"}
CANCEL_OPTION = {"now": "immediately", "period_end": "end_of_term", "date": "specific_date"}
PAUSE_OPTION = {"now": "immediately", "period_end": "end_of_term"}
METHOD_STATUS: dict[str | None, Literal["valid", "expired", "failed"]] = {
    "valid": "valid",
    "expiring": "valid",
    "expired": "expired",
    "invalid": "failed",
}
METHODS: dict[str, Literal["card", "bank", "wallet"]] = {
    "card": "card",
    "south_korean_cards": "card",
    **dict.fromkeys(
        (
            *("automated_bank_transfer", "bancontact", "direct_debit", "dotpay", "electronic_payment_standard"),
            *("faster_payments", "fpx", "giropay", "ideal", "netbanking_emandates", "online_banking_poland"),
            *("p24", "pay_by_bank", "pay_to", "payconiq_by_bancontact", "sepa_instant_transfer", "sofort"),
            *("trustly", "upi"),
        ),
        "bank",
    ),
    **dict.fromkeys(
        (
            *("alipay", "alipay_hk", "amazon_payments", "apple_pay", "cash_app_pay", "gcash", "go_pay", "google_pay"),
            *("grab_pay", "kakao_pay", "naver_pay", "paypal_express_checkout", "paypay", "revolut_pay", "swish"),
            *("twint", "venmo", "wechat_pay"),
        ),
        "wallet",
    ),
}
