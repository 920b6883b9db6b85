"""No write is ever sent twice: keys, doubt, crashes and impatient clients, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from support.bench import reply
from support.gateway import House, house
from support.postgres import databases
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.clock import now_us
from trunkline_gateway.egress.wire import LostAnswerError, NotSentError, Sending
from trunkline_gateway.operations.journal import State
from trunkline_voucherify import trunkline_connector

ACCOUNT = "points:loyalty_account:COFFEE-0001"
GRANT: dict[str, Any] = {"account_id": ACCOUNT, "points": 100, "reason": "goodwill"}
KEY = "one-intended-grant-0001"


@pytest.fixture(params=databases())
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    with request.param.fresh() as url:
        yield url


@pytest.fixture
async def place(url: str | None, tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, [trunkline_connector()], database_url=url) as place:
        yield place


def granted(place: House) -> int:
    """How often the vendor applied a change of points: its own ledger, not ours."""
    return sum(request.method == "POST" for request, _ in place.wires["points"].exchanges)


async def operations(place: House) -> list[tuple[Any, ...]]:
    from sqlalchemy import select  # noqa: PLC0415 - one helper's need

    from trunkline_gateway.store.schema import operations as table  # noqa: PLC0415
    from trunkline_gateway.store.statements import Statement  # noqa: PLC0415

    return await place.gateway.database.fetch(Statement(select(table.c.state, table.c.tool))())


async def test_a_write_is_applied_once_and_confirmed_with_a_receipt(place: House) -> None:
    result = await place.result("grant_points", key=KEY, **GRANT)
    assert result["outcome"] == "applied"
    assert result["receipt"]["idempotency_key"] == KEY
    assert result["receipt"]["operation_id"].startswith("op_")
    assert result["receipt"]["replayed"] is False
    assert granted(place) == 1
    assert await operations(place) == [(State.CONFIRMED, "grant_points")]


async def test_a_repeated_key_gives_the_first_answer_and_sends_nothing(place: House) -> None:
    first = await place.result("grant_points", key=KEY, **GRANT)
    again = await place.result("grant_points", key=KEY, **GRANT)
    assert again["receipt"]["replayed"] is True
    assert again["receipt"]["operation_id"] == first["receipt"]["operation_id"]
    assert again["resource"] == first["resource"]
    assert granted(place) == 1


async def test_two_equal_writes_without_a_key_are_two_writes(place: House) -> None:
    await place.result("grant_points", **GRANT)
    await place.result("grant_points", **GRANT)
    assert granted(place) == 2


async def test_a_key_with_other_arguments_is_refused_and_sends_nothing(place: House) -> None:
    await place.result("grant_points", key=KEY, **GRANT)
    answer = await place.call("grant_points", key=KEY, **{**GRANT, "points": 101})
    assert answer.error
    assert (answer.error.code, "new key" in str(answer.error)) == ("invalid_argument", True)
    assert granted(place) == 1


async def test_the_same_key_of_another_client_and_of_another_tool_is_another_write(place: House) -> None:
    await place.result("grant_points", key=KEY, **GRANT)
    await place.result("grant_points", key=KEY, caller=Caller("acme", "other", "full"), **GRANT)
    await place.result("deduct_points", key=KEY, **GRANT)
    assert granted(place) == 3


async def test_a_key_among_the_arguments_counts_and_two_different_ones_are_refused(place: House) -> None:
    await place.result("grant_points", idempotency_key=KEY, **GRANT)
    again = await place.result("grant_points", key=KEY, **GRANT)
    assert again["receipt"]["replayed"] is True
    answer = await place.call("grant_points", key="another-key-00000001", idempotency_key=KEY, **GRANT)
    assert answer.error
    assert "Two different" in str(answer.error)


@pytest.mark.parametrize(
    "fault", [LostAnswerError("reset"), reply(500), reply(408), reply(302), reply(200, b"<html>"), reply(200, b"")]
)
async def test_an_answer_that_proves_nothing_leaves_the_write_in_doubt(place: House, fault: Any) -> None:
    place.wires["points"].faults = [fault]
    result = await place.result("grant_points", key=KEY, **GRANT)
    assert result["outcome"] == "in_doubt"
    assert result["message"].startswith("DO NOT RETRY")
    assert result["in_doubt"]["retry"] == "never"
    assert await operations(place) == [(State.IN_DOUBT, "grant_points")]
    again = await place.result("grant_points", key=KEY, **GRANT)
    assert (again["outcome"], again["receipt"]["replayed"]) == ("in_doubt", True)
    assert granted(place) == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (NotSentError("refused"), "vendor_unavailable"),
        (reply(400, {"key": "invalid_payload"}), "invalid_argument"),
        (reply(401, {"key": "unauthorized"}), "permission"),
        (reply(404, {"key": "voucher_not_found"}), "not_found"),
    ],
)
async def test_a_refusal_is_proof_that_nothing_was_applied(place: House, fault: Any, code: str) -> None:
    place.wires["points"].faults = [fault]
    answer = await place.call("grant_points", key=KEY, **GRANT)
    assert answer.error
    assert answer.error.code == code
    assert await operations(place) == [(State.FAILED, "grant_points")]
    again = await place.call("grant_points", key=KEY, **GRANT)
    assert again.error
    assert (again.error.code, "new key" in str(again.error)) == (code, True)
    assert granted(place) == 0


async def test_a_limit_on_an_additive_write_proves_nothing(place: House) -> None:
    place.wires["points"].faults = [reply(429, {}, retry_after="1")]
    assert (await place.result("grant_points", **GRANT))["outcome"] == "in_doubt"


async def test_parallel_calls_with_one_key_make_one_vendor_call(place: House) -> None:
    answers = await asyncio.gather(*(place.call("grant_points", key=KEY, **GRANT) for _ in range(20)))
    assert granted(place) == 1
    told = {answer.result.data["receipt"]["operation_id"] for answer in answers if answer.result}
    assert len(told) == 1
    assert all(answer.error.code == "conflict" for answer in answers if answer.error)


class HeldWire:
    """Passes writes on only when it is let go."""

    def __init__(self, wire: Any) -> None:
        self.wire, self.reached, self.let_go = wire, asyncio.Event(), asyncio.Event()

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        if request.method == "POST":
            self.reached.set()
            await self.let_go.wait()
        response: HttpResponse = await self.wire.send(request, sending)
        return response

    async def close(self) -> None:
        pass


async def held(place: House) -> HeldWire:
    connection = (await place.gateway.connections.of("acme"))["points"]
    line = await place.gateway.egress.line(connection)
    line.wire = wire = HeldWire(line.wire)
    return wire


async def test_a_client_that_hangs_up_changes_nothing(place: House) -> None:
    wire = await held(place)
    impatient = asyncio.create_task(place.call("grant_points", key=KEY, **GRANT))
    await wire.reached.wait()
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    wire.let_go.set()
    async with asyncio.timeout(5):
        while await operations(place) != [(State.CONFIRMED, "grant_points")]:  # noqa: ASYNC110 - the journal is a table
            await asyncio.sleep(0.01)
    assert (await place.result("grant_points", key=KEY, **GRANT))["receipt"]["replayed"] is True
    assert granted(place) == 1


async def test_the_same_key_while_the_write_is_under_way_is_told_to_ask_again(place: House) -> None:
    wire = await held(place)
    first = asyncio.create_task(place.call("grant_points", key=KEY, **GRANT))
    await wire.reached.wait()
    second = await place.call("grant_points", key=KEY, **GRANT)
    wire.let_go.set()
    await first
    assert second.error
    assert (second.error.code, second.error.body.retry_after_s) == ("conflict", 2)
    assert granted(place) == 1


async def test_the_intent_is_durable_before_the_first_byte(place: House) -> None:
    wire = await held(place)
    task = asyncio.create_task(place.call("grant_points", key=KEY, **GRANT))
    await wire.reached.wait()
    assert await operations(place) == [(State.SENDING, "grant_points")]
    phases = [record["phase"] for record in await place.gateway.audit.latest("acme", 5)]
    wire.let_go.set()
    await task
    assert phases == ["asked"]


async def test_no_intent_no_request(place: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> Any:
        raise OSError("disk full")

    monkeypatch.setattr(place.gateway.database, "_write", broken)
    answer = await place.call("grant_points", **GRANT)
    assert answer.error
    assert answer.error.code == "internal"
    assert granted(place) == 0


async def test_a_write_whose_sender_died_is_in_doubt_and_never_sent_again(place: House) -> None:
    await place.result("grant_points", key=KEY, **GRANT)
    from sqlalchemy import update  # noqa: PLC0415 - a crash is imitated in the table

    from trunkline_gateway.store.schema import operations as table  # noqa: PLC0415
    from trunkline_gateway.store.statements import Statement  # noqa: PLC0415

    died = update(table).values(state=State.SENDING, answer=None, send_deadline=now_us() - 1)
    await place.gateway.database.commit(Statement(died)())
    again = await place.result("grant_points", key=KEY, **GRANT)
    assert again["outcome"] == "in_doubt"
    await place.gateway.journal.doubt_abandoned()
    assert await operations(place) == [(State.IN_DOUBT, "grant_points")]
    assert granted(place) == 1


async def test_a_dry_run_shows_the_vendors_request_and_sends_none(place: House) -> None:
    tried = await place.result("grant_points", dry_run=True, **GRANT)
    assert tried["outcome"] == "preview"
    assert tried["preview"]["method"] == "POST"
    assert tried["preview"]["body"]["points"] == GRANT["points"]
    assert "receipt" not in tried
    assert granted(place) == 0


async def test_each_write_carries_a_marker_that_is_not_the_agents_key(place: House) -> None:
    result = await place.result("grant_points", key=KEY, **GRANT)
    (body,) = [orjson.loads(r.body) for r, _ in place.wires["points"].exchanges if r.method == "POST"]
    assert body["source_id"] == result["receipt"]["operation_id"]
    assert KEY not in body.values()
