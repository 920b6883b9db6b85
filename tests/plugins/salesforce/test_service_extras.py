"""Salesforce's plugin at its sandbox: articles, and consent."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from plugins.salesforce.people import contact, lead
from support.bench import MARKER, Bench, at_sandbox, reply
from trunkline_contracts.errors import ConflictError, NotFoundError, PermissionDeniedError, UnsupportedError
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import GET_ARTICLE, GET_CONTACTABILITY, SEARCH_ARTICLES, SET_CONSENT
from trunkline_salesforce import sosl, trunkline_connector
from trunkline_salesforce.normalize_cases import text_of
from trunkline_salesforce.sandbox import Org, record_id, served
from trunkline_salesforce.sandbox_search import _words
from trunkline_salesforce.sandbox_seed import article_id

MANIFEST = trunkline_connector()
HOSTILE = [
    "x} IN ALL FIELDS RETURNING User(Id, Email) FIND {y",
    "a) RETURNING Contact(Id",
    "pause* OR grinder?",
    '"pause" AND NOT grinder',
    "back\\slash { } [ ] ( ) ^ ~ * : \" ' + - & | ! ?",
    "and OR not",
    "ünïcode ¿grinder",
    "{FIND}",
]


async def test_articles_are_searched_and_read(bench: Bench) -> None:
    found = await bench.call(SEARCH_ARTICLES, query="lost parcel")
    (hit,) = found.data.items
    assert (hit.id, hit.title) == (bench.ref("article", article_id(2)), "Refunds for lost parcels")
    assert (hit.locale, hit.audience, hit.body_text) == ("en_US", "public", None)
    assert found.freshness.source == "search_index"
    read = await bench.call(GET_ARTICLE, article_id=hit.id)
    assert read.data.body_text == "If a parcel is lost we refund it in full within five working days."
    assert read.warnings == ()


async def test_a_long_article_is_cut_and_says_so(bench: Bench, org: Org) -> None:
    row = next(iter(org.tables["Knowledge__kav"].values()))
    row["Answer__c"] = "<p>" + "word " * 100 + "</p>"
    read = await bench.call(GET_ARTICLE, article_id=bench.ref("article", article_id(1)), max_chars=100)
    assert read.data.body_text
    assert (len(read.data.body_text), [warning.code for warning in read.warnings]) == (100, ["truncated"])


async def test_an_article_in_a_language_that_it_is_not_in_is_not_found(bench: Bench) -> None:
    assert (await bench.call(SEARCH_ARTICLES, query="parcel", locale="de")).data.items == ()
    with pytest.raises(NotFoundError, match="language"):
        await bench.call(GET_ARTICLE, article_id=bench.ref("article", article_id(1)), locale="pt-BR")
    assert "pt_BR" in bench.requests[-1].url


async def test_a_draft_is_nobodys_to_read(bench: Bench, org: Org) -> None:
    for row in org.tables["Knowledge__kav"].values():
        row["PublishStatus"] = "Draft"
    assert (await bench.call(SEARCH_ARTICLES, query="parcel")).data.items == ()
    with pytest.raises(NotFoundError):
        await bench.call(GET_ARTICLE, article_id=bench.ref("article", article_id(1)))


async def test_where_no_field_for_the_text_is_named_that_is_said(org: Org) -> None:
    sandbox = served(org)
    plain = replace(sandbox, settings={**sandbox.settings, "article_field": None})
    async with at_sandbox(MANIFEST, sandbox=plain) as bench:
        read = await bench.call(GET_ARTICLE, article_id=bench.ref("article", article_id(1)))
    assert (read.data.body_text, [warning.code for warning in read.warnings]) == (None, ["part_unavailable"])


async def test_articles_come_in_pages(bench: Bench, org: Org) -> None:
    for row in org.tables["Knowledge__kav"].values():
        row["Summary"] = "coffee"
    first = (await bench.call(SEARCH_ARTICLES, query="coffee", limit=3)).data
    second = (await bench.call(SEARCH_ARTICLES, query="coffee", limit=3, cursor=first.next_cursor)).data
    assert len({item.id for item in (*first.items, *second.items)}) == 4
    assert second.next_cursor is None


async def test_an_org_without_knowledge_says_so(bench: Bench, org: Org) -> None:
    org.absent.add("Knowledge__kav")
    with pytest.raises(UnsupportedError, match="no Salesforce Knowledge"):
        await bench.call(SEARCH_ARTICLES, query="parcel")
    with pytest.raises(UnsupportedError, match="no Salesforce Knowledge"):
        await bench.call(GET_ARTICLE, article_id=bench.ref("article", article_id(1)))


@pytest.mark.parametrize("text", HOSTILE)
async def test_trap_28_words_are_only_ever_words_in_a_search(bench: Bench, text: str) -> None:
    assert (await bench.call(SEARCH_ARTICLES, query=text)).data.items == ()
    query = sosl.find(text, "Case(Id)")
    inside = query.removeprefix("FIND {").removesuffix("} IN ALL FIELDS RETURNING Case(Id)")
    assert _words(inside) == text.split()


def test_html_is_read_as_a_reader_sees_it() -> None:
    assert text_of("<h1>Pause</h1><p>Up to <b>three</b>\nmonths.<br>Free &amp; easy</p>") == (
        "Pause\nUp to three months.\nFree & easy"
    )


async def test_who_opted_out_bounced_or_is_not_to_be_called_is_told(bench: Bench, org: Org) -> None:
    email, phone = (await bench.call(GET_CONTACTABILITY, customer_id=contact(bench))).data.items
    assert (email.address_masked, email.marketing, email.transactional) == (
        "a…@fernway-studio.example",
        "unknown",
        "allowed",
    )
    assert (phone.channel, phone.marketing, phone.transactional) == ("phone", "unknown", "unknown")
    row = org.find("Contact", record_id("Contact", 1))
    row.update(HasOptedOutOfEmail=True, DoNotCall=True, EmailBouncedDate=org.now)
    email, phone = (await bench.call(GET_CONTACTABILITY, customer_id=contact(bench))).data.items
    assert (email.marketing, email.transactional, phone.marketing) == ("opted_out", "blocked", "opted_out")
    assert email.suppressed
    assert (email.suppressed.reason, email.suppressed.since) == ("bounce", org.now)
    (only,) = (await bench.call(GET_CONTACTABILITY, customer_id=contact(bench), channel="phone")).data.items
    assert only == phone


async def test_an_opt_out_and_its_evidence_are_one_request(bench: Bench, org: Org) -> None:
    arguments: dict[str, Any] = {"customer_id": contact(bench), "channel": "email", "evidence": "asked in chat"}
    done = await bench.call(SET_CONSENT, **arguments, marketing="opted_out")
    body = orjson.loads(bench.requests[-1].body)
    flag, task = body["compositeRequest"]
    assert (flag["method"], flag["body"]) == ("PATCH", {"HasOptedOutOfEmail": True})
    assert task["body"]["Description"] == f"Opted out: asked in chat\n\n[{MARKER}]"
    assert task["body"]["WhoId"] == record_id("Contact", 1)
    assert done.resource
    assert done.resource.marketing == "opted_out"
    assert done.undo
    back = await bench.call(SET_CONSENT, **done.undo.args)
    assert [warning.code for warning in back.warnings] == ["value_coerced"]
    assert org.find("Contact", record_id("Contact", 1))["HasOptedOutOfEmail"] is False
    again = await bench.call(SET_CONSENT, **arguments, marketing="opted_in")
    assert again.undo is None


async def test_a_leads_and_a_person_accounts_opt_out_have_their_own_places(bench: Bench, org: Org) -> None:
    arguments: dict[str, Any] = {"channel": "email", "marketing": "opted_out", "evidence": "asked in chat"}
    await bench.call(SET_CONSENT, customer_id=lead(bench), **arguments)
    assert org.find("Lead", record_id("Lead", 10))["HasOptedOutOfEmail"] is True
    async with at_sandbox(MANIFEST, sandbox=served(Org(COMPANY, person_accounts=True))) as people:
        await people.call(SET_CONSENT, customer_id=contact(people), **arguments)
        flag, _ = orjson.loads(people.requests[-1].body)["compositeRequest"]
    assert flag["url"].endswith(f"/sobjects/Account/{record_id('Account', 1)}")
    assert flag["body"] == {"PersonHasOptedOutOfEmail": True}


async def test_trap_29_a_converted_lead_is_read_only_and_leads_to_its_contact(bench: Bench) -> None:
    with pytest.raises(ConflictError) as told:
        await bench.call(
            SET_CONSENT, customer_id=lead(bench, 5), channel="email", marketing="opted_out", evidence="asked in chat"
        )
    assert [item.id for item in told.value.body.candidates] == [contact(bench, 5)]


async def test_a_channel_without_a_place_is_refused(bench: Bench) -> None:
    with pytest.raises(UnsupportedError):
        await bench.call(
            SET_CONSENT, customer_id=contact(bench), channel="sms", marketing="opted_out", evidence="asked in chat"
        )
    assert bench.requests == []


async def test_a_hidden_opt_out_is_for_an_operator_to_show(bench: Bench) -> None:
    bench.fail_next(reply(400, [{"errorCode": "INVALID_FIELD", "message": "…"}]))
    with pytest.raises(PermissionDeniedError, match="INVALID_FIELD"):
        await bench.call(GET_CONTACTABILITY, customer_id=contact(bench))
