"""The language of Freshdesk's search, of which agents' words are only ever the values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_freshdesk import vendor

_LONGEST = 512


@dataclass(frozen=True)
class Wanted:
    """What tickets have to be like; what is None or empty does not matter."""

    statuses: Sequence[int] = ()
    tags: Sequence[str] = ()
    agent_id: int | None = None
    group_id: int | None = None
    since: datetime | None = None

    @property
    def is_anything(self) -> bool:
        """Whether every ticket will do."""
        return self == Wanted()

    def fits(self, ticket: vendor.Ticket) -> bool:
        """Whether a ticket is like that."""
        return (
            (not self.statuses or ticket.status in self.statuses)
            and set(self.tags) <= set(ticket.tags or ())
            and self.agent_id in {None, ticket.responder_id}
            and self.group_id in {None, ticket.group_id}
            and (self.since is None or (ticket.updated_at is not None and ticket.updated_at >= self.since))
        )

    def query(self) -> str:
        """The same as a search, in the quotes that Freshdesk asks for; raises InvalidArgumentError if too long."""
        text = f'"{" AND ".join(self._terms())}"'
        if len(text) > _LONGEST:
            raise InvalidArgumentError("These are more filters than Freshdesk's search takes: give fewer tags.")
        return text

    def _terms(self) -> Iterator[str]:
        if self.statuses:
            yield f"({' OR '.join(f'status:{number}' for number in self.statuses)})"
        yield from (f"tag:{_quoted(tag)}" for tag in self.tags)
        if self.agent_id:
            yield f"agent_id:{self.agent_id}"
        if self.group_id:
            yield f"group_id:{self.group_id}"
        if self.since:
            # It compares days: `fits` does the rest.
            yield f"updated_at:>'{self.since.astimezone(UTC):%Y-%m-%d}'"


def moment(at: datetime) -> str:
    """A time as Freshdesk writes it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _quoted(text: str) -> str:
    """A value in quotes; Freshdesk has no way to write a quote in one."""
    if set(text) & set("'\"\\"):
        raise InvalidArgumentError("Freshdesk cannot search for a tag with a quote or a backslash in it.")
    return f"'{text}'"
