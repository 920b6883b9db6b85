"""One Intercom workspace, as all its tools see it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError

from trunkline_contracts.api import Api
from trunkline_contracts.errors import CallError, ConflictError, OutcomeUnknownError, VendorBugError
from trunkline_contracts.http import Http, HttpResponse
from trunkline_contracts.values import Freshness, Warning
from trunkline_intercom import API_VERSION, SEARCH_LAG_S, IntercomSettings, vendor
from trunkline_intercom.lookups import Lookups
from trunkline_intercom.normalize import Normalize, version_of


@dataclass(frozen=True)
class Step:
    """One of the writes that a change is made of."""

    method: str
    path: str
    ids: tuple[str, ...]
    json: dict[str, Any] | None
    gives: type[vendor.Record] = vendor.Record


@dataclass
class Done:
    """What the steps of a change answered; `stopped` says which of them were not made any more."""

    answers: list[vendor.Record] = field(default_factory=list)
    stopped: Warning | None = None

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """A warning where the change was not made whole."""
        return (self.stopped,) if self.stopped else ()


def _error_code(response: HttpResponse) -> str | None:
    """The code of the first reason; never its prose."""
    try:
        return vendor.Refusal.model_validate(orjson.loads(response.body)).errors[0].code
    except (orjson.JSONDecodeError, ValidationError):
        return None


def search_freshness() -> Freshness:
    """How old an answer of Intercom's search can be."""
    return Freshness(source="search_index", max_lag_s=SEARCH_LAG_S)


def check_version(wanted: str | None, updated_at: datetime | None) -> None:
    """Raise ConflictError where a record is not any more what the caller read."""
    if wanted and wanted != version_of(updated_at):
        raise ConflictError("The record was changed since this version: read it again.")


class Account:
    """What the tools share."""

    def __init__(self, settings: IntercomSettings, http: Http) -> None:
        headers = {"Intercom-Version": API_VERSION}
        self._api = Api(http, f"https://{settings.host}", headers=headers, error_code=_error_code)
        self._to = Normalize(http.call.connection)
        self._lookups = Lookups(self._api, self._to, settings)
        self._settings = settings
        self._call = http.call

    async def _carry_out(self, steps: Sequence[Step]) -> Done:
        """Make writes in order; where a later one is refused, the earlier ones stay, so this says so."""
        done = Done()
        for step in steps:
            try:
                answer = await self._api.call(step.method, step.path, *step.ids, gives=step.gives, json=step.json)
            except (OutcomeUnknownError, VendorBugError):
                raise
            except CallError as error:
                if not done.answers:
                    raise
                done.stopped = _stopped(len(done.answers), len(steps), error)
                break
            done.answers.append(answer)
        return done

    async def _conversation(self, conversation_id: str) -> vendor.Conversation:
        return await self._api.get("/conversations/{}", conversation_id, gives=vendor.Conversation)

    async def _ticket(self, ticket_id: str) -> vendor.Ticket:
        return await self._api.get("/tickets/{}", ticket_id, gives=vendor.Ticket)


def _stopped(made: int, wanted: int, error: CallError) -> Warning:
    message = f"{made} of {wanted} writes were made, the next was refused: {error.body.message}"
    return Warning(code="not_atomic", message=message)
