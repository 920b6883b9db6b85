"""Sending: a text or a template, to a number, or into a conversation of Conversations."""

import re
from datetime import UTC, datetime, timedelta

import orjson

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message
from trunkline_contracts.errors import InvalidArgumentError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import SEND_MESSAGE
from trunkline_contracts.tools.comms import SendMessage
from trunkline_contracts.values import Warning
from trunkline_twilio import vendor
from trunkline_twilio.account import MARKETING, Account
from trunkline_twilio.addresses import Address, ThreadChannel, address, is_number
from trunkline_twilio.errors import explained

Sender = tuple[str | None, str | None]
"""Who sends: a number of ours, and the messaging service that it is of or that chooses one."""

_CONTENT_SID = re.compile("HX[0-9a-fA-F]{32}")
# https://www.twilio.com/docs/api/errors/35115
_SOONEST, _LATEST = timedelta(minutes=5), timedelta(days=35)
_MOST_PARTICIPANTS = 100

_ACCEPTED = Warning(
    code="async_result",
    message="Twilio accepted the message; whether it arrives, get_message says later.",
    field="resource.delivery",
)
_NOTIFIES = Warning(code="notifies_customer", message="The customer receives this message; it cannot be taken back.")


class Sending(Account):
    """Sends messages."""

    @implements(SEND_MESSAGE)
    async def send_message(self, request: SendMessage) -> WriteResult[Message]:
        """Create a message, which Twilio sends now or, by a messaging service, later."""
        content, conversation = _content(request), _conversation_of(request.in_reply_to)
        with explained():
            if conversation:
                sent = await self._say_in(conversation, request, content)
            else:
                sent = await self._write_to(_recipient(request), request, content)
        return WriteResult(
            outcome="scheduled" if request.send_at else "accepted",
            resource=sent,
            effective_at=request.send_at,
            verify_with=ToolCall(tool="get_message", args={"message_id": sent.id}),
            warnings=(_ACCEPTED, _NOTIFIES, *((MARKETING,) if request.purpose == "marketing" else ())),
        )

    async def _write_to(self, where: Address, request: SendMessage, content: Params) -> Message:
        """Send to a number, as an answer the way that the message it answers came."""
        sender, service = await self._way_back(where, request.in_reply_to) or self._way_to(where)
        way = {"To": str(where), "From": sender, "MessagingServiceSid": service}
        sent = await self._api.call(
            "POST",
            "/Accounts/{}/Messages.json",
            self._account,
            gives=vendor.Message,
            form={**way, **content, **_schedule(request, service)},
        )
        return self._to.message(sent)

    def _way_to(self, where: Address) -> Sender:
        """The sender of the settings: where no number is set, Twilio chooses one of the messaging service's."""
        number = self._settings.whatsapp_from if where.channel == "whatsapp" else self._settings.from_number
        service = self._settings.messaging_service_sid
        if not (number or service):
            raise UnsupportedError(f"This connection has no sender for {where.channel}: an operator must set one.")
        return number and str(Address(where.channel, number)), service

    async def _way_back(self, where: Address, answered: Ref | None) -> Sender | None:
        """The sender that the customer knows from what is answered: on their telephone it is one thread."""
        if answered is None:
            return None
        message = await self._answered(where, answered)
        if not isinstance(message, vendor.Message) or address(message.outside) != where:
            raise InvalidArgumentError("`in_reply_to` was not exchanged with `to` on this channel: leave it out.")
        sender = (message.ours or None, message.messaging_service_sid or None)
        return sender if any(sender) else None

    async def _answered(self, where: Address, answered: Ref) -> vendor.Exchanged | None:
        """The message itself, or the last one of a thread; None where it can be neither."""
        vendor_id = answered.vendor_id
        if answered.kind == "conversation":
            return await self._threads.last(where) if vendor_id == where.thread else None
        if vendor_id.startswith("CA"):
            return None
        return await self._api.get("/Accounts/{}/Messages/{}.json", self._account, vendor_id, gives=vendor.Message)

    async def _say_in(self, conversation: str, request: SendMessage, content: Params) -> Message:
        """Send into a conversation, to whoever takes part in it."""
        if request.send_at:
            raise UnsupportedError("Twilio schedules nothing in a conversation: leave `send_at` out.")
        await self._check_takes_part(conversation, request)
        sent = await self._conversations.call(
            "POST", "/Conversations/{}/Messages", conversation, gives=vendor.ConversationMessage, form=content
        )
        return self._to.conversation_message(sent)

    async def _check_takes_part(self, conversation: str, request: SendMessage) -> None:
        page = await self._conversations.get(
            "/Conversations/{}/Participants",
            conversation,
            gives=vendor.ParticipantPage,
            params={"PageSize": _MOST_PARTICIPANTS},
        )
        if not any(_is(participant, request) for participant in page.participants):
            raise InvalidArgumentError("`to` does not take part in this conversation on this channel.")


def _conversation_of(answered: Ref | None) -> str | None:
    """The conversation of Conversations that is answered, or that the answered message is of."""
    if answered is None or not answered.vendor_id.startswith("CH"):
        return None
    return answered.vendor_id.partition(".")[0]


def _recipient(request: SendMessage) -> Address:
    if request.channel == "chat":
        raise UnsupportedError("Twilio has chats in conversations only: give the conversation as `in_reply_to`.")
    if not is_number(request.to):
        raise InvalidArgumentError("`to` has to be a telephone number in E.164, such as +12025550101.")
    channel: ThreadChannel = "whatsapp" if request.channel == "whatsapp" else "sms"
    return Address(channel, request.to)


def _is(participant: vendor.Participant, request: SendMessage) -> bool:
    """Whether somebody who takes part is who the message is for: a chat user by their identity."""
    if request.channel == "chat":
        return participant.identity == request.to
    binding = participant.messaging_binding or vendor.Binding()
    where = address(binding.address)
    return binding.type == request.channel and where is not None and where.number == request.to


def _content(request: SendMessage) -> Params:
    """What is sent: a text, or a template of Twilio's with its variables filled in."""
    if request.template is None:
        if request.variables:
            raise InvalidArgumentError("`variables` belong to a template: write them into the body.")
        return {"Body": request.body}
    if not _CONTENT_SID.fullmatch(request.template):
        raise InvalidArgumentError("`template` has to be a ContentSid of Twilio: HX and 32 hexadecimal digits.")
    variables = orjson.dumps(request.variables).decode() if request.variables else None
    return {"ContentSid": request.template, "ContentVariables": variables}


def _schedule(request: SendMessage, service: str | None) -> Params:
    if request.send_at is None:
        return {}
    if not service:
        raise UnsupportedError("Without a messaging service nothing can be scheduled: leave `send_at` out.")
    if not _SOONEST < request.send_at - datetime.now(UTC) <= _LATEST:
        raise InvalidArgumentError("`send_at` has to be more than 5 minutes and at most 35 days ahead.")
    return {"ScheduleType": "fixed", "SendAt": f"{request.send_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
