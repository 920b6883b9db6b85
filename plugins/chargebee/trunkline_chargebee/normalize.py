"""Chargebee's customers and their accounts into our records."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal
from urllib.parse import quote, unquote

from trunkline_chargebee import vendor, words
from trunkline_chargebee.fields import read_values
from trunkline_chargebee.money import money
from trunkline_contracts.entities.billing import BillingAccount, CreditBalance, PaymentMethod
from trunkline_contracts.entities.crm import Customer, CustomerMatch
from trunkline_contracts.fields import CustomField
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import Address, ContactPoint, Money

Standing = Literal["good", "past_due", "delinquent"]

# What a reference may hold beside letters and digits; "=" begins what stands for another character.
_PLAIN = "!$&'()*+,:;@[]^`{|}~<>\""


def raw_id(ref: Ref) -> str:
    """Chargebee's own id of a record."""
    return unquote(ref.vendor_id.replace("=", "%"))


def named_id(text: str, kind: str) -> str:
    """Chargebee's own id of what a caller named: by a reference of a kind, or by the id alone."""
    try:
        ref = Ref(text)
    except ValueError:
        return text
    return raw_id(ref) if ref.kind == kind else text


class Refs:
    """The references of one connection's records."""

    def __init__(self, connection: str, fields: tuple[CustomField, ...] = ()) -> None:
        self._connection = connection
        self._fields = fields

    def ref(self, kind: str, vendor_id: str) -> Ref:
        """The reference to a record; an invoice's number may hold what no reference may, as in `INV/2026/7`."""
        return Ref.of(self._connection, kind, quote(vendor_id, safe=_PLAIN).replace("%", "="))

    def maybe(self, kind: str, vendor_id: str | None) -> Ref | None:
        """The reference to a record that may be absent."""
        return self.ref(kind, vendor_id) if vendor_id else None


class CustomerRecords(Refs):
    """Builds our records of people and their accounts."""

    def match(self, customer: vendor.Customer, matched_on: tuple[str, ...]) -> CustomerMatch:
        """A customer as a search found it."""
        return CustomerMatch(**self._person(customer), matched_on=matched_on)

    def customer(self, customer: vendor.Customer) -> CustomerView:
        """A customer."""
        return CustomerView(**self._person(customer))

    def written(self, customer: vendor.Customer) -> Customer:
        """A customer as a write left it."""
        return Customer(**self._person(customer))

    def _person(self, customer: vendor.Customer) -> dict[str, Any]:
        address = customer.billing_address
        points = (("email", customer.email), ("phone", customer.phone or (address.phone if address else None)))
        return {
            "id": self.ref("customer", customer.id),
            "display_name": customer.name or customer.company or customer.email or customer.id,
            "given_name": customer.first_name,
            "family_name": customer.last_name,
            "contact_points": tuple(
                ContactPoint(channel=channel, value=value, primary=True) for channel, value in points if value
            ),
            "addresses": (postal(address),) if address else (),
            "language": customer.locale,
            "custom_fields": read_values(customer.custom, self._fields),
            "version": None if customer.resource_version is None else str(customer.resource_version),
            "created_at": customer.created_at,
            "updated_at": customer.updated_at,
        }

    def account(
        self,
        customer: vendor.Customer,
        sources: Sequence[vendor.PaymentSource],
        subscription_count: int | None,
        unpaid: Sequence[vendor.Invoice],
    ) -> BillingAccount:
        """A customer as Chargebee bills them."""
        return BillingAccount(
            id=self.ref("billing_account", customer.id),
            customer=self.ref("customer", customer.id),
            email=customer.email,
            name=customer.name or customer.company,
            currency=customer.preferred_currency_code,
            standing=_standing(unpaid),
            credit_balances=tuple(_credit(customer)),
            amount_due=_due(unpaid),
            payment_methods=tuple(self.method(item, customer.primary_payment_source_id) for item in sources),
            subscription_count=subscription_count,
            tax_exempt=None if customer.taxability is None else customer.taxability == "exempt",
        )

    def method(self, source: vendor.PaymentSource, default: str | None = None) -> PaymentMethod:
        """A way to pay."""
        card, bank = source.card or vendor.Card(), source.bank_account or vendor.BankAccount()
        return PaymentMethod(
            id=self.ref("payment_method", source.id),
            type=words.METHODS.get(source.type or "", "other"),
            brand=card.brand or bank.bank_name or source.type,
            last4=card.last4 or bank.last4,
            exp_month=card.expiry_month,
            exp_year=card.expiry_year,
            default=source.id == default,
            status=words.METHOD_STATUS.get(source.status, "unknown"),
        )


def postal(address: vendor.Address) -> Address:
    """A postal address."""
    return Address(
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        region=address.state or address.state_code,
        postal_code=address.zip,
        country=address.country,
    )


def _standing(unpaid: Iterable[vendor.Invoice]) -> Standing:
    """`not_paid` says that Chargebee gave up collecting, `payment_due` that it still tries."""
    found = {invoice.status for invoice in unpaid}
    if "not_paid" in found:
        return "delinquent"
    return "past_due" if "payment_due" in found else "good"


def _credit(customer: vendor.Customer) -> Iterator[CreditBalance]:
    own = vendor.Balance(
        currency_code=customer.preferred_currency_code,
        promotional_credits=customer.promotional_credits,
        refundable_credits=customer.refundable_credits,
        excess_payments=customer.excess_payments,
    )
    for balance in customer.balances or [own]:
        if balance.currency_code:
            account = (balance.refundable_credits or 0) + (balance.excess_payments or 0)
            yield from _held("account_credit", account, balance.currency_code)
            yield from _held("promotional", balance.promotional_credits or 0, balance.currency_code)


def _held(kind: Literal["account_credit", "promotional"], amount: int, currency: str) -> Iterator[CreditBalance]:
    if amount:
        yield CreditBalance(money=money(amount, currency), kind=kind)


def _due(unpaid: Iterable[vendor.Invoice]) -> tuple[Money, ...]:
    sums: Counter[str] = Counter()
    for invoice in unpaid:
        sums[invoice.currency_code] += invoice.amount_due or 0
    return tuple(money(amount, currency) for currency, amount in sums.items() if amount)
