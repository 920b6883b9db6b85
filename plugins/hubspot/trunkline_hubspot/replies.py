"""Answering on HubSpot's tickets: notes for agents, and messages that leave through the ticket's thread."""

from datetime import UTC, datetime

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message
from trunkline_contracts.errors import CallError, UnsupportedError
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import REPLY_TO_TICKET
from trunkline_contracts.tools.helpdesk import ReplyToTicket
from trunkline_contracts.values import Actor, Warning
from trunkline_hubspot import vendor, vendor_inbox
from trunkline_hubspot.account import given
from trunkline_hubspot.normalize import Engagement
from trunkline_hubspot.richtext import to_html
from trunkline_hubspot.ticket_writes import TicketObject, TicketWrites, reading

# How far back the customer's last message is looked for: its channel and address are what an answer needs.
_LOOKED_AT = 50
_STAYS = Warning(
    code="part_unavailable", message="The reply was written, but the status not: set it again.", field="status_after"
)
_FAILED = Warning(code="part_unavailable", message="HubSpot took the reply, and could not deliver it.")


class Replies(TicketWrites):
    """The tool that answers."""

    @implements(REPLY_TO_TICKET)
    async def reply_to_ticket(self, request: ReplyToTicket) -> WriteResult[Message]:
        """Leave a note on the ticket, or send a message on its thread; then set the status."""
        stage = await self._stage_after(request)
        result = await (self._answer(request) if request.visibility == "public" else self._note(request))
        if not stage:
            return result
        try:
            await self._set(request.ticket_id.vendor_id, {"hs_pipeline_stage": stage})
        except CallError:
            return result.model_copy(update={"outcome": "partial", "warnings": (*result.warnings, _STAYS)})
        return result

    async def _stage_after(self, request: ReplyToTicket) -> str | None:
        """The stage to set, found before anything is written, for an account may have several of a status."""
        if request.status_after is None:
            return None
        ticket = (await self._ticket(request.ticket_id.vendor_id)).properties
        pipelines = await self._pipelines()
        return pipelines.wanted(ticket.hs_pipeline or "", ticket.hs_pipeline_stage, None, request.status_after)

    async def _note(self, request: ReplyToTicket) -> WriteResult[Message]:
        written = await self._write_note(request.body, [(request.ticket_id.vendor_id, vendor.NOTE_TO_TICKET)])
        message = self._noted(written, request)
        return WriteResult(outcome="applied", resource=message, verify_with=reading(request.ticket_id, "messages"))

    def _noted(self, written: Engagement, request: ReplyToTicket) -> Message:
        return Message(
            id=self._to.ref("message", written.id),
            conversation_id=request.ticket_id,
            at=written.created_at or datetime.now(UTC),
            author=Actor(kind="bot"),
            visibility="internal",
            direction="internal",
            body_text=request.body,
        )

    async def _answer(self, request: ReplyToTicket) -> WriteResult[Message]:
        """Send on the account and to the address of the customer's last message, never on another of the inbox."""
        sender = self._settings.sender_user_id
        if sender is None:
            raise UnsupportedError("This connection has no user to reply as: an operator can name one.")
        thread, last = await self._last_message(await self._ticket(request.ticket_id.vendor_id))
        body = {
            "type": "MESSAGE",
            "text": request.body,
            "richText": to_html(request.body),
            "attachments": [],
            "senderActorId": f"A-{sender}",
            "channelId": last.channel_id,
            "channelAccountId": last.channel_account_id,
            "recipients": [{"recipientField": "TO", "deliveryIdentifiers": [last.senders[0].delivery_identifier]}],
            **given({"subject": last.subject}),
        }
        written = await self._api.call(
            "POST", "/conversations/v3/conversations/threads/{}/messages", thread.id,
            gives=vendor_inbox.ThreadMessage, json=body,
        )  # fmt: skip
        return self._answered(thread, written)

    async def _last_message(self, ticket: TicketObject) -> tuple[vendor_inbox.Thread, vendor_inbox.ThreadMessage]:
        """The ticket's thread, and the message in it that can be answered."""
        thread = await self._thread_of(ticket)
        messages = (await self._thread_messages(thread.id, _LOOKED_AT)).results if thread else []
        last = next((one for one in messages if _is_answerable(one)), None)
        if thread is None or last is None:
            raise UnsupportedError(
                "The ticket has no thread in which the customer wrote, so nothing can be sent: reply internally, or "
                "send a message.", alternatives=["reply_to_ticket visibility=internal", "send_message"],
            )  # fmt: skip
        return thread, last

    def _answered(self, thread: vendor_inbox.Thread, written: vendor_inbox.ThreadMessage) -> WriteResult[Message]:
        ref = self._to.ref("conversation", thread.id)
        failed = written.status is not None and written.status.status_type == "FAILED"
        return WriteResult(
            outcome="partial" if failed else "applied",
            resource=self._thread_message(written, ref),
            verify_with=ToolCall(tool="get_conversation", args={"conversation_id": ref}),
            warnings=(_FAILED,) if failed else (),
        )


def _is_answerable(message: vendor_inbox.ThreadMessage) -> bool:
    return (
        message.type == "MESSAGE"
        and message.direction == "INCOMING"
        and bool(message.senders and message.senders[0].delivery_identifier)
    )
