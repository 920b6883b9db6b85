"""Writing Freshdesk's tickets."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message, Ticket
from trunkline_contracts.errors import ConflictError, UnsupportedError
from trunkline_contracts.results import ToolCall, Undo, WriteResult
from trunkline_contracts.tools import CREATE_TICKET, MERGE_TICKETS, REPLY_TO_TICKET, UPDATE_TICKET
from trunkline_contracts.tools.helpdesk import CreateTicket, MergeTickets, ReplyToTicket, TicketChanges, UpdateTicket
from trunkline_contracts.values import Warning
from trunkline_freshdesk import vendor, words
from trunkline_freshdesk.account import Account
from trunkline_freshdesk.normalize import lossy_warnings, version_of

NOTIFIES = Warning(code="notifies_customer", message="Freshdesk mails this to the requester.")
_TAGS = Warning(
    code="not_atomic",
    message="Freshdesk replaces all tags of a ticket: one that was added in the same moment is lost.",
    field="tags",
)
_MERGED = Warning(code="irreversible", message="Merged tickets are closed, and cannot be taken apart again.")


class TicketWrites(Account):
    """The tools that write tickets."""

    @implements(CREATE_TICKET)
    async def create_ticket(self, request: CreateTicket) -> WriteResult[Ticket]:
        """Open a ticket, in the requester's name."""
        fields = {
            "requester_id": int(request.requester.vendor_id),
            "subject": request.subject,
            "description": html_of(request.body),
            "status": words.STATUS_NUMBERS["open"],
            "priority": words.PRIORITY_NUMBERS[request.priority or "low"],
            "type": words.TYPES[request.type] if request.type else None,
            "group_id": await self._group_id(request.team),
            "tags": list(request.tags) or None,
            "custom_fields": request.custom_fields or None,
        }
        made = await self._api.call("POST", "/tickets", gives=vendor.Ticket, json=given(fields))
        ticket = self._to.ticket(made)
        return WriteResult(outcome="applied", resource=ticket, verify_with=reading(ticket), warnings=(NOTIFIES,))

    @implements(UPDATE_TICKET)
    async def update_ticket(self, request: UpdateTicket) -> WriteResult[Ticket]:
        """Read the ticket, then write what is to change."""
        _check_supported(request.changes)
        before = await self._ticket(request.ticket_id.vendor_id)
        if request.if_version and request.if_version != version_of(before):
            raise ConflictError("The ticket was changed since this version: read it again.")
        fields = await self._fields(request.changes, before)
        if not fields:
            return WriteResult(outcome="noop", resource=self._to.ticket(before))
        after = self._to.ticket(await self._put(before.id, fields))
        return WriteResult(
            outcome="applied",
            resource=after,
            verify_with=reading(after),
            undo=_undo(request, self._to.ticket(before)),
            warnings=(*lossy_warnings(after), *((_TAGS,) if "tags" in fields else ())),
        )

    async def _fields(self, changes: TicketChanges, before: vendor.Ticket) -> dict[str, Any]:
        """The fields to write."""
        return given(
            {
                "subject": changes.subject,
                "status": words.STATUS_NUMBERS[changes.status] if changes.status else None,
                "priority": words.PRIORITY_NUMBERS[changes.priority] if changes.priority else None,
                "type": words.TYPES[changes.type] if changes.type else None,
                "responder_id": await self._agent_id(changes.assignee),
                "group_id": await self._group_id(changes.team),
                "tags": tags_after(before, changes.add_tags, changes.remove_tags),
                "custom_fields": changes.custom_fields or None,
            }
        )

    async def _put(self, ticket_id: int, fields: Mapping[str, Any]) -> vendor.Ticket:
        return await self._api.call("PUT", "/tickets/{}", ticket_id, gives=vendor.Ticket, json=fields)

    @implements(REPLY_TO_TICKET)
    async def reply_to_ticket(self, request: ReplyToTicket) -> WriteResult[Message]:
        """Mail a reply, or add a private note."""
        ticket_id, is_public = request.ticket_id.vendor_id, request.visibility == "public"
        said = await (self._reply if is_public else self._note)(ticket_id, request.body)
        return WriteResult(
            outcome="applied",
            resource=self._to.message(said, ticket_id, request.visibility),
            verify_with=ToolCall(tool="get_conversation", args={"conversation_id": request.ticket_id}),
            warnings=(NOTIFIES,) if is_public else (),
        )

    async def _reply(self, ticket_id: str, text: str) -> vendor.Conversation:
        body = {"body": html_of(text)}
        return await self._api.call("POST", "/tickets/{}/reply", ticket_id, gives=vendor.Conversation, json=body)

    async def _note(self, ticket_id: str, text: str) -> vendor.Conversation:
        # Private is the default too, but nothing that a customer must not see should hang on a default.
        body = {"body": html_of(text), "private": True}
        return await self._api.call("POST", "/tickets/{}/notes", ticket_id, gives=vendor.Conversation, json=body)

    @implements(MERGE_TICKETS)
    async def merge_tickets(self, request: MergeTickets) -> WriteResult[Ticket]:
        """Close the duplicates, whose messages go to the ticket that goes on."""
        into = await self._ticket(request.into.vendor_id)
        duplicates = [await self._ticket(ref.vendor_id) for ref in request.duplicates]
        if len({ticket.requester_id for ticket in (into, *duplicates)}) > 1:
            raise ConflictError("These are tickets of different customers: one would see what another wrote.")
        note = {"body": html_of(f"Merged. Reason: {request.reason}"), "private": True}
        merge = {"primary_id": into.id, "ticket_ids": [ticket.id for ticket in duplicates]}
        merge |= {"note_in_primary": note, "note_in_secondary": note}
        await self._api.call("PUT", "/tickets/merge", gives=type(None), json=merge)
        ticket = self._to.ticket(into)
        return WriteResult(outcome="applied", resource=ticket, verify_with=reading(ticket), warnings=(_MERGED,))


