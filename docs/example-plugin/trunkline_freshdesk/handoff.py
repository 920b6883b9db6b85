"""Handing over to a human: Freshdesk has no call for it, so a change and a private note stand for it."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Handoff
from trunkline_contracts.errors import CallError, OutcomeUnknownError, UnsupportedError
from trunkline_contracts.results import WriteResult
from trunkline_contracts.tools import ESCALATE_TO_HUMAN
from trunkline_contracts.tools.helpdesk import EscalateToHuman
from trunkline_contracts.values import Warning
from trunkline_freshdesk import words
from trunkline_freshdesk.writes import TicketWrites, given, reading, tags_after

TAG = "escalated_to_human"
_HOW = Warning(
    code="emulated",
    message=f"Freshdesk has no hand-over: group, priority, status open, the tag {TAG} and a note stand for it.",
)
_NO_NOTE = Warning(code="not_atomic", message="The ticket was changed, but the note with the summary was refused.")


class Handoffs(TicketWrites):
    """The tool that calls a human."""

    @implements(ESCALATE_TO_HUMAN)
    async def escalate_to_human(self, request: EscalateToHuman) -> WriteResult[Handoff]:
        """Change the ticket first: without that nobody would come and read the note."""
        if request.subject.kind == "customer":
            raise UnsupportedError("Freshdesk hands over tickets only.", alternatives=["create_ticket"])
        ticket_id = request.subject.vendor_id
        before = await self._ticket(ticket_id)
        fields = {
            "status": words.STATUS_NUMBERS["open"],
            "priority": words.PRIORITY_NUMBERS[request.urgency] if request.urgency else None,
            "group_id": await self._group_id(request.team),
            "tags": tags_after(before, (TAG,)),
        }
        ticket = self._to.ticket(await self._put(before.id, given(fields)))
        is_noted = await self._is_noted(ticket_id, request)
        state = "assigned" if ticket.assignee else ("queued" if ticket.team else "unconfirmed")
        return WriteResult(
            outcome="applied" if is_noted else "partial",
            resource=Handoff(ticket=ticket.id, target=ticket.assignee or ticket.team, state=state),
            verify_with=reading(ticket),
            warnings=(_HOW,) if is_noted else (_HOW, _NO_NOTE),
        )

    async def _is_noted(self, ticket_id: str, request: EscalateToHuman) -> bool:
        text = f"Handed over to a human. Reason: {request.reason.replace('_', ' ')}.\n\n{request.summary}"
        try:
            await self._note(ticket_id, text)
        except OutcomeUnknownError:
            raise
        except CallError:
            return False
        return True
