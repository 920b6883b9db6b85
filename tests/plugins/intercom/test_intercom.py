"""Intercom's plugin at its sandbox, judged by Intercom's OpenAPI file: what it reads."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorBugError,
)
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.sandbox import COMPANY, Seed, SeedTicket
from trunkline_contracts.tools import (
    ADD_NOTE,
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    LIST_CONVERSATIONS,
    REPLY_TO_TICKET,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_intercom import IntercomSettings, trunkline_connector
from trunkline_intercom.sandbox_records import ROBIN, contact_id

ADA = "ada.okafor@fernway-studio.example"
ADA_ID = f"main:customer:{contact_id(1)}"
BRUNO_ID = f"main:customer:{contact_id(2)}"
CHIARA_ID = f"main:customer:{contact_id(3)}"


@pytest.fixture
async def busy() -> AsyncIterator[Bench]:
    """Ada has written a lot, and half of it became tickets."""
    levels = ("normal", "high")
    tickets = tuple(SeedTicket(f"Question {at}", "How?", priority=levels[at % 2]) for at in range(9))  # type: ignore[arg-type]
    ada, *others = COMPANY.people
    seed: Seed = replace(COMPANY, people=(replace(ada, tickets=tickets), *others))
    async with at_sandbox(trunkline_connector(), seed) as bench:
        yield bench


def sent(bench: Bench, at: int = -1) -> Any:
    return orjson.loads(bench.requests[at].body)


async def test_a_search_asks_with_typed_filters_and_says_that_it_can_lag(bench: Bench) -> None:
    result = await bench.call(FIND_CUSTOMERS, email=ADA, phone="+12025550101")
    (found,) = result.data.items
    assert (found.display_name, found.confidence, found.matched_on) == ("Ada Okafor", "exact", ("email", "phone"))
    assert (result.freshness.source, result.freshness.max_lag_s) == ("search_index", 300)
    assert sent(bench)["query"]["value"][0] == {"field": "email", "operator": "=", "value": ADA}
    assert bench.requests[0].headers["Intercom-Version"] == "2.16"


async def test_the_companys_own_id_is_read_from_the_database(bench: Bench) -> None:
    result = await bench.call(FIND_CUSTOMERS, external_id="cust-2")
    assert [item.display_name for item in result.data.items] == ["Bruno Keller"]
    assert result.freshness.source == "live"
    assert (await bench.call(FIND_CUSTOMERS, external_id="a/../b' OR 1")).data.items == ()


async def test_a_name_is_looked_for_in_names_and_never_exact(bench: Bench) -> None:
    (found,) = (await bench.call(FIND_CUSTOMERS, name="lindq")).data.items
    assert (found.display_name, found.confidence) == ("Grace Lindqvist", "probable")


async def test_a_search_of_people_can_be_read_to_its_end(bench: Bench) -> None:
    names: list[str] = []
    more: dict[str, Any] = {}
    for _ in range(9):
        page = (await bench.call(FIND_CUSTOMERS, name="a", limit=4, **more)).data
        names += [item.display_name for item in page.items]
        if not page.next_cursor:
            break
        more = {"cursor": page.next_cursor}
    assert len(names) == len(set(names)) > 8


async def test_a_customer_comes_with_company_and_the_names_of_tags(bench: Bench) -> None:
    await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"add_tags": ["vip"]})
    view = (await bench.call(GET_CUSTOMER, customer_id=ADA_ID, include=["company"])).data
    assert (view.given_name, view.family_name, view.tags) == ("Ada", "Okafor", ("vip",))
    assert view.company_details
    assert view.company_details.name == "Fernway Studio"
    assert view.extensions == {"intercom": {"role": "user", "seen_in": {"country": "NG", "city": "Lagos"}}}
    assert view.addresses == ()


async def test_a_customer_whose_company_cannot_be_read_is_still_read(bench: Bench) -> None:
    bench.wire.faults = [lambda request: answer(bench, request), reply(403)]
    result = await bench.call(GET_CUSTOMER, customer_id=ADA_ID, include=["company"])
    assert result.data.company_details is None
    assert [warning.code for warning in result.warnings] == ["part_unavailable"]


def answer(_: Bench, request: HttpRequest) -> HttpResponse:
    companies = {"data": [{"id": "c1", "type": "company"}]}
    contact = {"type": "contact", "id": contact_id(1), "name": "Ada", "companies": companies, "tags": None}
    return HttpResponse(200, {}, orjson.dumps(contact), request.url)


async def test_tickets_and_conversations_are_both_found_and_stay_apart(bench: Bench) -> None:
    found = (await bench.call(SEARCH_TICKETS, status=["open"], limit=50)).data.items
    ticket = next(item for item in found if item.requester == ADA_ID)
    conversation = next(item for item in found if item.requester == BRUNO_ID)
    assert not ticket.id.vendor_id.startswith("conversation-")
    assert ticket.subject == "Please cancel my subscription"
    assert (ticket.status.value, ticket.status.raw, ticket.status.label) == ("open", "in_progress", "In progress")
    assert conversation.conversation_id
    assert conversation.id.vendor_id == f"conversation-{conversation.conversation_id.vendor_id}"
    assert (conversation.status.value, conversation.priority, conversation.tags) == ("open", None, ("delivery",))
    assert [item.extensions["intercom"]["kind"] for item in (ticket, conversation)] == ["ticket", "conversation"]


async def test_both_searches_are_read_to_their_end_one_after_the_other(busy: Bench) -> None:
    ids: list[str] = []
    more: dict[str, Any] = {}
    for _ in range(20):
        page = (await busy.call(SEARCH_TICKETS, requester=ADA_ID, limit=2, **more)).data
        ids += [item.id for item in page.items]
        if not page.next_cursor:
            break
        more = {"cursor": page.next_cursor}
    kinds = ["conversation-" in item for item in ids]
    assert kinds == [False] * 4 + [True] * 5
    assert len(set(ids)) == 9


@pytest.mark.parametrize(
    ("status", "subjects"),
    [
        (["open"], {"THIRD broken grinder in a month"}),
        (["closed"], {"Thank you!"}),
        (["on_hold"], {"Invoice address"}),
        (["solved", "closed"], {"Thank you!"}),
        (["new"], set()),
        (["pending_customer"], set()),
    ],
)
async def test_a_status_is_asked_for_in_the_words_of_each_kind(
    bench: Bench, status: list[str], subjects: set[str]
) -> None:
    page = (await bench.call(SEARCH_TICKETS, status=status, limit=50)).data
    found = {item.subject for item in page.items}
    assert (subjects <= found) if subjects else not found
    assert {item.status.value for item in page.items} <= set(status)


async def test_a_closed_ticket_is_closed_whatever_its_state_says(bench: Bench) -> None:
    ticket = (await bench.call(SEARCH_TICKETS, requester=ADA_ID)).data.items[0]
    await bench.call(UPDATE_TICKET, ticket_id=ticket.id, changes={"status": "closed"})
    found = (await bench.call(SEARCH_TICKETS, requester=ADA_ID, status=["closed", "solved"])).data.items
    assert [(item.id, item.status.value, item.status.raw) for item in found] == [(ticket.id, "closed", "in_progress")]
    still_open = (await bench.call(SEARCH_TICKETS, requester=ADA_ID, status=["open"])).data.items
    assert ticket.id not in {item.id for item in still_open}


async def test_each_word_of_a_text_is_looked_for_as_a_value(bench: Bench) -> None:
    found = (await bench.call(SEARCH_TICKETS, text="arrive charged")).data.items
    assert [item.requester for item in found] == [BRUNO_ID]
    asked = sent(bench)["query"]
    assert asked["operator"] == "AND"
    assert [[part["value"] for part in word["value"]] for word in asked["value"]] == [["arrive"] * 2, ["charged"] * 2]
    assert (await bench.call(SEARCH_TICKETS, text='"} 1=1')).data.items == ()
    assert sent(bench)["query"]["value"][0]["value"][0]["value"] == '"}'


async def test_a_text_and_a_requester_are_asked_for_in_groups(bench: Bench) -> None:
    found = (await bench.call(SEARCH_TICKETS, text="cancel", requester=ADA_ID, status=["open"])).data.items
    assert len(found) == 1
    assert [item["operator"] for item in sent(bench)["query"]["value"]] == ["AND", "OR"]


async def test_more_words_than_a_search_takes_are_refused(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="10 words"):
        await bench.call(SEARCH_TICKETS, text="one two three four five six seven eight nine ten eleven")
    assert bench.requests == []


async def test_who_has_a_ticket_is_asked_for_by_id(bench: Bench) -> None:
    assert (await bench.call(SEARCH_TICKETS, assignee="Robin Reyes", team="support")).data.items == ()
    fields = {item["field"]: item["value"] for item in sent(bench)["query"]["value"]}
    assert fields == {"admin_assignee_id": ROBIN, "team_assignee_id": "601"}


async def test_a_search_for_everything_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="at least one"):
        await bench.call(SEARCH_TICKETS)


@pytest.mark.parametrize("more", [{"tags": ["vip"]}, {"sort": "newest"}])
async def test_what_intercom_cannot_honour_is_refused(bench: Bench, more: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        await bench.call(SEARCH_TICKETS, requester=ADA_ID, **more)


async def test_since_is_exact_though_intercom_searches_by_day(bench: Bench) -> None:
    now = datetime.now(UTC)
    assert (await bench.call(SEARCH_TICKETS, updated_since=now - timedelta(minutes=5))).data.items == ()
    assert (await bench.call(SEARCH_TICKETS, updated_since=now - timedelta(hours=2))).data.items != ()
    asked = sent(bench)["query"]
    assert asked["value"] < (now - timedelta(hours=25)).timestamp()


async def test_a_ticket_shows_its_last_messages_rating_and_sla(bench: Bench) -> None:
    (conversation,) = (await bench.call(SEARCH_TICKETS, requester=BRUNO_ID)).data.items
    whole = (await bench.call(GET_TICKET, ticket_id=conversation.id, include=["messages", "csat", "sla"])).data
    assert whole.messages[0].body_text.startswith("My last order did not arrive")
    assert whole.csat
    assert (whole.csat.bucket, whole.sla) == ("none", ())


async def test_ratings_and_slas_are_read_as_intercom_gives_them(bench: Bench) -> None:
    rated = {"rating": 3, "remark": "so so", "created_at": 1_700_000_000}
    body = {"type": "conversation", "id": "1", "state": "parked", "priority": None, "conversation_rating": rated}
    bench.fail_next(reply(200, {**body, "sla_applied": {"sla_name": "Fast", "sla_status": "missed"}}))
    result = await bench.call(GET_TICKET, ticket_id="main:ticket:conversation-1", include=["csat", "sla"])
    assert result.data.csat
    assert (result.data.csat.score, result.data.csat.bucket) == ("3/5", "neutral")
    assert [(sla.name, sla.breached) for sla in result.data.sla] == [("Fast", True)]
    assert (result.data.status.value, result.data.status.raw, result.data.status.lossy) == ("other", "parked", True)
    assert [warning.code for warning in result.warnings] == ["lossy_status"]


async def test_conversations_are_listed_by_contact_and_channel(bench: Bench) -> None:
    (found,) = (await bench.call(LIST_CONVERSATIONS, customer_id=BRUNO_ID)).data.items
    assert (found.channel, found.state, found.subject) == ("email", "open", "Charged for a parcel that never came")
    assert found.ticket == f"main:ticket:conversation-{found.id.vendor_id}"
    assert (await bench.call(LIST_CONVERSATIONS, customer_id=BRUNO_ID, channel="chat")).data.items == ()
    assert (await bench.call(LIST_CONVERSATIONS, customer_id=BRUNO_ID, since=datetime.now(UTC))).data.items == ()


async def test_a_conversation_that_became_a_ticket_names_it_and_is_found_once(bench: Bench) -> None:
    (ticket,) = (await bench.call(SEARCH_TICKETS, requester=CHIARA_ID)).data.items
    (conversation,) = (await bench.call(LIST_CONVERSATIONS, customer_id=CHIARA_ID)).data.items
    assert conversation.ticket == ticket.id


async def test_messages_come_newest_first_and_to_the_end(bench: Bench) -> None:
    (found,) = (await bench.call(LIST_CONVERSATIONS, customer_id=BRUNO_ID)).data.items
    for number in range(3):
        bench.key = f"another-key-000000{number}"
        await bench.call(REPLY_TO_TICKET, ticket_id=found.ticket, body=f"Note {number}", visibility="internal")
    texts: list[str] = []
    more: dict[str, Any] = {}
    for _ in range(9):
        page = (await bench.call(GET_CONVERSATION, conversation_id=found.id, limit=1, **more)).data
        texts += [message.body_text for message in page.items]
        if not page.next_cursor:
            break
        more = {"cursor": page.next_cursor}
    assert texts == ["Note 2", "Note 1", "Note 0", "My last order did not arrive, but I was charged."]
    public = (await bench.call(GET_CONVERSATION, conversation_id=found.id, visibility="public")).data.items
    assert [(item.direction, item.author and item.author.kind) for item in public] == [("inbound", "customer")]
    with pytest.raises(InvalidArgumentError):
        await bench.call(GET_CONVERSATION, conversation_id=found.id, cursor="nonsense")


async def test_notes_are_listed_newest_first_and_to_the_end(bench: Bench) -> None:
    for number in range(3):
        bench.key = f"another-key-000000{number}"
        await bench.call(ADD_NOTE, about=[ADA_ID], body=f"Note {number}")
    first = (await bench.call(LIST_ACTIVITIES, about=ADA_ID, limit=2)).data
    last = (await bench.call(LIST_ACTIVITIES, about=ADA_ID, limit=2, cursor=first.next_cursor)).data
    texts = [(item.body_text or "").partition("\n")[0] for item in (*first.items, *last.items)]
    assert (texts, last.next_cursor) == (["Note 2", "Note 1", "Note 0"], None)
    assert (await bench.call(LIST_ACTIVITIES, about=ADA_ID, since=datetime.now(UTC))).data.items == ()
    with pytest.raises(UnsupportedError):
        await bench.call(LIST_ACTIVITIES, about=ADA_ID, types=["call"])


async def test_notes_that_intercom_kept_back_are_told_of(bench: Bench) -> None:
    bench.fail_next(reply(200, {"type": "list", "data": [], "total_count": 3}))
    assert [item.code for item in (await bench.call(LIST_ACTIVITIES, about=ADA_ID)).warnings] == ["truncated"]


async def test_a_cursor_of_another_list_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError):
        await bench.call(SEARCH_TICKETS, requester=ADA_ID, cursor="elsewhere:1")


async def test_html_becomes_text_with_its_lines(bench: Bench) -> None:
    html = "<p>Hello &amp; welcome<br>two</p><p><b>three</b></p><img src='x'>"
    part = {"type": "x", "id": "9", "part_type": "comment", "body": html, "author": {"type": "bot", "id": "1"}}
    event = {"type": "x", "id": "8", "part_type": "assignment", "body": None, "author": None}
    parts = {"conversation_parts": [event, part]}
    bench.fail_next(reply(200, {"type": "conversation", "id": "1", "conversation_parts": parts, "source": None}))
    (message,) = (await bench.call(GET_CONVERSATION, conversation_id="main:conversation:1")).data.items
    assert message.body_text == "Hello & welcome\ntwo\nthree"
    assert (message.author and message.author.kind, message.direction) == ("bot", "outbound")


async def test_articles_are_found_without_drafts_and_cut_honestly(bench: Bench) -> None:
    (found,) = (await bench.call(SEARCH_ARTICLES, query="grinder")).data.items
    assert (found.title, found.snippet, found.audience) == (
        "Grinder warranty",
        "Every grinder has a two-year warranty. A broken one is replaced free of charge.",
        "public",
    )
    articles = [{"id": str(at), "title": "t", "state": "draft" if at == 1 else "published"} for at in range(1, 5)]
    bench.fail_next(reply(200, {"data": {"articles": articles}, "total_count": 40}))
    result = await bench.call(SEARCH_ARTICLES, query="t", limit=2)
    assert [item.id.vendor_id for item in result.data.items] == ["2", "3"]
    assert [warning.code for warning in result.warnings] == ["truncated"]


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "unauthorized", PermissionDeniedError),
        (403, "api_plan_restricted", PermissionDeniedError),
        (404, "not_found", NotFoundError),
        (409, "conflict", ConflictError),
        (410, "contact_merged", NotFoundError),
        (422, "parameter_invalid", InvalidArgumentError),
        (429, "rate_limit_exceeded", RateLimitedError),
    ],
)
async def test_a_refusal_is_named_by_its_code_and_never_by_its_prose(
    bench: Bench, status: int, code: str, error: type[CallError]
) -> None:
    body = {"type": "error.list", "errors": [{"code": code, "message": "ada's secret"}]}
    bench.fail_next(*[reply(status, body, retry_after="60")] * 3)
    with pytest.raises(error) as told:
        await bench.call(GET_CUSTOMER, customer_id=ADA_ID)
    assert "secret" not in str(told.value)
    assert status == 429 or code in str(told.value)


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"type": "contact"}'])
async def test_what_is_no_contact_is_the_vendors_fault(bench: Bench, body: bytes) -> None:
    bench.fail_next(reply(200, body))
    with pytest.raises(VendorBugError):
        await bench.call(GET_CUSTOMER, customer_id=ADA_ID)


def test_the_rate_limit_is_read_from_its_headers() -> None:
    dialect = trunkline_connector().rate_dialect
    assert dialect
    state = dialect(reply(200, b"", x_ratelimit_remaining="7", x_ratelimit_reset=str(int(time.time()) + 9)))
    assert state.remaining == 7
    assert state.reset_s
    assert 7 < state.reset_s < 10
    assert dialect(reply(200)).remaining is None


def test_a_credential_goes_to_intercoms_three_hosts_only() -> None:
    for host in ("api.intercom.io", "api.eu.intercom.io", "api.au.intercom.io"):
        assert IntercomSettings.model_validate({"host": host, "admin_id": "1"}).host == host
    with pytest.raises(ValidationError):
        IntercomSettings.model_validate({"host": "api.intercom.io.evil.example", "admin_id": "1"})


class Answering:
    """An `Http` that gives one reply, and notes where it was asked."""

    def __init__(self, admins: list[dict[str, str]]) -> None:
        self.call = CallContext("main")
        self.url = ""
        self._body = orjson.dumps({"type": "admin.list", "admins": admins})

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.url = request.url
        return HttpResponse(200, {}, self._body, request.url)


async def test_the_probe_wants_the_admin_of_the_settings() -> None:
    settings = IntercomSettings(host="api.eu.intercom.io", admin_id="7")
    known = Answering([{"id": "7"}])
    await trunkline_connector().probe(settings, known)
    assert known.url == "https://api.eu.intercom.io/admins"
    with pytest.raises(PermissionDeniedError, match="admin_id"):
        await trunkline_connector().probe(settings, Answering([{"id": "8"}]))
