"""Freshdesk's help centre."""

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Article
from trunkline_contracts.errors import NotFoundError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_ARTICLE, SEARCH_ARTICLES
from trunkline_contracts.tools.helpdesk import GetArticle, SearchArticles
from trunkline_contracts.values import Freshness, Page
from trunkline_freshdesk import vendor, words
from trunkline_freshdesk.account import Account
from trunkline_freshdesk.paging import some
from trunkline_freshdesk.sheet import SEARCH_LAG_S


class Articles(Account):
    """The tools that read articles; drafts are nobody's to see."""

    @implements(SEARCH_ARTICLES)
    async def search_articles(self, request: SearchArticles) -> ReadResult[Page[Article]]:
        """Search the articles."""

        async def fetch(number: int) -> list[vendor.Article]:
            params: Params = {"term": request.query, "page": number}
            return await self._api.get("/search/solutions", gives=list[vendor.Article], params=params)

        found, following = await some(fetch, request.limit, request.cursor, _is_published)
        page = Page[Article](items=tuple(map(self._to.found_article, found)), next_cursor=following)
        return ReadResult(data=page, freshness=Freshness(source="search_index", max_lag_s=SEARCH_LAG_S))

    @implements(GET_ARTICLE)
    async def get_article(self, request: GetArticle) -> ReadResult[Article]:
        """Read an article."""
        found = await self._api.get("/solutions/articles/{}", request.article_id.vendor_id, gives=vendor.Article)
        if not _is_published(found):
            raise NotFoundError("This article is a draft: search_articles finds the published ones.")
        return ReadResult(data=self._to.read_article(found, request.max_chars))


def _is_published(article: vendor.Article) -> bool:
    return article.status == words.PUBLISHED
