"""Salesforce Knowledge."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Article
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_ARTICLE, SEARCH_ARTICLES
from trunkline_contracts.tools.helpdesk import GetArticle, SearchArticles
from trunkline_contracts.values import Freshness, Page, Warning
from trunkline_salesforce import soql, sosl
from trunkline_salesforce.account import Account
from trunkline_salesforce.client import needs
from trunkline_salesforce.sheet import SEARCH_LAG_S
from trunkline_salesforce.vendor_service import Article as Knowledge

KNOWLEDGE = "Salesforce Knowledge"
_NAME = "Knowledge__kav"
_FIELDS = (
    *("Id", "KnowledgeArticleId", "Title", "Summary", "Language", "LastPublishedDate"),
    *("IsVisibleInPkb", "IsVisibleInCsp"),
)
_PUBLISHED = ("PublishStatus = 'Online'", "Language = {language}")
_WINDOW = 2_000
_NO_FIELD = Warning(
    code="part_unavailable",
    message="Each org keeps an article's text in a field of its own: an operator has to name it.",
    field="body_text",
)
_CUT = Warning(code="truncated", message="The article is longer than max_chars.", field="body_text")


class Articles(Account):
    """The tools that read articles."""

    @implements(SEARCH_ARTICLES)
    async def search_articles(self, request: SearchArticles) -> ReadResult[Page[Article]]:
        """Search the published articles of one language, the best match first."""
        skipped = _skipped(request.cursor)
        values = {"language": self._language(request.locale), "most": skipped + request.limit + 1}
        query = sosl.find(request.query, soql.returning(_FIELDS, _NAME, _PUBLISHED, "", values))
        with needs(KNOWLEDGE):
            found = (await self._client.search(query, Knowledge))[skipped:]
        items = tuple(self._to.article(article) for article in found[: request.limit])
        more = len(found) > request.limit
        page = Page[Article](items=items, next_cursor=str(skipped + request.limit) if more else None)
        return ReadResult(data=page, freshness=Freshness(source="search_index", max_lag_s=SEARCH_LAG_S))

    @implements(GET_ARTICLE)
    async def get_article(self, request: GetArticle) -> ReadResult[Article]:
        """Read the published version of an article in one language."""
        own = self._settings.article_field
        values = {"id": request.article_id.vendor_id, "language": self._language(request.locale), "most": 1}
        fields = (*_FIELDS, *((own,) if own else ()))
        query = soql.select(fields, _NAME, ("KnowledgeArticleId = {id}", *_PUBLISHED), "Id", values)
        with needs(KNOWLEDGE):
            found = await self._client.query(query, Knowledge)
        if not found:
            raise NotFoundError("Salesforce has no such article in this language: check the id, or name another.")
        text = self._to.article_text(found[0]) or ""
        warnings = (*(() if own else (_NO_FIELD,)), *((_CUT,) if len(text) > request.max_chars else ()))
        update: dict[str, Any] = {"body_text": text[: request.max_chars] or None}
        return ReadResult(data=self._to.article(found[0]).model_copy(update=update), warnings=warnings)

    def _language(self, locale: str | None) -> str:
        """A language as Salesforce writes it: `en_US`."""
        return (locale or self._settings.knowledge_language).replace("-", "_")


def _skipped(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal() or int(cursor) >= _WINDOW:
        raise InvalidArgumentError("Not a cursor of this list: pass it exactly as a tool returned it.")
    return int(cursor)
