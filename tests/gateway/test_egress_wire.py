"""The wire at a vendor that misbehaves: nothing is sent twice, nothing is followed, nothing grows."""

import asyncio
import socket
import ssl
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.fault_stub import (
    HOST,
    Behaviour,
    FaultStub,
    answer,
    apply_then_close,
    apply_then_reset,
    connection_at,
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
from trunkline_contracts.errors import VendorBugError
from trunkline_contracts.http import HttpRequest
from trunkline_gateway.egress.egress import socket_wires
from trunkline_gateway.egress.wire import (
    INFLATED_LIMIT,
    WIRE_LIMIT,
    LostAnswerError,
    NotSentError,
    Sending,
    SocketWire,
)

TLS = ssl.create_default_context()
POOLED, FRESH = Sending(10), Sending(10, fresh=True)
IN_DOUBT: dict[str, Behaviour] = {
    "reset": apply_then_reset,
    "close": apply_then_close,
    "cut body": cut_body,
    "no http": garbage,
    "cut gzip": gzipped(bytes(range(256)) * 40, kept=60),
}


@pytest.fixture
async def stub() -> AsyncIterator[FaultStub]:
    async with fault_stub() as stub:
        yield stub


@pytest.fixture
async def wire(stub: FaultStub) -> AsyncIterator[SocketWire]:
    wire = SocketWire(TLS, loopback=stub.url)
    yield wire
    await wire.close()


async def test_a_reply_comes_back_with_its_headers_in_lower_case(stub: FaultStub, wire: SocketWire) -> None:
    stub.then(answer(201, b'{"id": 1}', X_Limit="7"))
    response = await wire.send(put(), FRESH)
    assert (response.status, response.body, response.headers["x-limit"]) == (201, b'{"id": 1}', "7")
    assert response.url == f"https://{HOST}/things/1"


async def test_a_sandbox_on_this_machine_is_told_which_host_was_meant(stub: FaultStub, wire: SocketWire) -> None:
    await wire.send(HttpRequest("GET", f"https://{HOST}?page=2"), POOLED)
    assert stub.requests[0].all("Host") == [HOST]
    assert stub.requests[0].target == "/?page=2"


async def test_twenty_reads_share_one_connection(stub: FaultStub, wire: SocketWire) -> None:
    for _ in range(20):
        await wire.send(get(), POOLED)
    assert (len(stub.requests), stub.connections) == (20, 1)


async def test_each_fresh_write_has_a_connection_of_its_own_and_leaves_none(stub: FaultStub, wire: SocketWire) -> None:
    await wire.send(get(), POOLED)
    for _ in range(3):
        await wire.send(put(), FRESH)
    assert stub.connections == 4
    assert [request.all("Connection") for request in stub.requests[1:]] == [["close"]] * 3


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("fault", IN_DOUBT.values(), ids=IN_DOUBT)
@pytest.mark.parametrize("sending", [FRESH, POOLED], ids=["fresh", "pooled"])
async def test_a_write_whose_answer_is_lost_was_sent_once(
    stub: FaultStub, wire: SocketWire, method: str, fault: Behaviour, sending: Sending
) -> None:
    stub.default = fault
    with pytest.raises(LostAnswerError):
        await wire.send(put(method=method), sending)
    assert (len(stub.requests), len(stub.ledger)) == (1, 1)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("fault", [apply_then_reset, apply_then_close], ids=["reset", "close"])
async def test_a_write_on_a_used_connection_that_breaks_is_not_sent_again(
    stub: FaultStub, wire: SocketWire, method: str, fault: Behaviour
) -> None:
    stub.on_reuse = fault
    await wire.send(get(), POOLED)
    with pytest.raises(LostAnswerError):
        await wire.send(put(method=method), POOLED)
    assert stub.connections == 1
    assert len(stub.ledger) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_fresh_write_never_meets_a_connection_that_was_used(
    stub: FaultStub, wire: SocketWire, method: str
) -> None:
    stub.on_reuse = apply_then_reset
    await wire.send(get(), POOLED)
    assert (await wire.send(put(method=method), FRESH)).status == 200
    assert len(stub.ledger) == 1


@pytest.mark.parametrize("keep_open", [True, False], ids=["used connection", "new connection"])
async def test_aiohttp_by_itself_applies_one_put_twice(stub: FaultStub, keep_open: bool) -> None:
    """Why the wire needs its guard: if this fails, aiohttp has mended it and the guard may go."""
    stub.default = stub.on_reuse = apply_then_close
    stub.then(answer())
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=not keep_open)) as session:
        async with session.get(stub.url) as reply:
            await reply.read()
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await session.put(stub.url, data=b"once")
    assert len(stub.ledger) == 2


