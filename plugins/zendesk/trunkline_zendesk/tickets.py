"""Reading Zendesk's tickets: one, many, and what was said on them."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Conversation, Message, Ticket
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_CONVERSATION, GET_TICKET, LIST_CONVERSATIONS, SEARCH_TICKETS
from trunkline_contracts.tools.comms import GetConversation, ListConversations
from trunkline_contracts.tools.helpdesk import GetTicket, SearchTickets
from trunkline_contracts.values import Page, Total, Warning
from trunkline_zendesk import query, vendor, words
from trunkline_zendesk.account import NAMED, Account, search_freshness
from trunkline_zendesk.normalize import Names, channel_of, csat, lossy_warnings, slas
from trunkline_zendesk.paging import SEARCH_WINDOW, SearchPage, some

_LIST_ORDERS = {None: "-id", "newest": "-id", "oldest": "id", "updated": "-updated_at"}
_SEARCH_ORDERS = {"newest": ("created_at", "desc"), "oldest": ("created_at", "asc"), "updated": ("updated_at", "desc")}
_LAST_MESSAGES = 10
_INTO = re.compile(r"merged into (?:request |ticket )?#([1-9]\d{0,18})\b", re.IGNORECASE)

Shown = tuple[vendor.Ticket, Names]
"""A ticket with the names that came on its page."""


class Tickets(Account):
    """The tools that read tickets."""

    @implements(SEARCH_TICKETS)
    async def search_tickets(self, request: SearchTickets) -> ReadResult[Page[Ticket]]:
        """List a requester's tickets from the database; search the index for what only it knows."""
        if request.requester and not (request.text or request.assignee or request.team):
            return await self._list_tickets(request, request.requester)
        page = SearchPage.of(request.limit, request.cursor)
        params = {"query": " ".join(self._terms(request)), **_ordered(request), "page": page.number}
        params |= {"per_page": page.size, "include": "tickets(users,groups)"}
        found = await self._api.get("/search.json", gives=vendor.SearchAnswer, params=params)
        names = Names(found)
        result = Page[Ticket](
            items=tuple(self._to.ticket(ticket, names) for ticket in found.results if _is_there(ticket)),
            next_cursor=page.next_cursor(found.count),
            total=Total(value=found.count, exact=False),
        )
        return ReadResult(data=result, freshness=search_freshness(), warnings=tuple(_window_warnings(found.count)))

    def _terms(self, request: SearchTickets) -> Iterable[str]:
        """The typed filters in Zendesk's language: statuses are alternatives, tags go together."""
        yield "type:ticket"
        if request.requester:
            yield f"requester:{request.requester.vendor_id}"
        yield from (f"status:{words.STATUS_WORDS[status]}" for status in request.status or ())
        for keyword, kind, wanted in (("assignee", "agent", request.assignee), ("group", "team", request.team)):
            if wanted:
                yield f"{keyword}:{self._lookups.known(wanted, kind) or query.phrase(wanted)}"
        if request.tags:
            yield f"tags:{query.phrase(' '.join(request.tags))}"
        if request.updated_since:
            yield f"updated>={query.moment(request.updated_since)}"
        yield from query.words(request.text or "")

    async def _list_tickets(self, request: SearchTickets, requester: Ref) -> ReadResult[Page[Ticket]]:
        keep = _keeps(request) if request.status or request.tags or request.updated_since else None
        order = _LIST_ORDERS[request.sort]

        async def fetch(size: int, after: str | None) -> tuple[list[Shown], vendor.Meta]:
            return await self._requested(requester, order, size, after)

        part = await some(fetch, request.limit, request.cursor, keep)
        items = tuple(self._to.ticket(ticket, names) for ticket, names in part.items if _is_there(ticket))
        return ReadResult(data=Page(items=items, next_cursor=part.next_cursor))

    async def _requested(
        self, requester: Ref, order: str, size: int, after: str | None, *more: str
    ) -> tuple[list[Shown], vendor.Meta]:
        """One page of a user's tickets."""
        include = ",".join((NAMED, *more))
        params: Params = {"include": include, "sort": order, "page[size]": size, "page[after]": after}
        page = await self._api.get(
            "/users/{}/tickets/requested.json", requester.vendor_id, gives=vendor.TicketList, params=params
        )
        names = Names(page)
        return [(ticket, names) for ticket in page.tickets], page.meta

    @implements(GET_TICKET)
    async def get_ticket(self, request: GetTicket) -> ReadResult[Ticket]:
        """Read a ticket; its comments are a second call."""
        more = ("slas",) if "sla" in request.include else ()
        answer = await self._read_ticket(request.ticket_id.vendor_id, *more)
        parts: dict[str, Any] = {}
        if "csat" in request.include:
            parts["csat"] = csat(answer.ticket.satisfaction_rating)
        if "sla" in request.include:
            parts["sla"] = slas(answer)
        is_merged = words.MERGED_TAG in (answer.ticket.tags or ())
        if "messages" in request.include or is_merged:
            newest, _ = await self._comments(request.ticket_id.vendor_id, _LAST_MESSAGES, None)
            parts["messages"] = tuple(newest) if "messages" in request.include else ()
            parts["merged_into"] = self._merged_into(newest) if is_merged else None
        ticket = self._to.ticket(answer.ticket, Names(answer))
        return ReadResult(data=ticket.model_copy(update=parts), warnings=lossy_warnings(ticket))

    def _merged_into(self, newest_first: list[Message]) -> Ref | None:
        """The ticket that one went into: Zendesk says it in its last comment, which no customer can write."""
        last = next(iter(newest_first), None)
        if last is None or last.author is None or last.author.kind == "customer":
            return None
        match = _INTO.search(last.body_text)
        return self._to.ref("ticket", match[1]) if match else None

    async def _comments(self, ticket_id: str, size: int, after: str | None) -> tuple[list[Message], vendor.Meta]:
        """One page of a ticket's comments, newest first."""
        params: Params = {"include": "users", "sort": "-created_at", "page[size]": size, "page[after]": after}
        page = await self._api.get("/tickets/{}/comments.json", ticket_id, gives=vendor.CommentList, params=params)
        names = Names(page)
        return [self._to.message(comment, ticket_id, names) for comment in page.comments], page.meta

    @implements(LIST_CONVERSATIONS)
    async def list_conversations(self, request: ListConversations) -> ReadResult[Page[Conversation]]:
        """List a user's tickets as conversations, the one with the latest change first."""

        async def fetch(size: int, after: str | None) -> tuple[list[Shown], vendor.Meta]:
            return await self._requested(request.customer_id, "-updated_at", size, after, "comment_count")

        def keep(shown: Shown) -> bool:
            ticket, _ = shown
            is_wanted = request.channel is None or channel_of(ticket.via) == request.channel
            return is_wanted and _is_since(ticket, request.since)

        part = await some(fetch, request.limit, request.cursor, keep if request.channel or request.since else None)
        items = tuple(self._to.conversation(ticket, names) for ticket, names in part.items if _is_there(ticket))
        return ReadResult(data=Page(items=items, next_cursor=part.next_cursor))

    @implements(GET_CONVERSATION)
    async def get_conversation(self, request: GetConversation) -> ReadResult[Page[Message]]:
        """Read a ticket's comments."""

        async def fetch(size: int, after: str | None) -> tuple[list[Message], vendor.Meta]:
            return await self._comments(request.conversation_id.vendor_id, size, after)

        def keep(message: Message) -> bool:
            return message.visibility == request.visibility

        part = await some(fetch, request.limit, request.cursor, keep if request.visibility else None)
        return ReadResult(data=Page(items=part.items, next_cursor=part.next_cursor))


