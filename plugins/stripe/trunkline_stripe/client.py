"""Stripe's own SDK, sent through the gateway's egress.

https://docs.stripe.com/api/errors
"""

import logging
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import stripe
from pydantic import BaseModel, ValidationError

from trunkline_contracts.api import parse, refuse
from trunkline_contracts.errors import ConflictError, NotFoundError, OutcomeUnknownError, RateLimitedError
from trunkline_contracts.http import ErrorTable, Http, HttpRequest, HttpResponse
from trunkline_contracts.results import Quote
from trunkline_stripe import API_VERSION, StripeSettings

# The SDK would write a file into the user's home and report to Stripe how long we wait.
stripe.enable_telemetry = False
# It logs whole requests and refusals, which hold personal data, at the levels below.
logging.getLogger("stripe").setLevel(logging.WARNING)

T = TypeVar("T")

_BASE = "https://api.stripe.com"
_NO_KEY = "replaced-by-the-gateway"
# The SDK's other headers tell Stripe of our machine, or hold the placeholder of the key.
_SENT = ("Content-Type", "Idempotency-Key", "Stripe-Version")

ERRORS: ErrorTable = {
    "charge_already_refunded": ConflictError,
    "charge_disputed": ConflictError,
    "charge_not_refundable": ConflictError,
    "coupon_expired": ConflictError,
    "idempotency_error": ConflictError,
    # The first request with this key is still being carried out, and its end is not known.
    "idempotency_key_in_use": OutcomeUnknownError,
    # A refund above what is left has no code of its own, only the name of the parameter.
    "invalid_request_error:amount": ConflictError,
    "payment_intent_unexpected_state": ConflictError,
    "rate_limit": RateLimitedError,
    "refund_disputed_payment": ConflictError,
    # The same code at 400 without a parameter means no missing id, but a missing way to pay.
    "resource_missing:customer": NotFoundError,
    "resource_missing:invoice": NotFoundError,
    "resource_missing:subscription": NotFoundError,
}


class Transport(stripe.HTTPClient):
    """The SDK's way out: one request of its own is one of the gateway's.

    `safe` and `quote` are those of `HttpRequest`, and go with each request.
    """

    name = "trunkline"

    def __init__(self, http: Http, *, safe: bool = False, quote: Quote | None = None) -> None:
        super().__init__()
        self._http, self._safe, self._quote = http, safe, quote
        # A repeated key gets the first answer again, were that a failure: what may be repeated goes without one.
        self._sent = tuple(name for name in _SENT if not (safe and name == "Idempotency-Key"))

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send a request; a reply of any status is a reply."""
        reply = await self.exchange(method, url, headers, post_data)
        return reply.body, reply.status, reply.headers

    async def exchange(self, method: str, url: str, headers: Mapping[str, str], post_data: str | None) -> HttpResponse:
        """Send a request with what the gateway leaves to us."""
        kept = {name: headers[name] for name in self._sent if name in headers}
        body = (post_data or "").encode()
        return await self._http.send(HttpRequest(method.upper(), url, kept, body, self._safe, self._quote))


class StrictTransport(Transport):
    """Raises our errors for what Stripe refuses and for what nobody can read, before the SDK sees it."""

    async def exchange(self, method: str, url: str, headers: Mapping[str, str], post_data: str | None) -> HttpResponse:
        """Send a request; only a JSON object of success is a reply."""
        reply = await super().exchange(method, url, headers, post_data)
        refuse(reply, _error_code, ERRORS)
        parse(reply, dict[str, Any])
        return reply


class _Error(BaseModel):
    type: str = ""
    code: str | None = None
    param: str | None = None


class _Refusal(BaseModel):
    error: _Error


def _error_code(response: HttpResponse) -> str | None:
    """Name a refusal by its code, else its type, and the parameter at fault."""
    try:
        error = _Refusal.model_validate_json(response.body).error
    except ValidationError:
        return None
    word = error.code or error.type
    if word in ERRORS or not error.param:
        return word
    return f"{word}:{error.param.replace('[', '.').replace(']', '')}"


def sdk(transport: Transport) -> stripe.StripeClient:
    """Stripe's SDK over a transport, without retries."""
    return stripe.StripeClient(_NO_KEY, http_client=transport, stripe_version=API_VERSION, max_network_retries=0)


def native(_: StripeSettings, http: Http) -> stripe.StripeClient:
    """Stripe's own SDK for an operator's code; its `*_async` methods work, and it raises its own errors."""
    return sdk(Transport(http))


async def answer(call: Awaitable[Any], gives: type[T]) -> T:
    """Await a call of the SDK and read its reply's body into a model of ours."""
    reply = (await call).last_response
    return parse(HttpResponse(reply.code, reply.headers, reply.body.encode(), _BASE), gives)
