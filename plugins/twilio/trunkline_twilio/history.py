"""What was said: single messages and calls, and the threads and conversations they belong to."""

from collections.abc import Iterable
from datetime import UTC, datetime
from operator import itemgetter
from urllib.parse import parse_qsl, urlencode

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Conversation, Message
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_CONVERSATION, GET_MESSAGE, LIST_CONVERSATIONS
from trunkline_contracts.tools.comms import GetConversation, GetMessage, ListConversations
from trunkline_contracts.values import Page, Warning
from trunkline_twilio import vendor
from trunkline_twilio.account import Account
from trunkline_twilio.addresses import CHANNELS, WRITTEN, Address, ThreadChannel, address_of_thread

Entry = tuple[datetime | None, Conversation]

_PAGE_SIZE, _MOST_PAGES = 50, 10
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_MORE = Warning(code="truncated", message="Only 500 conversations of an address are looked at.")


class History(Account):
    """Reads what was said."""

    @implements(GET_MESSAGE)
    async def get_message(self, request: GetMessage) -> ReadResult[Message]:
        """Read a message, of the account or of a conversation, or a call."""
        conversation, _, sid = request.message_id.vendor_id.rpartition(".")
        if conversation:
            found = await self._conversations.get(
                "/Conversations/{}/Messages/{}", conversation, sid, gives=vendor.ConversationMessage
            )
            return ReadResult(data=self._to.conversation_message(found))
        if sid.startswith("CA"):
            call = await self._api.get("/Accounts/{}/Calls/{}.json", self._account, sid, gives=vendor.Call)
            return ReadResult(data=self._to.call(call))
        message = await self._api.get("/Accounts/{}/Messages/{}.json", self._account, sid, gives=vendor.Message)
        return ReadResult(data=self._to.message(message))

    @implements(LIST_CONVERSATIONS)
    async def list_conversations(self, request: ListConversations) -> ReadResult[Page[Conversation]]:
        """List a number's threads and the conversations it takes part in, newest first.

        Twilio orders conversations by their sids, so all of them are read and put in order here.
        """
        number, channels = request.customer_id.vendor_id, self._wanted(request)
        newest = await self._newest(number, channels)
        entries = [(last.at, self._to.thread(address, last)) for address, last in newest.items()]
        is_cut = False
        for address in (Address(channel, number) for channel in channels if channel in WRITTEN):
            found, has_more = await self._taken_part_in(address)
            entries += [(_changed(item), self._to.conversation(address, item)) for item in found]
            is_cut |= has_more
        return ReadResult(data=_newest_first(entries, request), warnings=(_MORE,) if is_cut else ())

    def _wanted(self, request: ListConversations) -> tuple[ThreadChannel, ...]:
        if request.channel is None:
            return self._channels
        return tuple(channel for channel in CHANNELS if channel == request.channel)

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
        """Read a conversation's or a thread's messages or calls, newest first."""
        vendor_id = request.conversation_id.vendor_id
        if vendor_id.startswith("CH"):
            return await self._conversation(vendor_id, request)
        found, cursor = await self._threads.page(address_of_thread(vendor_id), request.limit, request.cursor)
        return ReadResult(data=Page(items=tuple(map(self._to.exchanged, found)), next_cursor=cursor))

    async def _conversation(self, sid: str, request: GetConversation) -> ReadResult[Page[Message]]:
        params: Params = {"Order": "desc", "PageSize": request.limit, **dict(parse_qsl(request.cursor or ""))}
        found = await self._conversations.get(
            "/Conversations/{}/Messages", sid, gives=vendor.ConversationMessagePage, params=params
        )
        items = tuple(map(self._to.conversation_message, found.messages))
        return ReadResult(data=Page(items=items, next_cursor=urlencode(found.meta.following) or None))


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
