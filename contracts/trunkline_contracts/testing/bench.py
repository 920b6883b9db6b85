"""What the kit drives: a connector at its sandbox, behind the gateway's own rules, on a wire that can be made to fail.

The gateway gives the real one: load its pytest plugin with `-p trunkline_gateway.testing.plugin`.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import Any, Protocol

import orjson

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.fields import CustomField
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.sandbox import Seed


class WireFault(Enum):
    """How a request can go wrong without a reply: before it left, or after."""

    NOT_SENT = "not sent"
    LOST_ANSWER = "lost answer"


Fault = HttpResponse | WireFault
Rewrite = Callable[[HttpRequest, HttpResponse], HttpResponse]
"""Changes a sandbox's reply on its way to the connector."""


class Bench(Protocol):
    """One connection named `main` to a fresh sandbox."""

    manifest: Manifest
    rewrite: Rewrite | None

    @property
    def fields(self) -> tuple[CustomField, ...]:
        """The custom fields that were found at the sandbox."""
        ...

    @property
    def requests(self) -> Sequence[HttpRequest]:
        """Every request that was carried to the sandbox, in order."""
        ...

    @property
    def writes_sent(self) -> int:
        """How many requests of the last call could have changed something."""
        ...

    async def call(self, contract: AnyContract, *, key: str | None = None, **arguments: Any) -> Any:
        """Call a tool as the gateway would: validated, checked against the sheet, performed; raises a CallError."""
        ...

    async def try_out(self, contract: AnyContract, **arguments: Any) -> Any:
        """Make a dry run of a write: its result with the outcome `preview`."""
        ...

    def fail_next(self, *faults: Fault) -> None:
        """Answer the next requests with these, in order."""
        ...

    def fail_next_write(self, fault: Fault) -> None:
        """Let safe requests through, and answer the first that could change something with this."""
        ...


class OpenBench(Protocol):
    """Opens a bench: what the fixture `open_bench` gives to every check."""

    def __call__(
        self, manifest: Manifest, seed: Seed = ..., *, faulty: bool = ...
    ) -> AbstractAsyncContextManager[Bench]:
        """A bench at a fresh sandbox; `faulty` says that its replies will not be a vendor's."""
        ...


def reply(status: int, body: Any = b"", **headers: str) -> HttpResponse:
    """A reply as a fault: JSON where the body is no bytes; header names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return HttpResponse(status, {"content-type": "application/json", **named}, content, "https://vendor.example/")
