"""Tapes: the name that a request gives to the cassette which it is recorded on, or answered from."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from trunkline_contracts.fields import CustomField
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.wire import Wire

HEADER = "trunkline-tape"
"""The request header that chooses a tape."""
chosen: ContextVar[str | None] = ContextVar("trunkline_tape", default=None)
"""The tape of the call under way; it goes along into every task that the call starts."""


@dataclass(frozen=True)
class RecordedAccount:
    """The account that a cassette was recorded from: all of it but the credential."""

    name: str
    vendor: str
    settings: Mapping[str, Any]
    fields: tuple[CustomField, ...] = ()


class Tapes(Protocol):
    """What a gateway records on, or answers from."""

    @property
    def needs_credentials(self) -> bool:
        """Whether anything leaves for a vendor."""
        ...

    def choose(self, name: str | None) -> None:
        """Take a tape for the call under way; raises InvalidArgumentError for a name that cannot be."""
        ...

    def accounts(self) -> Sequence[RecordedAccount]:
        """The accounts that were recorded, to be connected."""
        ...

    def wire(self, connection: Connection) -> Wire:
        """The wire of a connection."""
        ...
