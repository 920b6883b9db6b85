"""Stripe's customers and their accounts into our records."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from trunkline_contracts.entities.billing import BillingAccount, CreditBalance, PaymentMethod
from trunkline_contracts.entities.crm import Customer, CustomerMatch
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import Address, ContactPoint, Extensions, Money
from trunkline_stripe import vendor, wire, words
from trunkline_stripe.money import money

Standing = Literal["good", "past_due", "delinquent", "unknown"]


class Refs:
    """The references of one connection's records."""

    def __init__(self, connection: str) -> None:
        self._connection = connection

    def ref(self, kind: str, vendor_id: str) -> Ref:
        """The reference to a record."""
        return Ref.of(self._connection, kind, vendor_id)

    def maybe(self, kind: str, vendor_id: str | None) -> Ref | None:
        """The reference to a record that may be absent, or named by somebody with a text that is no id."""
        try:
            return self.ref(kind, vendor_id) if vendor_id else None
        except ValueError:
            return None


class CustomerRecords(Refs):
    """Builds our records of people and their accounts."""

    def match(self, customer: vendor.Customer, matched_on: tuple[str, ...]) -> CustomerMatch:
        """A customer as a search found it."""
        confidence = "probable" if matched_on == ("name",) else "exact"
        return CustomerMatch(**self._person(customer), matched_on=matched_on, confidence=confidence)

    def customer(self, customer: vendor.Customer) -> Customer:
        """A customer."""
        return Customer(**self._person(customer))

    def view(self, customer: vendor.Customer) -> CustomerView:
        """A customer, as `get_customer` gives one."""
        return CustomerView(**self._person(customer))

    def _person(self, customer: vendor.Customer) -> dict[str, Any]:
        points = (("email", customer.email), ("phone", customer.phone))
        places = (customer.address, customer.shipping.address if customer.shipping else None)
        return {
            "id": self.ref("customer", customer.id),
            "display_name": customer.name or customer.business_name or customer.email or customer.id,
            "contact_points": tuple(
                ContactPoint(channel=channel, value=value, primary=True) for channel, value in points if value
            ),
            "addresses": tuple(address(place) for place in places if place),
            "language": customer.preferred_locales[0] if customer.preferred_locales else None,
            "created_at": customer.created,
            "extensions": {"stripe": {"business_name": customer.business_name}} if customer.business_name else None,
        }

    def account(
        self,
        customer: vendor.Customer,
        methods: Sequence[vendor.PaymentMethod],
        subscriptions: wire.Page[vendor.Subscription],
        unpaid: Sequence[vendor.Invoice],
    ) -> BillingAccount:
        """A customer as Stripe bills them."""
        live = [item for item in subscriptions.data if item.status not in words.ENDED]
        return BillingAccount(
            id=self.ref("billing_account", customer.id),
            customer=self.ref("customer", customer.id),
            email=customer.email,
            name=customer.name or customer.business_name,
            currency=customer.currency.upper() if customer.currency else None,
            standing=_standing(customer, live),
            credit_balances=_credit(customer),
            amount_due=_due(unpaid),
            payment_methods=tuple(self.method(item, _default_method(customer)) for item in methods),
            subscription_count=None if subscriptions.has_more else len(live),
            tax_exempt=None if customer.tax_exempt is None else customer.tax_exempt != "none",
            extensions=_owed(customer),
        )

    def method(self, method: vendor.PaymentMethod, default: str | None = None) -> PaymentMethod:
        """A way to pay; Stripe does not say whether it still works, only when a card expires."""
        details = method.details or vendor.MethodDetails()
        return PaymentMethod(
            id=self.maybe("payment_method", method.id),
            type=words.METHODS.get(method.type, "other"),
            brand=details.brand or details.bank_name or method.type,
            last4=details.last4,
            exp_month=details.exp_month,
            exp_year=details.exp_year,
            default=method.id is not None and method.id == default,
            status="expired" if _is_expired(details) else "unknown",
        )


def address(place: vendor.Address) -> Address:
    """A postal address."""
    return Address(
        line1=place.line1,
        line2=place.line2,
        city=place.city,
        region=place.state,
        postal_code=place.postal_code,
        country=place.country,
    )


def _standing(customer: vendor.Customer, live: Iterable[vendor.Subscription]) -> Standing:
    if customer.delinquent:
        return "delinquent"
    if any(item.status in {"past_due", "unpaid"} for item in live):
        return "past_due"
    return "unknown" if customer.delinquent is None else "good"


def _balances(customer: vendor.Customer) -> dict[str, int]:
    """Credit by currency; a credit is positive there, but negative in the one plain balance."""
    if customer.invoice_credit_balance or not (customer.balance and customer.currency):
        return customer.invoice_credit_balance or {}
    return {customer.currency: -customer.balance}


def _credit(customer: vendor.Customer) -> tuple[CreditBalance, ...]:
    balances = _balances(customer).items()
    return tuple(
        CreditBalance(money=money(amount, currency), kind="account_credit")
        for currency, amount in balances
        if amount > 0
    )


def _owed(customer: vendor.Customer) -> Extensions | None:
    """What a balance below nothing adds to the next invoice; it is not due before."""
    owed = [money(-amount, currency).model_dump() for currency, amount in _balances(customer).items() if amount < 0]
    return {"stripe": {"added_to_next_invoice": owed}} if owed else None


def _due(unpaid: Iterable[vendor.Invoice]) -> tuple[Money, ...]:
    sums: Counter[str] = Counter()
    for invoice in unpaid:
        sums[invoice.currency] += invoice.amount_remaining or 0
    return tuple(money(amount, currency) for currency, amount in sums.items() if amount)


def _default_method(customer: vendor.Customer) -> str | None:
    settings = customer.invoice_settings
    return (settings.default_payment_method if settings else None) or customer.default_source


def _is_expired(details: vendor.MethodDetails) -> bool:
    now = datetime.now(UTC)
    expiry = (details.exp_year, details.exp_month)
    return expiry[0] is not None and expiry[1] is not None and expiry < (now.year, now.month)
