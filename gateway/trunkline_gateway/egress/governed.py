"""The `Http` that a connector gets: one call's requests, each checked, bounded, limited and written down."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import stamina

from trunkline_contracts.api import retry_after
from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import (
    CallError,
    OutcomeUnknownError,
    RateLimitedError,
    VendorBugError,
    VendorUnavailableError,
)
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.results import Preview
from trunkline_gateway.egress.egress import Line
from trunkline_gateway.egress.health import FailingError
from trunkline_gateway.egress.hosts import check_url
from trunkline_gateway.egress.wire import LostAnswerError, NotSentError, Sending

_READS = frozenset(("GET", "HEAD"))
_REQUEST_TIMEOUT, _SERVER_ERRORS = 408, 500
_ATTEMPTS = 3
_LEAST_S = 0.05
_TO_ANSWER_S = 0.02
"""What the wire has to give up before the caller does: a request that is cancelled says nothing of the vendor."""
_COMMON_HEADERS = {"User-Agent": "Trunkline/0.1", "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
# These say where a request goes and where it ends: a connector's own could send the credential elsewhere.
_WIRE_HEADERS = frozenset(("host", "connection", "content-length", "transfer-encoding", "upgrade", "expect", "te"))


class PreviewOnlyError(Exception):
    """Carries the request that a dry run would have sent, past the connector, to whoever asked for it."""

    def __init__(self, preview: Preview) -> None:
        super().__init__("dry run")
        self.preview = preview


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that was made: what it came to. `status` is None where no whole answer came."""

    method: str
    host: str
    status: int | None
    duration_ms: float
    mutating: bool
    sent: bool = True


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a connector is calling: `write_class` is None for a read."""

    deadline: float
    write_class: WriteClass | None = None
    dry_run: bool = False

    @property
    def left_s(self) -> float:
        """Seconds until the caller stops waiting."""
        return self.deadline - time.monotonic()


@dataclass(eq=False)
class GovernedHttp:
    """One connector's way out, for one call."""

    line: Line
    call: CallContext
    purpose: Purpose
    trace: list[Exchange] = field(default_factory=list)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request under all the rules; see `trunkline_contracts.http.Http`."""
        check_url(request.url, self.line.hosts)
        if not self._mutates(request):
            return await self._read(request)
        if self.purpose.dry_run:
            raise PreviewOnlyError(_preview(request))
        return await self._write(request)

    def _mutates(self, request: HttpRequest) -> bool:
        return self.purpose.write_class is not None and request.method not in _READS and not request.safe

    async def _read(self, request: HttpRequest) -> HttpResponse:
        """Read, and once more where that may help, the budget allows it and the caller still waits."""
        try:
            return await self._read_once(request)
        except _RetryableError as error:
            failed = error
        retries = stamina.retry_context(on=self._delay, attempts=_ATTEMPTS, timeout=max(self.purpose.left_s, _LEAST_S))
        async for attempt in retries:
            with attempt:
                # A delay is asked for after the last try too, so the budget is charged not there but here.
                if attempt.num > 1 and self.line.health.spend_retry():
                    return await self._read_once(request)
                raise failed
        raise AssertionError("stamina either returns or raises")

    def _delay(self, error: Exception) -> float | bool:
        """Seconds to wait before reading again; False where there is no point."""
        if not isinstance(error, _RetryableError):
            return False
        wait = error.body.retry_after_s or random.uniform(0.05, 0.5)  # noqa: S311 - jitter is no secret
        if wait > self.purpose.left_s - _LEAST_S or not self.line.health.has_retry:
            return False
        return wait

    async def _read_once(self, request: HttpRequest) -> HttpResponse:
        self._check_may_send()
        try:
            with self.line.health.watched(is_write=False):
                response = _healthy(await self._exchange(request, mutating=False))
        except NotSentError as error:
            if error.advice:
                raise VendorUnavailableError(error.advice) from None
            raise _UnreachableError(f"{self.call.connection} cannot be reached: try again later.") from None
        except (LostAnswerError, FailingError) as error:
            told = f"{self.call.connection} did not give a whole answer: try again later."
            wait = error.retry_after_s if isinstance(error, FailingError) else None
            raise _UnreachableError(told, retry_after_s=wait) from None
        return self._judged(response)

    async def _write(self, request: HttpRequest) -> HttpResponse:
        """Send a write once, and never again."""
        self._check_may_send()
        try:
            with self.line.health.watched(is_write=True):
                response = _healthy(await self._exchange(request, mutating=True))
        except NotSentError as error:
            told = error.advice or f"{self.call.connection} cannot be reached, so nothing was sent: try again later."
            raise VendorUnavailableError(told) from None
        except (LostAnswerError, FailingError, VendorBugError):
            raise OutcomeUnknownError(f"{self.call.connection} gave no clear answer to a write.") from None
        if 300 <= response.status < 400:  # noqa: PLR2004 - a redirect proves nothing about a write
            raise OutcomeUnknownError(f"{self.call.connection} redirected a write.")
        return self._judged(response)

    def _check_may_send(self) -> None:
        if self.purpose.left_s < _LEAST_S:
            raise VendorUnavailableError("The caller's time was up before the vendor was asked: allow more time.")
        self.line.health.check_pause()

    async def _exchange(self, request: HttpRequest, *, mutating: bool) -> HttpResponse:
        # A key or an upsert makes a repeated request harmless; any other write takes a connection of its own.
        fresh = mutating and self.purpose.write_class not in {WriteClass.NATIVE_KEY, WriteClass.UPSERT}
        sending = Sending(self.purpose.left_s - _TO_ANSWER_S, fresh)
        started = time.perf_counter()
        host = urlsplit(request.url).hostname or ""

        def note(status: int | None, *, sent: bool = True) -> None:
            elapsed = (time.perf_counter() - started) * 1000
            self.trace.append(Exchange(request.method, host, status, elapsed, mutating, sent))

        self.line.in_use += 1
        try:
            response = await self.line.wire.send(self._authorised(request), sending)
        except NotSentError:
            note(None, sent=False)
            raise
        except BaseException:
            note(None)
            raise
        finally:
            self.line.in_use -= 1
        note(response.status)
        return response

    def _authorised(self, request: HttpRequest) -> HttpRequest:
        """The request with the gateway's headers and the credential; a connector's own cannot replace them."""
        own = {name: value for name, value in request.headers.items() if name.lower() not in _WIRE_HEADERS}
        headers = _merged(_COMMON_HEADERS, own, self.line.headers)
        return replace(request, headers=headers)

    def _judged(self, response: HttpResponse) -> HttpResponse:
        """Feed what a reply says of limits into the connection's health."""
        manifest, health = self.line.connection.manifest, self.line.health
        if manifest.rate_dialect:
            health.observe(manifest.rate_dialect(response))
        if response.status == 429 or (manifest.throttled and manifest.throttled(response)):  # noqa: PLR2004
            seconds = retry_after(response.headers)
            if seconds:
                health.pause(seconds)
            raise _LimitedError(
                f"{self.call.connection} is over the vendor's rate limit: wait before calling again.",
                retry_after_s=seconds,
            )
        if response.status < 400:  # noqa: PLR2004
            health.earn()
        return response


class _RetryableError(CallError):
    """A read that failed in a way that another try may mend."""


class _UnreachableError(_RetryableError, VendorUnavailableError):
    pass


class _LimitedError(_RetryableError, RateLimitedError):
    pass


def _merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """Headers of which the later ones win, in whatever case their names are written."""
    merged = {name.lower(): (name, value) for layer in layers for name, value in layer.items()}
    return dict(merged.values())


def _healthy(response: HttpResponse) -> HttpResponse:
    """The reply, unless it says that the vendor itself is failing."""
    if response.status >= _SERVER_ERRORS or response.status == _REQUEST_TIMEOUT:
        raise FailingError(str(response.status), retry_after(response.headers))
    return response


def _preview(request: HttpRequest) -> Preview:
    return Preview(method=request.method, url=request.url, body=_readable(request.body), quote=request.quote)


def _readable(body: bytes) -> dict[str, Any]:
    """A body as its fields, whether it is JSON or a form."""
    if not body:
        return {}
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return fields if isinstance(fields, dict) else {"body": fields}
