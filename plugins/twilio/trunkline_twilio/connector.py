"""Twilio's connector: messages, the threads and conversations they belong to, and the numbers behind them."""

import asyncio
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from urllib.parse import parse_qsl, urlencode

import orjson

from trunkline_contracts.api import Api, Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.entities.helpdesk import Conversation, Message
from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
)
from trunkline_contracts.http import Http, HttpResponse
from trunkline_contracts.results import ReadResult, ToolCall, WriteResult
from trunkline_contracts.tools import (
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_MESSAGE,
    LIST_CONVERSATIONS,
    SEND_MESSAGE,
)
from trunkline_contracts.tools.comms import GetConversation, GetMessage, ListConversations, SendMessage
from trunkline_contracts.tools.crm import CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.values import Page, Warning
from trunkline_twilio import TwilioSettings, vendor
from trunkline_twilio.addresses import Address, ThreadChannel, address_of_thread, is_number, threads
from trunkline_twilio.normalize import Newest, Normalize
from trunkline_twilio.threads import Threads


class _OptedOutError(ConflictError):
    pass


# Refusals of a 400 that no other argument can mend: https://www.twilio.com/docs/api/errors
_ERRORS: dict[str, type[CallError]] = {
    "21610": _OptedOutError,
    "21611": RateLimitedError,
    # The sender is not the account's, or cannot send there.
    **dict.fromkeys(("21212", "21606", "21659", "21660", "21701", "21703", "21704", "21705"), PermissionDeniedError),
    **dict.fromkeys(("21711", "21712", "63007"), PermissionDeniedError),
    # The account may not send there: a country that is switched off, or a trial.
    **dict.fromkeys(("21408", "21608"), PermissionDeniedError),
}
Entry = tuple[datetime | None, Conversation]

_CONTENT_SID = re.compile("HX[0-9a-fA-F]{32}")
# https://www.twilio.com/docs/api/errors/35115
_SOONEST, _LATEST = timedelta(minutes=5), timedelta(days=35)
_PAGE_SIZE, _MOST_PAGES = 50, 10
_EARLIEST = datetime.min.replace(tzinfo=UTC)

_ACCEPTED = Warning(
    code="async_result",
    message="Twilio accepted the message; whether it arrives, get_message says later.",
    field="resource.delivery",
)
_NOTIFIES = Warning(code="notifies_customer", message="The customer receives this message; it cannot be taken back.")
_MARKETING = Warning(
    code="field_dropped",
    message="Twilio does not tell marketing from other messages: the consent is yours to check.",
    field="purpose",
)
_EMULATED = Warning(code="emulated", message="Twilio keeps no customers: this is a number that exchanged messages.")
_MORE = Warning(code="truncated", message="Only 500 conversations of an address are looked at.")


def error_code(response: HttpResponse) -> str | None:
    """Read `code` of https://www.twilio.com/docs/usage/twilios-response."""
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    code = body.get("code") if isinstance(body, dict) else None
    return str(code) if isinstance(code, int) else None


