"""A contact's history: notes, calls, e-mails, meetings and tasks, which HubSpot keeps apart."""

from collections.abc import Iterable
from datetime import UTC, datetime

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Activity, newest_first
from trunkline_contracts.results import ReadResult, ToolCall, WriteResult
from trunkline_contracts.tools import ADD_NOTE, LIST_ACTIVITIES
from trunkline_contracts.tools.crm import AddNote, ListActivities
from trunkline_contracts.values import Actor, Page
from trunkline_hubspot import vendor
from trunkline_hubspot.account import Account, Associated, list_warnings, page_of
from trunkline_hubspot.normalize import Engagement
from trunkline_hubspot.richtext import to_html
from trunkline_hubspot.sheet import ACTIVITY_TYPES


class Timeline(Account):
    """The tools about what happened with a contact."""

    @implements(ADD_NOTE)
    async def add_note(self, request: AddNote) -> WriteResult[Activity]:
        """Make a note with its associations, all at once; our marker is its last line."""
        targets = [(ref.vendor_id, vendor.NOTE_TO_CONTACT) for ref in request.about]
        written = await self._write_note(request.body, targets)
        note = Activity(
            id=self._to.ref("activity", written.id),
            type="note",
            direction="internal",
            body_text=request.body,
            author=Actor(kind="bot"),
            at=written.created_at or datetime.now(UTC),
            about=request.about,
        )
        reading = ToolCall(tool="list_activities", args={"about": request.about[0], "types": ["note"]})
        return WriteResult(outcome="applied", resource=note, verify_with=reading)

    async def _write_note(self, body: str, targets: Iterable[tuple[str, int]]) -> Engagement:
        note = {
            "properties": {
                "hs_note_body": to_html(self._marked(body)),
                "hs_timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            },
            "associations": [association(target, kind) for target, kind in targets],
        }
        return await self._api.call("POST", "/crm/v3/objects/notes", gives=Engagement, json=note)

    def _marked(self, body: str) -> str:
        """A text with our marker as its last line."""
        return f"{body}\n\n[{self._marker}]" if self._marker else body

    @implements(LIST_ACTIVITIES)
    async def list_activities(self, request: ListActivities) -> ReadResult[Page[Activity]]:
        """Read each kind whole, for HubSpot lists associations in no order of time, and merge them."""
        found: list[Associated[vendor.Engagement]] = []
        activities: list[Activity] = []
        for kind in _wanted(request.types):
            part = await self._engagements(("contacts", request.about.vendor_id), kind)
            activities += [self._to.activity(kind, one, (request.about,)) for one in part.objects]
            found.append(part)
        since = request.since
        recent = [activity for activity in activities if since is None or activity.at >= since]
        page = page_of(newest_first(recent), request.limit, request.cursor)
        return ReadResult(data=page, warnings=list_warnings(*found))

    async def _engagements(self, of: tuple[str, str], kind: vendor.Kind) -> Associated[vendor.Engagement]:
        """All objects of one kind that are associated with a record."""
        return await self._associated(of, kind.object_type, vendor.Batch[vendor.Engagement], kind.properties)


def association(target_id: str, type_id: int) -> dict[str, object]:
    """An association of HubSpot's own kinds, as an object is made with it."""
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
    return {"to": {"id": target_id}, "types": types}


def _wanted(types: Iterable[str] | None) -> list[vendor.Kind]:
    return [vendor.KINDS[name] for name in dict.fromkeys(types or ACTIVITY_TYPES)]
