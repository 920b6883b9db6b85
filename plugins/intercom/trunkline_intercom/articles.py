"""Intercom's help centre."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Article
from trunkline_contracts.errors import NotFoundError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import GET_ARTICLE, SEARCH_ARTICLES
from trunkline_contracts.tools.helpdesk import GetArticle, SearchArticles
from trunkline_contracts.values import Page, Total, Warning
from trunkline_intercom import vendor, words
from trunkline_intercom.account import Account, search_freshness

_CUT = Warning(code="truncated", message="The article goes on: raise max_chars.", field="body_text")


class Articles(Account):
    """The tools that read articles."""

    @implements(SEARCH_ARTICLES)
    async def search_articles(self, request: SearchArticles) -> ReadResult[Page[Article]]:
        """Search the articles; drafts are left out, and there is no second page to ask for."""
        params = {"phrase": request.query, "state": words.PUBLISHED}
        found = await self._api.get("/articles/search", gives=vendor.ArticleSearch, params=params)
        published = [article for article in found.data.articles if article.state in {None, words.PUBLISHED}]
        items = tuple(self._to.found_article(article) for article in published[: request.limit])
        many = max(found.total_count or 0, len(published))
        page = Page[Article](items=items, total=Total(value=many, exact=False))
        return ReadResult(data=page, freshness=search_freshness(), warnings=_warnings(many, len(items)))

    @implements(GET_ARTICLE)
    async def get_article(self, request: GetArticle) -> ReadResult[Article]:
        """Read an article, in its default language or another that it is published in."""
        found = await self._api.get("/articles/{}", request.article_id.vendor_id, gives=vendor.Article)
        text = found if request.locale in {None, found.default_locale} else _translation(found, request.locale or "")
        article = self._to.article(found, text, request.locale or found.default_locale, request.max_chars)
        cut = len(article.body_text or "") == request.max_chars
        return ReadResult(data=article, warnings=(_CUT,) if cut else ())


def _translation(article: vendor.Article, locale: str) -> vendor.ArticleText:
    """The article in a language, which Intercom writes as `pt-BR`."""
    for name, text in (article.translated_content or {}).items():
        is_wanted = name.casefold() == locale.casefold()
        if is_wanted and isinstance(text, vendor.ArticleText) and text.state in {None, words.PUBLISHED}:
            return text
    raise NotFoundError("The article is not published in this language: leave locale out.")


def _warnings(many: int, shown: int) -> tuple[Warning, ...]:
    if many <= shown:
        return ()
    return (Warning(code="truncated", message=f"{shown} of {many} articles: narrow the search down."),)
