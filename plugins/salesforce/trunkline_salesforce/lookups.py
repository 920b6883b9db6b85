"""What an org calls its people, queues, companies and states: looked up before anything is written."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from trunkline_contracts.errors import AmbiguousError, NotFoundError, UnsupportedError
from trunkline_contracts.refs import bare_id
from trunkline_contracts.results import Candidate
from trunkline_contracts.values import Status
from trunkline_salesforce import soql
from trunkline_salesforce.client import Client
from trunkline_salesforce.refs import QUEUE, USER
from trunkline_salesforce.vendor_sales import Stage
from trunkline_salesforce.vendor_service import Owner, StatusWord

_COMPANY = "001"
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_SEVERAL = 5
_ALL = 200
_BY = {
    "User": ("(Name = {text} OR Email = {text} OR Username = {text})", "IsActive = true"),
    "Group": ("(Name = {text} OR DeveloperName = {text})", "Type = 'Queue'"),
    "Account": ("Name = {text}",),
}


class Word(Protocol):
    """A word of the org's own for a state."""

    api_name: str
    master_label: str
    sort_order: int


W = TypeVar("W", bound=Word)


def id_in(text: str, prefix: str) -> str | None:
    """The id of this kind in what a caller gave: a reference or an id; None where it is a name."""
    record_id = bare_id(text)
    return record_id if record_id.startswith(prefix) and _ID.fullmatch(record_id) else None


class Lookups:
    """Finds an org's own ids and words."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def user(self, text: str) -> str:
        """An active user, by id, name or e-mail address."""
        return id_in(text, USER) or await self._one("User", text, "active user")

    async def queue(self, text: str) -> str:
        """A queue, by id or name."""
        return id_in(text, QUEUE) or await self._one("Group", text, "queue")

    async def company(self, text: str) -> str:
        """An account, by id or name."""
        return id_in(text, _COMPANY) or await self._one("Account", text, "account")

    async def _one(self, name: str, text: str, what: str) -> str:
        query = soql.select(("Id", "Name"), name, _BY[name], "Id", {"text": text, "most": _SEVERAL})
        found = await self._client.query(query, Owner)
        if not found:
            raise NotFoundError(f"Salesforce has no {what} of this name: check it.")
        if len(found) > 1:
            candidates = [Candidate(id=owner.id, label=owner.name) for owner in found]
            raise AmbiguousError(f"Several have this name: give the id of one {what}.", candidates=candidates)
        return found[0].id

    async def statuses(self, kind: str) -> list[StatusWord]:
        """The org's words for the status of cases or tasks, in its order."""
        fields = ("ApiName", "MasterLabel", "IsClosed", "IsDefault", "SortOrder")
        query = soql.select(fields, f"{kind}Status", (), "SortOrder", {"most": _ALL})
        return await self._client.query(query, StatusWord)

    async def stages(self) -> list[Stage]:
        """The stages that opportunities go through, in the org's order."""
        fields = ("ApiName", "MasterLabel", "IsClosed", "IsWon", "SortOrder")
        query = soql.select(fields, "OpportunityStage", ("IsActive = true",), "SortOrder", {"most": _ALL})
        return await self._client.query(query, Stage)

    async def choice(self, kind: str, field: str, fits: Callable[[str], bool]) -> str:
        """A value of a picklist; raises UnsupportedError with the org's values where none fits."""
        choices = (await self._client.describe(kind)).choices(field)
        found = next((choice for choice in choices if fits(choice)), None)
        if found is None:
            candidates = [Candidate(id=choice) for choice in choices]
            raise UnsupportedError(f"This org has no such {field.lower()}: its own are given.", candidates=candidates)
        return found


def labelled(words: Sequence[W], label: str, what: str) -> W:
    """The word that a caller named; raises UnsupportedError with the org's words where it has no such one."""
    wanted = label.casefold()
    found = next((word for word in words if wanted in (word.api_name.casefold(), word.master_label.casefold())), None)
    if found is None:
        raise UnsupportedError(f"This org has no such {what}: its own are given.", candidates=candidates_of(words))
    return found


def meaning(words: Sequence[StatusWord], wanted: str, read: Callable[[str, bool], Status[Any]]) -> list[StatusWord]:
    """The words that stand for one of our states, the one that says it best first."""
    states = [(word, read(word.api_name, word.is_closed)) for word in words]
    fitting = [
        (state.lossy, not word.is_default, word.sort_order, word) for word, state in states if state.value == wanted
    ]
    return [word for *_, word in sorted(fitting, key=lambda item: item[:3])]


def candidates_of(words: Sequence[Word]) -> list[Candidate]:
    """An org's words, to choose from."""
    return [Candidate(id=word.api_name, label=word.master_label) for word in words]
