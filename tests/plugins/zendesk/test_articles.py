"""Zendesk's plugin at its sandbox: reading the help centre."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError
from trunkline_contracts.tools import GET_ARTICLE, SEARCH_ARTICLES
from trunkline_zendesk import trunkline_connector
from trunkline_zendesk.text import text_of

WARRANTY = "main:article:360000003"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


async def test_an_article_is_read_as_text(bench: Bench) -> None:
    read = await bench.call(GET_ARTICLE, article_id=WARRANTY)
    article = read.data
    assert article.title == "Grinder warranty"
    assert article.body_text == "Every grinder has a two-year warranty. A broken one is replaced free of charge."
    assert (article.locale, article.audience, article.snippet) == ("en-us", "public", None)
    assert (read.freshness.source, read.warnings) == ("live", ())


async def test_a_long_article_is_cut_and_says_so(bench: Bench) -> None:
    bench.fail_next(reply(200, {"article": {"id": 1, "title": "Long", "body": "<p>" + "word " * 50 + "</p>"}}))
    read = await bench.call(GET_ARTICLE, article_id="main:article:1", max_chars=100)
    assert read.data.body_text
    assert len(read.data.body_text) == 100
    assert [(warning.code, warning.field) for warning in read.warnings] == [("truncated", "body_text")]


@pytest.mark.parametrize("locale", ["en-us", "en-US", "EN_us"])
async def test_a_language_is_asked_for_as_the_help_centre_writes_it(bench: Bench, locale: str) -> None:
    assert (await bench.call(GET_ARTICLE, article_id=WARRANTY, locale=locale)).data.locale == "en-us"
    assert bench.requests[-1].url.endswith("/help_center/en-us/articles/360000003.json")


async def test_an_article_that_is_not_there_in_a_language_says_in_which_it_is(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="not there in de") as shown:
        await bench.call(GET_ARTICLE, article_id=WARRANTY, locale="de")
    assert shown.value.body.supported_alternatives == ("en-us",)


async def test_an_article_that_is_not_there_at_all_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="RecordNotFound"):
        await bench.call(GET_ARTICLE, article_id="main:article:1", locale="de")


@pytest.mark.parametrize("locale", ["..", "en-us/../..", "deutsch!", "e", "en-us?x=1"])
async def test_a_locale_is_never_a_path(bench: Bench, locale: str) -> None:
    calls: list[tuple[Any, dict[str, Any]]] = [
        (GET_ARTICLE, {"article_id": WARRANTY}),
        (SEARCH_ARTICLES, {"query": "grinder"}),
    ]
    for contract, more in calls:
        with pytest.raises(InvalidArgumentError, match="locale"):
            await bench.call(contract, locale=locale, **more)
    assert bench.requests == []


async def test_a_draft_is_not_found_and_a_restricted_article_is_named_so(bench: Bench) -> None:
    bench.fail_next(reply(200, {"article": {"id": 1, "title": "Secret plan", "draft": True}}))
    with pytest.raises(NotFoundError, match="draft"):
        await bench.call(GET_ARTICLE, article_id="main:article:1")
    bench.fail_next(reply(200, {"article": {"id": 2, "title": "For partners", "user_segment_id": 9, "body": None}}))
    article = (await bench.call(GET_ARTICLE, article_id="main:article:2")).data
    assert (article.audience, article.body_text) == ("restricted", "")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Pause</h1><p>Up to  three\nmonths.</p>", "Pause\nUp to three months."),
        ("<ul><li>one</li><li><b>two</b> &amp; a half</li></ul>", "- one\n- two & a half"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>x</p><script>steal('x > 1')</script><style>p{}</style><!-- hidden -->y", "x\ny"),
        ("<p>&lt;script&gt; is text</p>", "<script> is text"),
        (None, ""),
    ],
)
def test_html_becomes_text_line_by_line(html: str | None, text: str) -> None:
    assert text_of(html) == text
