"""Chargebee's amounts into ours, and ours into Chargebee's.

https://apidocs.chargebee.com/docs/api/currencies
"""

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.tools.arguments import Amount
from trunkline_contracts.values import Money

# Chargebee names JPY, KRW, XAF and XOF; that it follows ISO 4217 for the rest is not verified.
_ZERO_DECIMAL = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
# These have three digits, but Chargebee writes every currency that has any in hundredths.
_THREE_DECIMAL = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_STEP = 10


def money(amount: int, currency: str) -> Money:
    """An amount of Chargebee's."""
    if currency in _THREE_DECIMAL:
        return Money(amount_minor=amount * _STEP, currency=currency, exponent=3)
    return Money(amount_minor=amount, currency=currency, exponent=0 if currency in _ZERO_DECIMAL else 2)


def money_or_none(amount: int | None, currency: str | None) -> Money | None:
    """An amount of Chargebee's that may be absent."""
    return None if amount is None or currency is None else money(amount, currency)


def wire_amount(amount: Amount) -> int:
    """A caller's amount as Chargebee wants it; raises InvalidArgumentError for one that it cannot write."""
    if amount.currency not in _THREE_DECIMAL:
        return amount.amount_minor
    if amount.amount_minor % _STEP:
        raise InvalidArgumentError(f"Chargebee moves {amount.currency} in steps of 0.010: round the amount.")
    return amount.amount_minor // _STEP
