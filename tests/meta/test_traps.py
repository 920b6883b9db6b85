"""Every trap that a built vendor sets has a test named after it: `test_trap_NN_…`, where the vendor's tests are."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

TRAPS: dict[str, tuple[int, ...]] = {
    "zendesk": (1, 2, 4, 7, 26, 27, 28, 31, 36, 39, 40, 41),
    "intercom": (2, 5, 6, 26, 31, 36, 39, 42),
    "hubspot": (2, 3, 6, 26, 27, 30, 34, 39),
    "salesforce": (3, 20, 21, 23, 28, 29, 35, 39),
    "stripe": (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 26, 28, 42),
    "chargebee": (10, 13, 14, 15, 16),
    "voucherify": (20, 24, 25, 42),
    "talonone": (20, 22, 32, 37),
    "twilio": (32, 38),
    "gateway": (33, 34, 35, 38, 41, 42),
}
"""The traps that touch each vendor, and those that the gateway itself has to avoid.

1 closed tickets and `hold`; 2 category and label; 3 a status is a transition; 4 a comment is public by default; 5 a
sent reply that never leaves; 6 conversation and ticket; 7 lists that replace; 8 three pauses; 9 resumed but paused; 10
cancelled but alive; 11 the period is the items'; 12 a refund needs a payment; 13 refund, credit note, void; 14 partial
and repeated refunds; 15 a refund is not money back; 16 minor units; 18 signs; 19 the fraud flag; 20 pending points; 21
points that count for the tier; 22 no receipt; 23 addresses of an organisation's own; 24 points that come later; 25 a
reward is a coupon elsewhere; 26 search lags; 27 windows and totals; 28 queries injected; 29 lead and contact; 30
associations; 31 merging is final; 32 a retry is a second one; 33 a key made of arguments; 34 a 200 that failed; 35
dialects of rate limits; 36 scales of satisfaction; 37 triggered, not sent; 38 consent; 39 no optimistic locking; 40
deleted and spam; 41 untrusted text; 42 API versions drift. (17 is about Shopify alone.)
"""


def traps_tested(place: str) -> set[int]:
    """The traps that have a test below a folder."""
    folder = TESTS / place if place == "gateway" else TESTS / "plugins" / place
    names = re.findall(r"def test_trap_(\d\d)_\w+", "\n".join(file.read_text("utf-8") for file in folder.rglob("*.py")))
    return {int(name) for name in names}


@pytest.mark.parametrize("place", TRAPS)
def test_every_trap_has_its_test(place: str) -> None:
    assert set(TRAPS[place]) - traps_tested(place) == set()