def html_of(text: str) -> str:
    """Plain text as the HTML that Freshdesk takes: nothing in it is a tag."""
    return escape(text, quote=False).replace("\n", "<br>")


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def tags_after(ticket: vendor.Ticket, added: Iterable[str], removed: Iterable[str] = ()) -> list[str] | None:
    """All tags of a ticket after a change, because Freshdesk replaces the list; None for no change."""
    before = list(ticket.tags or ())
    after = [tag for tag in dict.fromkeys((*before, *added)) if tag not in set(removed)]
    return after if after != before else None


def reading(ticket: Ticket) -> ToolCall:
    """The call that shows a ticket."""
    return ToolCall(tool="get_ticket", args={"ticket_id": ticket.id})


def _check_supported(changes: TicketChanges) -> None:
    """Raise UnsupportedError for a change that Freshdesk does not know."""
    if changes.status and changes.status not in words.STATUS_NUMBERS:
        raise UnsupportedError("Freshdesk has no such status.", alternatives=list(words.STATUS_NUMBERS))
    if changes.type and changes.type not in words.TYPES:
        raise UnsupportedError("Freshdesk has no such type.", alternatives=list(words.TYPES))
    if changes.status_label or changes.snooze_until:
        raise UnsupportedError("Freshdesk takes neither status_label nor snooze_until: give status.")


def _undo(request: UpdateTicket, before: Ticket) -> Undo | None:
    """Put back what was there; None where a value cannot come back, because nothing of ours stands for it."""
    former = _former(request.changes, before)
    if any(former[name] is None for name in former):
        return None
    back = {name: value for name, value in former.items() if value}
    return Undo(tool="update_ticket", args={"ticket_id": request.ticket_id, "changes": back}) if back else None


def _former(changes: TicketChanges, before: Ticket) -> dict[str, Any]:
    """What the changed fields held, in the words of a caller."""
    types = {word: name for name, word in words.TYPES.items()}
    tags = set(before.tags)
    former = {
        "status": None if before.status.lossy else before.status.value,
        "priority": None if before.priority is None or before.priority.lossy else before.priority.value,
        "type": types.get(before.type or ""),
        "subject": before.subject,
        "assignee": before.assignee.ref if before.assignee else None,
        "team": before.team.id if before.team else None,
        "add_tags": [tag for tag in changes.remove_tags if tag in tags],
        "remove_tags": [tag for tag in changes.add_tags if tag not in tags],
        "custom_fields": {key: before.custom_fields.get(key) for key in changes.custom_fields},
    }
    mirrored = {"add_tags": "remove_tags", "remove_tags": "add_tags"}
    return {name: former[name] for name in (mirrored.get(name, name) for name in changes.model_fields_set)}
