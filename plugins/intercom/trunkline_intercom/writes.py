"""Writing Intercom's tickets and conversations: opening, changing and answering them."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Delivery, Message, Ticket
from trunkline_contracts.http import Http
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import CREATE_TICKET, REPLY_TO_TICKET, UPDATE_TICKET
from trunkline_contracts.tools.helpdesk import CreateTicket, ReplyToTicket, TicketChanges, UpdateTicket, WritableStatus
from trunkline_contracts.values import Status, Warning
from trunkline_intercom import IntercomSettings, vendor, words
from trunkline_intercom.account import Done, Step, check_version
from trunkline_intercom.changes import Changes
from trunkline_intercom.fields import dropped
from trunkline_intercom.refs import id_of, is_conversation
from trunkline_intercom.text import html_of
from trunkline_intercom.threads import lossy_warnings
from trunkline_intercom.tickets import Tickets
from trunkline_intercom.undo import undo

NOTIFIES = Warning(code="notifies_customer", message="Intercom shows this to the customer, and can mail it.")
UNCERTAIN = Warning(
    code="async_result",
    message="Intercom stores a reply and does not tell whether it left: a bot's answer to an e-mail may stay inside.",
    field="delivery",
)
UNKNOWN = Delivery(status=Status(value="unknown", raw="", lossy=True))


class TicketWrites(Tickets):
    """The tools that write threads."""

    def __init__(self, settings: IntercomSettings, http: Http) -> None:
        super().__init__(settings, http)
        self._changes = Changes(self._lookups, self._fields, settings.admin_id)

    @implements(CREATE_TICKET)
    async def create_ticket(self, request: CreateTicket) -> WriteResult[Ticket]:
        """Open a ticket of the settings' type, linked with another where Intercom links such a type."""
        type_id = await self._lookups.ticket_type(request.related)
        own = await self._changes.attributes(request.custom_fields, type_id)
        body: dict[str, Any] = {
            "ticket_type_id": type_id,
            "contacts": [{"id": request.requester.vendor_id}],
            "ticket_attributes": {**own, words.TITLE: request.subject, words.DESCRIPTION: request.body},
        }
        if request.related:
            body["conversation_to_link_id"] = id_of(request.related)
        if request.team:
            body["assignment"] = {"team_assignee_id": (await self._lookups.team(request.team)).id}
        made = await self._api.call("POST", "/tickets", gives=vendor.Ticket, json=body)
        ticket = self._threads.ticket(made)
        warnings = (NOTIFIES, *dropped(own, made.ticket_attributes))
        return WriteResult(
            outcome="applied", resource=ticket, verify_with=reading("get_ticket", ticket.id), warnings=warnings
        )

    @implements(UPDATE_TICKET)
    async def update_ticket(self, request: UpdateTicket) -> WriteResult[Ticket]:
        """Read the thread, and make the writes that its kind needs."""
        before = await self._read(request.ticket_id)
        check_version(request.if_version, before.updated_at)
        done = await self._carry_out(await self._steps(before, request.changes))
        after = latest(done, before)
        ticket = self._as_ticket(after)
        ticket = ticket.model_copy(update={"tags": done.tags(ticket.tags)})
        lost = () if done.stopped else dropped(request.changes.custom_fields, attributes_of(after))
        return WriteResult(
            outcome="partial" if done.stopped else "applied",
            resource=ticket,
            verify_with=reading("get_ticket", request.ticket_id),
            undo=None if done.stopped else undo(request, self._as_ticket(before)),
            warnings=(*done.warnings, *lossy_warnings(ticket), *lost),
        )

    async def _steps(self, thread: vendor.Conversation | vendor.Ticket, changes: TicketChanges) -> list[Step]:
        if isinstance(thread, vendor.Ticket):
            return await self._changes.of_ticket(thread, changes)
        return await self._changes.of_conversation(thread, changes)

    @implements(REPLY_TO_TICKET)
    async def reply_to_ticket(self, request: ReplyToTicket) -> WriteResult[Message]:
        """Add a comment or a note, and then change the status."""
        ref, is_public = request.ticket_id, request.visibility == "public"
        after = await self._status_steps(ref, request.status_after) if request.status_after else []
        done = await self._carry_out([self._reply(ref, request.body, is_public=is_public), *after])
        message = self._written(done.answers[0], ref)
        notices = (NOTIFIES, UNCERTAIN) if is_public else ()
        return WriteResult(
            outcome="partial" if done.stopped else "accepted" if is_public else "applied",
            resource=message.model_copy(update={"delivery": UNKNOWN}) if message and is_public else message,
            verify_with=reading("get_conversation", ref),
            warnings=(*done.warnings, *notices),
        )

    def _reply(self, ref: Ref, body: str, *, is_public: bool) -> Step:
        """A comment for the customer, or a note among ourselves."""
        fields = {"message_type": "comment" if is_public else "note", "type": "admin", "body": html_of(body)}
        gives = vendor.Conversation if is_conversation(ref) else vendor.Part
        path = "/conversations/{}/reply" if is_conversation(ref) else "/tickets/{}/reply"
        return Step("POST", path, (id_of(ref),), {**fields, "admin_id": self._settings.admin_id}, gives)

    async def _status_steps(self, ref: Ref, status: WritableStatus) -> list[Step]:
        """The write that gives a thread a status."""
        if is_conversation(ref):
            return [self._changes.state_step(id_of(ref), status)]
        fields = await self._changes.state_of(await self._ticket(id_of(ref)), status)
        return [self._changes.update(id_of(ref), fields)]

    def _written(self, answer: vendor.Record, ref: Ref) -> Message | None:
        """What was written: a ticket answers its part, a conversation all of its parts."""
        if isinstance(answer, vendor.Part):
            return self._threads.message(answer, ref)
        if not isinstance(answer, vendor.Conversation):
            return None
        said = self._threads.messages_of_conversation(answer)
        ours = self._to.agent(self._settings.admin_id)
        return next((item for item in said if item.author and ours and item.author.ref == ours.ref), None)


def latest(done: Done, before: vendor.Conversation | vendor.Ticket) -> vendor.Conversation | vendor.Ticket:
    """The thread after the change."""
    threads = [answer for answer in done.answers if isinstance(answer, vendor.Conversation | vendor.Ticket)]
    return threads[-1] if threads else before


def attributes_of(thread: vendor.Conversation | vendor.Ticket) -> dict[str, Any] | None:
    """What a workspace added to a thread."""
    return thread.ticket_attributes if isinstance(thread, vendor.Ticket) else thread.custom_attributes


def reading(tool: str, ref: Ref) -> ToolCall:
    """The call that reads a thread."""
    return ToolCall(tool=tool, args={"conversation_id" if tool == "get_conversation" else "ticket_id": ref})
