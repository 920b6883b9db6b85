"""Writing Zendesk's tickets: opening, changing and answering them."""

from collections.abc import Iterable, Mapping
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message, Ticket
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import CREATE_TICKET, REPLY_TO_TICKET, UPDATE_TICKET
from trunkline_contracts.tools.helpdesk import CreateTicket, ReplyToTicket, TicketChanges, UpdateTicket
from trunkline_contracts.values import Warning
from trunkline_zendesk import vendor, words
from trunkline_zendesk.account import Account, check_version
from trunkline_zendesk.normalize import MARKER, Names, lossy_warnings, version_of
from trunkline_zendesk.undo import undo

NOTIFIES = Warning(
    code="notifies_customer",
    message="Zendesk mails a public comment to the requester, unless the account's triggers say otherwise.",
)
_FINAL = Warning(code="irreversible", message="A closed ticket can never be changed or reopened.", field="status")
_CLOSED = "This ticket is closed and can never change again: open one that follows it, with create_ticket and related."
_NOT_CLOSED = "Only a closed ticket can be followed by another; this one is open: reply to it or change it."


class TicketWrites(Account):
    """The tools that write tickets."""

    @implements(CREATE_TICKET)
    async def create_ticket(self, request: CreateTicket) -> WriteResult[Ticket]:
        """Open a ticket; Zendesk gives a repeated key the ticket that it already made."""
        is_public = request.first_message != "internal"
        ticket: dict[str, Any] = {
            "requester_id": int(request.requester.vendor_id),
            "subject": request.subject,
            "comment": {"body": request.body, "public": is_public},
            "priority": request.priority,
            "type": request.type,
            "group_id": await self._lookups.team(request.team) if request.team else None,
            "tags": list(request.tags) or None,
            "custom_fields": _custom_fields(request.custom_fields),
            "via_followup_source_id": await self._closed_ticket(request.related) if request.related else None,
        }
        if request.first_message == "from_customer":
            # In Zendesk's words the submitter "always becomes the author of the first comment".
            ticket["submitter_id"] = int(request.requester.vendor_id)
        written = await self._post(ticket)
        resource = self._to.ticket(written.ticket, Names(*self._lookups.seen))
        return WriteResult(
            outcome="applied",
            resource=resource,
            verify_with=_reading(resource.id),
            warnings=(*((NOTIFIES,) if is_public else ()), *self._dropped_of_ticket(request.custom_fields, resource)),
        )

    async def _closed_ticket(self, ticket_id: Ref) -> int:
        """The ticket that another is to follow; Zendesk would let a reference to an open one drop in silence."""
        ticket = (await self._read_ticket(ticket_id.vendor_id)).ticket
        if ticket.status != "closed":
            raise ConflictError(_NOT_CLOSED, alternatives=["reply_to_ticket", "update_ticket"])
        return ticket.id

    async def _post(self, ticket: Mapping[str, Any]) -> vendor.WrittenTicket:
        """Make a ticket, under our key."""
        body = {"ticket": {**given(ticket), "metadata": given({MARKER: self._call.marker})}}
        headers = {"Idempotency-Key": self._call.idempotency_key} if self._call.idempotency_key else {}
        return await self._api.call("POST", "/tickets.json", gives=vendor.WrittenTicket, json=body, headers=headers)

    async def _put(self, ticket_id: str, changes: Mapping[str, Any]) -> vendor.WrittenTicket:
        """Change a ticket, with our marker in the audit of the change."""
        body = {"ticket": {**changes, "metadata": given({MARKER: self._call.marker})}}
        return await self._api.call("PUT", "/tickets/{}.json", ticket_id, gives=vendor.WrittenTicket, json=body)

    async def _open_ticket(self, ticket_id: str) -> vendor.TicketAnswer:
        """A ticket that can still be changed."""
        answer = await self._read_ticket(ticket_id)
        if answer.ticket.status == "closed":
            raise closed_error()
        return answer

    @implements(UPDATE_TICKET)
    async def update_ticket(self, request: UpdateTicket) -> WriteResult[Ticket]:
        """Read the ticket, and write only if nobody changes it in between."""
        if request.changes.snooze_until:
            raise UnsupportedError("Zendesk cannot snooze a ticket until a time: set status on_hold.")
        before = await self._open_ticket(request.ticket_id.vendor_id)
        check_version(request.if_version, before.ticket.updated_at)
        changes = await self._changes(request.changes, before.ticket)
        written = await self._put(request.ticket_id.vendor_id, {**changes, **guard(before.ticket)})
        after = self._to.ticket(written.ticket, Names(before, *self._lookups.seen))
        is_applied = bool(written.audit and written.audit.events)
        return WriteResult(
            outcome="applied" if is_applied else "noop",
            resource=after,
            verify_with=_reading(after.id),
            undo=undo(request, before, self._to) if is_applied else None,
            warnings=(
                *_finality(changes.get("status")),
                *lossy_warnings(after),
                *self._dropped_of_ticket(request.changes.custom_fields, after),
            ),
        )

    async def _changes(self, changes: TicketChanges, ticket: vendor.Ticket) -> dict[str, Any]:
        """The fields to write."""
        wanted: dict[str, Any] = {
            "subject": changes.subject,
            "priority": changes.priority,
            "type": changes.type,
            "assignee_id": await self._lookups.agent(changes.assignee) if changes.assignee else None,
            "group_id": await self._lookups.team(changes.team) if changes.team else None,
            "tags": self._tags(changes, ticket),
            "custom_fields": _custom_fields(changes.custom_fields),
            **await self._status_change(changes),
        }
        return given(wanted)

    def _tags(self, changes: TicketChanges, ticket: vendor.Ticket) -> list[str] | None:
        """All tags after the change; a choice in a custom field is a tag too, so those follow their fields."""
        if not (changes.add_tags or changes.remove_tags):
            return None
        known = self._to.custom_fields(ticket)
        gone = self._to.fields.tags_of({key: known.get(key) for key in changes.custom_fields})
        come = self._to.fields.tags_of(changes.custom_fields)
        removed = {*changes.remove_tags, *gone}.difference(come)
        return tags_after(ticket, (*changes.add_tags, *come), removed)

    def _dropped_of_ticket(self, sent: Mapping[str, Any], after: Ticket) -> tuple[Warning, ...]:
        return self._to.fields.dropped("ticket", sent, after.custom_fields)

    async def _status_change(self, changes: TicketChanges) -> dict[str, Any]:
        """A status by its category, or one of the account's own by its label."""
        word = words.STATUS_WORDS[changes.status] if changes.status else None
        if changes.status_label is None:
            return {"status": word}
        custom = await self._lookups.status(changes.status_label)
        if word and custom.status_category != word:
            raise InvalidArgumentError("status and status_label contradict each other: give only status_label.")
        return {"custom_status_id": custom.id}

    @implements(REPLY_TO_TICKET)
    async def reply_to_ticket(self, request: ReplyToTicket) -> WriteResult[Message]:
        """Add a comment, and change the status with it."""
        ticket_id = request.ticket_id.vendor_id
        await self._open_ticket(ticket_id)
        status = words.STATUS_WORDS[request.status_after] if request.status_after else None
        comment = {"body": request.body, "public": request.visibility == "public"}
        written = await self._put(ticket_id, given({"comment": comment, "status": status}))
        notifies = (NOTIFIES,) if request.visibility == "public" else ()
        return WriteResult(
            outcome="applied",
            resource=self._written_message(written),
            verify_with=ToolCall(tool="get_conversation", args={"conversation_id": request.ticket_id}),
            warnings=(*notifies, *_finality(status)),
        )

    def _written_message(self, written: vendor.WrittenTicket) -> Message | None:
        """The comment, from the audit of the update that wrote it."""
        audit = written.audit or vendor.Audit()
        events = [event for event in audit.events or () if event.type == "Comment"]
        return self._to.written(events[0], audit, written.ticket.id) if events else None


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def closed_error() -> ConflictError:
    """What to raise about a ticket that never changes again."""
    return ConflictError(_CLOSED, alternatives=["create_ticket(related)"])


def tags_after(
    record: vendor.Ticket | vendor.User, added: Iterable[str], removed: Iterable[str] = ()
) -> list[str] | None:
    """All tags of a record after a change, because Zendesk replaces the list; None for no change."""
    before = dict.fromkeys(record.tags or ())
    after = [tag for tag in {**before, **dict.fromkeys(added)} if tag not in set(removed)]
    return after if after != list(before) else None


def guard(ticket: vendor.Ticket) -> dict[str, Any]:
    """What makes Zendesk refuse a change if the ticket is not any more what was read."""
    return {"updated_stamp": version_of(ticket.updated_at), "safe_update": True}


def _custom_fields(values: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    if not all(key.isdecimal() for key in values):
        raise InvalidArgumentError("custom_fields are named by their ids, as get_ticket shows them.")
    return [{"id": int(key), "value": value} for key, value in values.items()] or None


def _finality(status: str | None) -> tuple[Warning, ...]:
    return (_FINAL,) if status == "closed" else ()


def _reading(ticket_id: Ref) -> ToolCall:
    return ToolCall(tool="get_ticket", args={"ticket_id": ticket_id})