async def test_a_lost_write_is_no_proof_even_if_the_vendor_then_refuses_connections(
    stub: FaultStub, wire: SocketWire
) -> None:
    async def last_breath(talk: object) -> bool:
        stub.stop_listening()
        return await apply_then_reset(talk)  # type: ignore[arg-type]

    stub.default = last_breath
    with pytest.raises(LostAnswerError):
        await wire.send(put(), FRESH)
    assert len(stub.ledger) == 1


async def test_a_read_on_a_connection_that_the_vendor_closed_is_sent_on_a_new_one(
    stub: FaultStub, wire: SocketWire
) -> None:
    stub.on_reuse = apply_then_reset
    await wire.send(get(), POOLED)
    assert (await wire.send(get(), POOLED)).status == 200
    assert stub.connections == 2


async def test_a_refused_connection_proves_that_nothing_was_sent(stub: FaultStub, wire: SocketWire) -> None:
    stub.stop_listening()
    with pytest.raises(NotSentError):
        await wire.send(put(), FRESH)


async def test_a_name_that_does_not_exist_proves_that_nothing_was_sent() -> None:
    wire = SocketWire(TLS)
    with pytest.raises(NotSentError):
        await wire.send(HttpRequest("PUT", "https://no-such-host.invalid/"), FRESH)
    await wire.close()


async def test_a_connection_that_never_comes_about_proves_that_nothing_was_sent() -> None:
    with full_listener() as port:
        wire = SocketWire(TLS, loopback=f"http://127.0.0.1:{port}")
        with pytest.raises(NotSentError):
            await wire.send(put(), Sending(0.4, fresh=True))
        await wire.close()


@contextmanager
def full_listener() -> Iterator[int]:
    """A port whose queue of connections is full: the kernel drops what else knocks."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for knock in waiting:
            knock.settimeout(0)
            knock.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for knock in waiting:
            knock.close()


@pytest.mark.parametrize("fault", [hang, drip], ids=["hang", "drip"])
@pytest.mark.parametrize("sending", [Sending(0.3), Sending(0.3, fresh=True)], ids=["pooled", "fresh"])
async def test_a_vendor_that_never_ends_is_left_at_the_deadline(
    stub: FaultStub, wire: SocketWire, fault: Behaviour, sending: Sending
) -> None:
    stub.default = fault
    started = time.monotonic()
    with pytest.raises(LostAnswerError):
        await wire.send(put(), sending)
    assert 0.25 < time.monotonic() - started < 1
    assert len(stub.ledger) == 1


@pytest.mark.slow
async def test_a_deadline_of_seconds_is_not_rounded_up(stub: FaultStub, wire: SocketWire) -> None:
    """Aiohttp ends timeouts above five seconds at the next whole second of the loop's clock, after the caller left."""
    stub.default = hang
    loop = asyncio.get_running_loop()
    seconds = 5.1 + (1 - (loop.time() + 5.1) % 1 + 0.2) % 1  # Ends a fifth of a second after a whole one.
    started = loop.time()
    with pytest.raises(LostAnswerError):
        await wire.send(get(), Sending(seconds))
    assert loop.time() - started < seconds + 0.5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(stub: FaultStub, wire: SocketWire, status: int) -> None:
    stub.then(answer(status, Location=f"{stub.url}/elsewhere"))
    response = await wire.send(put(), FRESH)
    assert (response.status, len(stub.requests)) == (status, 1)


async def test_no_cookie_is_kept(stub: FaultStub) -> None:
    wire = SocketWire(TLS, loopback=stub.url.replace("127.0.0.1", "localhost"))  # An address gets no cookies anyway.
    stub.then(answer(200, Set_Cookie="session=1; Path=/"))
    await wire.send(get(), POOLED)
    await wire.send(get(), POOLED)
    await wire.close()
    assert stub.requests[1].all("Cookie") == []


