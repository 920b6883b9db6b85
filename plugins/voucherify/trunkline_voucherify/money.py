"""Voucherify's amounts into ours: integers in the currency's smallest unit, without the currency.

https://docs.voucherify.io/api-reference/orders/order-object
"""

from trunkline_contracts.values import Money

# ISO 4217's currencies that do not have two decimal places.
_NO_DECIMAL = frozenset((
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
))  # fmt: skip
_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_HUNDREDTHS = 2


def money(amount: int | None, currency: str | None) -> Money | None:
    """An amount in the smallest unit; None where the amount or the project's currency is not known."""
    if amount is None or currency is None:
        return None
    return Money(amount_minor=amount, currency=currency, exponent=_digits(currency))


def credit(hundredths: int | None, currency: str | None) -> Money | None:
    """A gift card's credit, which Voucherify counts in hundredths whatever the currency."""
    if hundredths is None or currency is None:
        return None
    minor, rest = divmod(hundredths * 10 ** _digits(currency), 10**_HUNDREDTHS)
    return None if rest else Money(amount_minor=minor, currency=currency, exponent=_digits(currency))


def _digits(currency: str) -> int:
    if currency in _NO_DECIMAL:
        return 0
    return 3 if currency in _THREE_DECIMALS else _HUNDREDTHS
