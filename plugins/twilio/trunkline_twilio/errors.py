"""Twilio's refusals: its codes in our errors, and in words where a code says more than our advice does."""

from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InvalidArgumentError,
    PermissionDeniedError,
    RateLimitedError,
)
from trunkline_contracts.http import HttpResponse


class OptedOutError(ConflictError):
    """The recipient wrote STOP to this sender."""


class WindowClosedError(ConflictError):
    """The recipient did not write on WhatsApp within the last 24 hours."""


_OPERATORS = (
    # A message's sender is not the account's, or cannot send there.
    *("21212", "21606", "21659", "21660", "21701", "21703", "21704", "21705", "21711", "21712", "63007"),
    # The account may not send or call there: a country that is switched off, a trial, or a caller that is not its own.
    *("21408", "21608", "21210", "21215", "21216", "21219"),
    # The Verify service has no such channel, or may not be used for it.
    *("60204", "60217", "60223", "60238"),
)
"""What no other argument can mend."""

# https://www.twilio.com/docs/api/errors, one by one; what is missing is what its status says.
ERRORS: dict[str, type[CallError]] = {
    **dict.fromkeys(_OPERATORS, PermissionDeniedError),
    "10004": RateLimitedError,
    "21610": OptedOutError,
    "21611": RateLimitedError,
    "50377": ConflictError,
    "60205": InvalidArgumentError,
    "63016": WindowClosedError,
}

REASONS = {
    21610: "The recipient has opted out of this sender.",
    63014: "The recipient has blocked this sender or opted out.",
    63016: "The recipient did not write on WhatsApp within 24 hours: only a template reaches them.",
}
"""Why messages were not delivered, where Twilio leaves its own words out."""

UNWANTED = frozenset((21610, 63014))
"""Codes of messages that were not delivered because the recipient does not want them."""


def error_code(response: HttpResponse) -> str | None:
    """Read `code` of https://www.twilio.com/docs/usage/twilios-response."""
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    code = body.get("code") if isinstance(body, dict) else None
    return str(code) if isinstance(code, int) else None


@contextmanager
def explained() -> Iterator[None]:
    """Say of a refused message what the caller can do about it."""
    try:
        yield
    except OptedOutError:
        raise ConflictError(
            "The recipient has opted out of this sender (21610): do not send again; only they can opt in, by START."
        ) from None
    except WindowClosedError:
        raise ConflictError(
            "The recipient did not write on WhatsApp within 24 hours (63016): send a `template` instead."
        ) from None
