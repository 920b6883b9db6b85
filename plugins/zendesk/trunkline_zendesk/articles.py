"""Zendesk's help centre."""

import re

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Article
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_ARTICLE, SEARCH_ARTICLES
from trunkline_contracts.tools.helpdesk import GetArticle, SearchArticles
from trunkline_contracts.values import Page, Total, Warning
from trunkline_zendesk import vendor
from trunkline_zendesk.account import Account, search_freshness
from trunkline_zendesk.paging import SearchPage
from trunkline_zendesk.text import text_of

_LOCALE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}")


class Articles(Account):
    """The tools that read articles."""

    @implements(SEARCH_ARTICLES)
    async def search_articles(self, request: SearchArticles) -> ReadResult[Page[Article]]:
        """Search the articles, of which drafts are left out."""
        page = SearchPage.of(request.limit, request.cursor)
        params = {"query": request.query, "locale": _locale(request.locale), "page": page.number, "per_page": page.size}
        found = await self._api.get("/help_center/articles/search.json", gives=vendor.ArticleSearch, params=params)
        result = Page[Article](
            items=tuple(self._to.found_article(article) for article in found.results if not article.draft),
            next_cursor=page.next_cursor(found.count),
            total=Total(value=found.count, exact=False),
        )
        return ReadResult(data=result, freshness=search_freshness())

    @implements(GET_ARTICLE)
    async def get_article(self, request: GetArticle) -> ReadResult[Article]:
        """Read an article, in the language that it was written in or in another; a draft is not there yet."""
        found = await self._article(request.article_id.vendor_id, _locale(request.locale))
        if found.draft:
            raise NotFoundError("This article is a draft, which nobody published.")
        article = self._to.read_article(found, request.max_chars)
        is_cut = len(text_of(found.body)) > request.max_chars
        return ReadResult(data=article, warnings=(_CUT,) if is_cut else ())

    async def _article(self, article_id: str, locale: str | None) -> vendor.Article:
        """An article; where the language is what is missing, the error says in which one there is one."""
        if locale is None:
            return await self._in_its_own_language(article_id)
        try:
            answer = await self._api.get(
                "/help_center/{}/articles/{}.json", locale, article_id, gives=vendor.ArticleAnswer
            )
        except NotFoundError:
            known = (await self._in_its_own_language(article_id)).locale
            told = f"This article is not there in {locale}: take one of supported_alternatives as locale."
            raise NotFoundError(told, alternatives=[known] if known else []) from None
        return answer.article

    async def _in_its_own_language(self, article_id: str) -> vendor.Article:
        answer = await self._api.get("/help_center/articles/{}.json", article_id, gives=vendor.ArticleAnswer)
        return answer.article


_CUT = Warning(code="truncated", message="The article is longer: ask for more with max_chars.", field="body_text")


def _locale(given: str | None) -> str | None:
    """A language as the help centre writes it: `en-US` is `en-us` there."""
    if given is None:
        return None
    locale = given.lower().replace("_", "-")
    if not _LOCALE.fullmatch(locale):
        raise InvalidArgumentError("A locale is a language, such as de, or a language and a country, such as en-us.")
    return locale
