"""Handing over to a human: Salesforce has no call for it, so one change of a case does it all at once."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Handoff
from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import ESCALATE_TO_HUMAN
from trunkline_contracts.tools.helpdesk import EscalateToHuman
from trunkline_contracts.values import Warning
from trunkline_salesforce.account import given, read_back
from trunkline_salesforce.case_writes import CaseWrites, comment
from trunkline_salesforce.refs import LEAD
from trunkline_salesforce.vendor_service import Case

_HOW = Warning(
    code="emulated",
    message="Salesforce has no hand-over: the mark Escalated, an internal comment, owner and priority stand for it.",
)


class Handoffs(CaseWrites):
    """The tool that calls a human."""

    @implements(ESCALATE_TO_HUMAN)
    async def escalate_to_human(self, request: EscalateToHuman) -> WriteResult[Handoff]:
        """Mark the case; for a customer, or where the case is closed, open a new one."""
        marks = {
            "IsEscalated": True,
            "Comments": comment(self._marked(_note(request))),
            "Priority": await self._priority(request.urgency),
            "OwnerId": await self._lookups.queue(request.team) if request.team else None,
        }
        case_id = await self._marked_case(request, marks)
        case = await read_back(self._case(case_id))
        ref = self._to.ref("ticket", case_id)
        return WriteResult(
            outcome="applied",
            resource=self._handoff(case) if case else Handoff(ticket=ref, state="unconfirmed"),
            verify_with=ToolCall(tool="get_ticket", args={"ticket_id": ref}),
            warnings=(_HOW,),
        )

    async def _marked_case(self, request: EscalateToHuman, marks: dict[str, Any]) -> str:
        subject_id = request.subject.vendor_id
        opening = f"Please take over: {request.reason.replace('_', ' ')}"
        if request.subject.kind == "customer":
            if subject_id.startswith(LEAD):
                raise UnsupportedError("A case is a contact's: Salesforce has to convert this lead first.")
            return (await self._opened({**marks, "ContactId": subject_id, "Subject": opening})).vendor_id
        before = await self._case(subject_id)
        if before.is_closed:
            more = {"ContactId": before.contact_id, "Subject": before.subject or opening, "ParentId": before.id}
            return (await self._opened({**marks, **more})).vendor_id
        self._check_case(before, None)
        await self._client.update("Case", before.id, given(marks), {})
        return before.id

    def _handoff(self, case: Case) -> Handoff:
        """Who has the case now: whoever opened it, such as we, is nobody it was handed to."""
        ticket = self._to.ticket(case)
        has_human = ticket.assignee is not None and case.owner_id != case.created_by_id
        return Handoff(
            ticket=ticket.id,
            conversation=ticket.conversation_id,
            target=ticket.team or ticket.assignee,
            state="queued" if ticket.team else "assigned" if has_human else "unconfirmed",
        )


def _note(request: EscalateToHuman) -> str:
    return f"Handed over to a human. Reason: {request.reason.replace('_', ' ')}.\n\n{request.summary}"
