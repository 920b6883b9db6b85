"""The bridge: a synchronous SDK on `requests` over the asynchronous `Http`, on one event loop and no thread."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import requests

from trunkline_contracts.bridge import requests_session, run_sync
from trunkline_contracts.errors import OutcomeUnknownError
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse

URL = "https://vendor.example/things?b=2&a=%C3%A9"


def ok(_: HttpRequest) -> HttpResponse:
    return HttpResponse(200, {"content-type": "text/plain", "x-id": "7"}, "grüezi".encode(), "https://moved.example/")


@dataclass
class Vendor:
    """An `Http` that answers what it is told to, after giving the loop a turn."""

    answer: Callable[[HttpRequest], HttpResponse] = ok
    call: CallContext = field(default_factory=lambda: CallContext("main"))
    requests: list[HttpRequest] = field(default_factory=list)

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        await asyncio.sleep(0)
        return self.answer(request)


async def send(vendor: Vendor, method: str = "GET", url: str = URL, **more: object) -> requests.Response:
    return await run_sync(requests_session(vendor).request, method, url, **more)  # type: ignore[arg-type]


async def test_a_request_goes_out_as_the_sdk_prepared_it() -> None:
    vendor = Vendor()
    await send(vendor, "PATCH", json={"name": "Zoë"}, headers={"X-Mine": "1"}, params={"c": "3"})
    (sent,) = vendor.requests
    assert (sent.method, sent.url) == ("PATCH", URL + "&c=3")
    assert sent.headers == {"X-Mine": "1", "Content-Type": "application/json"}
    assert sent.body.decode("unicode-escape") == '{"name": "Zoë"}'


@pytest.mark.parametrize(("data", "expected"), [("é", "é".encode()), (b"\x00", b"\x00"), (None, b"")])
async def test_a_body_is_sent_as_bytes(data: str | bytes | None, expected: bytes) -> None:
    vendor = Vendor()
    await send(vendor, "POST", data=data)
    assert vendor.requests[0].body == expected


async def test_a_streamed_body_is_refused_before_anything_is_sent() -> None:
    vendor = Vendor()
    with pytest.raises(TypeError):
        await send(vendor, "POST", data=(part for part in ["a", "b"]))
    assert vendor.requests == []


async def test_a_reply_comes_back_as_requests_would_give_it() -> None:
    reply = await send(Vendor())
    assert isinstance(reply, requests.Response)
    assert (reply.status_code, reply.text, reply.content) == (200, "grüezi", "grüezi".encode())
    assert reply.headers["X-Id"] == "7"
    assert (reply.url, reply.request.url, reply.request.method) == (URL, URL, "GET")


async def test_a_streaming_reader_gets_the_whole_body() -> None:
    reply = await send(Vendor(), stream=True)
    assert b"".join(reply.iter_content(3)) == "grüezi".encode()


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    vendor = Vendor(lambda request: HttpResponse(302, {"location": "https://evil.example/"}, b"", request.url))
    for follow in (True, False):
        reply = await send(vendor, allow_redirects=follow)
        assert (reply.status_code, reply.history) == (302, [])
    assert [request.url for request in vendor.requests] == [URL, URL]


async def test_a_cookie_is_not_kept() -> None:
    vendor = Vendor(lambda request: HttpResponse(200, {"set-cookie": "sid=1; Path=/"}, b"", request.url))
    session = requests_session(vendor)
    await run_sync(session.get, URL)
    await run_sync(session.get, URL)
    assert not session.cookies
    assert "Cookie" not in vendor.requests[1].headers


async def test_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w", encoding="utf-8") as file:  # noqa: ASYNC230, PTH123
        file.write("machine vendor.example login ada password secret")
    monkeypatch.setenv("NETRC", netrc)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    vendor = Vendor()
    await send(vendor)
    assert "Authorization" not in vendor.requests[0].headers


async def test_an_error_of_the_gateway_passes_through_the_sdk_unchanged() -> None:
    error = OutcomeUnknownError("main gave no clear answer to a write.")

    def fail(_: HttpRequest) -> HttpResponse:
        raise error

    with pytest.raises(OutcomeUnknownError) as raised:
        await send(Vendor(fail), "POST")
    assert raised.value is error


async def test_calls_side_by_side_wait_for_each_other_and_need_no_thread() -> None:
    """Two calls that can each end only when the other has been sent."""
    met = asyncio.Barrier(2)

    class Meeting(Vendor):
        async def send(self, request: HttpRequest) -> HttpResponse:
            await met.wait()
            return ok(request)

    threads = threading.active_count()
    async with asyncio.timeout(2):
        replies = await asyncio.gather(send(Meeting()), send(Meeting()))
    assert [reply.status_code for reply in replies] == [200, 200]
    assert threading.active_count() == threads


async def test_a_cancelled_call_is_cancelled_inside_the_sdk() -> None:
    """A thread could only be abandoned; here the SDK's own `finally` runs."""
    cleaned = []

    class Slow(Vendor):
        async def send(self, request: HttpRequest) -> HttpResponse:
            await asyncio.sleep(60)
            return ok(request)

    def work(session: requests.Session) -> None:
        try:
            session.get(URL)
        finally:
            cleaned.append(True)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await run_sync(work, requests_session(Slow()))
    assert cleaned == [True]


async def test_a_session_used_outside_run_sync_says_so() -> None:
    vendor = Vendor()
    with pytest.raises(RuntimeError, match="greenback"):
        requests_session(vendor).get(URL)


def test_the_bridge_is_imported_without_requests() -> None:
    code = "import trunkline_contracts.bridge, sys; sys.exit('requests' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
