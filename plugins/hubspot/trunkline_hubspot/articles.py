"""HubSpot's knowledge base, as its site search finds it."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Article
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import SEARCH_ARTICLES
from trunkline_contracts.tools.helpdesk import SearchArticles
from trunkline_contracts.values import Page, Total
from trunkline_hubspot import vendor_marketing
from trunkline_hubspot.account import Account, search_freshness
from trunkline_hubspot.richtext import to_text


class Articles(Account):
    """The tool that searches the knowledge base."""

    @implements(SEARCH_ARTICLES)
    async def search_articles(self, request: SearchArticles) -> ReadResult[Page[Article]]:
        """Search published articles; what was found is marked in HTML, which is taken off."""
        start = _offset(request.cursor)
        found = await self._api.get(
            "/cms/v3/site-search/search", gives=vendor_marketing.SiteSearch,
            params={
                "q": request.query, "type": "KNOWLEDGE_ARTICLE", "length": "LONG", "language": request.locale,
                "limit": request.limit, "offset": start,
            },
        )  # fmt: skip
        end = start + len(found.results)
        page = Page[Article](
            items=tuple(self._article(one) for one in found.results),
            next_cursor=str(end) if found.results and end < found.total else None,
            total=Total(value=found.total, exact=False),
        )
        return ReadResult(data=page, freshness=search_freshness())

    def _article(self, found: vendor_marketing.FoundPage) -> Article:
        return Article(
            id=self._to.ref("article", str(found.id)),
            title=to_text(found.title) or str(found.id),
            snippet=to_text(found.description),
            url=found.url,
            locale=found.language,
            section=found.category,
            score=found.score,
        )


def _offset(cursor: str | None) -> int:
    if cursor and not (cursor.isascii() and cursor.isdecimal()):
        raise InvalidArgumentError("This is no cursor of this search: start without one.")
    return int(cursor or 0)
