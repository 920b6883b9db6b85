"""Salesforce's plugin as a whole: its limits, and its parts together."""

from collections import Counter
from typing import Any

import pytest

from plugins.salesforce.people import case, contact
from support.bench import Bench, reply
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import RateLimitedError
from trunkline_contracts.tools import GET_TICKET, LIST_DEALS, SEARCH_TICKETS
from trunkline_salesforce import trunkline_connector
from trunkline_salesforce.connector import Salesforce


async def test_trap_35_the_days_allowance_is_a_403_that_names_no_time(bench: Bench) -> None:
    spent = reply(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])
    calls: dict[AnyContract, dict[str, Any]] = {
        GET_TICKET: {"ticket_id": case(bench)},
        LIST_DEALS: {"about": contact(bench)},
    }
    for contract, arguments in calls.items():
        bench.fail_next(*[spent] * 5)
        with pytest.raises(RateLimitedError) as told:
            await bench.call(contract, **arguments)
        assert told.value.body.retry_after_s is None
        bench.wire.faults.clear()


async def test_trap_35_every_reply_says_how_much_of_the_allowance_is_left(bench: Bench) -> None:
    await bench.call(SEARCH_TICKETS, requester=contact(bench))
    dialect = trunkline_connector().rate_dialect
    assert dialect
    assert dialect(bench.wire.exchanges[-1][1]).remaining == 14982


def test_no_part_of_the_connector_hides_a_method_of_another() -> None:
    names = Counter(name for part in Salesforce.__mro__[:-1] for name in vars(part) if not name.startswith("__"))
    assert [name for name, count in names.items() if count > 1] == []
