"""The health of a connection: a breaker that lets one probe through, pauses that are kept, lines that are shared."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from support.bench import reply
from support.fault_stub import (
    CREDENTIAL,
    Account,
    Behaviour,
    FaultStub,
    Talk,
    account_at,
    answer,
    apply_then_close,
    connection_at,
    fault_stub,
    get,
    hang,
    put,
    zeros,
)
from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import OutcomeUnknownError, RateLimitedError, VendorBugError, VendorUnavailableError
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.manifest import RateState
from trunkline_gateway.cassettes.matching import NoRecordingError
from trunkline_gateway.egress.egress import Egress, Line
from trunkline_gateway.egress.health import Health
from trunkline_gateway.egress.wire import Sending, Wire


@pytest.fixture
async def stub() -> AsyncIterator[FaultStub]:
    async with fault_stub() as stub:
        yield stub


@pytest.fixture
async def account(stub: FaultStub) -> AsyncIterator[Account]:
    async with account_at(stub.url) as account:
        yield account


@dataclass
class Clock:
    """The time that breakers and pauses see: it moves when it is told to."""

    ahead: float = 0.0

    def time(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    moved = SimpleNamespace(time=clock.time, monotonic=clock.monotonic)
    monkeypatch.setattr("purgatory.domain.model.time", moved)
    monkeypatch.setattr("trunkline_gateway.egress.health.time", moved)
    return clock


async def read(account: Account, seconds: float = 10) -> int:
    return (await (await account.http(seconds=seconds)).send(get())).status


async def write(account: Account) -> int:
    return (await (await account.http(WriteClass.MARKED)).send(put())).status


async def fail(stub: FaultStub, account: Account, times: int, fault: Behaviour = apply_then_close) -> None:
    """Writes, for they are never repeated: each is one failure."""
    stub.then(*[fault] * times)
    for _ in range(times):
        with pytest.raises(OutcomeUnknownError):
            await write(account)


# The breaker.


@pytest.mark.parametrize("fault", [apply_then_close, answer(500), answer(503), answer(408)])
async def test_after_five_failures_nothing_is_sent_for_a_while(
    stub: FaultStub, account: Account, clock: Clock, fault: Behaviour
) -> None:
    await fail(stub, account, 4, fault)
    assert await read(account) == 200
    await fail(stub, account, 5, fault)
    sent = len(stub.requests)
    for call in (read, write):
        with pytest.raises(VendorUnavailableError, match="nothing was sent") as refused:
            await call(account)
        assert refused.value.body.retry_after_s == 30
    clock.ahead = 29
    with pytest.raises(VendorUnavailableError):
        await read(account)
    assert len(stub.requests) == sent


async def test_a_vendor_that_refuses_connections_opens_it_too(stub: FaultStub, account: Account) -> None:
    stub.stop_listening()
    for _ in range(5):
        with pytest.raises(VendorUnavailableError, match="cannot be reached"):
            await write(account)
    with pytest.raises(VendorUnavailableError, match="fails again and again"):
        await write(account)


async def test_a_vendor_that_hangs_until_its_callers_leave_opens_it_too(stub: FaultStub, account: Account) -> None:
    stub.default = hang
    for _ in range(5):
        async with asyncio.timeout(0.19):  # As the performer does: the wire has to give up before its caller does.
            with pytest.raises(VendorUnavailableError):
                await read(account, seconds=0.2)
    with pytest.raises(VendorUnavailableError, match="fails again and again"):
        await read(account)


async def test_after_the_pause_one_read_goes_first_and_its_success_lets_the_others_through(
    stub: FaultStub, account: Account, clock: Clock
) -> None:
    await fail(stub, account, 5)
    clock.ahead = 31
    answered = asyncio.Event()

    async def slowly(talk: Talk) -> bool:
        await answered.wait()
        return await answer()(talk)

    sent = len(stub.requests)
    stub.then(slowly)
    probe = asyncio.create_task(read(account))
    while len(stub.requests) == sent:  # noqa: ASYNC110 - the stub's ledger is the only sign
        await asyncio.sleep(0)
    for call in (read, write):
        async with asyncio.timeout(5):
            with pytest.raises(VendorUnavailableError, match="again and again"):
                await call(account)
    answered.set()
    assert await probe == 200
    assert len(stub.requests) == sent + 1
    assert (await read(account), await write(account)) == (200, 200)


async def test_a_write_is_never_the_probe(stub: FaultStub, account: Account, clock: Clock) -> None:
    await fail(stub, account, 5)
    clock.ahead = 31
    applied = len(stub.ledger)
    with pytest.raises(VendorUnavailableError):
        await write(account)
    assert len(stub.ledger) == applied
    assert (await read(account), await write(account)) == (200, 200)


async def test_a_probe_that_fails_closes_the_door_again(stub: FaultStub, account: Account, clock: Clock) -> None:
    await fail(stub, account, 5)
    clock.ahead = 31
    sent = len(stub.requests)
    stub.then(answer(500))
    with pytest.raises(VendorUnavailableError):
        await read(account)
    assert len(stub.requests) == sent + 1
    clock.ahead = 62
    assert await read(account) == 200


async def test_a_probe_whose_caller_leaves_proves_nothing_and_the_next_read_probes(
    stub: FaultStub, account: Account, clock: Clock
) -> None:
    await fail(stub, account, 5)
    clock.ahead = 31
    stub.then(hang)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await read(account)
    with pytest.raises(VendorUnavailableError):
        await write(account)
    assert (await read(account), await write(account)) == (200, 200)


async def test_a_call_without_time_is_no_probe(stub: FaultStub, account: Account, clock: Clock) -> None:
    await fail(stub, account, 5)
    clock.ahead = 31
    with pytest.raises(VendorUnavailableError, match="time was up"):
        await read(account, seconds=0.01)
    with pytest.raises(VendorUnavailableError, match="again and again"):
        await write(account)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 422])
async def test_a_refusal_is_no_failure(stub: FaultStub, account: Account, status: int) -> None:
    stub.default = answer(status)
    for _ in range(12):
        assert await read(account) == status
    assert len(stub.requests) == 12


async def test_a_rate_limit_is_no_failure(stub: FaultStub, account: Account) -> None:
    stub.default = answer(429)
    for _ in range(12):
        with pytest.raises(RateLimitedError):
            await write(account)
    stub.default = answer()
    assert await read(account) == 200


async def test_callers_that_leave_are_no_failures(stub: FaultStub, account: Account) -> None:
    for _ in range(8):
        stub.then(hang)
        task = asyncio.create_task(read(account))
        sent = len(stub.requests)
        while len(stub.requests) == sent:  # noqa: ASYNC110 - the stub's ledger is the only sign
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await read(account) == 200


async def test_callers_that_leave_do_not_hide_a_vendor_that_fails(stub: FaultStub, account: Account) -> None:
    for _ in range(5):
        await fail(stub, account, 1)
        stub.then(hang)
        with pytest.raises((TimeoutError, VendorUnavailableError)):
            async with asyncio.timeout(0.05):
                await read(account)
    with pytest.raises(VendorUnavailableError, match="again and again"):
        await write(account)


async def test_a_body_too_large_is_no_failure(stub: FaultStub, account: Account) -> None:
    stub.default = answer(200, zeros(20 << 20), Content_Encoding="gzip")
    for _ in range(8):
        with pytest.raises(VendorBugError):
            await read(account)
    stub.default = answer()
    assert await read(account) == 200


async def test_a_fault_of_ours_is_no_failure_of_the_vendor(account: Account) -> None:
    for _ in range(8):
        http = await account.http(WriteClass.MARKED)
        with pytest.raises(ValueError, match=r"."):
            await http.send(HttpRequest("PUT", get().url, {"X-Note": "a\r\nb"}))
    assert await read(account) == 200


class NoTape:
    """A wire that has no recording of anything."""

    asked = 0

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        self.asked += 1
        raise NoRecordingError(request, None)

    async def close(self) -> None:
        pass


async def test_a_missing_recording_is_said_at_once_and_every_time() -> None:
    wire = NoTape()
    async with account_at(None, lambda _: wire) as account:
        for _ in range(12):
            with pytest.raises(VendorUnavailableError, match="No recording"):
                await read(account)
    assert wire.asked == 12


async def test_one_connections_breaker_is_its_own(stub: FaultStub) -> None:
    async with fault_stub() as other, account_at(stub.url) as account, account_at(other.url) as neighbour:
        both = Account(account.egress, connection_at(other.url, "second"))
        await fail(stub, account, 5)
        with pytest.raises(VendorUnavailableError):
            await read(account)
        assert (await read(both), await read(neighbour)) == (200, 200)


# Pauses and limits.


async def test_after_a_limit_nothing_is_sent_until_the_vendor_said(
    stub: FaultStub, account: Account, clock: Clock
) -> None:
    stub.then(answer(429, Retry_After="120"))
    with pytest.raises(RateLimitedError) as limited:
        await write(account)
    assert limited.value.body.retry_after_s == 120
    sent = len(stub.requests)
    for call in (read, write):
        with pytest.raises(RateLimitedError, match="nothing was sent") as refused:
            await call(account)
        assert 115 < (refused.value.body.retry_after_s or 0) <= 120
    clock.ahead = 119
    with pytest.raises(RateLimitedError):
        await read(account)
    assert len(stub.requests) == sent
    clock.ahead = 121
    assert await read(account) == 200


def test_no_vendor_can_stop_a_connection_for_longer_than_five_minutes(clock: Clock) -> None:
    health = Health("main")
    health.pause(999_999)
    health.pause(1)
    clock.ahead = 299
    with pytest.raises(RateLimitedError):
        health.check_pause()
    clock.ahead = 301
    health.check_pause()


@pytest.mark.parametrize("retry_after", ["", "soon", "-5", "1e9", "NaN"])
async def test_an_odd_retry_after_is_as_good_as_none(stub: FaultStub, account: Account, retry_after: str) -> None:
    stub.then(answer(429, Retry_After=retry_after))
    with pytest.raises(RateLimitedError) as limited:
        await write(account)
    assert limited.value.body.retry_after_s is None
    assert await read(account) == 200


def dialect(response: HttpResponse) -> RateState:
    left = response.headers.get("x-left", "")
    return RateState(int(left) if left else None, float(response.headers.get("x-reset", "0")))


async def test_the_vendors_own_headers_are_heeded_before_it_refuses(stub: FaultStub, clock: Clock) -> None:
    async with account_at(stub.url, rate_dialect=dialect) as account:
        stub.then(answer(200, X_Left="1", X_Reset="60"), answer(200, X_Left="0", X_Reset="60"))
        assert (await read(account), await read(account)) == (200, 200)
        with pytest.raises(RateLimitedError) as refused:
            await read(account)
        assert 55 < (refused.value.body.retry_after_s or 0) <= 60
        assert len(stub.requests) == 2
        clock.ahead = 61
        assert await read(account) == 200


@pytest.mark.parametrize(
    "state", [{}, {"X_Left": "0"}, {"X_Left": "0", "X_Reset": "0"}, {"X_Left": "5", "X_Reset": "60"}]
)
async def test_a_limit_that_is_not_reached_or_not_told_stops_nothing(stub: FaultStub, state: dict[str, Any]) -> None:
    async with account_at(stub.url, rate_dialect=dialect) as account:
        stub.then(answer(200, **state))
        assert (await read(account), await read(account)) == (200, 200)


async def test_a_limit_that_comes_as_another_status_is_known_by_the_manifest(stub: FaultStub) -> None:
    def throttled(response: HttpResponse) -> bool:
        return response.status == 403 and b"REQUEST_LIMIT" in response.body

    async with account_at(stub.url, throttled=throttled) as account:
        stub.then(answer(403, b'{"code": "REQUEST_LIMIT_EXCEEDED"}', Retry_After="60"), answer(403))
        with pytest.raises(RateLimitedError):
            await write(account)
        with pytest.raises(RateLimitedError, match="nothing was sent"):
            await write(account)
        assert len(stub.requests) == 1


# Lines.


class Counted:
    """A wire that knows whether it was closed."""

    closed = False

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        return reply(200, orjson.dumps({}))

    async def close(self) -> None:
        self.closed = True


async def test_a_connection_has_one_line_and_each_tenant_name_and_version_its_own() -> None:
    opened: list[str] = []

    def wires(connection: Any) -> Wire:
        opened.append("|".join(map(str, connection.identity)))
        return Counted()

    egress = Egress(lambda _: dict(CREDENTIAL), wires)
    same = [connection_at(None), connection_at(None)]
    others = [connection_at(None, "other"), connection_at(None, tenant="beta")]
    lines = [await egress.line(connection) for connection in [*same, *others]]
    assert lines[0] is lines[1]
    assert opened == ["acme|main|1", "acme|other|1", "beta|main|1"]


async def test_of_too_many_lines_the_longest_unused_is_closed_and_one_in_use_is_not() -> None:
    egress = Egress(lambda _: dict(CREDENTIAL), lambda _: Counted())
    lines: list[Line] = [await egress.line(connection_at(None, f"c{number}")) for number in range(512)]
    lines[0].in_use = 1
    await egress.line(connection_at(None, "c1"))
    await egress.line(connection_at(None, "one_more"))
    assert [number for number, line in enumerate(lines) if line.wire.closed] == [2]  # type: ignore[attr-defined]
    assert (await egress.line(connection_at(None, "c2"))) is not lines[2]
    await egress.close()
    assert all(line.wire.closed for line in lines)  # type: ignore[attr-defined]


async def test_a_new_line_is_never_the_one_that_is_closed() -> None:
    egress = Egress(lambda _: dict(CREDENTIAL), lambda _: Counted())
    for number in range(512):
        (await egress.line(connection_at(None, f"c{number}"))).in_use = 1
    newest = await egress.line(connection_at(None, "one_more"))
    assert not newest.wire.closed  # type: ignore[attr-defined]
    assert await egress.line(connection_at(None, "one_more")) is newest
