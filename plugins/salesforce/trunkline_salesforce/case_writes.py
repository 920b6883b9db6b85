"""Writing cases: opening, changing and answering them."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message, Ticket
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, Undo, WriteResult
from trunkline_contracts.tools import CREATE_TICKET, REPLY_TO_TICKET, UPDATE_TICKET
from trunkline_contracts.tools.helpdesk import CreateTicket, ReplyToTicket, TicketChanges, UpdateTicket
from trunkline_contracts.values import Warning
from trunkline_salesforce import soql
from trunkline_salesforce.account import BEST_EFFORT, given, guard, read_back
from trunkline_salesforce.case_reads import SERVICE
from trunkline_salesforce.cases import Cases, read_status
from trunkline_salesforce.client import Write, needs
from trunkline_salesforce.lookups import candidates_of, labelled, meaning
from trunkline_salesforce.normalize_cases import version
from trunkline_salesforce.refs import LEAD
from trunkline_salesforce.thread import COMMENTS
from trunkline_salesforce.vendor_service import PRIORITIES, Case, CaseComment, StatusWord

_LONGEST_COMMENT = 4_000
# Without it the org's assignment rule would replace the owner that was asked for.
_KEEP_OWNER = {"Sforce-Auto-Assign": "FALSE"}
_PUBLISHED = Warning(
    code="notifies_customer",
    message="A published comment is shown in the customer's portal; whether it is mailed too the org decides.",
)


class CaseWrites(Cases):
    """The tools that write cases."""

    @implements(CREATE_TICKET)
    async def create_ticket(self, request: CreateTicket) -> WriteResult[Ticket]:
        """Open a case; what is internal, such as our marker, goes into an internal comment."""
        if request.requester.vendor_id.startswith(LEAD):
            raise UnsupportedError("A case is a contact's: Salesforce has to convert this lead first.")
        fields = {
            "ContactId": request.requester.vendor_id,
            "Subject": request.subject,
            **self._first_message(request),
            "Priority": await self._priority(request.priority),
            "Type": await self._type(request.type),
            "OwnerId": await self._lookups.queue(request.team) if request.team else None,
            "ParentId": request.related and request.related.vendor_id,
            **self._custom.written("ticket", request.custom_fields),
        }
        ref = await self._opened(fields)
        case = await read_back(self._case(ref.vendor_id))
        return WriteResult(
            outcome="applied", resource=self._to.ticket(case) if case else None, verify_with=_reading(ref)
        )

    def _first_message(self, request: CreateTicket) -> dict[str, Any]:
        if request.first_message == "from_customer":
            return {"Description": request.body, "Comments": self._marked()}
        return {"Comments": comment(self._marked(request.body))}

    async def _opened(self, fields: dict[str, Any]) -> Ref:
        headers = _KEEP_OWNER if fields.get("OwnerId") else None
        with needs(SERVICE):
            return self._to.ref("ticket", await self._client.create("Case", given(fields), headers))

    async def _priority(self, wanted: str | None) -> str | None:
        """The org's own word for a priority."""
        if wanted is None:
            return None
        return await self._choice("Priority", lambda word: PRIORITIES.get(word) == wanted)

    async def _type(self, wanted: str | None) -> str | None:
        """The org's own word for a type, which it has under the same name or not at all."""
        return await self._choice("Type", lambda word: word.casefold() == wanted) if wanted else None

    async def _choice(self, field: str, fits: Any) -> str:
        with needs(SERVICE):
            return await self._lookups.choice("Case", field, fits)

    @implements(UPDATE_TICKET)
    async def update_ticket(self, request: UpdateTicket) -> WriteResult[Ticket]:
        """Read the case, find the org's own words for what is asked, and set the fields."""
        _check(request.changes)
        before = await self._case(request.ticket_id.vendor_id)
        self._check_case(before, request.if_version)
        fields = await self._case_fields_after(request.changes)
        headers = guard(before.last_modified_date) if request.if_version else {}
        await self._client.update("Case", before.id, fields, headers)
        case = await read_back(self._case(before.id))
        return WriteResult(
            outcome="applied",
            resource=self._to.ticket(case) if case else None,
            verify_with=_reading(request.ticket_id),
            undo=self._case_undo(request, before),
            warnings=(BEST_EFFORT,) if request.if_version else (),
        )

    def _check_case(self, case: Case, wanted: str | None) -> None:
        if case.master_record_id:
            raise ConflictError("This case was merged: change the one that took its place.")
        if wanted and wanted != version(case):
            raise ConflictError("The case changed since that version: read it again.")

    async def _case_fields_after(self, changes: TicketChanges) -> dict[str, Any]:
        """The fields to write; a case has one owner, a user or a queue."""
        owner = await self._lookups.user(changes.assignee) if changes.assignee else None
        queue = await self._lookups.queue(changes.team) if changes.team else None
        fields = {
            "Status": await self._case_status(changes.status, changes.status_label),
            "Priority": await self._priority(changes.priority),
            "Type": await self._type(changes.type),
            "Subject": changes.subject,
            "OwnerId": owner or queue,
        }
        written = {**given(fields), **self._custom.written("ticket", changes.custom_fields)}
        if not written:
            raise InvalidArgumentError("Nothing to change: give at least one value that is not null.")
        return written

    async def _case_status(self, wanted: str | None, label: str | None) -> str | None:
        """The org's own word for a status: raises UnsupportedError with its words where none stands for it."""
        if wanted is None and label is None:
            return None
        with needs(SERVICE):
            words = await self._lookups.statuses("Case")
        fitting = [labelled(words, label, "status")] if label else _standing_for(words, wanted or "")
        if wanted and read_status(fitting[0].api_name, fitting[0].is_closed).value != wanted:
            raise InvalidArgumentError("status and status_label contradict each other: give only status_label.")
        return fitting[0].api_name

    def _case_undo(self, request: UpdateTicket, before: Case) -> Undo | None:
        """The changes that restore what was there; None where a call cannot express them."""
        asked, had = request.changes, before.model_extra or {}
        if not asked.custom_fields.keys() <= had.keys():
            return None
        ticket = self._to.ticket(before)
        owner = {"assignee": before.owner_id} if ticket.assignee else {"team": before.owner_id}
        old = {
            **({"status_label": before.status} if asked.status or asked.status_label else {}),
            **({"priority": ticket.priority and ticket.priority.value} if asked.priority else {}),
            **({"type": before.type and before.type.casefold()} if asked.type else {}),
            **({"subject": before.subject} if asked.subject else {}),
            **(owner if asked.assignee or asked.team else {}),
            **({"custom_fields": {key: had[key] for key in asked.custom_fields}} if asked.custom_fields else {}),
        }
        return _undone(request.ticket_id, old)

    @implements(REPLY_TO_TICKET)
    async def reply_to_ticket(self, request: ReplyToTicket) -> WriteResult[Message]:
        """Add a comment; a change of the status with it is made together with it, or not at all."""
        case_id = request.ticket_id.vendor_id
        status = await self._case_status(request.status_after, None)
        fields = {
            "ParentId": case_id,
            "CommentBody": comment(request.body),
            "IsPublished": request.visibility == "public",
        }
        with needs(SERVICE):
            comment_id = await self._commented(fields, status)
        return WriteResult(
            outcome="applied",
            resource=await read_back(self._comment(case_id, comment_id)),
            verify_with=ToolCall(tool="get_conversation", args={"conversation_id": request.ticket_id}),
            warnings=(_PUBLISHED,) if request.visibility == "public" else (),
        )

    async def _commented(self, fields: dict[str, Any], status: str | None) -> str:
        if status is None:
            return await self._client.create("CaseComment", fields)
        comment_id, _ = await self._client.together(
            Write("comment", "POST", "CaseComment", fields),
            Write("case", "PATCH", f"Case/{fields['ParentId']}", {"Status": status}),
        )
        return comment_id or ""

    async def _comment(self, case_id: str, comment_id: str) -> Message | None:
        values = {"id": comment_id, "most": 1}
        query = soql.select(COMMENTS.fields, COMMENTS.name, ("Id = {id}",), "Id", values)
        found = await self._client.query(query, CaseComment)
        return self._to.comment(case_id, found[0]) if found else None


