"""Stripe's amounts: https://docs.stripe.com/currencies."""

import pytest

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.tools.arguments import Amount
from trunkline_stripe.money import money, wire_amount


@pytest.mark.parametrize(
    ("wire", "currency", "minor", "exponent"),
    [
        (1099, "eur", 1099, 2),
        (500, "jpy", 500, 0),
        (500, "mga", 500, 0),
        (5120, "kwd", 5120, 3),
        (500, "isk", 5, 0),
        (50_000, "ugx", 500, 0),
        (1045, "huf", 1045, 2),
    ],
)
def test_an_amount_reads_true_and_is_sent_back_as_it_came(wire: int, currency: str, minor: int, exponent: int) -> None:
    read = money(wire, currency)
    assert (read.amount_minor, read.currency, read.exponent) == (minor, currency.upper(), exponent)
    assert wire_amount(Amount(amount_minor=minor, currency=currency.upper())) == wire


def test_a_fraction_of_a_crown_that_should_not_be_is_still_told_exactly() -> None:
    assert str(money(550, "isk").major) == "5.50"


def test_an_amount_that_stripe_cannot_move_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="KWD"):
        wire_amount(Amount(amount_minor=5124, currency="KWD"))
