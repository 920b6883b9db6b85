"""Handing over to a human: a note, the thread opened, and the team that gets it."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Handoff
from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import ESCALATE_TO_HUMAN
from trunkline_contracts.tools.helpdesk import EscalateToHuman
from trunkline_contracts.values import Warning
from trunkline_intercom import vendor
from trunkline_intercom.account import Done, Step
from trunkline_intercom.writes import TicketWrites, latest

_HOW = Warning(
    code="emulated",
    message="Intercom has no hand-over: an internal note, the thread opened and given to the team stand for it.",
)
_NOBODY = Warning(
    code="emulated", message="Nobody was given the thread: name a team, or an agent has to see it.", field="team"
)


class Handoffs(TicketWrites):
    """The tool that calls a human."""

    @implements(ESCALATE_TO_HUMAN)
    async def escalate_to_human(self, request: EscalateToHuman) -> WriteResult[Handoff]:
        """Write the note first, so that whoever gets the thread finds it there."""
        if request.subject.kind == "customer":
            message = "Intercom hands over tickets and conversations: open a ticket for the customer first."
            raise UnsupportedError(message, alternatives=["create_ticket"])
        before = await self._read(request.subject)
        team = await self._lookups.team(request.team) if request.team else None
        note = self._reply(request.subject, self._summary(request), is_public=False)
        done = await self._carry_out([note, *self._passing_on(before, team.id if team else None)])
        return self._handed_over(before, done)

    def _summary(self, request: EscalateToHuman) -> str:
        reason = request.reason.replace("_", " ")
        return self._marked(f"Handed over to a human. Reason: {reason}.\n\n{request.summary}")

    def _passing_on(self, thread: vendor.Conversation | vendor.Ticket, team_id: str | None) -> list[Step]:
        """Open the thread if it is not, and give it to the team."""
        if isinstance(thread, vendor.Ticket):
            opening = {"open": True} if thread.open is False else {}
            fields = opening | ({"assignee_id": team_id} if team_id else {})
            return [self._changes.update(thread.id, fields)] if fields else []
        steps = [] if thread.state == "open" else [self._changes.state_step(thread.id, "open")]
        return steps + ([self._changes.assignment(thread.id, "team", team_id)] if team_id else [])

    def _handed_over(self, before: vendor.Conversation | vendor.Ticket, done: Done) -> WriteResult[Handoff]:
        """Who has the thread now."""
        ticket = self._as_ticket(latest(done, before))
        state = "assigned" if ticket.assignee else ("queued" if ticket.team else "unconfirmed")
        handoff = Handoff(
            ticket=ticket.id, conversation=ticket.conversation_id, target=ticket.assignee or ticket.team, state=state
        )
        reading = ToolCall(tool="get_ticket", args={"ticket_id": ticket.id})
        warnings = (_HOW, *done.warnings, *((_NOBODY,) if state == "unconfirmed" else ()))
        outcome = "partial" if done.stopped else "applied"
        return WriteResult(outcome=outcome, resource=handoff, verify_with=reading, warnings=warnings)