def _check(changes: TicketChanges) -> None:
    for name in ("add_tags", "remove_tags", "snooze_until"):
        if getattr(changes, name):
            raise UnsupportedError(f"Salesforce's cases have no place for `changes.{name}`.")
    if changes.assignee and changes.team:
        raise UnsupportedError("A case has one owner: give an assignee or a team.")


def _standing_for(words: list[StatusWord], wanted: str) -> list[StatusWord]:
    fitting = meaning(words, wanted, read_status)
    if not fitting:
        raise UnsupportedError(
            f"No status of this org's cases stands for {wanted}: give one of its own as status_label.",
            candidates=candidates_of(words),
        )
    return fitting


def comment(text: str) -> str:
    """A text as a comment; raises InvalidArgumentError for one that is too long."""
    if len(text.encode()) > _LONGEST_COMMENT:
        raise InvalidArgumentError(f"A comment on a case has at most {_LONGEST_COMMENT} bytes: shorten it.")
    return text


def _undone(ticket_id: Ref, old: dict[str, Any]) -> Undo | None:
    """The call that sets the old values; what was empty, or is a word we do not know, cannot be said in it."""
    if any(value is None or value == "other" for value in old.values()):
        return None
    return Undo(tool="update_ticket", args={"ticket_id": ticket_id, "changes": old})


def _reading(ref: Ref) -> ToolCall:
    return ToolCall(tool="get_ticket", args={"ticket_id": ref})
