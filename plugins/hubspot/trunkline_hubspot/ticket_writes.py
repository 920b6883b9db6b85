"""Writing HubSpot's tickets: opening and changing them."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.errors import InvalidArgumentError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, Undo, WriteResult
from trunkline_contracts.tools import CREATE_TICKET, UPDATE_TICKET
from trunkline_contracts.tools.helpdesk import CreateTicket, TicketChanges, UpdateTicket
from trunkline_hubspot import vendor
from trunkline_hubspot.account import after, check_version, given
from trunkline_hubspot.customers import NOT_ATOMIC
from trunkline_hubspot.normalize import LOSSY, Stages, version
from trunkline_hubspot.pipelines import PipelineSet
from trunkline_hubspot.tickets import Tickets
from trunkline_hubspot.timeline import association

_REFUSED = ("type", "team", "add_tags", "remove_tags", "snooze_until")
TicketObject = vendor.Object[vendor.Ticket]


class TicketWrites(Tickets):
    """The tools that open and change tickets."""

    @implements(CREATE_TICKET)
    async def create_ticket(self, request: CreateTicket) -> WriteResult[Ticket]:
        """Open a ticket, associated with the contact in the same request and with a related ticket in a second."""
        pipelines = await self._pipelines()
        priority = vendor.PRIORITY_WORDS[request.priority] if request.priority else None
        more = {"hs_ticket_priority": priority, **self._fields.written("ticket", request.custom_fields)}
        ticket = await self._open(request.requester.vendor_id, request.subject, request.body, more, pipelines)
        related = (request.related,) if request.related else ()
        unlinked = await self._link(("tickets", ticket.id), related, is_written=True)
        resource = self._to.ticket(ticket, pipelines.stages, request.requester)
        return WriteResult(
            outcome="partial" if unlinked else "applied",
            resource=resource,
            verify_with=reading(resource.id),
            warnings=(*LOSSY, *unlinked),
        )

    async def _open(
        self, contact_id: str, subject: str, body: str, more: dict[str, Any], pipelines: PipelineSet
    ) -> TicketObject:
        """Make a ticket in the first open stage of the connection's pipeline; our marker is its last line."""
        pipeline = self._settings.ticket_pipeline
        properties = {
            "subject": subject,
            "content": self._marked(body),
            "hs_pipeline": pipeline,
            "hs_pipeline_stage": pipelines.first_open(pipeline),
        }
        sent = given(properties | more)
        whole = {"properties": sent, "associations": [association(contact_id, vendor.TICKET_TO_CONTACT)]}
        written = await self._api.call("POST", "/crm/v3/objects/tickets", gives=TicketObject, json=whole)
        return after(written, written, sent)

    @implements(UPDATE_TICKET)
    async def update_ticket(self, request: UpdateTicket) -> WriteResult[Ticket]:
        """Read the ticket, and set the properties that are to change."""
        _check(request.changes)
        custom = self._fields.written("ticket", request.changes.custom_fields)
        before = await self._ticket(request.ticket_id.vendor_id)
        check_version(request.if_version, version(before))
        pipelines = await self._pipelines()
        changes = {**await self._changes(request.changes, before.properties, pipelines), **custom}
        if not changes:
            return self._unchanged(before, pipelines.stages)
        written = await self._set(request.ticket_id.vendor_id, changes)
        return WriteResult(
            outcome="applied",
            resource=self._to.ticket(after(before, written, changes), pipelines.stages),
            verify_with=reading(request.ticket_id),
            undo=self._undo(request.ticket_id, before.properties, changes, pipelines.stages),
            warnings=(*LOSSY, NOT_ATOMIC) if request.if_version else LOSSY,
        )

    async def _set(self, ticket_id: str, changes: dict[str, str]) -> TicketObject:
        """Set properties of a ticket."""
        return await self._api.call(
            "PATCH", "/crm/v3/objects/tickets/{}", ticket_id, gives=TicketObject, json={"properties": changes}
        )

    async def _changes(self, changes: TicketChanges, ticket: vendor.Ticket, pipelines: PipelineSet) -> dict[str, str]:
        """The standard properties to write."""
        wanted = {
            "subject": changes.subject,
            "hs_ticket_priority": vendor.PRIORITY_WORDS[changes.priority] if changes.priority else None,
            "hubspot_owner_id": await self._owner(changes.assignee) if changes.assignee else None,
            "hs_pipeline_stage": pipelines.wanted(
                ticket.hs_pipeline or "", ticket.hs_pipeline_stage, changes.status_label, changes.status
            ),
        }
        return given(wanted)

    def _unchanged(self, ticket: TicketObject, stages: Stages) -> WriteResult[Ticket]:
        """A ticket that already is as it was asked to be."""
        resource = self._to.ticket(ticket, stages)
        return WriteResult(outcome="noop", resource=resource, verify_with=reading(resource.id), warnings=LOSSY)

    def _undo(self, ref: Ref, before: vendor.Ticket, changes: dict[str, str], stages: Stages) -> Undo | None:
        """Put back what was there; None where a value cannot come back, because nothing was there."""
        stage = stages.get(before.hs_pipeline_stage or "")
        owner = before.hubspot_owner_id
        former: dict[str, Any] = {
            "subject": ("subject", before.subject),
            "hs_ticket_priority": ("priority", vendor.PRIORITIES.get(before.hs_ticket_priority or "")),
            "hubspot_owner_id": ("assignee", self._to.ref("agent", owner) if owner else None),
            "hs_pipeline_stage": ("status_label", stage.label if stage else None),
        }
        old: dict[str, Any] = dict(former[name] for name in changes if name in former)
        if None in old.values():
            return None
        held = self._fields.read("ticket", before)
        if custom := {name: held.get(name) for name in changes if name not in former}:
            old["custom_fields"] = custom
        return Undo(tool="update_ticket", args={"ticket_id": ref, "changes": old})


def _check(changes: TicketChanges) -> None:
    for name in _REFUSED:
        if getattr(changes, name):
            raise UnsupportedError(f"HubSpot's tickets have no standard place for `changes.{name}`.")
    if not any(getattr(changes, name) for name in changes.model_fields_set):
        raise InvalidArgumentError("Nothing to change: give at least one value that is not null.")


def reading(ticket_id: Ref, *include: str) -> ToolCall:
    """The call that shows a ticket."""
    return ToolCall(tool="get_ticket", args={"ticket_id": ticket_id, **({"include": include} if include else {})})
