"""Stripe's amounts into ours, and ours into Stripe's.

https://docs.stripe.com/currencies#minor-units
"""

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.tools.arguments import Amount
from trunkline_contracts.values import Money

_ZERO_DECIMAL = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE_DECIMAL = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
# These have no minor unit, but Stripe went on writing them with two digits.
_SENT_IN_HUNDREDTHS = frozenset(("ISK", "UGX"))
_HUNDRED, _LEAST_STEP = 100, 10


def money(amount: int, currency: str) -> Money:
    """An amount of Stripe's."""
    code = currency.upper()
    if code in _SENT_IN_HUNDREDTHS and amount % _HUNDRED == 0:
        return Money(amount_minor=amount // _HUNDRED, currency=code, exponent=0)
    return Money(amount_minor=amount, currency=code, exponent=_digits(code))


def money_or_none(amount: int | None, currency: str) -> Money | None:
    """An amount of Stripe's that may be absent."""
    return None if amount is None else money(amount, currency)


def wire_amount(amount: Amount) -> int:
    """A caller's amount as Stripe wants it; raises InvalidArgumentError for one that Stripe cannot move."""
    if amount.currency in _SENT_IN_HUNDREDTHS:
        return amount.amount_minor * _HUNDRED
    if amount.currency in _THREE_DECIMAL and amount.amount_minor % _LEAST_STEP:
        raise InvalidArgumentError(f"Stripe moves {amount.currency} in steps of 0.010: round the amount.")
    return amount.amount_minor


def _digits(code: str) -> int:
    if code in _ZERO_DECIMAL:
        return 0
    return 3 if code in _THREE_DECIMAL else 2
