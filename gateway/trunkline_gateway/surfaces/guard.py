"""The gate before every surface: known host and origin, a body of bounded size, a caller who proved who they are."""

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trunkline_contracts.errors import CallError, InvalidArgumentError, PolicyDeniedError
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.cassettes.tapes import HEADER, Tapes
from trunkline_gateway.surfaces.json_text import check_json
from trunkline_gateway.surfaces.problems import problem

CALLER = "trunkline.caller"
"""Where a request's scope holds its Caller."""
BODY = "trunkline.body"
"""Where a request's scope holds its body, which was read whole."""

Authenticate = Callable[[str | None], Awaitable[Caller]]

_LOCAL = frozenset(("127.0.0.1", "localhost", "[::1]"))
_OPEN = frozenset(("/healthz", "/openapi.json"))
_LARGEST_BODY = 1 << 20
_LONGEST_PATH = 2048


class Guard:
    """Wraps the surfaces; a request that gets through has its caller and its body in its scope."""

    def __init__(
        self, app: ASGIApp, authenticate: Authenticate, public_hosts: Iterable[str], tapes: Tapes | None = None
    ) -> None:
        self._app = app
        self._authenticate = authenticate
        self._tapes = tapes
        self._hosts = frozenset(host.lower() for host in public_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request, then hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # httptools leaves the blanks around a header's value that RFC 9110 says are not part of it.
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        try:
            receive = await self._admit(scope, receive)
        except CallError as error:
            await problem(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._check_origin(headers)
        if len(scope["path"]) > _LONGEST_PATH:
            raise InvalidArgumentError("The path is too long.")
        if scope["path"] in _OPEN:
            return receive
        scope[CALLER] = await self._authenticate(_credential(headers))
        self._choose_tape(headers.get(HEADER))
        if scope["method"] != "POST":
            return receive
        scope[BODY] = await _body(headers, receive)
        check_json(scope[BODY])
        return _replay(scope[BODY], receive)

    def _check_origin(self, headers: dict[str, str]) -> None:
        """Refuse names that lead here from elsewhere: a page that rebinds its name must not reach a local gateway."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_known(host):
            raise MisdirectedError("This host name is not served here: an operator lists it in TRUNKLINE_PUBLIC_HOSTS.")
        if origin is not None and not self._is_known(urlsplit(origin).netloc):
            raise PolicyDeniedError("Requests from this origin are not allowed here.")

    def _choose_tape(self, name: str | None) -> None:
        """Take the tape that a request names; a live gateway must not pass for one that replays."""
        if self._tapes is not None:
            self._tapes.choose(name)
        elif name is not None:
            raise InvalidArgumentError("This gateway neither records nor replays: leave Trunkline-Tape out.")

    def _is_known(self, host: str) -> bool:
        host = host.lower()
        return host in self._hosts or _without_port(host) in _LOCAL


class MisdirectedError(InvalidArgumentError):
    """The request is meant for another host."""

    http_status = 421


class TooLargeError(InvalidArgumentError):
    """The request's body is beyond the limit."""

    http_status = 413


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _credential(headers: dict[str, str]) -> str | None:
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else None


async def _body(headers: dict[str, str], receive: Receive) -> bytes:
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > _LARGEST_BODY:
        raise TooLargeError(f"The body is larger than {_LARGEST_BODY} bytes: send less.")
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > _LARGEST_BODY:
            raise TooLargeError(f"The body is larger than {_LARGEST_BODY} bytes: send less.")
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body again to whoever reads it next, then what comes from the client."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
