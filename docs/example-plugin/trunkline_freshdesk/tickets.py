"""Reading Freshdesk's tickets, and what was said on them."""

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message, Ticket
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_CONVERSATION, GET_TICKET, SEARCH_TICKETS
from trunkline_contracts.tools.comms import GetConversation
from trunkline_contracts.tools.helpdesk import GetTicket, SearchTickets
from trunkline_contracts.values import Freshness, Page, Total, Warning
from trunkline_freshdesk import vendor, words
from trunkline_freshdesk.account import Account
from trunkline_freshdesk.normalize import lossy_warnings, slas, visibility_of
from trunkline_freshdesk.paging import PAGE, some
from trunkline_freshdesk.query import Wanted, moment
from trunkline_freshdesk.sheet import SEARCH_LAG_S

# Without a date Freshdesk lists the tickets of the last 30 days only.
_EVER = "1970-01-01T00:00:00Z"
_ORDERS = {None: ("created_at", "desc"), "newest": ("created_at", "desc"), "oldest": ("created_at", "asc"),
    "updated": ("updated_at", "desc")}  # fmt: skip
_WINDOW = 300
_LAST_MESSAGES = 10
_LARGEST_PAGE, _MOST_PAGES = 100, 10


class Tickets(Account):
    """The tools that read tickets."""

    @implements(SEARCH_TICKETS)
    async def search_tickets(self, request: SearchTickets) -> ReadResult[Page[Ticket]]:
        """List tickets, which is always up to date; search where the list would have to be read whole."""
        wanted = Wanted(
            statuses=tuple(words.STATUS_NUMBERS[status] for status in request.status or ()),
            tags=request.tags or (),
            agent_id=await self._agent_id(request.assignee),
            group_id=await self._group_id(request.team),
            since=request.updated_since,
        )
        if request.requester or request.sort or wanted.is_anything:
            return await self._listed(request, wanted)
        return await self._searched(request, wanted)

    async def _listed(self, request: SearchTickets, wanted: Wanted) -> ReadResult[Page[Ticket]]:
        order, direction = _ORDERS[request.sort]
        filters: Params = {
            "requester_id": request.requester.vendor_id if request.requester else None,
            "updated_since": moment(wanted.since) if wanted.since else _EVER,
            "order_by": order,
            "order_type": direction,
            "per_page": PAGE,
        }

        async def fetch(number: int) -> list[vendor.Ticket]:
            return await self._api.get("/tickets", gives=list[vendor.Ticket], params={**filters, "page": number})

        found, following = await some(fetch, request.limit, request.cursor, wanted.fits)
        return ReadResult(data=Page(items=tuple(map(self._to.ticket, found)), next_cursor=following))

    async def _searched(self, request: SearchTickets, wanted: Wanted) -> ReadResult[Page[Ticket]]:
        total = 0

        async def fetch(number: int) -> list[vendor.Ticket]:
            nonlocal total
            params: Params = {"query": wanted.query(), "page": number}
            page = await self._api.get("/search/tickets", gives=vendor.FoundTickets, params=params)
            total = page.total
            return page.results

        found, following = await some(fetch, request.limit, request.cursor, wanted.fits)
        page = Page[Ticket](
            items=tuple(map(self._to.ticket, found)),
            next_cursor=following if following and int(following) < min(total, _WINDOW) else None,
            total=Total(value=total, exact=False),
        )
        freshness = Freshness(source="search_index", max_lag_s=SEARCH_LAG_S)
        return ReadResult(data=page, freshness=freshness, warnings=_window_warnings(total))

    @implements(GET_TICKET)
    async def get_ticket(self, request: GetTicket) -> ReadResult[Ticket]:
        """Read a ticket; its messages are a second call."""
        found = await self._ticket(request.ticket_id.vendor_id)
        ticket = self._to.ticket(found)
        warnings: tuple[Warning, ...] = ()
        if "sla" in request.include:
            ticket = ticket.model_copy(update={"sla": tuple(slas(found))})
        if "messages" in request.include:
            messages, warnings = await self._messages(found)
            ticket = ticket.model_copy(update={"messages": messages[:_LAST_MESSAGES]})
        return ReadResult(data=ticket, warnings=(*lossy_warnings(ticket), *warnings))

    @implements(GET_CONVERSATION)
    async def get_conversation(self, request: GetConversation) -> ReadResult[Page[Message]]:
        """Read all messages, because Freshdesk gives the oldest first; the cursor says how many were shown."""
        found = await self._ticket(request.conversation_id.vendor_id)
        messages, warnings = await self._messages(found)
        wanted = [message for message in messages if request.visibility in {None, message.visibility}]
        start = int(request.cursor or 0)
        end = start + request.limit
        page = Page[Message](items=tuple(wanted[start:end]), next_cursor=str(end) if end < len(wanted) else None)
        return ReadResult(data=page, warnings=warnings)

    async def _messages(self, ticket: vendor.Ticket) -> tuple[tuple[Message, ...], tuple[Warning, ...]]:
        """The messages of a ticket, newest first, and a warning where some were not read."""
        said: list[vendor.Conversation] = []
        for number in range(1, _MOST_PAGES + 1):
            params: Params = {"page": number, "per_page": _LARGEST_PAGE}
            page = await self._api.get(
                "/tickets/{}/conversations", ticket.id, gives=list[vendor.Conversation], params=params
            )
            said += page
            if len(page) < _LARGEST_PAGE:
                break
        messages = [self._to.message(item, ticket.id, visibility_of(item)) for item in reversed(said)]
        return (*messages, self._to.description(ticket)), _cut_warnings(len(said))


def _window_warnings(total: int) -> tuple[Warning, ...]:
    if total <= _WINDOW:
        return ()
    message = f"Freshdesk shows only the first {_WINDOW} tickets that it finds: narrow the search."
    return (Warning(code="truncated", message=message),)


def _cut_warnings(count: int) -> tuple[Warning, ...]:
    if count < _LARGEST_PAGE * _MOST_PAGES:
        return ()
    return (Warning(code="truncated", message="The newest messages of this long ticket may be missing."),)
