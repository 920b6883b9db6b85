"""Reading what Intercom works on: tickets, conversations, and what was said in them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Conversation, Message, Ticket
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.http import Http
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_CONVERSATION, GET_TICKET, LIST_CONVERSATIONS, SEARCH_TICKETS
from trunkline_contracts.tools.comms import GetConversation, ListConversations
from trunkline_contracts.tools.helpdesk import GetTicket, SearchTickets
from trunkline_contracts.values import Page, Warning
from trunkline_intercom import IntercomSettings, query, vendor, words
from trunkline_intercom.account import Account, search_freshness
from trunkline_intercom.paging import Fetch, chained, entries_after
from trunkline_intercom.refs import id_of, is_conversation
from trunkline_intercom.threads import Threads, csat, cut_warnings, lossy_warnings, slas

_LAST_MESSAGES = 10
# A group of Intercom's search has 15 filters at most, and there are others beside the words.
_MOST_WORDS = 10
_TICKET_TEXTS = ("title", "description")
_CONVERSATION_TEXTS = ("source.subject", "source.body")


class Tickets(Account):
    """The tools that read threads."""

    def __init__(self, settings: IntercomSettings, http: Http) -> None:
        super().__init__(settings, http)
        self._threads = Threads(self._to)

    @implements(SEARCH_TICKETS)
    async def search_tickets(self, request: SearchTickets) -> ReadResult[Page[Ticket]]:
        """Search the tickets, and then the conversations."""
        common = await self._common_filters(request)
        sources: dict[str, Fetch[Ticket]] = {}
        if (filters := _ticket_filters(request)) is not None:
            sources["tickets"] = self._search_of_tickets(_some([*common, *filters]), request.updated_since)
        if (filters := _conversation_filters(request)) is not None:
            sources["conversations"] = self._search_of_conversations(_some([*common, *filters]), request.updated_since)
        page = await chained(sources, request.limit, request.cursor)
        return ReadResult(data=page, freshness=search_freshness())

    async def _common_filters(self, request: SearchTickets) -> list[query.Filter]:
        """The filters that both kinds know by the same name."""
        filters = [query.is_("contact_ids", request.requester.vendor_id)] if request.requester else []
        if request.assignee:
            filters.append(query.is_("admin_assignee_id", (await self._lookups.admin(request.assignee)).id))
        if request.team:
            filters.append(query.is_("team_assignee_id", (await self._lookups.team(request.team)).id))
        if request.updated_since:
            filters.append(query.since(request.updated_since))
        return filters

    def _search_of_tickets(self, filters: Sequence[query.Filter], since: datetime | None) -> Fetch[Ticket]:
        async def fetch(size: int, after: str | None) -> tuple[list[Ticket], vendor.Pages | None]:
            found = await self._search("/tickets/search", query.search(filters, size, after), vendor.TicketList)
            return [self._threads.ticket(item) for item in found.tickets if _is_since(item, since)], found.pages

        return fetch

    def _search_of_conversations(self, filters: Sequence[query.Filter], since: datetime | None) -> Fetch[Ticket]:
        async def fetch(size: int, after: str | None) -> tuple[list[Ticket], vendor.Pages | None]:
            found = await self._found_conversations(filters, size, after)
            # A conversation that is a ticket itself was among the tickets.
            own = [item for item in found.conversations if item.ticket_id is None and _is_since(item, since)]
            return [self._threads.conversation_ticket(item) for item in own], found.pages

        return fetch

    async def _found_conversations(
        self, filters: Sequence[query.Filter], size: int, after: str | None
    ) -> vendor.ConversationList:
        body = query.search(filters, size, after)
        return await self._search("/conversations/search", body, vendor.ConversationList)

    @implements(GET_TICKET)
    async def get_ticket(self, request: GetTicket) -> ReadResult[Ticket]:
        """Read a ticket, or a conversation that is worked like one, with its parts."""
        found = await self._read(request.ticket_id)
        parts: dict[str, Any] = {}
        if "messages" in request.include:
            parts["messages"] = tuple(self._messages(found)[:_LAST_MESSAGES])
        if isinstance(found, vendor.Conversation) and "csat" in request.include:
            parts["csat"] = csat(found.conversation_rating)
        if isinstance(found, vendor.Conversation) and "sla" in request.include:
            parts["sla"] = slas(found.sla_applied)
        ticket = self._as_ticket(found).model_copy(update=parts)
        return ReadResult(data=ticket, warnings=(*lossy_warnings(ticket), *_absent(request, found)))

    async def _read(self, ref: Ref) -> vendor.Conversation | vendor.Ticket:
        return await (self._conversation(id_of(ref)) if is_conversation(ref) else self._ticket(id_of(ref)))

    def _as_ticket(self, thread: vendor.Conversation | vendor.Ticket) -> Ticket:
        if isinstance(thread, vendor.Ticket):
            return self._threads.ticket(thread)
        return self._threads.conversation_ticket(thread)

    def _messages(self, thread: vendor.Conversation | vendor.Ticket) -> list[Message]:
        if isinstance(thread, vendor.Ticket):
            return self._threads.messages_of_ticket(thread)
        return self._threads.messages_of_conversation(thread)

    @implements(LIST_CONVERSATIONS)
    async def list_conversations(self, request: ListConversations) -> ReadResult[Page[Conversation]]:
        """Search a contact's conversations, each page with its latest change first."""
        filters = _conversations_of(request)

        async def fetch(size: int, after: str | None) -> tuple[list[Conversation], vendor.Pages | None]:
            found = await self._found_conversations(filters, size, after)
            recent = [item for item in found.conversations if _is_since(item, request.since)]
            recent.sort(key=lambda item: item.updated_at.timestamp() if item.updated_at else 0.0, reverse=True)
            return [self._threads.conversation(item) for item in recent], found.pages

        page = await chained({"conversations": fetch}, request.limit, request.cursor)
        return ReadResult(data=page, freshness=search_freshness())

    @implements(GET_CONVERSATION)
    async def get_conversation(self, request: GetConversation) -> ReadResult[Page[Message]]:
        """Read what was said; Intercom gives it all at once."""
        thread = await self._read(request.conversation_id)
        wanted = [item for item in self._messages(thread) if request.visibility in {None, item.visibility}]
        page = entries_after(wanted, request.limit, request.cursor)
        return ReadResult(data=page, warnings=cut_warnings(thread))


