"""The ids that the tests of Salesforce name."""

from support.bench import Bench
from trunkline_salesforce.sandbox_fields import record_id

ADA, BRUNO, LIAM, ADAS_CASE, LIAMS_CASE, ADAS_DEAL = 1, 2, 12, 10, 120, 10


def contact(bench: Bench, number: int = ADA) -> str:
    return bench.ref("customer", record_id("Contact", number))


def lead(bench: Bench, number: int = 10) -> str:
    return bench.ref("customer", record_id("Lead", number))


def case(bench: Bench, number: int = ADAS_CASE) -> str:
    return bench.ref("ticket", record_id("Case", number))


def deal(bench: Bench, number: int = ADAS_DEAL) -> str:
    return bench.ref("deal", record_id("Opportunity", number))
