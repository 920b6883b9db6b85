"""HubSpot's amounts, which are decimal numbers as text, into ours and back."""

from decimal import Decimal, InvalidOperation

from trunkline_contracts.tools.arguments import Amount
from trunkline_contracts.values import Money

# ISO 4217, table A.1; every other currency has two digits.
_NO_DIGITS = frozenset((
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
))  # fmt: skip
_THREE_DIGITS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_MOST_DIGITS, _MOST = 3, 10**12


def money(text: str | None, currency: str | None) -> Money | None:
    """An amount; None where it, or its currency, is not known, or where it cannot be given exactly."""
    amount = _decimal(text)
    if amount is None or not currency:
        return None
    exponent = max(_digits(currency), _fraction(amount))
    minor = amount.scaleb(min(exponent, _MOST_DIGITS))
    if exponent > _MOST_DIGITS or abs(minor) > _MOST:
        return None
    return Money(amount_minor=int(minor), currency=currency, exponent=exponent)


def written(amount: Amount) -> str:
    """A caller's amount as HubSpot writes it."""
    return str(Decimal(amount.amount_minor).scaleb(-_digits(amount.currency)))


def caller_amount(held: Money | None) -> dict[str, object] | None:
    """The argument that would write an amount again; None where a call cannot express it."""
    if held is None or held.amount_minor <= 0 or held.exponent != _digits(held.currency):
        return None
    return {"amount_minor": held.amount_minor, "currency": held.currency}


def _decimal(text: str | None) -> Decimal | None:
    try:
        amount = Decimal(text or "")
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _digits(currency: str) -> int:
    if currency in _NO_DIGITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 2


def _fraction(amount: Decimal) -> int:
    """How many digits after the point an amount really has."""
    exponent = amount.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
