"""Reading cases: one, and many."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_TICKET, SEARCH_TICKETS
from trunkline_contracts.tools.helpdesk import GetTicket, SearchTickets
from trunkline_contracts.values import Freshness, Page
from trunkline_salesforce import soql, sosl
from trunkline_salesforce.case_reads import SERVICE
from trunkline_salesforce.client import needs
from trunkline_salesforce.lookups import id_in, meaning
from trunkline_salesforce.normalize_cases import case_status
from trunkline_salesforce.refs import LEAD, QUEUE, USER
from trunkline_salesforce.sheet import SEARCH_LAG_S
from trunkline_salesforce.thread import Threads
from trunkline_salesforce.vendor_service import Case

_ORDERS = {
    "newest": soql.Order("CreatedDate"),
    "oldest": soql.Order("CreatedDate", is_ascending=True),
    "updated": soql.Order("LastModifiedDate"),
}
_LAST_MESSAGES = 10


class Cases(Threads):
    """The tools that read cases."""

    @implements(SEARCH_TICKETS)
    async def search_tickets(self, request: SearchTickets) -> ReadResult[Page[Ticket]]:
        """Ask the database; where words are looked for, ask the search index."""
        if request.requester and request.requester.vendor_id.startswith(LEAD):
            return ReadResult(data=Page(items=()))
        with needs(SERVICE):
            cases = await self._cases_found(request)
        items = tuple(self._to.ticket(case) for case in cases[: request.limit])
        more = len(cases) > request.limit
        page = Page[Ticket](items=items, next_cursor=_cursor(cases[request.limit - 1], request) if more else None)
        return ReadResult(data=page, freshness=_searched()) if request.text else ReadResult(data=page)

    async def _cases_found(self, request: SearchTickets) -> list[Case]:
        """One more than a page, so that the end is known."""
        order = _ORDERS[request.sort or "newest"]
        where = {
            "ContactId = {requester}": request.requester and request.requester.vendor_id,
            "Status IN {words}": request.status,
            _owned("assignee", USER, request.assignee): request.assignee,
            _owned("team", QUEUE, request.team): request.team,
            "LastModifiedDate >= {since}": request.updated_since,
            order.after: request.cursor,
        }
        values = {**self._case_values(request), "words": await self._case_words(request.status or ())}
        if request.status and not values["words"]:
            return []
        parts = (self._case_fields(), "Case", [text for text, value in where.items() if value], order.text, values)
        if request.text:
            return await self._client.search(sosl.find(request.text, soql.returning(*parts)), Case)
        return await self._client.query(soql.select(*parts), Case)

    def _case_values(self, request: SearchTickets) -> dict[str, Any]:
        return {
            **soql.page_values(request.cursor, request.limit),
            "requester": request.requester and request.requester.vendor_id,
            "assignee": request.assignee and (id_in(request.assignee, USER) or request.assignee),
            "team": request.team and (id_in(request.team, QUEUE) or request.team),
            "since": request.updated_since,
        }

    async def _case_words(self, wanted: tuple[str, ...]) -> list[str]:
        """The org's own words for some of our states."""
        words = await self._lookups.statuses("Case") if wanted else []
        return [word.api_name for state in wanted for word in meaning(words, state, read_status)]

    @implements(GET_TICKET)
    async def get_ticket(self, request: GetTicket) -> ReadResult[Ticket]:
        """Read a case; what was said on it is asked for separately."""
        ticket = self._to.ticket(await self._case(request.ticket_id.vendor_id))
        if "messages" not in request.include:
            return ReadResult(data=ticket)
        thread = await self._thread(request.ticket_id.vendor_id, _LAST_MESSAGES, None, None)
        return ReadResult(data=ticket.model_copy(update={"messages": thread.items}))


def read_status(word: str, is_closed: bool) -> Any:
    """What one of the org's words means."""
    return case_status(word, is_closed=is_closed)


def _searched() -> Freshness:
    return Freshness(source="search_index", max_lag_s=SEARCH_LAG_S)


def _owned(name: str, prefix: str, text: str | None) -> str:
    """The condition for an owner, who is named or known by an id."""
    return f"{'OwnerId' if id_in(text or '', prefix) else 'Owner.Name'} = {{{name}}}"


def _cursor(case: Case, request: SearchTickets) -> str | None:
    at = case.last_modified_date if request.sort == "updated" else case.created_date
    return soql.Place(at, case.id).cursor if at else None