class Twilio:
    """One account."""

    def __init__(self, settings: TwilioSettings, http: Http) -> None:
        self._settings = settings
        self._account = settings.account_sid
        self._api = Api(http, "https://api.twilio.com/2010-04-01", error_code=error_code, errors=_ERRORS)
        self._conversations = Api(http, "https://conversations.twilio.com/v1", error_code=error_code, errors=_ERRORS)
        self._threads = Threads(self._api, self._account)
        self._to = Normalize(http.call.connection)

    async def probe(self) -> None:
        """Read one message."""
        await self._api.get(
            "/Accounts/{}/Messages.json", self._account, gives=vendor.MessagePage, params={"PageSize": 1}
        )

    @implements(SEND_MESSAGE)
    async def send_message(self, request: SendMessage) -> WriteResult[Message]:
        """Create a message, which Twilio sends now or, by a messaging service, later."""
        form = {**self._recipient(request), **_content(request), **self._schedule(request)}
        try:
            sent = await self._api.call(
                "POST", "/Accounts/{}/Messages.json", self._account, gives=vendor.Message, form=form
            )
        except _OptedOutError:
            raise ConflictError(
                "The recipient has opted out of this sender (21610): do not send again; only they can opt in, by START."
            ) from None
        return WriteResult(
            outcome="scheduled" if request.send_at else "accepted",
            resource=self._to.message(sent),
            effective_at=request.send_at,
            verify_with=ToolCall(tool="get_message", args={"message_id": self._to.message_ref(sent.sid)}),
            warnings=(_ACCEPTED, _NOTIFIES, *((_MARKETING,) if request.purpose == "marketing" else ())),
        )

    def _recipient(self, request: SendMessage) -> Params:
        """Who gets it, and from whom: Twilio chooses among a messaging service's senders where no number is set."""
        if not is_number(request.to):
            raise InvalidArgumentError("`to` has to be a telephone number in E.164, such as +12025550101.")
        channel: ThreadChannel = "whatsapp" if request.channel == "whatsapp" else "sms"
        number = self._settings.whatsapp_from if channel == "whatsapp" else self._settings.from_number
        sender, service = number and str(Address(channel, number)), self._settings.messaging_service_sid
        if not (sender or service):
            raise UnsupportedError(f"This connection has no sender for {channel}: an operator must set one.")
        return {"To": str(Address(channel, request.to)), "From": sender, "MessagingServiceSid": service}

    def _schedule(self, request: SendMessage) -> Params:
        if request.send_at is None:
            return {}
        if not self._settings.messaging_service_sid:
            raise UnsupportedError("Without a messaging service this connection cannot schedule: leave `send_at` out.")
        if not _SOONEST < request.send_at - datetime.now(UTC) <= _LATEST:
            raise InvalidArgumentError("`send_at` has to be more than 5 minutes and at most 35 days ahead.")
        return {"ScheduleType": "fixed", "SendAt": f"{request.send_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}

    @implements(GET_MESSAGE)
    async def get_message(self, request: GetMessage) -> ReadResult[Message]:
        """Read a message, of the account or of a conversation."""
        conversation, _, sid = request.message_id.vendor_id.rpartition(".")
        if not conversation:
            message = await self._api.get("/Accounts/{}/Messages/{}.json", self._account, sid, gives=vendor.Message)
            return ReadResult(data=self._to.message(message))
        found = await self._conversations.get(
            "/Conversations/{}/Messages/{}", conversation, sid, gives=vendor.ConversationMessage
        )
        return ReadResult(data=self._to.conversation_message(found))

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """Look for messages to or from a number."""
        number = request.phone or ""
        newest = await self._newest(threads(number))
        items = (self._to.match(number, newest),) if newest else ()
        return ReadResult(data=Page(items=items), warnings=(_EMULATED,) if items else ())

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Look for messages to or from a number again."""
        number = request.customer_id.vendor_id
        newest = await self._newest(threads(number))
        if not newest:
            raise NotFoundError("No message was ever exchanged with this number.")
        return ReadResult(data=self._to.customer(number, newest), warnings=(_EMULATED,))

    async def _newest(self, addresses: Iterable[Address]) -> Newest:
        asked = list(addresses)
        found = await asyncio.gather(*map(self._threads.newest, asked))
        return {address: message for address, message in zip(asked, found, strict=True) if message}

    @implements(LIST_CONVERSATIONS)
    async def list_conversations(self, request: ListConversations) -> ReadResult[Page[Conversation]]:
        """List a number's threads and the conversations it takes part in, newest first.

        Twilio orders conversations by their sids, so all of them are read and put in order here.
        """
        number = request.customer_id.vendor_id
        addresses = [item for item in threads(number) if request.channel in {None, item.channel}]
        newest = await self._newest(addresses)
        entries = [(last.at, self._to.thread(address, last)) for address, last in newest.items()]
        is_cut = False
        for address in addresses:
            found, has_more = await self._taken_part_in(address)
            entries += [(_changed(item), self._to.conversation(address, item)) for item in found]
            is_cut |= has_more
        return ReadResult(data=_newest_first(entries, request), warnings=(_MORE,) if is_cut else ())

    async def _taken_part_in(self, address: Address) -> tuple[list[vendor.ParticipantConversation], bool]:
        """The conversations of an address, and whether there are more of them."""
        found: list[vendor.ParticipantConversation] = []
        params: dict[str, str | int] = {"Address": str(address), "PageSize": _PAGE_SIZE}
        for _ in range(_MOST_PAGES):
            page = await self._conversations.get(
                "/ParticipantConversations", gives=vendor.ParticipantConversationPage, params=params
            )
            found += page.conversations
            if not page.meta.following:
                return found, False
            params |= page.meta.following
        return found, True

    @implements(GET_CONVERSATION)
    async def get_conversation(self, request: GetConversation) -> ReadResult[Page[Message]]:
        """Read a conversation's or a thread's messages, newest first."""
        vendor_id = request.conversation_id.vendor_id
        if vendor_id.startswith("CH"):
            return await self._conversation(vendor_id, request)
        messages, cursor = await self._threads.page(address_of_thread(vendor_id), request.limit, request.cursor)
        return ReadResult(data=Page(items=tuple(map(self._to.message, messages)), next_cursor=cursor))

    async def _conversation(self, sid: str, request: GetConversation) -> ReadResult[Page[Message]]:
        params: Params = {"Order": "desc", "PageSize": request.limit, **dict(parse_qsl(request.cursor or ""))}
        found = await self._conversations.get(
            "/Conversations/{}/Messages", sid, gives=vendor.ConversationMessagePage, params=params
        )
        items = tuple(map(self._to.conversation_message, found.messages))
        return ReadResult(data=Page(items=items, next_cursor=urlencode(found.meta.following) or None))


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


def _changed(item: vendor.ParticipantConversation) -> datetime | None:
    return item.conversation_date_updated or item.conversation_date_created


def _newest_first(entries: Iterable[Entry], request: ListConversations) -> Page[Conversation]:
    """A page in order; the cursor is the place of its last entry."""
    ordered = sorted(((_place(entry), entry[1]) for entry in entries), key=itemgetter(0), reverse=True)
    left = [item for item in ordered if request.cursor is None or item[0] < request.cursor]
    page = left[: request.limit]
    return Page(
        items=tuple(conversation for _, conversation in page),
        next_cursor=page[-1][0] if len(left) > len(page) else None,
    )


def _place(entry: Entry) -> str:
    at, conversation = entry
    return f"{(at or _EARLIEST).astimezone(UTC).isoformat(timespec='microseconds')} {conversation.id}"
