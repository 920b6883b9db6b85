"""Zendesk's plugin at its sandbox, judged by Zendesk's OpenAPI file: what it reads."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorBugError,
    VendorUnavailableError,
)
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.sandbox import COMPANY, Seed, SeedTicket
from trunkline_contracts.tools import (
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_CONVERSATIONS,
    REPLY_TO_TICKET,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)
from trunkline_zendesk import ApiToken, OAuthToken, ZendeskSettings, trunkline_connector

ADA = "ada.okafor@fernway-studio.example"
ADA_ID, CHIARA_ID = "main:customer:900000001", "main:customer:900000003"


def busy(many: int) -> Seed:
    """The company, of whose customers Ada has written many tickets, every third of them solved."""
    tickets = tuple(
        SeedTicket(f"Question {number}", "How?", "solved" if number % 3 == 0 else "open", tags=("a", f"n{number}"))
        for number in range(many)
    )
    ada, *others = COMPANY.people
    return replace(COMPANY, people=(replace(ada, tickets=tickets), *others))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


@pytest.fixture
async def busy_bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector(), busy(230)) as bench:
        yield bench


async def all_pages(bench: Bench, contract: Any, **arguments: Any) -> list[Any]:
    """Every item of a list, page by page."""
    items, cursor = [], None
    while True:
        page = (await bench.call(contract, cursor=cursor, **arguments)).data
        items += page.items
        if not (cursor := page.next_cursor):
            return items


def query_of(request: HttpRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


# People


async def test_a_customer_is_found_by_email_and_the_answer_says_that_an_index_gave_it(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, email=ADA)
    (ada,) = found.data.items
    assert (ada.id, ada.display_name, ada.matched_on, ada.confidence) == (ADA_ID, "Ada Okafor", ("email",), "exact")
    assert (found.freshness.source, found.freshness.max_lag_s) == ("search_index", 300)


async def test_a_customer_is_found_by_the_companys_own_id_from_the_database(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, external_id="shop-4")
    assert [item.display_name for item in found.data.items] == ["Dev Patel"]
    assert found.freshness.source == "live"


async def test_two_ids_in_one_are_no_way_to_two_customers(bench: Bench) -> None:
    assert (await bench.call(FIND_CUSTOMERS, external_id="shop-1,shop-2")).data.items == ()


async def test_a_customer_is_found_by_telephone(bench: Bench) -> None:
    (chiara,) = (await bench.call(FIND_CUSTOMERS, phone="+12025550103")).data.items
    assert (chiara.id, chiara.confidence) == (CHIARA_ID, "exact")


async def test_a_name_finds_who_may_be_meant(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, name="Ada")
    assert [(item.display_name, item.confidence) for item in found.data.items] == [("Ada Okafor", "probable")]


async def test_people_of_one_name_page_to_the_end() -> None:
    people = tuple(replace(COMPANY.people[0], number=number, tickets=()) for number in range(1, 24))
    async with at_sandbox(trunkline_connector(), replace(COMPANY, people=people)) as bench:
        found = await all_pages(bench, FIND_CUSTOMERS, name="ada okafor", limit=10)
        assert len({person.id for person in found}) == len(found) == 23


async def test_a_near_hit_is_not_taken_for_the_customer(bench: Bench) -> None:
    user = {"id": 5, "name": "Somebody Else", "email": "other@x.example", "role": "end-user"}
    bench.fail_next(reply(200, {"users": [user], "next_page": None}))
    (near,) = (await bench.call(FIND_CUSTOMERS, email=ADA)).data.items
    assert near.confidence == "probable"


async def test_a_deleted_customer_is_not_found(bench: Bench) -> None:
    user = {"id": 5, "name": "Gone", "email": ADA, "active": False}
    bench.fail_next(reply(200, {"users": [user]}))
    assert (await bench.call(FIND_CUSTOMERS, email=ADA)).data.items == ()


async def test_a_postal_code_is_refused_not_ignored(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="postal_code"):
        await bench.call(FIND_CUSTOMERS, name="Ada", postal_code="1000")


@pytest.mark.parametrize(
    "name", ['x" role:admin "', "role:admin", 'a" OR type:ticket', "*", "-role:end-user", "a:b<c>d"]
)
async def test_a_name_is_only_ever_a_name(bench: Bench, name: str) -> None:
    await bench.call(FIND_CUSTOMERS, name=name)
    query = query_of(bench.requests[-1])["query"]
    assert query.startswith('name:"')
    assert query.count('"') == 2
    assert query.endswith('"')


async def test_a_customer_is_read_with_their_company_where_it_is_asked_for(bench: Bench) -> None:
    plain = (await bench.call(GET_CUSTOMER, customer_id=ADA_ID)).data
    assert (plain.point("email"), plain.company_details) == (ADA, None)
    assert plain.external_ids == {"external_id": "shop-1"}
    assert plain.extensions == {"zendesk": {"role": "end-user"}}
    full = (await bench.call(GET_CUSTOMER, customer_id=ADA_ID, include=["company"])).data
    assert full.company_details
    assert (full.company_details.id, full.company_details.name) == (full.company, "Fernway Studio")


async def test_a_company_that_may_not_be_seen_costs_a_warning_not_the_customer(bench: Bench) -> None:
    user = {"id": 5, "name": "Ada", "organization_id": 7}
    bench.fail_next(reply(200, {"user": user}), reply(403, {"error": "Forbidden"}))
    read = await bench.call(GET_CUSTOMER, customer_id="main:customer:5", include=["company"])
    assert read.data.display_name == "Ada"
    assert [warning.code for warning in read.warnings] == ["part_unavailable"]


async def test_a_customer_who_is_not_there_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="RecordNotFound"):
        await bench.call(GET_CUSTOMER, customer_id="main:customer:1")


# Tickets


async def test_a_requesters_tickets_come_from_the_database_newest_first(busy_bench: Bench) -> None:
    found = await busy_bench.call(SEARCH_TICKETS, requester=ADA_ID, limit=3)
    assert [item.subject for item in found.data.items] == ["Question 229", "Question 228", "Question 227"]
    assert found.freshness.source == "live"
    assert all("/tickets/requested" in request.url for request in busy_bench.requests)


async def test_a_requesters_tickets_page_to_the_end(busy_bench: Bench) -> None:
    subjects = [item.subject for item in await all_pages(busy_bench, SEARCH_TICKETS, requester=ADA_ID, limit=50)]
    assert subjects == [f"Question {number}" for number in reversed(range(230))]
    ends = {"oldest": "Question 0", "newest": "Question 229", "updated": "Question 229"}
    for sort, subject in ends.items():
        assert (await busy_bench.call(SEARCH_TICKETS, requester=ADA_ID, sort=sort, limit=1)).data.items[
            0
        ].subject == subject


async def test_a_filtered_list_has_every_ticket_once_and_no_other(busy_bench: Bench) -> None:
    solved = await all_pages(busy_bench, SEARCH_TICKETS, requester=ADA_ID, status=["solved"], limit=7)
    assert [item.subject for item in solved] == [f"Question {n}" for n in reversed(range(0, 230, 3))]
    both = await all_pages(busy_bench, SEARCH_TICKETS, requester=ADA_ID, tags=["a", "n42"])
    assert [item.subject for item in both] == ["Question 42"]


async def test_a_filter_that_nothing_fits_looks_through_three_pages_at_a_time() -> None:
    async with at_sandbox(trunkline_connector(), busy(330)) as bench:
        first = (await bench.call(SEARCH_TICKETS, requester=ADA_ID, tags=["n0"])).data
        assert (first.items, len(bench.requests)) == ((), 3)
        rest = (await bench.call(SEARCH_TICKETS, requester=ADA_ID, tags=["n0"], cursor=first.next_cursor)).data
        assert [item.subject for item in rest.items] == ["Question 0"]


async def test_tickets_that_changed_since_a_time_are_kept(bench: Bench) -> None:
    (ticket,) = (await bench.call(SEARCH_TICKETS, requester=ADA_ID)).data.items
    assert ticket.updated_at
    same = await bench.call(SEARCH_TICKETS, requester=ADA_ID, updated_since=ticket.updated_at)
    assert [item.id for item in same.data.items] == [ticket.id]
    later = await bench.call(SEARCH_TICKETS, requester=ADA_ID, updated_since="2100-01-01T00:00:00Z")
    assert later.data.items == ()


async def test_a_text_is_searched_in_the_index(bench: Bench) -> None:
    found = await bench.call(SEARCH_TICKETS, text="broken grinder")
    (ticket,) = found.data.items
    assert (ticket.requester, ticket.priority and ticket.priority.value) == (CHIARA_ID, "urgent")
    assert found.freshness.source == "search_index"
    assert found.data.total
    assert (found.data.total.value, found.data.total.exact) == (1, False)


async def test_a_search_has_typed_filters(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id="main:ticket:3", changes={"assignee": "Sam Ortiz", "team": "Tier 2"})
    found = await bench.call(
        SEARCH_TICKETS,
        requester=CHIARA_ID,
        text="grinder",
        status=["open", "on_hold"],
        assignee="Sam Ortiz",
        team="main:team:600000003",
        tags=["grinder", "complaint"],
        updated_since="2020-01-01T00:00:00+02:00",
    )
    assert [item.id for item in found.data.items] == ["main:ticket:3"]
    assert query_of(bench.requests[-1])["query"] == (
        'type:ticket requester:900000003 status:open status:hold assignee:"Sam Ortiz" group:600000003 '
        'tags:"grinder complaint" updated>=2019-12-31T22:00:00Z grinder'
    )


@pytest.mark.parametrize("more", [{"text": "grinder"}, {"assignee": "Sam Ortiz"}, {"team": "Support"}])
async def test_what_only_the_index_knows_is_searched_for_a_requester_too(bench: Bench, more: dict[str, Any]) -> None:
    found = await bench.call(SEARCH_TICKETS, requester=CHIARA_ID, **more)
    assert found.freshness.source == "search_index"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("lost parcel", "lost parcel"),
        ("x status:closed", 'x "status:closed"'),
        ('"type:user" -tag', '"type:user" "-tag"'),
        ("a>b order_by:id", '"a>b" "order_by:id"'),
        ('say "hi there"', "say hi there"),
        ("grinder* \\", '"grinder*"'),
    ],
)
async def test_no_word_of_a_text_is_an_operator(bench: Bench, text: str, sent: str) -> None:
    await bench.call(SEARCH_TICKETS, text=text)
    assert query_of(bench.requests[-1])["query"] == f"type:ticket {sent}"


async def test_a_name_of_signs_alone_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="words"):
        await bench.call(FIND_CUSTOMERS, name='" \\ "')
    assert bench.requests == []


async def test_a_search_pages_to_the_end_and_its_pages_keep_their_size(busy_bench: Bench) -> None:
    first = (await busy_bench.call(SEARCH_TICKETS, tags=["a"], limit=50)).data
    second = (await busy_bench.call(SEARCH_TICKETS, tags=["a"], limit=10, cursor=first.next_cursor)).data
    assert (len(first.items), len(second.items)) == (50, 50)
    assert len(await all_pages(busy_bench, SEARCH_TICKETS, tags=["a"], limit=50)) == 230


async def test_a_search_ends_at_zendesks_window_and_says_so() -> None:
    async with at_sandbox(trunkline_connector(), busy(1040)) as bench:
        found = await bench.call(SEARCH_TICKETS, tags=["a"], limit=50)
        assert [warning.code for warning in found.warnings] == ["truncated"]
        assert len(await all_pages(bench, SEARCH_TICKETS, tags=["a"], limit=50)) == 1000


@pytest.mark.parametrize("cursor", ["x", "0:10", "1:100", "-1:5", "2"])
async def test_a_cursor_that_is_none_is_refused(bench: Bench, cursor: str) -> None:
    with pytest.raises(InvalidArgumentError, match="cursor"):
        await bench.call(SEARCH_TICKETS, text="x", cursor=cursor)
    assert bench.requests == []


async def test_a_ticket_is_read_with_names_for_its_ids(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id="main:ticket:1", changes={"assignee": "maya.lind@beans.example"})
    ticket = (await bench.call(GET_TICKET, ticket_id="main:ticket:1")).data
    assert ticket.assignee
    assert (ticket.assignee.kind, ticket.assignee.name) == ("human_agent", "Maya Lind")
    assert ticket.team
    assert (ticket.team.id, ticket.team.name) == ("main:team:600000001", "Support")
    assert (ticket.url, ticket.channel) == ("https://beans.zendesk.com/agent/tickets/1", "email")
    assert (ticket.csat, ticket.sla, ticket.messages) == (None, (), ())


async def test_a_ticket_comes_with_messages_rating_and_sla_where_they_are_asked_for(bench: Bench) -> None:
    for number in range(11):
        await bench.call(REPLY_TO_TICKET, ticket_id="main:ticket:1", body=f"Note {number}", visibility="internal")
    ticket = (await bench.call(GET_TICKET, ticket_id="main:ticket:1", include=["messages", "csat", "sla"])).data
    assert [message.body_text for message in ticket.messages] == [f"Note {n}" for n in range(10, 0, -1)]
    assert ticket.csat
    assert (ticket.csat.bucket, ticket.csat.score) == ("none", None)
    assert [(sla.name, sla.breached) for sla in ticket.sla] == [("first_reply_time", True)]


@pytest.mark.parametrize(
    ("score", "bucket", "shown"),
    [
        ("good", "good", "good"),
        ("bad_with_comment", "bad", "bad_with_comment"),
        ("offered", "offered", None),
        ("unoffered", "none", None),
        (None, "none", None),
    ],
)
async def test_a_rating_is_a_score_only_when_somebody_rated(
    bench: Bench, score: str | None, bucket: str, shown: str | None
) -> None:
    rating = {"score": score, "comment": "thanks"} if score else None
    bench.fail_next(reply(200, {"ticket": {"id": 1, "status": "solved", "satisfaction_rating": rating}}))
    ticket = (await bench.call(GET_TICKET, ticket_id="main:ticket:1", include=["csat"])).data
    assert ticket.csat
    assert (ticket.csat.bucket, ticket.csat.score) == (bucket, shown)


@pytest.mark.parametrize("place", ["ticket", "beside it"])
async def test_an_sla_is_read_wherever_zendesk_puts_it(bench: Bench, place: str) -> None:
    metrics = [
        {"metric": "next_reply_time", "stage": "active", "breach_at": "2100-01-01T00:00:00Z", "hours": 3},
        {"metric": "first_reply_time", "stage": "achieved", "breach_at": "2020-01-01T00:00:00Z"},
        {"metric": "agent_work_time", "stage": "paused", "breach_at": None},
    ]
    slas: dict[str, Any] = {"slas": {"policy_metrics": metrics}}
    ticket: dict[str, Any] = {"id": 1, "status": "open", **(slas if place == "ticket" else {})}
    bench.fail_next(reply(200, {"ticket": ticket, **({} if place == "ticket" else slas)}))
    read = (await bench.call(GET_TICKET, ticket_id="main:ticket:1", include=["sla"])).data
    assert [item.breached for item in read.sla] == [False, None, None]


@pytest.mark.parametrize(
    ("raw", "value", "lossy"),
    [
        ("hold", "on_hold", False),
        ("pending", "pending_customer", False),
        ("deleted", "other", True),
        (None, "other", True),
    ],
)
async def test_a_status_is_in_our_words_and_keeps_zendesks(
    bench: Bench, raw: str | None, value: str, lossy: bool
) -> None:
    bench.fail_next(reply(200, {"ticket": {"id": 1, "status": raw}}))
    status = (await bench.call(GET_TICKET, ticket_id="main:ticket:1")).data.status
    assert (status.value, status.raw, status.lossy) == (value, raw or "", lossy)


async def test_the_accounts_own_status_keeps_its_label_and_is_called_lossy(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id="main:ticket:1", changes={"status_label": "waiting for COURIER"})
    read = await bench.call(GET_TICKET, ticket_id="main:ticket:1")
    status = read.data.status
    assert (status.value, status.raw, status.label, status.lossy) == ("on_hold", "hold", "Waiting for courier", True)
    assert [warning.code for warning in read.warnings] == ["lossy_status"]


async def test_a_follow_up_names_the_ticket_that_it_continues(bench: Bench) -> None:
    via = {"channel": "web", "source": {"from": {"ticket_id": 3}, "to": {}, "rel": "follow_up"}}
    bench.fail_next(reply(200, {"ticket": {"id": 9, "status": "new", "via": via}}))
    assert (await bench.call(GET_TICKET, ticket_id="main:ticket:9")).data.parent == "main:ticket:3"


# What was said


async def test_a_conversation_tells_public_from_internal_and_who_spoke(bench: Bench) -> None:
    await bench.call(REPLY_TO_TICKET, ticket_id="main:ticket:1", body="Careful.", visibility="internal")
    await bench.call(REPLY_TO_TICKET, ticket_id="main:ticket:1", body="Done.", visibility="public")
    messages = (await bench.call(GET_CONVERSATION, conversation_id="main:conversation:1")).data.items
    assert [(item.visibility, item.direction) for item in messages] == [
        ("public", "outbound"),
        ("internal", "internal"),
        ("public", "inbound"),
    ]
    assert [item.author and (item.author.kind, item.author.name) for item in messages] == [
        ("human_agent", "Robin Reyes"),
        ("human_agent", "Robin Reyes"),
        ("customer", "Ada Okafor"),
    ]
    public = (await bench.call(GET_CONVERSATION, conversation_id="main:ticket:1", visibility="public")).data.items
    assert [item.body_text for item in public] == ["Done.", messages[2].body_text]


async def test_a_conversation_pages_to_the_end(bench: Bench) -> None:
    for number in range(6):
        await bench.call(REPLY_TO_TICKET, ticket_id="main:ticket:1", body=f"Note {number}", visibility="internal")
    said = await all_pages(bench, GET_CONVERSATION, conversation_id="main:conversation:1", limit=3)
    assert [item.body_text for item in said][:6] == [f"Note {number}" for number in range(5, -1, -1)]
    notes = await all_pages(
        bench, GET_CONVERSATION, conversation_id="main:conversation:1", limit=2, visibility="internal"
    )
    assert len(notes) == 6


async def test_a_comment_of_which_nobody_says_that_it_is_public_is_taken_for_internal(bench: Bench) -> None:
    bench.fail_next(reply(200, {"comments": [{"id": 1, "author_id": -1, "body": "x"}, {"id": 2, "public": True}]}))
    system, unknown = (await bench.call(GET_CONVERSATION, conversation_id="main:ticket:1")).data.items
    assert (system.visibility, system.author and system.author.kind) == ("internal", "system")
    assert (unknown.author, unknown.direction) == (None, None)


async def test_a_persons_tickets_are_their_conversations(bench: Bench) -> None:
    (thread,) = (await bench.call(LIST_CONVERSATIONS, customer_id=CHIARA_ID)).data.items
    assert (thread.id, thread.ticket, thread.state) == ("main:conversation:3", "main:ticket:3", "open")
    assert (thread.channel, thread.message_count) == ("email", 1)
    assert [(actor.kind, actor.name) for actor in thread.participants] == [("customer", "Chiara Rossi")]
    assert (await bench.call(LIST_CONVERSATIONS, customer_id=CHIARA_ID, channel="chat")).data.items == ()
    assert (await bench.call(LIST_CONVERSATIONS, customer_id=CHIARA_ID, since="2100-01-01T00:00:00Z")).data.items == ()


async def test_conversations_page_to_the_end_the_last_changed_first(busy_bench: Bench) -> None:
    await busy_bench.call(REPLY_TO_TICKET, ticket_id="main:ticket:5", body="Hi", visibility="internal")
    threads = await all_pages(busy_bench, LIST_CONVERSATIONS, customer_id=ADA_ID, limit=50)
    assert threads[0].ticket == "main:ticket:5"
    assert len({thread.id for thread in threads}) == 230


async def test_articles_are_found_with_a_snippet_of_text(bench: Bench) -> None:
    found = await bench.call(SEARCH_ARTICLES, query="grinder warranty")
    (article,) = found.data.items
    assert article.title == "Grinder warranty"
    assert article.snippet
    assert "<" not in article.snippet
    assert article.audience == "public"
    assert found.freshness.source == "search_index"
    assert (await bench.call(SEARCH_ARTICLES, query="grinder", locale="fr")).data.items == ()


async def test_drafts_are_left_out_and_restricted_articles_named_so(bench: Bench) -> None:
    results = [
        {"id": 1, "title": "Draft", "draft": True},
        {"id": 2, "name": "Staff &amp; you", "snippet": "the <em>staff</em> &amp; you", "user_segment_id": 9},
    ]
    bench.fail_next(reply(200, {"results": results, "count": 2}))
    (article,) = (await bench.call(SEARCH_ARTICLES, query="staff")).data.items
    assert (article.snippet, article.audience) == ("the staff & you", "restricted")


# Refusals


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reply(401, {"error": "Couldn't authenticate you"}), PermissionDeniedError),
        (reply(403, {"error": {"title": "Forbidden", "message": "secret prose"}}), PermissionDeniedError),
        (reply(404, {"error": "RecordNotFound", "description": "Not found"}), NotFoundError),
        (reply(422, {"error": "RecordInvalid", "description": "secret prose"}), InvalidArgumentError),
        (reply(429, b"Number of allowed API requests per minute exceeded", retry_after="93"), RateLimitedError),
        (reply(200, b"<html>secret prose</html>"), VendorBugError),
        (reply(200, b""), VendorBugError),
        (reply(200, {"ticket": None}), VendorBugError),
        (reply(302, b""), VendorUnavailableError),
    ],
)
async def test_a_refusal_becomes_the_error_that_says_what_to_do(
    bench: Bench, fault: HttpResponse, expected: type[Exception]
) -> None:
    bench.fail_next(fault)
    with pytest.raises(expected) as shown:
        await bench.call(GET_TICKET, ticket_id="main:ticket:1")
    assert "prose" not in str(shown.value)


async def test_a_rate_limit_says_how_long_to_wait(bench: Bench) -> None:
    bench.fail_next(reply(429, b"", retry_after="93"))
    with pytest.raises(RateLimitedError) as shown:
        await bench.call(GET_TICKET, ticket_id="main:ticket:1")
    assert shown.value.body.retry_after_s == 93


def test_the_limit_is_read_from_zendesks_headers() -> None:
    manifest = trunkline_connector()
    assert manifest.rate_dialect
    state = manifest.rate_dialect(reply(200, b"", x_rate_limit_remaining="12", ratelimit_reset="41"))
    assert (state.remaining, state.reset_s) == (12, 41.0)
    assert manifest.rate_dialect(reply(200)).remaining is None


# The account


@pytest.mark.parametrize(
    "subdomain", ["evil.com#", "a.b", "a/b", "-a", "a-", "", "A", "a@b", "x.zendesk.com", "a\n", "é", "a" * 64]
)
def test_an_account_is_one_label_of_a_name_and_nothing_else(subdomain: str) -> None:
    with pytest.raises(ValueError, match="subdomain"):
        ZendeskSettings(subdomain=subdomain)


def test_a_credential_is_sent_as_zendesk_wants_it() -> None:
    auth, settings = trunkline_connector().auth, ZendeskSettings(subdomain="x")
    token = auth["api_token"].headers(settings, ApiToken.model_validate({"email": "a@b.example", "api_token": "t"}))
    assert token == {"Authorization": "Basic YUBiLmV4YW1wbGUvdG9rZW46dA=="}
    oauth = auth["oauth_token"].headers(settings, OAuthToken.model_validate({"access_token": "t"}))
    assert oauth == {"Authorization": "Bearer t"}


class Answering:
    """An `Http` that gives one reply."""

    def __init__(self, answer: HttpResponse) -> None:
        self.call = CallContext("main")
        self._answer = answer

    async def send(self, _: HttpRequest) -> HttpResponse:
        return self._answer


@pytest.mark.parametrize("user", [{"id": None, "role": "end-user"}, {"id": 5, "role": "end-user"}])
async def test_the_probe_does_not_take_a_stranger_for_an_agent(user: dict[str, Any]) -> None:
    manifest, settings = trunkline_connector(), ZendeskSettings(subdomain="x")
    with pytest.raises(PermissionDeniedError, match="credential"):
        await manifest.probe(settings, Answering(reply(200, {"user": user})))
    await manifest.probe(settings, Answering(reply(200, {"user": {"id": 5, "role": "admin"}})))