def _absent(request: GetTicket, thread: vendor.Thread) -> tuple[Warning, ...]:
    """A warning for each part asked for that only conversations have."""
    if not isinstance(thread, vendor.Ticket):
        return ()
    message = "Intercom keeps this of conversations only: ask for the linked conversation."
    wanted = [part for part in ("csat", "sla") if part in request.include]
    return tuple(Warning(code="part_unavailable", message=message, field=part) for part in wanted)


def _ticket_filters(request: SearchTickets) -> list[query.Filter] | None:
    """The filters of tickets; None where no ticket has such a status."""
    filters = _text(_TICKET_TEXTS, request.text)
    if request.status is None:
        return filters
    states = [words.STATE_WORDS[status] for status in request.status if status in words.STATE_WORDS]
    closed = query.is_("open", value=False)
    if "closed" not in request.status:
        return [*filters, query.one_of("state", states), query.is_("open", value=True)] if states else None
    return [*filters, query.any_of(query.one_of("state", states), closed) if states else closed]


def _conversation_filters(request: SearchTickets) -> list[query.Filter] | None:
    """The filters of conversations; None where no conversation has such a status."""
    filters = _text(_CONVERSATION_TEXTS, request.text)
    if request.status is None:
        return filters
    states = [words.CONVERSATION_WORDS[status] for status in request.status if status in words.CONVERSATION_WORDS]
    return [*filters, query.one_of("state", states)] if states else None


def _text(fields: Sequence[str], text: str | None) -> list[query.Filter]:
    """Each word stands in one of the fields: Intercom compares a body word by word, so a phrase would never fit."""
    words_ = text.split() if text else []
    if len(words_) > _MOST_WORDS:
        raise InvalidArgumentError(f"Intercom's search takes {_MOST_WORDS} words: look for fewer.")
    return [query.any_of(*(query.contains(field, word) for field in fields)) for word in words_]


def _some(filters: list[query.Filter]) -> list[query.Filter]:
    """The filters, of which a search needs one."""
    if not filters:
        raise InvalidArgumentError("Give at least one of requester, text, status, assignee, team, updated_since.")
    return filters


def _conversations_of(request: ListConversations) -> list[query.Filter]:
    filters = [query.is_("contact_ids", request.customer_id.vendor_id)]
    if request.channel:
        types = [word for word, channel in words.CHANNELS.items() if channel == request.channel and word]
        filters.append(query.one_of("source.type", types))
    if request.since:
        filters.append(query.since(request.since))
    return filters


def _is_since(thread: vendor.Thread, since: datetime | None) -> bool:
    return since is None or (thread.updated_at is not None and thread.updated_at >= since)
