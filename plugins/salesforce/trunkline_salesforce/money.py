"""Amounts: Salesforce has whole units of a currency with two decimals, the contract has minor units."""

from decimal import ROUND_HALF_EVEN, Decimal

from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.tools.arguments import Amount
from trunkline_contracts.values import Money

# ISO 4217; every other currency has two decimals.
_NONE = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # noqa: SIM905 - a list
_THREE = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905 - a list
_KEPT = 2


def _exponent(currency: str) -> int:
    return 0 if currency in _NONE else 3 if currency in _THREE else 2


def money(amount: float | Decimal | None, currency: str | None) -> Money | None:
    """An amount that was read; None where there is none, or nobody knows its currency."""
    if amount is None or currency is None:
        return None
    exponent = _exponent(currency)
    # A float's shortest text is what Salesforce wrote.
    minor = Decimal(str(amount)).scaleb(exponent).quantize(Decimal(1), ROUND_HALF_EVEN)
    return Money(amount_minor=int(minor), currency=currency, exponent=exponent)


def units(amount: Amount) -> float:
    """An amount to write; raises UnsupportedError for one that two decimals cannot hold."""
    value = Decimal(amount.amount_minor).scaleb(-_exponent(amount.currency))
    if value != round(value, _KEPT):
        raise UnsupportedError("Salesforce keeps two decimals of an amount: round it to them.")
    return float(value)
