"""Merging Zendesk's tickets."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.errors import ConflictError, NotFoundError
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import MERGE_TICKETS
from trunkline_contracts.tools.helpdesk import MergeTickets
from trunkline_contracts.values import Warning
from trunkline_zendesk import vendor
from trunkline_zendesk.account import NAMED, Account
from trunkline_zendesk.normalize import Names
from trunkline_zendesk.writes import closed_error

_FAILED = frozenset(("failed", "killed"))
_WARNINGS = (
    Warning(code="async_result", message="Zendesk merges by and by: verify_with tells when it is done."),
    Warning(
        code="irreversible", message="The duplicates are closed for good, and their comments cannot be told apart."
    ),
)


class Merges(Account):
    """The tool that merges tickets."""

    @implements(MERGE_TICKETS)
    async def merge_tickets(self, request: MergeTickets) -> WriteResult[Ticket]:
        """Let Zendesk close the duplicates and add what they say to the ticket that goes on; nobody is told of it."""
        into, duplicates = request.into.vendor_id, [ref.vendor_id for ref in request.duplicates]
        answer = await self._all(into, *duplicates)
        tickets = {str(ticket.id): ticket for ticket in answer.tickets}
        _check(tickets, into, duplicates)
        job = await self._api.call(
            "POST", "/tickets/{}/merge.json", into, gives=vendor.JobAnswer, json=_merge(request, duplicates)
        )
        if job.job_status.status in _FAILED:
            raise ConflictError("Zendesk could not merge these tickets: read them again.")
        return WriteResult(
            outcome="accepted",
            resource=self._to.ticket(tickets[into], Names(answer)),
            verify_with=ToolCall(tool="get_ticket", args={"ticket_id": request.duplicates[0]}),
            warnings=_WARNINGS,
            extensions={"zendesk": {"job_status": job.job_status.id}},
        )

    async def _all(self, *ticket_ids: str) -> vendor.TicketList:
        params = {"ids": ",".join(ticket_ids), "include": NAMED}
        return await self._api.get("/tickets/show_many.json", gives=vendor.TicketList, params=params)


def _merge(request: MergeTickets, duplicates: list[str]) -> dict[str, Any]:
    """The request, with comments that only agents see."""
    numbers = ", ".join(f"#{number}" for number in duplicates)
    return {
        "ids": [int(number) for number in duplicates],
        "target_comment": f"Merged {numbers} into this ticket. Reason: {request.reason}",
        "target_comment_is_public": False,
        "source_comment": f"Merged into #{request.into.vendor_id}. Reason: {request.reason}",
        "source_comment_is_public": False,
    }


def _check(tickets: dict[str, vendor.Ticket], into: str, duplicates: list[str]) -> None:
    """Raise an error where a ticket is not there, is closed, or is somebody else's."""
    for number in (into, *duplicates):
        if number not in tickets:
            raise NotFoundError(f"Zendesk has no ticket {number}.")
    if tickets[into].status == "closed":
        raise closed_error()
    if closed := [number for number in duplicates if tickets[number].status == "closed"]:
        raise ConflictError(f"Ticket {closed[0]} is closed already, and stays what it is: leave it out.")
    if len({ticket.requester_id for ticket in tickets.values()}) > 1:
        raise ConflictError("These are tickets of different customers: merging would let one see what another wrote.")
