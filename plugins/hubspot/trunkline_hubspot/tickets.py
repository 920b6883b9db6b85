"""Reading HubSpot's tickets."""

from datetime import UTC, datetime
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message, Ticket
from trunkline_contracts.errors import PermissionDeniedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_TICKET, SEARCH_TICKETS
from trunkline_contracts.tools.helpdesk import GetTicket, SearchTickets
from trunkline_contracts.values import Page, Warning
from trunkline_hubspot import vendor, vendor_setup
from trunkline_hubspot.account import (
    equals,
    list_warnings,
    page_of,
    search_freshness,
    search_page,
    search_warnings,
)
from trunkline_hubspot.normalize import LOSSY
from trunkline_hubspot.pipelines import PipelineSet, ticket_status
from trunkline_hubspot.threads import ThreadReads
from trunkline_hubspot.timeline import Timeline

_ORDERS = {
    "newest": ("createdate", "DESCENDING"),
    "oldest": ("createdate", "ASCENDING"),
    "updated": ("hs_lastmodifieddate", "DESCENDING"),
}
_LAST_MESSAGES = 10
_NO_INBOX = Warning(
    code="part_unavailable", message="HubSpot's inbox is closed to this connection.", field="conversation_id"
)
_BEGINNING = datetime.fromtimestamp(0, UTC)


class Tickets(Timeline, ThreadReads):
    """The tools that read tickets."""

    async def _pipelines(self) -> PipelineSet:
        """The account's ticket pipelines."""
        found = await self._api.get("/crm/v3/pipelines/{}", "tickets", gives=vendor_setup.Pipelines)
        return PipelineSet(found.results, ticket_status)

    @implements(SEARCH_TICKETS)
    async def search_tickets(self, request: SearchTickets) -> ReadResult[Page[Ticket]]:
        """List a contact's tickets from the database; search the index for all else."""
        pipelines = await self._pipelines()
        owner = await self._owner(request.assignee) if request.assignee else None
        if request.requester and not request.text:
            return await self._list_tickets(request, request.requester, pipelines, owner)
        if request.status and not pipelines.with_states(request.status):
            return ReadResult(data=Page(items=()))
        name, direction = _ORDERS[request.sort or "newest"]
        body: dict[str, Any] = {"sorts": [{"propertyName": name, "direction": direction}]}
        filters = _filters(request, pipelines, owner)
        body["filterGroups"] = [{"filters": filters}] if filters else []
        if request.text:
            body["query"] = request.text
        found = await self._search(
            "tickets", vendor.Found[vendor.Ticket], self._asked("ticket", vendor.Ticket), body, request.limit,
            request.cursor,
        )  # fmt: skip
        items = tuple(self._to.ticket(ticket, pipelines.stages, request.requester) for ticket in found.results)
        return ReadResult(
            data=Page[Ticket](**search_page(found, items)),
            freshness=search_freshness(),
            warnings=search_warnings(found),
        )

    async def _list_tickets(
        self, request: SearchTickets, requester: Ref, pipelines: PipelineSet, owner: str | None
    ) -> ReadResult[Page[Ticket]]:
        found = await self._associated(
            ("contacts", requester.vendor_id), "tickets", vendor.Batch[vendor.Ticket],
            self._asked("ticket", vendor.Ticket),
        )  # fmt: skip
        tickets = [self._to.ticket(ticket, pipelines.stages, requester) for ticket in found.objects]
        wanted = [ticket for ticket in tickets if _is_wanted(ticket, request, owner)]
        by = _updated if request.sort == "updated" else _created
        wanted.sort(key=by, reverse=request.sort != "oldest")
        return ReadResult(data=page_of(wanted, request.limit, request.cursor), warnings=list_warnings(found))

    @implements(GET_TICKET)
    async def get_ticket(self, request: GetTicket) -> ReadResult[Ticket]:
        """Read a ticket, and what was noted and mailed on it where that is asked for."""
        found = await self._ticket(request.ticket_id.vendor_id)
        ticket = self._to.ticket(found, (await self._pipelines()).stages)
        if "messages" not in request.include:
            return ReadResult(data=ticket, warnings=LOSSY)
        messages, warnings = await self._messages(ticket.id)
        thread, refused = await self._thread_ref(found)
        parts = {"messages": messages[:_LAST_MESSAGES], "conversation_id": thread}
        return ReadResult(data=ticket.model_copy(update=parts), warnings=(*LOSSY, *warnings, *refused))

    async def _thread_ref(self, ticket: vendor.Object[vendor.Ticket]) -> tuple[Ref | None, tuple[Warning, ...]]:
        """The thread that a ticket came from, as far as the connection may see the inbox."""
        try:
            thread = await self._thread_of(ticket)
        except PermissionDeniedError:
            return None, (_NO_INBOX,)
        return (self._to.ref("conversation", thread.id) if thread else None), ()

    async def _ticket(self, ticket_id: str) -> vendor.Object[vendor.Ticket]:
        """A ticket with whom it is about."""
        names = self._asked("ticket", vendor.Ticket)
        return await self._api.get(
            "/crm/v3/objects/tickets/{}", ticket_id, gives=vendor.Object[vendor.Ticket],
            params={"properties": names, "associations": ["contacts", "companies"]},
        )  # fmt: skip

    async def _messages(self, ticket: Ref) -> tuple[tuple[Message, ...], tuple[Warning, ...]]:
        """The notes and e-mails of a ticket, newest first."""
        messages: list[Message] = []
        parts = []
        for kind in (vendor.KINDS["note"], vendor.KINDS["email"]):
            part = await self._engagements(("tickets", ticket.vendor_id), kind)
            messages += [self._to.message(kind, one, ticket) for one in part.objects]
            parts.append(part)
        messages.sort(key=lambda message: message.at or _BEGINNING, reverse=True)
        return tuple(messages), list_warnings(*parts)


def _filters(request: SearchTickets, pipelines: PipelineSet, owner: str | None) -> list[dict[str, Any]]:
    """The typed filters, all of which have to fit."""
    filters: list[dict[str, Any]] = []
    if request.requester:
        filters.append(equals("associations.contact", request.requester.vendor_id))
    if owner:
        filters.append(equals("hubspot_owner_id", owner))
    if request.status:
        stages = pipelines.with_states(request.status)
        filters.append({"propertyName": "hs_pipeline_stage", "operator": "IN", "values": stages})
    if request.updated_since:
        since = str(int(request.updated_since.timestamp() * 1000))
        filters.append({"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": since})
    return filters


def _is_wanted(ticket: Ticket, request: SearchTickets, owner: str | None) -> bool:
    """The same filters, for tickets that were listed."""
    assignee = ticket.assignee.ref.vendor_id if ticket.assignee and ticket.assignee.ref else None
    return (
        (not request.status or ticket.status.value in request.status)
        and (owner is None or assignee == owner)
        and (request.updated_since is None or _updated(ticket) >= request.updated_since)
    )


def _created(ticket: Ticket) -> datetime:
    return ticket.created_at or _BEGINNING


def _updated(ticket: Ticket) -> datetime:
    return ticket.updated_at or _BEGINNING
