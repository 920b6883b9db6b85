"""Reading HubSpot's conversations."""

from datetime import UTC, datetime

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Conversation, Message
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_CONVERSATION, LIST_CONVERSATIONS
from trunkline_contracts.tools.comms import GetConversation, ListConversations
from trunkline_contracts.values import Page, Warning
from trunkline_hubspot import vendor_inbox
from trunkline_hubspot.account import page_of
from trunkline_hubspot.tickets import Tickets

_BEGINNING = datetime.fromtimestamp(0, UTC)
_CUT = Warning(code="truncated", message="HubSpot gives only a part of some messages, such as the latest reply.")


class Conversations(Tickets):
    """The tools that read threads."""

    @implements(LIST_CONVERSATIONS)
    async def list_conversations(self, request: ListConversations) -> ReadResult[Page[Conversation]]:
        """List a contact's threads, open and closed; each names its ticket, if it has one."""
        threads, warnings = await self._threads(request.customer_id.vendor_id)
        found = [self._conversation(thread, request.customer_id) for thread in threads]
        wanted = [one for one in found if _is_wanted(one, request)]
        wanted.sort(key=_last, reverse=True)
        return ReadResult(data=page_of(wanted, request.limit, request.cursor), warnings=warnings)

    @implements(GET_CONVERSATION)
    async def get_conversation(self, request: GetConversation) -> ReadResult[Page[Message]]:
        """Read a thread from the inbox; of a ticket, what is noted and logged on it."""
        if request.conversation_id.kind == "ticket":
            return await self._ticket_messages(request)
        found = await self._thread_messages(request.conversation_id.vendor_id, request.limit, request.cursor)
        said = [one for one in found.results if one.type in vendor_inbox.SAID]
        messages = (self._thread_message(one, request.conversation_id) for one in said)
        items = tuple(one for one in messages if request.visibility in {None, one.visibility})
        after = found.paging.next.after if found.paging and found.paging.next else None
        is_cut = any(one.truncation_status != "NOT_TRUNCATED" for one in said)
        return ReadResult(data=Page(items=items, next_cursor=after), warnings=(_CUT,) if is_cut else ())

    async def _ticket_messages(self, request: GetConversation) -> ReadResult[Page[Message]]:
        messages, warnings = await self._messages(request.conversation_id)
        wanted = [one for one in messages if request.visibility in {None, one.visibility}]
        return ReadResult(data=page_of(wanted, request.limit, request.cursor), warnings=warnings)


def _is_wanted(found: Conversation, request: ListConversations) -> bool:
    return request.channel in {None, found.channel} and (request.since is None or _last(found) >= request.since)


def _last(found: Conversation) -> datetime:
    return found.last_message_at or _BEGINNING
