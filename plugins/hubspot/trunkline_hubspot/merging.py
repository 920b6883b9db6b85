"""Merging HubSpot's tickets."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.errors import CallError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import WriteResult
from trunkline_contracts.tools import MERGE_TICKETS
from trunkline_contracts.tools.helpdesk import MergeTickets
from trunkline_contracts.values import Warning
from trunkline_hubspot import vendor
from trunkline_hubspot.account import after
from trunkline_hubspot.normalize import LOSSY
from trunkline_hubspot.ticket_writes import TicketObject, TicketWrites, reading

_FINAL = Warning(code="irreversible", message="HubSpot cannot take a merge back.")
_UNSAID = Warning(code="part_unavailable", message="Merged, but the reason could not be noted.", field="reason")


class Merging(TicketWrites):
    """The tool that merges."""

    @implements(MERGE_TICKETS)
    async def merge_tickets(self, request: MergeTickets) -> WriteResult[Ticket]:
        """Merge one duplicate after the other, and note the reason on the ticket that goes on."""
        pipelines = await self._pipelines()
        ticket = await self._ticket(request.into.vendor_id)
        merged = 0
        warnings: tuple[Warning, ...] = ()
        for duplicate in request.duplicates:
            try:
                ticket = await self._merge(ticket, duplicate)
            except CallError:
                if not merged:
                    raise
                warnings = (_stopped(request.duplicates[merged:]),)
                break
            merged += 1
        warnings += await self._reasoned(ticket, request.duplicates[:merged], request.reason)
        resource = self._to.ticket(ticket, pipelines.stages)
        return WriteResult(
            outcome="partial" if warnings else "applied",
            resource=resource,
            verify_with=reading(resource.id),
            warnings=(_FINAL, *LOSSY, *warnings),
        )

    async def _merge(self, into: TicketObject, duplicate: Ref) -> TicketObject:
        """The ticket that HubSpot answers goes on: it need not keep the id of the first."""
        body = {"primaryObjectId": into.id, "objectIdToMerge": duplicate.vendor_id}
        merged = await self._api.call("POST", "/crm/v3/objects/tickets/merge", gives=TicketObject, json=body)
        return after(into, merged, {}).model_copy(update={"id": merged.id, "url": merged.url})

    async def _reasoned(self, ticket: TicketObject, merged: tuple[Ref, ...], reason: str) -> tuple[Warning, ...]:
        ids = ", ".join(duplicate.vendor_id for duplicate in merged)
        try:
            await self._write_note(f"Merged {ids}. {reason}", [(ticket.id, vendor.NOTE_TO_TICKET)])
        except CallError:
            return (_UNSAID,)
        return ()


def _stopped(left: tuple[Ref, ...]) -> Warning:
    return Warning(code="part_unavailable", message=f"Not merged: {', '.join(left)}. Read them before another try.")
