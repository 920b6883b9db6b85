"""What happened with a contact, as far as their notes tell it."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Activity, newest_first
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import LIST_ACTIVITIES
from trunkline_contracts.tools.crm import ListActivities
from trunkline_contracts.values import Page, Warning
from trunkline_intercom import vendor
from trunkline_intercom.account import Account
from trunkline_intercom.paging import entries_after


class History(Account):
    """The tool that reads a contact's history."""

    @implements(LIST_ACTIVITIES)
    async def list_activities(self, request: ListActivities) -> ReadResult[Page[Activity]]:
        """List a contact's notes, newest first."""
        about = request.about
        found = await self._api.get("/contacts/{}/notes", about.vendor_id, gives=vendor.NoteList)
        notes = newest_first([self._to.note(note, about) for note in found.data])
        recent = [note for note in notes if request.since is None or note.at >= request.since]
        page = entries_after(recent, request.limit, request.cursor)
        return ReadResult(data=page, warnings=_warnings(found))


def _warnings(found: vendor.NoteList) -> tuple[Warning, ...]:
    """A warning where Intercom has more notes than it gave."""
    if (found.total_count or 0) <= len(found.data):
        return ()
    return (Warning(code="truncated", message=f"Intercom gave {len(found.data)} of {found.total_count} notes."),)
