"""Handing over to a human: Zendesk has no call for it, so one update does it all at once."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Handoff
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import ESCALATE_TO_HUMAN
from trunkline_contracts.tools.helpdesk import EscalateToHuman
from trunkline_contracts.values import Warning
from trunkline_zendesk import vendor
from trunkline_zendesk.normalize import Names
from trunkline_zendesk.writes import TicketWrites, given, guard, tags_after

TAG = "escalated_to_human"
_IN_WORK = frozenset(("new", "open"))
_HOW = Warning(
    code="emulated",
    message=f"Zendesk has no hand-over: an internal comment, the tag {TAG}, team and priority stand for it.",
)


class Handoffs(TicketWrites):
    """The tool that calls a human."""

    @implements(ESCALATE_TO_HUMAN)
    async def escalate_to_human(self, request: EscalateToHuman) -> WriteResult[Handoff]:
        """Update the ticket; for a customer, or where the ticket is closed, open a new one."""
        marks = {
            "comment": {"body": _note(request), "public": False},
            "priority": request.urgency,
            "group_id": await self._lookups.team(request.team) if request.team else None,
        }
        subject_id = request.subject.vendor_id
        if request.subject.kind == "customer":
            return self._handed_over(await self._post({**marks, **_opening(request, int(subject_id))}))
        before = await self._read_ticket(subject_id)
        if before.ticket.status == "closed":
            return self._handed_over(await self._post({**marks, **_follow_up(request, before.ticket)}), before)
        return self._handed_over(await self._put(subject_id, _changes(marks, before.ticket)), before)

    def _handed_over(self, written: vendor.WrittenTicket, *sources: vendor.Sideloads) -> WriteResult[Handoff]:
        """Who has the ticket now."""
        ticket = self._to.ticket(written.ticket, Names(*sources, *self._lookups.seen))
        state = "assigned" if ticket.assignee else ("queued" if ticket.team else "unconfirmed")
        handoff = Handoff(
            ticket=ticket.id, conversation=ticket.conversation_id, target=ticket.assignee or ticket.team, state=state
        )
        reading = ToolCall(tool="get_ticket", args={"ticket_id": ticket.id})
        return WriteResult(outcome="applied", resource=handoff, verify_with=reading, warnings=(_HOW,))


def _note(request: EscalateToHuman) -> str:
    return f"Handed over to a human. Reason: {request.reason.replace('_', ' ')}.\n\n{request.summary}"


def _opening(request: EscalateToHuman, requester_id: int | None) -> dict[str, Any]:
    """The fields of a new ticket."""
    subject = f"Please take over: {request.reason.replace('_', ' ')}"
    return {"requester_id": requester_id, "subject": subject, "tags": [TAG]}


def _follow_up(request: EscalateToHuman, closed: vendor.Ticket) -> dict[str, Any]:
    """The fields of a ticket that continues a closed one."""
    opening = _opening(request, closed.requester_id)
    return {**opening, "subject": closed.subject or opening["subject"], "via_followup_source_id": closed.id}


def _changes(marks: dict[str, Any], ticket: vendor.Ticket) -> dict[str, Any]:
    """The fields of an open ticket: whoever waits for something else waits no more, and another team starts anew."""
    changes = given({**marks, "tags": tags_after(ticket, [TAG]), **guard(ticket)})
    if ticket.status not in _IN_WORK:
        changes["status"] = "open"
    if marks["group_id"] not in (None, ticket.group_id):
        changes["assignee_id"] = None
    return changes
