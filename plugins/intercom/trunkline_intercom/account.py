"""One Intercom workspace, as all its tools see it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import orjson
from pydantic import ValidationError

from trunkline_contracts.api import Api, parse, refuse
from trunkline_contracts.errors import CallError, ConflictError, OutcomeUnknownError, VendorBugError
from trunkline_contracts.http import ErrorTable, Http, HttpRequest, HttpResponse
from trunkline_contracts.values import Freshness, Warning
from trunkline_intercom import API_VERSION, IntercomSettings, vendor
from trunkline_intercom.fields import Fields
from trunkline_intercom.lookups import Lookups
from trunkline_intercom.normalize import Normalize, version_of
from trunkline_intercom.sheet import SEARCH_LAG_S

_SUCCESSOR = re.compile(r'</contacts/([0-9a-f\-]{8,40})>; rel="canonical"')
# A merge is refused with 422 for the state of the two threads: one is gone, or was merged before.
_ERRORS: ErrorTable = {"merge_failed": ConflictError}

T = TypeVar("T")


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
    """The steps of a change that were made, with their answers; `stopped` says why the others were not."""

    made: list[tuple[Step, vendor.Record]] = field(default_factory=list)
    stopped: Warning | None = None

    @property
    def answers(self) -> list[vendor.Record]:
        """What was answered, in order."""
        return [answer for _, answer in self.made]

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """A warning where the change was not made whole."""
        return (self.stopped,) if self.stopped else ()

    def tags(self, before: Iterable[str]) -> tuple[str, ...]:
        """The names of the tags that a record has now; later answers need not show them."""
        names = dict.fromkeys(before)
        for step, answer in self.made:
            if isinstance(answer, vendor.Tag) and answer.name:
                names.pop(answer.name, None)
                names |= {} if step.method == "DELETE" else {answer.name: None}
        return tuple(names)


def error_code(response: HttpResponse) -> str | None:
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


def given_only(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


class Account:
    """What the tools share."""

    def __init__(self, settings: IntercomSettings, http: Http) -> None:
        self._http = http
        # Without it the version answers that the app's own settings name, which somebody can change.
        self._headers = {"Intercom-Version": API_VERSION}
        self._base = f"https://{settings.host}"
        self._api = Api(http, self._base, headers=self._headers, error_code=error_code, errors=_ERRORS)
        self._fields = Fields(http.call.custom_fields)
        self._to = Normalize(http.call.connection, self._fields)
        self._lookups = Lookups(self._api, self._to, settings)
        self._settings = settings
        self._call = http.call

    async def _carry_out(self, steps: Sequence[Step], after: Done | None = None) -> Done:
        """Make writes in order; where a later one is refused, the earlier ones stay, so this says so."""
        done = after or Done()
        wanted = len(done.made) + len(steps)
        for step in steps:
            try:
                answer = await self._api.call(step.method, step.path, *step.ids, gives=step.gives, json=step.json)
            except (OutcomeUnknownError, VendorBugError):
                raise
            except CallError as error:
                if not done.made:
                    raise
                done.stopped = _stopped(len(done.made), wanted, error)
                break
            done.made.append((step, answer))
        return done

    async def _contact(self, contact_id: str) -> vendor.Contact:
        """A contact, or the one that it was merged into, which Intercom names in a header only."""
        response = await self._read_contact(contact_id)
        if successor := _SUCCESSOR.search(response.headers.get("link", "")):
            response = await self._read_contact(successor[1])
        refuse(response, error_code)
        return parse(response, vendor.Contact)

    async def _read_contact(self, contact_id: str) -> HttpResponse:
        url = f"{self._base}/contacts/{quote(contact_id, safe='')}"
        return await self._http.send(HttpRequest("GET", url, self._headers))

    def _marked(self, text: str) -> str:
        """A text for teammates that ends with our marker, by which it is found again."""
        return f"{text}\n\n[{self._call.marker}]" if self._call.marker else text

    async def _search(self, path: str, body: dict[str, Any], gives: type[T]) -> T:
        """Ask one of Intercom's searches, which are POSTs that change nothing."""
        return await self._api.call("POST", path, gives=gives, json=body, safe=True)

    async def _conversation(self, conversation_id: str) -> vendor.Conversation:
        return await self._api.get("/conversations/{}", conversation_id, gives=vendor.Conversation)

    async def _ticket(self, ticket_id: str) -> vendor.Ticket:
        return await self._api.get("/tickets/{}", ticket_id, gives=vendor.Ticket)


def _stopped(made: int, wanted: int, error: CallError) -> Warning:
    message = f"{made} of {wanted} writes were made, the next was refused: {error.body.message}"
    return Warning(code="not_atomic", message=message)