def _keeps(request: SearchTickets) -> Callable[[Shown], bool]:
    """The filters that Zendesk's list does not have."""
    statuses = {words.STATUS_WORDS[status] for status in request.status or ()}
    tags = set(request.tags or ())

    def keep(shown: Shown) -> bool:
        ticket, _ = shown
        has_status = not statuses or ticket.status in statuses
        return has_status and tags <= set(ticket.tags or ()) and _is_since(ticket, request.updated_since)

    return keep


def _is_there(ticket: vendor.Ticket) -> bool:
    """Whether a ticket was not deleted: for some weeks Zendesk can still give one that was."""
    return ticket.status != "deleted"


def _is_since(ticket: vendor.Ticket, since: datetime | None) -> bool:
    return since is None or (ticket.updated_at is not None and ticket.updated_at >= since)


def _ordered(request: SearchTickets) -> dict[str, Any]:
    """The order of a search; without one, and with a text, the best match comes first."""
    if request.sort is None and request.text:
        return {}
    by, direction = _SEARCH_ORDERS[request.sort or "newest"]
    return {"sort_by": by, "sort_order": direction}


def _window_warnings(count: int) -> Iterable[Warning]:
    if count > SEARCH_WINDOW:
        yield Warning(
            code="truncated",
            message=f"Zendesk gives the first {SEARCH_WINDOW} of its results only: narrow the search down.",
        )
