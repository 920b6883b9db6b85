"""Stripe's words in ours."""

from typing import Literal

from trunkline_contracts.entities.billing import InvoiceStatus, PaymentStatus, RefundStatus, SubscriptionStatus
from trunkline_contracts.entities.orders import FinancialStatus

SUBSCRIPTION_STATUS: dict[str, SubscriptionStatus] = {
    "incomplete": "pending",
    "incomplete_expired": "expired",
    "trialing": "trialing",
    "active": "active",
    "past_due": "past_due",
    "unpaid": "unpaid",
    "paused": "paused",
    "canceled": "canceled",
}
SUBSCRIPTION_FILTER: dict[str, str] = {ours: raw for raw, ours in SUBSCRIPTION_STATUS.items()}
ENDED = frozenset(("canceled", "incomplete_expired"))
INVOICE_STATUS: dict[str, InvoiceStatus] = {
    "draft": "draft",
    "open": "open",
    "paid": "paid",
    "void": "void",
    "uncollectible": "uncollectible",
}
INTENT_STATUS: dict[str, PaymentStatus] = {
    "requires_payment_method": "requires_action",
    "requires_confirmation": "requires_action",
    "requires_action": "requires_action",
    "requires_capture": "pending",
    "processing": "pending",
    "succeeded": "succeeded",
    "canceled": "canceled",
}
CHARGE_STATUS: dict[str, PaymentStatus] = {"pending": "pending", "succeeded": "succeeded", "failed": "failed"}
RECORD_STATUS: dict[str, PaymentStatus] = {"open": "pending", "paid": "succeeded", "canceled": "canceled"}
ORDER_STATUS: dict[str, FinancialStatus] = {"paid": "paid", "unpaid": "pending", "no_payment_required": "paid"}
REFUND_STATUS: dict[str, RefundStatus] = {
    "pending": "pending",
    "requires_action": "requires_action",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "canceled",
}
PAUSED_BECAUSE = {
    "final_payment_failure": "the last attempt to collect failed",
    "first_payment_failure": "the first payment failed",
    "pause_requested": "somebody asked for it",
    "system": "Stripe paused it",
    "trial_end_without_payment_method": "the trial ended without a way to pay",
}
PRORATION: dict[str | None, Literal["always_invoice", "create_prorations", "none"]] = {
    "charge_now": "always_invoice",
    "next_invoice": "create_prorations",
    "none": "none",
    # What Stripe does where it is not told.
    None: "create_prorations",
}
METHODS: dict[str, Literal["card", "bank", "wallet"]] = {
    **dict.fromkeys(("card", "card_present", "interac_present", "kr_card"), "card"),
    **dict.fromkeys(
        (
            *("acss_debit", "au_becs_debit", "bacs_debit", "bancontact", "customer_balance", "eps", "fpx", "giropay"),
            *("ideal", "nz_bank_account", "p24", "payto", "sepa_debit", "sofort", "us_bank_account"),
        ),
        "bank",
    ),
    **dict.fromkeys(
        (
            *("alipay", "amazon_pay", "cashapp", "grabpay", "kakao_pay", "link", "mobilepay", "naver_pay", "payco"),
            *("paypal", "paypay", "revolut_pay", "samsung_pay", "satispay", "wechat_pay"),
        ),
        "wallet",
    ),
}
