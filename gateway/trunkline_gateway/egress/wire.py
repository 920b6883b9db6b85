"""The wire: one request out, one reply in. What carries it can be a socket, a cassette or an ASGI app."""

import asyncio
import ssl
import zlib
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp

from trunkline_contracts.errors import VendorBugError
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.egress.hosts import NotPublicError, PublicResolver, forwarded

WIRE_LIMIT = 1 << 20
"""Bytes of a reply as it is sent."""
INFLATED_LIMIT = 8 << 20
"""Bytes of a reply once it is inflated."""
_CONNECT_S = 3.0
_CONNECT_SHARE = 0.9
_POOL = 32
_CHUNK = 1 << 16
_SENT_AGAIN = frozenset(("GET", "HEAD"))


class NotSentError(Exception):
    """The request never left: connecting failed. The one proof that nothing was applied.

    `advice` says more than that the vendor cannot be reached, where the wire knows more.
    """

    def __init__(self, reason: str, advice: str | None = None) -> None:
        super().__init__(reason)
        self.advice = advice


class LostAnswerError(Exception):
    """The request may have left, and no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How to send: `timeout_s` for the whole exchange; `fresh` asks for a connection that nobody used before."""

    timeout_s: float
    fresh: bool = False


class Wire(Protocol):
    """Carries requests whose credentials are already on them."""

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        """Exchange one request.

        Raises NotSentError, LostAnswerError, or VendorBugError for a reply beyond the size limits.
        """
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...


class SocketWire:
    """Real sockets through aiohttp: one pool for an account, no proxies, no redirects, no cookies, no retries."""

    def __init__(self, context: ssl.SSLContext, *, loopback: str | None = None) -> None:
        self._context = context
        self._loopback = loopback
        self._pooled: aiohttp.ClientSession | None = None
        self._unpooled: aiohttp.ClientSession | None = None

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        """Exchange one request over a socket."""
        session = self._session(fresh=sending.fresh)
        timeout = _timeout(sending.timeout_s)
        url, headers = self._address(request)
        try:
            async with session.request(
                request.method, url, headers=headers, data=request.body or None, timeout=timeout, allow_redirects=False
            ) as reply:
                body = await _body(reply)
                received = {name.lower(): value for name, value in reply.headers.items()}
                return HttpResponse(reply.status, received, body, request.url)
        except NotPublicError as error:
            raise NotSentError(type(error).__name__, str(error)) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            raise LostAnswerError(type(error).__name__) from None

    def _address(self, request: HttpRequest) -> tuple[str, dict[str, str]]:
        headers = dict(request.headers)
        if self._loopback is None:
            return request.url, headers
        # A sandbox that stands for several hosts of one vendor tells them apart by the name that was meant.
        headers["Host"] = urlsplit(request.url).netloc
        return forwarded(request.url, self._loopback), headers

    def _session(self, *, fresh: bool) -> aiohttp.ClientSession:
        """A pooled connection can be closed by the vendor just as a write goes out, which leaves it in doubt.

        A write that must not be in doubt needlessly therefore goes out on a connection of its own.
        """
        if fresh:
            if self._unpooled is None or self._unpooled.closed:
                self._unpooled = self._open(force_close=True)
            return self._unpooled
        if self._pooled is None or self._pooled.closed:
            self._pooled = self._open(force_close=False)
        return self._pooled

    def _open(self, *, force_close: bool) -> aiohttp.ClientSession:
        resolver = None if self._loopback else PublicResolver()
        connector = aiohttp.TCPConnector(
            limit=_POOL, ssl=self._context, resolver=resolver, force_close=force_close, ttl_dns_cache=30
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("User-Agent", "Content-Type", "Accept-Encoding"),
            middlewares=(_sent_once,),
        )

    async def close(self) -> None:
        """Close both pools."""
        for session in (self._pooled, self._unpooled):
            if session is not None:
                await session.close()


def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    """The whole exchange, and a part of it for connecting: what ran out of time there was not sent."""
    connect = min(_CONNECT_S, seconds * _CONNECT_SHARE)
    # Above its threshold aiohttp rounds up to whole seconds: later than the caller waits.
    return aiohttp.ClientTimeout(total=seconds, connect=connect, ceil_threshold=seconds + 1)


async def _sent_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Aiohttp itself sends PUT and DELETE again when a connection breaks, a new one too; only reads may be."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if request.method in _SENT_AGAIN:
            raise
        raise LostAnswerError(type(error).__name__) from None


async def _body(reply: aiohttp.ClientResponse) -> bytes:
    """The body, bounded as sent and as inflated."""
    parts: list[bytes] = []
    size = 0
    async for part in reply.content.iter_chunked(_CHUNK):
        size += len(part)
        if size > WIRE_LIMIT:
            raise too_large()
        parts.append(part)
    return inflate(b"".join(parts), reply.headers.get("Content-Encoding", "identity").strip().lower())


def inflate(body: bytes, encoding: str) -> bytes:
    """Undo gzip or deflate without ever holding more than the limit."""
    if encoding in {"", "identity"} or not body:
        return body
    if encoding not in {"gzip", "deflate"}:
        raise VendorBugError("The vendor answered in an encoding that was not asked for; try again later.")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = inflater.decompress(body, INFLATED_LIMIT + 1)
    except zlib.error:
        raise VendorBugError("The vendor answered a damaged compressed body; try again later.") from None
    if len(plain) > INFLATED_LIMIT:
        raise too_large()
    if not inflater.eof:
        raise LostAnswerError("TruncatedBody")
    return plain


def too_large() -> VendorBugError:
    """The error for a reply beyond the limits."""
    return VendorBugError("The vendor answered more than can be taken at once: ask for fewer records (limit).")