async def test_nothing_is_sent_but_what_was_given(stub: FaultStub, wire: SocketWire) -> None:
    await wire.send(get(Accept="application/json"), POOLED)
    assert sorted(name.lower() for name, _ in stub.requests[0].headers) == ["accept", "host"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"])
async def test_the_environments_proxies_are_ignored(
    stub: FaultStub, wire: SocketWire, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    async with fault_stub() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        await wire.send(get(), POOLED)
        await wire.send(put(), FRESH)
        abroad = SocketWire(TLS)
        with pytest.raises(NotSentError):
            await abroad.send(HttpRequest("GET", "https://no-such-host.invalid/"), POOLED)
        await abroad.close()
        assert (proxy.connections, len(stub.requests)) == (0, 2)


async def test_a_body_beyond_the_limit_is_refused_and_its_connection_closed(stub: FaultStub, wire: SocketWire) -> None:
    stub.then(answer(200, bytes(10 << 20)))
    with pytest.raises(VendorBugError, match="fewer records"):
        await wire.send(get(), POOLED)
    await wire.send(get(), POOLED)
    assert stub.connections == 2


async def test_a_body_of_just_the_limit_is_taken(stub: FaultStub, wire: SocketWire) -> None:
    stub.then(answer(200, bytes(WIRE_LIMIT)), answer(200, bytes(WIRE_LIMIT + 1)))
    assert len((await wire.send(get(), POOLED)).body) == WIRE_LIMIT
    with pytest.raises(VendorBugError):
        await wire.send(get(), POOLED)


async def test_a_bomb_is_refused_without_ever_being_held(stub: FaultStub, wire: SocketWire) -> None:
    small = zeros(200 << 20)
    assert len(small) < WIRE_LIMIT
    stub.then(answer(200, small, Content_Encoding="gzip"))
    tracemalloc.start()
    with pytest.raises(VendorBugError, match="fewer records"):
        await wire.send(get(), POOLED)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * INFLATED_LIMIT


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " gzip"])
async def test_a_compressed_body_is_inflated(stub: FaultStub, wire: SocketWire, encoding: str) -> None:
    stub.then(answer(200, zeros(1 << 20), Content_Encoding=encoding))
    assert (await wire.send(get(), POOLED)).body == bytes(1 << 20)


async def test_a_body_of_just_the_inflated_limit_is_taken(stub: FaultStub, wire: SocketWire) -> None:
    stub.then(gzipped(bytes(INFLATED_LIMIT)), gzipped(bytes(INFLATED_LIMIT + 1)))
    assert len((await wire.send(get(), POOLED)).body) == INFLATED_LIMIT
    with pytest.raises(VendorBugError):
        await wire.send(get(), POOLED)


@pytest.mark.parametrize(
    ("body", "encoding"), [(b"not gzip at all", "gzip"), (b"\x8b\x03", "br"), (b"x", "gzip, gzip")]
)
async def test_a_body_that_cannot_be_inflated_is_the_vendors_fault(
    stub: FaultStub, wire: SocketWire, body: bytes, encoding: str
) -> None:
    stub.then(answer(200, body, Content_Encoding=encoding))
    with pytest.raises(VendorBugError):
        await wire.send(get(), POOLED)


async def test_an_empty_body_is_an_empty_body_whatever_its_encoding(stub: FaultStub, wire: SocketWire) -> None:
    stub.then(answer(200, b"", Content_Encoding="gzip"), answer(204, b""))
    assert [(await wire.send(get(), POOLED)).body for _ in range(2)] == [b"", b""]


async def test_a_wire_that_was_closed_opens_again_when_it_is_asked(stub: FaultStub, wire: SocketWire) -> None:
    await wire.send(get(), POOLED)
    await wire.close()
    assert (await wire.send(get(), POOLED)).status == 200
    assert stub.connections == 2


async def test_headers_without_end_are_not_read_to_the_end(stub: FaultStub, wire: SocketWire) -> None:
    stub.then(answer(200, X_Endless="x" * 100_000))
    with pytest.raises(LostAnswerError):
        await wire.send(get(), POOLED)


async def test_one_tls_context_serves_all_wires(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[ssl.SSLContext] = []
    real = ssl.create_default_context

    def counted() -> ssl.SSLContext:
        built.append(real())
        return built[-1]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    wires = socket_wires()
    sockets = [wires(connection_at(None, name)) for name in ("one", "two", "three")]
    assert len(built) == 1
    assert {wire._context for wire in sockets if isinstance(wire, SocketWire)} == set(built)


async def test_a_certificate_that_nobody_vouches_for_proves_that_nothing_was_sent(tmp_path: Path) -> None:
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(1))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=self_signed(tmp_path))
    wire = SocketWire(TLS, loopback=f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(NotSentError):
        await wire.send(put(), FRESH)
    await wire.close()
    server.close()
    assert received in ([], [b""])


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    file = folder / "server.pem"
    file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
