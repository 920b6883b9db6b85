"""Zendesk's help centre."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Article
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import SEARCH_ARTICLES
from trunkline_contracts.tools.helpdesk import SearchArticles
from trunkline_contracts.values import Page, Total
from trunkline_zendesk import vendor
from trunkline_zendesk.account import Account, search_freshness
from trunkline_zendesk.paging import SearchPage


class Articles(Account):
    """The tool that reads articles."""

    @implements(SEARCH_ARTICLES)
    async def search_articles(self, request: SearchArticles) -> ReadResult[Page[Article]]:
        """Search the articles, of which drafts are left out."""
        page = SearchPage.of(request.limit, request.cursor)
        params = {"query": request.query, "locale": request.locale, "page": page.number, "per_page": page.size}
        found = await self._api.get("/help_center/articles/search.json", gives=vendor.ArticleSearch, params=params)
        result = Page[Article](
            items=tuple(self._to.article(article) for article in found.results if not article.draft),
            next_cursor=page.next_cursor(found.count),
            total=Total(value=found.count, exact=False),
        )
        return ReadResult(data=result, freshness=search_freshness())
