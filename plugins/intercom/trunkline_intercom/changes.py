"""A caller's changes of a ticket as Intercom's writes, which differ for tickets and conversations."""

from datetime import datetime
from typing import Any

from trunkline_contracts.errors import InvalidArgumentError, UnsupportedError
from trunkline_contracts.tools.helpdesk import TicketChanges, WritableStatus
from trunkline_intercom import vendor, words
from trunkline_intercom.account import Step, given_only
from trunkline_intercom.fields import Fields
from trunkline_intercom.lookups import Lookups

_NEEDS_A_DATE = "Intercom puts a thread on hold until a date only: call update_ticket with snooze_until."
_OPENS_THEN = "A snoozed conversation is on hold and opens by itself: give snooze_until without another status."
_NO_SUCH_STATE = "A conversation of Intercom is open or closed, and no more can be set: give one of them as status."
_NO_FIELD = "Intercom has no {} to write on this kind of ticket: leave it out."


class Changes:
    """Turns changes into steps, as the admin of the settings."""

    def __init__(self, lookups: Lookups, fields: Fields, admin_id: str) -> None:
        self._lookups = lookups
        self._fields = fields
        self._admin_id = admin_id

    async def of_ticket(self, ticket: vendor.Ticket, changes: TicketChanges) -> list[Step]:
        """One update of a ticket, one more for a team beside an agent, and one for each tag."""
        _refuse(priority=changes.priority, type=changes.type)
        if changes.snooze_until and changes.status == "closed":
            raise InvalidArgumentError("A closed ticket is not snoozed: give either status or snooze_until.")
        assignees = await self._assignees(changes)
        own = await self.attributes(changes.custom_fields, _type_of(ticket))
        fields = {
            "ticket_attributes": own | ({words.TITLE: changes.subject} if changes.subject else {}) or None,
            "assignee_id": assignees[0] if assignees else None,
            "snoozed_until": _seconds(changes.snooze_until),
            **await self.state_of(ticket, changes.status, changes.status_label),
        }
        updates = [given_only(fields), *({"assignee_id": other} for other in assignees[1:])]
        tagging = await self._tagging("/tickets/{}/tags", ticket.id, changes)
        return [*tagging, *(self.update(ticket.id, body) for body in updates if body)]

    def update(self, ticket_id: str, fields: dict[str, Any]) -> Step:
        """One update of a ticket."""
        body = {**fields, "admin_id": int(self._admin_id)}
        return Step("PUT", "/tickets/{}", (ticket_id,), body, vendor.Ticket)

    async def state_of(
        self, ticket: vendor.Ticket, status: WritableStatus | None, label: str | None = None
    ) -> dict[str, Any]:
        """The fields that give a ticket a status; a closed one opens for any other."""
        if status and label:
            raise InvalidArgumentError("status and status_label say the same twice: give one of them.")
        type_id = _type_of(ticket)
        if status == "closed":
            return {"open": False}
        if status == "on_hold":
            raise UnsupportedError(_NEEDS_A_DATE)
        opening = {"open": True} if ticket.open is False else {}
        if label:
            return {"ticket_state_id": await self._lookups.state_of_label(label, type_id), **opening}
        if status:
            category = words.STATE_WORDS[status]
            return {"ticket_state_id": await self._lookups.state_of_category(category, type_id), **opening}
        return {}

    async def of_conversation(self, conversation: vendor.Conversation, changes: TicketChanges) -> list[Step]:
        """The tags, the fields, the people and the state of a conversation, each a write of its own."""
        _refuse(priority=changes.priority, type=changes.type, status_label=changes.status_label)
        if changes.snooze_until and changes.status not in {None, "on_hold"}:
            raise InvalidArgumentError(_OPENS_THEN)
        own = self._fields.write("ticket", changes.custom_fields)
        fields = given_only({"title": changes.subject, "custom_attributes": own or None})
        updates = [Step("PUT", "/conversations/{}", (conversation.id,), fields, vendor.Conversation)] if fields else []
        return [
            *await self._tagging("/conversations/{}/tags", conversation.id, changes),
            *updates,
            *await self._assignments(conversation.id, changes),
            *self._state_steps(conversation.id, changes),
        ]

    def _state_steps(self, conversation_id: str, changes: TicketChanges) -> list[Step]:
        if changes.snooze_until:
            until = _seconds(changes.snooze_until)
            return [self._part(conversation_id, message_type="snoozed", snoozed_until=until)]
        return [self.state_step(conversation_id, changes.status)] if changes.status else []

    async def _assignments(self, conversation_id: str, changes: TicketChanges) -> list[Step]:
        steps = []
        if changes.team:
            steps.append(self.assignment(conversation_id, "team", (await self._lookups.team(changes.team)).id))
        if changes.assignee:
            steps.append(self.assignment(conversation_id, "admin", (await self._lookups.admin(changes.assignee)).id))
        return steps

    def assignment(self, conversation_id: str, kind: str, assignee_id: str) -> Step:
        """Give a conversation to a team or an admin; without a text, because the customer could see it."""
        return self._part(conversation_id, message_type="assignment", type=kind, assignee_id=assignee_id)

    def state_step(self, conversation_id: str, status: WritableStatus) -> Step:
        """Open or close a conversation."""
        if status == "on_hold":
            raise UnsupportedError(_NEEDS_A_DATE)
        if status not in {"open", "closed"}:
            raise UnsupportedError(_NO_SUCH_STATE)
        if status == "closed":
            return self._part(conversation_id, message_type="close", type="admin")
        return self._part(conversation_id, message_type="open")

    def _part(self, conversation_id: str, **fields: str | int | None) -> Step:
        body = {**fields, "admin_id": self._admin_id}
        return Step("POST", "/conversations/{}/parts", (conversation_id,), body, vendor.Conversation)

    async def _assignees(self, changes: TicketChanges) -> list[str]:
        """The ids of the team and the admin who get a ticket; Intercom takes one at a time."""
        team = [(await self._lookups.team(changes.team)).id] if changes.team else []
        admin = [(await self._lookups.admin(changes.assignee)).id] if changes.assignee else []
        return team + admin

    async def attributes(self, values: dict[str, Any], type_id: str | None) -> dict[str, Any]:
        """Custom fields as a ticket takes them: what was chosen by its id, which no answer shows."""
        own = self._fields.write("ticket", values)
        chosen = self._fields.chosen("ticket", own)
        return own | (await self._lookups.options(chosen, type_id) if chosen else {})

    async def _tagging(self, path: str, thread_id: str, changes: TicketChanges) -> list[Step]:
        """One write for each tag to add or to remove."""
        count = len(changes.add_tags)
        tags = await self._lookups.tags([*changes.add_tags, *changes.remove_tags])
        who = {"admin_id": self._admin_id}
        added = [Step("POST", path, (thread_id,), {"id": tag.id, **who}, vendor.Tag) for tag in tags[:count]]
        removed = [Step("DELETE", path + "/{}", (thread_id, tag.id), who, vendor.Tag) for tag in tags[count:]]
        return added + removed


def _type_of(ticket: vendor.Ticket) -> str | None:
    """The id of a ticket's type."""
    return ticket.ticket_type.id if ticket.ticket_type else None


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def _refuse(**fields: str | None) -> None:
    """Raise UnsupportedError for a field that this kind of thread does not have."""
    for name, value in fields.items():
        if value is not None:
            raise UnsupportedError(_NO_FIELD.format(name))
