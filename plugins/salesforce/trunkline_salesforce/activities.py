"""What happened with people."""

from datetime import UTC, datetime

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Activity
from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.results import ReadResult, ToolCall, WriteResult
from trunkline_contracts.tools import ADD_NOTE, LIST_ACTIVITIES
from trunkline_contracts.tools.crm import AddNote, ListActivities
from trunkline_contracts.values import Page, Warning
from trunkline_salesforce import vendor
from trunkline_salesforce.account import Account
from trunkline_salesforce.timeline import Timeline

_EMULATED = Warning(code="emulated", message="Salesforce keeps this note as a completed task with the subject Note.")


class Activities(Account):
    """The tools about a person's history."""

    @implements(ADD_NOTE)
    async def add_note(self, request: AddNote) -> WriteResult[Activity]:
        """Create a task that is already done; our marker is its last line."""
        if len(request.about) > 1:
            raise UnsupportedError("A task is about one contact or lead: add the note to each by a call of its own.")
        (about,) = request.about
        fields = {
            "WhoId": about.vendor_id,
            "Subject": vendor.NOTE_SUBJECT,
            "Description": self._marked(request.body),
            "Status": self._settings.completed_status,
            "ActivityDate": datetime.now(UTC).date().isoformat(),
        }
        task_id = await self._client.create("Task", fields)
        return WriteResult(
            outcome="applied",
            resource=self._to.note(task_id, request),
            verify_with=ToolCall(tool="list_activities", args={"about": about, "types": ["note"]}),
            warnings=(_EMULATED,),
        )

    @implements(LIST_ACTIVITIES)
    async def list_activities(self, request: ListActivities) -> ReadResult[Page[Activity]]:
        """Merge tasks, events and e-mails."""
        timeline = Timeline(self._client, self._to, email_messages=self._settings.email_messages)
        return ReadResult(data=await timeline.page(request))
