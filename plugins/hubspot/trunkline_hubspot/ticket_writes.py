"""Writing HubSpot's tickets: opening and changing them, and leaving notes on them."""

from datetime import UTC, datetime
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message, Ticket
from trunkline_contracts.errors import InvalidArgumentError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, Undo, WriteResult
from trunkline_contracts.tools import CREATE_TICKET, REPLY_TO_TICKET, UPDATE_TICKET
from trunkline_contracts.tools.helpdesk import CreateTicket, ReplyToTicket, TicketChanges, UpdateTicket
from trunkline_contracts.values import Actor
from trunkline_hubspot import vendor
from trunkline_hubspot.account import after, check_version, given
from trunkline_hubspot.customers import NOT_ATOMIC
from trunkline_hubspot.normalize import LOSSY, Stages, version
from trunkline_hubspot.tickets import Tickets
from trunkline_hubspot.timeline import association

_REFUSED = ("type", "team", "add_tags", "remove_tags")
_TicketObject = vendor.Object[vendor.Ticket]


class TicketWrites(Tickets):
    """The tools that write tickets."""

    @implements(CREATE_TICKET)
    async def create_ticket(self, request: CreateTicket) -> WriteResult[Ticket]:
        """Open a ticket in the pipeline's first open stage, associated with the contact in the same request."""
        pipelines = await self._pipelines()
        pipeline = self._settings.ticket_pipeline
        ticket = {
            "subject": request.subject,
            "content": self._marked(request.body),
            "hs_pipeline": pipeline,
            "hs_pipeline_stage": pipelines.first_open(pipeline),
            "hs_ticket_priority": vendor.PRIORITY_WORDS[request.priority] if request.priority else None,
        }
        sent = given(ticket)
        contact = association(request.requester.vendor_id, vendor.TICKET_TO_CONTACT)
        body = {"properties": sent, "associations": [contact]}
        written = await self._api.call("POST", "/crm/v3/objects/tickets", gives=_TicketObject, json=body)
        resource = self._to.ticket(after(written, written, sent), pipelines.stages, request.requester)
        return WriteResult(outcome="applied", resource=resource, verify_with=_reading(resource.id), warnings=LOSSY)

    @implements(UPDATE_TICKET)
    async def update_ticket(self, request: UpdateTicket) -> WriteResult[Ticket]:
        """Read the ticket, and set the properties that are to change."""
        _check(request.changes)
        custom = await self._custom("tickets", request.changes.custom_fields)
        before = await self._ticket(request.ticket_id.vendor_id, *custom)
        check_version(request.if_version, version(before))
        pipelines = await self._pipelines()
        stage = pipelines.wanted(request.changes, before.properties)
        changes = {**await self._changes(request.changes), **given({"hs_pipeline_stage": stage}), **custom}
        if not changes:
            return self._unchanged(before, pipelines.stages)
        written = await self._api.call(
            "PATCH",
            "/crm/v3/objects/tickets/{}",
            request.ticket_id.vendor_id,
            gives=_TicketObject,
            json={"properties": changes},
        )
        return WriteResult(
            outcome="applied",
            resource=self._to.ticket(after(before, written, changes), pipelines.stages),
            verify_with=_reading(request.ticket_id),
            undo=self._undo(request.ticket_id, before.properties, changes, pipelines.stages),
            warnings=(*LOSSY, NOT_ATOMIC) if request.if_version else LOSSY,
        )

    async def _changes(self, changes: TicketChanges) -> dict[str, str]:
        """The standard properties to write, but for the stage."""
        wanted = {
            "subject": changes.subject,
            "hs_ticket_priority": vendor.PRIORITY_WORDS[changes.priority] if changes.priority else None,
            "hubspot_owner_id": await self._owner(changes.assignee) if changes.assignee else None,
        }
        return given(wanted)

    def _unchanged(self, ticket: _TicketObject, stages: Stages) -> WriteResult[Ticket]:
        """A ticket that already is as it was asked to be."""
        resource = self._to.ticket(ticket, stages)
        return WriteResult(outcome="noop", resource=resource, verify_with=_reading(resource.id), warnings=LOSSY)

    def _undo(self, ref: Ref, before: vendor.Ticket, changes: dict[str, str], stages: Stages) -> Undo | None:
        """Put back what was there; None where a value cannot come back, because nothing was there."""
        stage = stages.get(before.hs_pipeline_stage or "")
        former: dict[str, Any] = {
            "subject": ("subject", before.subject),
            "hs_ticket_priority": ("priority", vendor.PRIORITIES.get(before.hs_ticket_priority or "")),
            "hubspot_owner_id": (
                "assignee", self._to.ref("agent", before.hubspot_owner_id) if before.hubspot_owner_id else None,
            ),
            "hs_pipeline_stage": ("status_label", stage.label if stage else None),
        }  # fmt: skip
        old: dict[str, Any] = dict(former[name] for name in changes if name in former)
        if None in old.values():
            return None
        held = before.model_extra or {}
        if custom := {name: held.get(name) or None for name in changes if name not in former}:
            old["custom_fields"] = custom
        return Undo(tool="update_ticket", args={"ticket_id": ref, "changes": old})

    @implements(REPLY_TO_TICKET)
    async def reply_to_ticket(self, request: ReplyToTicket) -> WriteResult[Message]:
        """Leave a note on the ticket."""
        written = await self._write_note(request.body, [(request.ticket_id.vendor_id, vendor.NOTE_TO_TICKET)])
        message = Message(
            id=self._to.ref("message", written.id),
            conversation_id=request.ticket_id,
            at=written.created_at or datetime.now(UTC),
            author=Actor(kind="bot"),
            visibility="internal",
            direction="internal",
            body_text=request.body,
        )
        return WriteResult(outcome="applied", resource=message, verify_with=_reading(request.ticket_id, "messages"))


def _check(changes: TicketChanges) -> None:
    for name in _REFUSED:
        if getattr(changes, name):
            raise UnsupportedError(f"HubSpot's tickets have no standard place for `changes.{name}`.")
    if not any(getattr(changes, name) for name in changes.model_fields_set):
        raise InvalidArgumentError("Nothing to change: give at least one value that is not null.")


def _reading(ticket_id: Ref, *include: str) -> ToolCall:
    return ToolCall(tool="get_ticket", args={"ticket_id": ticket_id, **({"include": include} if include else {})})
