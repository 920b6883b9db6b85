"""A synchronous SDK built on `requests`, speaking through our asynchronous `Http`, without a thread.

The SDK runs on the event loop in a greenlet. Where it would block on a socket, the greenlet is parked and the loop
goes on; so cancellation, deadlines and context variables reach into the SDK as into any coroutine.
"""

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import greenback

from trunkline_contracts.http import Http, HttpRequest, HttpResponse

# `requests` comes only with the SDKs' extras, so this module can be imported without it. A session asks of an adapter
# no more than these two methods.
if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session
    from requests.adapters import BaseAdapter
else:
    BaseAdapter = object

P = ParamSpec("P")
T = TypeVar("T")


async def run_sync(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run code that uses a bridged session; whatever it raises comes through unchanged."""
    return await greenback.with_portal_run_sync(call, *args, **kwargs)


def requests_session(http: Http) -> "Session":
    """Make an SDK's session: it opens no socket, follows no redirect, keeps no cookie and reads no environment."""
    from requests import Session  # noqa: PLC0415 - see above

    session = Session()
    session.trust_env = False
    session.headers.clear()  # the gateway says what it accepts and who it is
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]  # noqa: ARG005
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(http))
    return session


class _Adapter(BaseAdapter):
    """Carries a prepared request through `Http` and its reply back."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def send(self, request: "PreparedRequest", *_: Any, **__: Any) -> "Response":
        """Wait for the reply; the SDK's timeouts, proxies and certificates give way to the gateway's."""
        return _response(request, greenback.await_(self._http.send(_request(request))))

    def close(self) -> None:
        """Nothing is held."""


def _request(prepared: "PreparedRequest") -> HttpRequest:
    """Turn the request into data; raises TypeError for a streamed body, which nobody could write down."""
    body = prepared.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    headers = {name: value for name, value in prepared.headers.items() if name.lower() != "content-length"}
    return HttpRequest(prepared.method or "GET", prepared.url or "", headers, content)


def _response(request: "PreparedRequest", reply: HttpResponse) -> "Response":
    from requests import Response  # noqa: PLC0415

    response = Response()
    response.status_code = reply.status
    response.headers.update(reply.headers)
    response.raw = BytesIO(reply.body)
    response.encoding = "utf-8"
    response.url = request.url or ""
    response.request = request
    return response
