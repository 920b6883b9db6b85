"""What a connector gets instead of a network: requests as data, sent by the gateway.

The gateway adds the credential, checks the host, bounds time and size, limits, retries reads, records.
A connector opens no socket, holds no credential, never sleeps and never retries.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from trunkline_contracts.errors import CallError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.results import Quote


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request without its credential; `url` is absolute, header names are as sent.

    `safe` says that it changes nothing although its method could, as a search or a preview by POST: it is then sent
    in a dry run, and repeated, like any read. `quote` goes with a write whose price the connector knows beforehand:
    a dry run shows it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    safe: bool = False
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A reply with its body inflated; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class CallContext:
    """The call that a connector was built for.

    `connection` is the tenant's name for it, for building Refs. For a write, `idempotency_key` is what a vendor
    with native keys receives, and `marker` what can be stored at the vendor to find the write again. In a dry run
    nothing that would change anything is sent. `custom_fields` are those found at this connection.
    """

    connection: str
    idempotency_key: str | None = None
    marker: str | None = None
    dry_run: bool = False
    custom_fields: tuple[CustomField, ...] = ()


class Http(Protocol):
    """The way to one vendor account, for the length of one call."""

    @property
    def call(self) -> CallContext:
        """The call being carried out."""
        ...

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request; a reply of any status is a reply.

        Raises RateLimitedError, VendorUnavailableError (nothing was sent, or a read failed) or
        OutcomeUnknownError (a write was sent and its answer was lost).
        """
        ...


ErrorCode = Callable[[HttpResponse], str | None]
"""Reads a vendor's machine-readable error code out of a refusal; never its prose."""

ErrorTable = Mapping[str, type[CallError]]
"""A vendor's error codes, or statuses as text, that mean something else than `api.BY_STATUS` says."""
