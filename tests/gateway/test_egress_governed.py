"""The way out of one call: what is sent, how often, with which credential, and what a caller is told of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from support.fault_stub import (
    CREDENTIAL,
    HOST,
    Account,
    Behaviour,
    FaultStub,
    account_at,
    answer,
    apply_then_close,
    apply_then_reset,
    cut_body,
    drip,
    fault_stub,
    garbage,
    get,
    gzipped,
    hang,
    put,
    zeros,
)
from support.gateway import plugins_of, served
from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import (
    OutcomeUnknownError,
    RateLimitedError,
    VendorBugError,
    VendorUnavailableError,
)
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import Sending
from trunkline_gateway.gateway import open_gateway
from trunkline_gateway.settings import GatewaySettings
from trunkline_voucherify import trunkline_connector

UNCLEAR: dict[str, Behaviour] = {
    "reset": apply_then_reset,
    "close": apply_then_close,
    "cut body": cut_body,
    "no http": garbage,
    "408": answer(408, applied=True),
    "500": answer(500),
    "502": answer(502),
    "503": answer(503, Retry_After="1"),
    "504": answer(504),
    "520": answer(520),
    "302": answer(302, applied=True, Location="https://evil.example/"),
    "307": answer(307, applied=True, Location=f"https://{HOST}/again"),
    "10 MB": answer(200, bytes(10 << 20)),
    "bomb": answer(200, zeros(20 << 20), Content_Encoding="gzip"),
    "cut gzip": gzipped(bytes(range(256)) * 40, kept=60),
    "no gzip": answer(200, b"plain", Content_Encoding="gzip"),
}
CLEAR: dict[str, Behaviour] = {
    "400": answer(400),
    "401": answer(401),
    "404": answer(404),
    "409": answer(409),
    "422": answer(422),
    "html": answer(200, b"<html>maintenance</html>", Content_Type="text/html"),
    "empty": answer(200, b""),
}


@pytest.fixture
async def stub() -> AsyncIterator[FaultStub]:
    async with fault_stub() as stub:
        yield stub


@pytest.fixture
async def account(stub: FaultStub) -> AsyncIterator[Account]:
    async with account_at(stub.url) as account:
        yield account


# Writes.


@pytest.mark.parametrize("write_class", [WriteClass.NATIVE_KEY, WriteClass.MARKED])
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
async def test_a_write_without_a_clear_answer_is_unknown_and_was_sent_once(
    stub: FaultStub, account: Account, fault: Behaviour, method: str, write_class: WriteClass
) -> None:
    stub.default = fault
    http = await account.http(write_class)
    with pytest.raises(OutcomeUnknownError):
        await http.send(put(method=method))
    assert (len(stub.requests), len(stub.ledger)) == (1, 1)
    assert [(exchange.mutating, exchange.sent) for exchange in http.trace] == [(True, True)]


@pytest.mark.parametrize("fault", [hang, drip], ids=["hang", "drip"])
async def test_a_write_at_a_vendor_that_never_ends_is_unknown_at_the_deadline(
    stub: FaultStub, account: Account, fault: Behaviour
) -> None:
    stub.default = fault
    started = time.monotonic()
    with pytest.raises(OutcomeUnknownError):
        await (await account.http(WriteClass.MARKED, seconds=0.3)).send(put())
    assert time.monotonic() - started < 1
    assert (len(stub.requests), len(stub.ledger)) == (1, 1)


@pytest.mark.parametrize("fault", CLEAR.values(), ids=CLEAR)
async def test_a_write_with_a_whole_answer_gives_the_answer_and_was_sent_once(
    stub: FaultStub, account: Account, fault: Behaviour
) -> None:
    stub.default = fault
    await (await account.http(WriteClass.MARKED)).send(put(method="POST"))
    assert len(stub.requests) == 1


@pytest.mark.parametrize("limit", [answer(429), answer(429, Retry_After="0"), answer(429, Retry_After="30")])
async def test_a_write_over_the_limit_is_told_to_wait_and_was_sent_once(
    stub: FaultStub, account: Account, limit: Behaviour
) -> None:
    stub.default = limit
    with pytest.raises(RateLimitedError):
        await (await account.http(WriteClass.MARKED)).send(put())
    assert (len(stub.requests), len(stub.ledger)) == (1, 0)


@pytest.mark.parametrize("write_class", WriteClass)
async def test_a_write_that_cannot_connect_is_unavailable_and_known_not_to_be_sent(
    stub: FaultStub, account: Account, write_class: WriteClass
) -> None:
    stub.stop_listening()
    http = await account.http(write_class)
    with pytest.raises(VendorUnavailableError, match="nothing was sent"):
        await http.send(put())
    assert [(exchange.mutating, exchange.sent) for exchange in http.trace] == [(True, False)]


@pytest.mark.parametrize("write_class", WriteClass)
async def test_only_writes_that_a_repeat_cannot_harm_share_the_pool(
    stub: FaultStub, account: Account, write_class: WriteClass
) -> None:
    await (await account.http()).send(get())
    await (await account.http(write_class)).send(put())
    shares = write_class in {WriteClass.NATIVE_KEY, WriteClass.UPSERT}
    assert stub.connections == (1 if shares else 2)


@pytest.mark.parametrize("write_class", WriteClass)
async def test_a_put_is_applied_once_even_if_the_vendor_drops_the_pooled_connection_under_it(
    stub: FaultStub, account: Account, write_class: WriteClass
) -> None:
    stub.on_reuse = apply_then_reset
    await (await account.http()).send(get())
    http = await account.http(write_class)
    try:
        await http.send(put())
    except OutcomeUnknownError:
        assert write_class in {WriteClass.NATIVE_KEY, WriteClass.UPSERT}
    assert len(stub.ledger) == 1


async def test_what_a_write_reads_on_its_way_is_read_like_any_read(stub: FaultStub, account: Account) -> None:
    stub.then(answer(503))
    http = await account.http(WriteClass.MARKED)
    assert (await http.send(get())).status == 200
    assert [exchange.mutating for exchange in http.trace] == [False, False]


async def test_a_dry_run_reads_but_shows_the_write_instead_of_sending_it(stub: FaultStub, account: Account) -> None:
    http = await account.http(WriteClass.MARKED, dry_run=True)
    await http.send(get())
    with pytest.raises(PreviewOnlyError) as shown:
        await http.send(put())
    assert (shown.value.preview.method, shown.value.preview.body) == ("PUT", {"value": 1})
    assert "the-real-credential" not in repr(shown.value.preview)
    assert [request.method for request in stub.requests] == ["GET"]


# Reads.


@pytest.mark.parametrize(
    "fault",
    [UNCLEAR[kind] for kind in ("reset", "close", "cut body", "408", "500", "502", "504", "520", "cut gzip")],
)
async def test_a_read_that_failed_once_is_read_again(stub: FaultStub, account: Account, fault: Behaviour) -> None:
    stub.then(fault)
    assert (await (await account.http()).send(get())).status == 200


async def test_a_search_by_post_is_a_read_and_may_be_repeated(stub: FaultStub, account: Account) -> None:
    stub.then(answer(500))
    http = await account.http()
    assert (await http.send(put(method="POST"))).status == 200
    assert [exchange.status for exchange in http.trace] == [500, 200]


async def test_a_read_is_tried_three_times_and_no_more(stub: FaultStub, account: Account) -> None:
    stub.default = answer(500)
    with pytest.raises(VendorUnavailableError, match="whole answer"):
        await (await account.http()).send(get())
    assert len(stub.requests) == 3


@pytest.mark.parametrize("fault", CLEAR.values(), ids=CLEAR)
async def test_a_read_with_a_whole_answer_is_not_repeated(stub: FaultStub, account: Account, fault: Behaviour) -> None:
    stub.default = fault
    await (await account.http()).send(get())
    assert len(stub.requests) == 1


async def test_a_redirect_of_a_read_is_given_as_it_is(stub: FaultStub, account: Account) -> None:
    stub.default = answer(302, Location=f"{stub.url}/elsewhere")
    assert (await (await account.http()).send(get())).status == 302
    assert len(stub.requests) == 1


@pytest.mark.parametrize("kind", ["10 MB", "bomb", "no gzip"])
async def test_a_read_that_is_too_large_or_damaged_is_not_repeated(
    stub: FaultStub, account: Account, kind: str
) -> None:
    stub.default = UNCLEAR[kind]
    with pytest.raises(VendorBugError):
        await (await account.http()).send(get())
    assert len(stub.requests) == 1


async def test_the_budget_for_repeats_runs_out_in_a_storm_and_is_earned_again(
    stub: FaultStub, account: Account
) -> None:
    stub.default = answer(500)
    for expected in (3, 2, 1):  # Three repeats are saved at the start: two, then one, then none.
        asked = len(stub.requests)
        with pytest.raises(VendorUnavailableError):
            await (await account.http()).send(get())
        assert len(stub.requests) - asked == expected
        stub.then(answer(200))
        await (await account.http()).send(get())  # Keeps the breaker closed, and earns a fifth of a repeat.
    stub.then(answer(503, Retry_After="5"))
    async with asyncio.timeout(2):  # Without a budget there is no waiting either.
        with pytest.raises(VendorUnavailableError):
            await (await account.http()).send(get())
    for _ in range(5):
        stub.then(answer(200))
        await (await account.http()).send(get())
    stub.then(answer(500), answer(200))
    assert (await (await account.http()).send(get())).status == 200


async def test_retry_after_is_obeyed_by_a_read_that_has_the_time(stub: FaultStub, account: Account) -> None:
    for status in (429, 503):
        stub.then(answer(status, Retry_After="0.4"))
        started = time.monotonic()
        assert (await (await account.http()).send(get())).status == 200
        assert 0.4 <= time.monotonic() - started < 2


@pytest.mark.parametrize("status", [429, 503])
async def test_a_read_does_not_wait_longer_than_its_caller(stub: FaultStub, account: Account, status: int) -> None:
    stub.default = answer(status, Retry_After="20")
    started = time.monotonic()
    with pytest.raises((RateLimitedError, VendorUnavailableError)) as refused:
        await (await account.http(seconds=5)).send(get())
    assert refused.value.body.retry_after_s == 20
    assert time.monotonic() - started < 1
    assert len(stub.requests) == 1


async def test_a_read_over_the_limit_without_retry_after_is_repeated_after_a_moment(
    stub: FaultStub, account: Account
) -> None:
    stub.then(answer(429))
    assert (await (await account.http()).send(get())).status == 200


@pytest.mark.parametrize("fault", [hang, drip], ids=["hang", "drip"])
async def test_a_read_at_a_vendor_that_never_ends_ends_with_its_callers_time(
    stub: FaultStub, account: Account, fault: Behaviour
) -> None:
    stub.default = fault
    started = time.monotonic()
    with pytest.raises(VendorUnavailableError):
        await (await account.http(seconds=0.3)).send(get())
    assert time.monotonic() - started < 1
    assert len(stub.requests) == 1


@pytest.mark.parametrize("write_class", [None, WriteClass.MARKED])
async def test_a_call_whose_time_is_up_is_not_begun(
    stub: FaultStub, account: Account, write_class: WriteClass | None
) -> None:
    http = await account.http(write_class, seconds=0.01)
    with pytest.raises(VendorUnavailableError, match="time was up"):
        await http.send(put())
    assert (stub.connections, http.trace) == (0, [])


async def test_a_read_that_cannot_connect_is_unavailable(stub: FaultStub, account: Account) -> None:
    stub.stop_listening()
    http = await account.http()
    with pytest.raises(VendorUnavailableError, match="main cannot be reached"):
        await http.send(get())
    assert [exchange.sent for exchange in http.trace] == [False] * 3


async def test_every_exchange_is_written_down(stub: FaultStub, account: Account) -> None:
    stub.then(answer(500), answer(404))
    http = await account.http()
    await http.send(get())
    assert [(item.method, item.host, item.status) for item in http.trace] == [("GET", HOST, 500), ("GET", HOST, 404)]
    assert all(item.duration_ms > 0 for item in http.trace)


# The credential and other headers.


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("write_class", [None, WriteClass.MARKED])
async def test_the_credential_is_added_here_and_a_connector_cannot_replace_it(
    stub: FaultStub, account: Account, name: str, write_class: WriteClass | None
) -> None:
    request = HttpRequest("POST", f"https://{HOST}/", {name: "Bearer forged"})
    await (await account.http(write_class)).send(request)
    assert stub.requests[0].all("authorization") == [CREDENTIAL["Authorization"]]


class Shown:
    """A wire that shows what it was handed."""

    request: HttpRequest

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        self.request = request
        return HttpResponse(200, {}, b"", request.url)

    async def close(self) -> None:
        pass


async def test_whatever_the_wire_it_is_handed_each_header_once() -> None:
    wire = Shown()
    async with account_at(None, lambda _: wire) as account:
        await (await account.http()).send(get(authorization="Bearer forged", ACCEPT="text/csv"))
    names = [name.lower() for name in wire.request.headers]
    assert len(names) == len(set(names))
    assert wire.request.headers["Authorization"] == CREDENTIAL["Authorization"]


async def test_a_connector_may_say_what_it_accepts_but_once(stub: FaultStub, account: Account) -> None:
    await (await account.http()).send(get(accept="text/csv", **{"user-agent": "Plugin/1"}))
    assert stub.requests[0].all("Accept") == ["text/csv"]
    assert stub.requests[0].all("User-Agent") == ["Plugin/1"]
    assert stub.requests[0].all("Accept-Encoding") == ["gzip, deflate"]


@pytest.mark.parametrize(
    "header", ["Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "TE"]
)
async def test_a_connector_cannot_say_where_a_request_goes_or_ends(
    stub: FaultStub, account: Account, header: str
) -> None:
    request = HttpRequest("POST", f"https://{HOST}/", {header: "evil.example"}, b"{}")
    await (await account.http()).send(request)
    assert "evil.example" not in repr(stub.requests)
    assert (stub.requests[0].all("Host"), stub.requests[0].body) == ([HOST], b"{}")


async def test_a_header_cannot_smuggle_a_second_one(stub: FaultStub, account: Account) -> None:
    http = await account.http(WriteClass.MARKED)
    with pytest.raises(ValueError, match=r"."):
        await http.send(HttpRequest("PUT", f"https://{HOST}/", {"X-Note": "a\r\nX-Evil: 1"}))
    assert stub.requests == []


CANARY = "canary-7f3a91"
INBOUND = ("Cookie", "X-Api-Key", "X-Vault-Token", "X-Forwarded-For", "Traceparent", "Baggage", "X-Any", "User-Agent")


async def test_nothing_that_a_client_sends_reaches_a_vendor_as_a_header(tmp_path: Path, stub: FaultStub) -> None:
    settings = GatewaySettings(home=tmp_path, allow_loopback=True)
    body = {"customer_id": "points:customer:cust_1"}
    async with open_gateway(settings, plugins=plugins_of([trunkline_connector()])) as gateway:
        key = await gateway.clients.create("acme", "agent", "full")
        secrets, registry = {"app_id": "id", "app_token": "token"}, gateway.connections
        await registry.save(
            registry.build("acme", "points", "voucherify", {"campaign": "C"}, secrets, loopback=stub.url)
        )
        async with served(gateway) as url:
            headers = {"Authorization": f"Bearer {key}", **dict.fromkeys(INBOUND, CANARY)}
            async with httpx2.AsyncClient(headers=headers) as http:
                await http.post(f"{url}/v1/tools/get_customer", json=body)
                async with Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client:
                    await client.call_tool("get_customer", body, meta={"traceparent": CANARY})  # type: ignore[arg-type]
    assert len(stub.requests) == 2
    for request in stub.requests:
        assert CANARY not in repr(request)
        assert key not in repr(request)
        assert request.all("X-App-Token") == ["token"]


# Lines.


async def test_twenty_reads_of_one_connection_share_one_socket(stub: FaultStub, account: Account) -> None:
    for _ in range(20):
        await (await account.http()).send(get())
    assert (len(stub.requests), stub.connections) == (20, 1)


async def test_reads_at_once_share_few_sockets_and_leave_none_behind(stub: FaultStub, account: Account) -> None:
    await asyncio.gather(*[(await account.http()).send(get()) for _ in range(100)])
    assert stub.connections <= 32
