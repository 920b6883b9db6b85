"""Handing over to a human: an internal note, the owner of the settings, an open stage, and the urgency."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Handoff
from trunkline_contracts.errors import CallError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import WriteResult
from trunkline_contracts.tools import ESCALATE_TO_HUMAN
from trunkline_contracts.tools.helpdesk import EscalateToHuman
from trunkline_contracts.values import Warning
from trunkline_hubspot import vendor, vendor_inbox
from trunkline_hubspot.account import after, given
from trunkline_hubspot.pipelines import PipelineSet
from trunkline_hubspot.ticket_writes import TicketObject, TicketWrites, reading

_HOW = Warning(code="emulated", message="HubSpot has no hand-over: a note, an owner and an open stage stand for it.")
_NOBODY = Warning(code="emulated", message="Nobody owns the ticket: an operator can name who gets what is handed over.")
_NOTED = Warning(
    code="part_unavailable", message="The note was written, but the ticket stays as it was: set its owner again."
)


class Handoffs(TicketWrites):
    """The tool that calls a human."""

    @implements(ESCALATE_TO_HUMAN)
    async def escalate_to_human(self, request: EscalateToHuman) -> WriteResult[Handoff]:
        """Hand over the subject's ticket; where it has none, open one."""
        ticket_id, contact_id = await self._subject(request.subject)
        owner = self._settings.escalation_owner
        changes = given({
            "hubspot_owner_id": await self._owner(owner) if owner else None,
            "hs_ticket_priority": vendor.PRIORITY_WORDS[request.urgency] if request.urgency else None,
        })  # fmt: skip
        if ticket_id is None:
            return await self._new_ticket(request, contact_id or "", changes)
        return await self._old_ticket(request, await self._ticket(ticket_id), changes)

    async def _subject(self, subject: Ref) -> tuple[str | None, str | None]:
        """The ids of the ticket and of the contact, as far as the subject names them."""
        if subject.kind != "conversation":
            ticket = subject.vendor_id if subject.kind == "ticket" else None
            return ticket, subject.vendor_id if subject.kind == "customer" else None
        thread = await self._api.get(
            "/conversations/v3/conversations/threads/{}", subject.vendor_id, gives=vendor_inbox.Thread,
            params={"association": "TICKET"},
        )  # fmt: skip
        return thread.thread_associations.associated_ticket_id, thread.associated_contact_id

    async def _new_ticket(
        self, request: EscalateToHuman, contact_id: str, changes: dict[str, str]
    ) -> WriteResult[Handoff]:
        ticket = await self._open(
            contact_id, "Handed over to a human", _told(request), changes, await self._pipelines()
        )
        return self._handed_over(request, ticket)

    async def _old_ticket(
        self, request: EscalateToHuman, before: TicketObject, changes: dict[str, str]
    ) -> WriteResult[Handoff]:
        """Write the note first, so that whoever gets the ticket finds it there."""
        changes |= given({"hs_pipeline_stage": _reopened(before.properties, await self._pipelines())})
        await self._write_note(_told(request), [(before.id, vendor.NOTE_TO_TICKET)])
        if not changes:
            return self._handed_over(request, before)
        try:
            written = await self._set(before.id, changes)
        except CallError:
            result = self._handed_over(request, before)
            return result.model_copy(update={"outcome": "partial", "warnings": (*result.warnings, _NOTED)})
        return self._handed_over(request, after(before, written, changes))

    def _handed_over(self, request: EscalateToHuman, ticket: TicketObject) -> WriteResult[Handoff]:
        """Who has the ticket now."""
        ref, owner = self._to.ref("ticket", ticket.id), self._to.agent(ticket.properties.hubspot_owner_id)
        handoff = Handoff(
            ticket=ref,
            conversation=request.subject if request.subject.kind == "conversation" else None,
            target=owner,
            state="assigned" if owner else "unconfirmed",
        )
        warnings = (_HOW,) if owner else (_HOW, _NOBODY)
        return WriteResult(outcome="applied", resource=handoff, verify_with=reading(ref, "messages"), warnings=warnings)


def _told(request: EscalateToHuman) -> str:
    return f"Handed over to a human. Reason: {request.reason.replace('_', ' ')}.\n\n{request.summary}"


def _reopened(ticket: vendor.Ticket, pipelines: PipelineSet) -> str | None:
    """An open stage for a ticket that is closed, where nobody would look at it."""
    if pipelines.status(ticket.hs_pipeline_stage) != "closed":
        return None
    return pipelines.first_open(ticket.hs_pipeline or "")
