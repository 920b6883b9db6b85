"""What was said on a case: its e-mails and comments, which Salesforce keeps apart, newest first."""

from datetime import datetime
from typing import NamedTuple

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Conversation, Message
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_CONVERSATION, LIST_CONVERSATIONS
from trunkline_contracts.tools.comms import GetConversation, ListConversations
from trunkline_contracts.values import Page, Visibility
from trunkline_salesforce import soql, vendor
from trunkline_salesforce.case_reads import SERVICE, CaseReads
from trunkline_salesforce.client import needs
from trunkline_salesforce.refs import LEAD
from trunkline_salesforce.vendor_service import ORIGINS, Case, CaseComment

_EMAILS_OF_CASES = "e-mails on cases (where that is meant, an operator unsets email_messages)"
COMMENTS = soql.History(
    "CaseComment",
    "00a",
    "CreatedDate",
    (
        *("Id", "ParentId", "CommentBody", "IsPublished", "CreatedDate"),
        *("CreatedById", "CreatedBy.Name", "CreatedBy.UserType"),
    ),
    ("ParentId = {who}", "IsDeleted = false"),
)
EMAILS = soql.History(
    "EmailMessage",
    "02s",
    "MessageDate",
    soql.EMAILS.fields,
    # 5 is a draft: it was never sent.
    ("ParentId = {who}", "IsDeleted = false", "Status != '5'"),
)
_SHOWN = {None: None, "public": "IsPublished = true", "internal": "IsPublished = false"}
_LATEST_FIRST = soql.Order("LastModifiedDate")


class _Said(NamedTuple):
    at: datetime
    prefix: str
    message: Message


class Threads(CaseReads):
    """The tools that read what was said."""

    @implements(LIST_CONVERSATIONS)
    async def list_conversations(self, request: ListConversations) -> ReadResult[Page[Conversation]]:
        """List a contact's cases as conversations, the one with the latest change first."""
        who = request.customer_id.vendor_id
        if who.startswith(LEAD):
            return ReadResult(data=Page(items=()))
        where = {
            "ContactId = {who}": who,
            "Origin IN {origins}": request.channel,
            "LastModifiedDate >= {since}": request.since,
            _LATEST_FIRST.after: request.cursor,
        }
        values = {**soql.page_values(request.cursor, request.limit), "who": who, "since": request.since}
        values["origins"] = [origin for origin, channel in ORIGINS.items() if request.channel == channel]
        conditions = [text for text, value in where.items() if value]
        query = soql.select(self._case_fields(), "Case", conditions, _LATEST_FIRST.text, values)
        with needs(SERVICE):
            cases = await self._client.query(query, Case)
        items = tuple(self._to.conversation(case) for case in cases[: request.limit])
        more = len(cases) > request.limit
        return ReadResult(data=Page(items=items, next_cursor=_cursor(cases[request.limit - 1]) if more else None))

    @implements(GET_CONVERSATION)
    async def get_conversation(self, request: GetConversation) -> ReadResult[Page[Message]]:
        """Merge a case's e-mails and comments."""
        case_id = request.conversation_id.vendor_id
        page = await self._thread(case_id, request.limit, request.cursor, request.visibility)
        if not page.items:
            # Nothing was said on it, or there is no such case.
            await self._case(case_id)
        return ReadResult(data=page)

    async def _thread(
        self, case_id: str, limit: int, cursor: str | None, visibility: Visibility | None
    ) -> Page[Message]:
        """Ask each kind for one more than a page, so that the end is known."""
        place = soql.Place.of(cursor) if cursor else None
        query = soql.happened(COMMENTS, case_id, None, place, limit + 1, _SHOWN[visibility])
        with needs(SERVICE):
            comments = await self._client.query(query, CaseComment)
        said = [_Said(item.created_date, "00a", self._to.comment(case_id, item)) for item in comments]
        if visibility != "internal" and self._settings.email_messages:
            said += await self._emails(case_id, soql.happened(EMAILS, case_id, None, place, limit + 1))
        # Sorting is stable: within one kind and second, Salesforce's order stays.
        said.sort(key=lambda item: item[:2], reverse=True)
        page = said[:limit]
        last = soql.Place(page[-1].at, page[-1].message.id.vendor_id).cursor if len(said) > limit else None
        return Page(items=tuple(item.message for item in page), next_cursor=last)

    async def _emails(self, case_id: str, query: str) -> list[_Said]:
        with needs(_EMAILS_OF_CASES):
            emails = await self._client.query(query, vendor.EmailMessage)
        return [_Said(item.message_date, "02s", self._to.case_email(case_id, item)) for item in emails]


def _cursor(case: Case) -> str | None:
    at = case.last_modified_date
    return soql.Place(at, case.id).cursor if at else None
