"""Intercom's help centre."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Article
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import SEARCH_ARTICLES
from trunkline_contracts.tools.helpdesk import SearchArticles
from trunkline_contracts.values import Page, Total, Warning
from trunkline_intercom import vendor, words
from trunkline_intercom.account import Account, search_freshness


class Articles(Account):
    """The tool that reads articles."""

    @implements(SEARCH_ARTICLES)
    async def search_articles(self, request: SearchArticles) -> ReadResult[Page[Article]]:
        """Search the articles; drafts are left out, and there is no second page to ask for."""
        params = {"phrase": request.query, "state": words.PUBLISHED}
        found = await self._api.get("/articles/search", gives=vendor.ArticleSearch, params=params)
        published = [article for article in found.data.articles if article.state in {None, words.PUBLISHED}]
        items = tuple(self._to.article(article) for article in published[: request.limit])
        many = max(found.total_count or 0, len(published))
        page = Page[Article](items=items, total=Total(value=many, exact=False))
        return ReadResult(data=page, freshness=search_freshness(), warnings=_warnings(many, len(items)))


def _warnings(many: int, shown: int) -> tuple[Warning, ...]:
    if many <= shown:
        return ()
    return (Warning(code="truncated", message=f"{shown} of {many} articles: narrow the search down."),)
