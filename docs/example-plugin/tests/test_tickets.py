"""What is particular to Freshdesk's tickets."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from trunkline_contracts.errors import ConflictError, InvalidArgumentError, RateLimitedError, UnsupportedError
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.sandbox import COMPANY, Seed, SeedTicket
from trunkline_contracts.testing import Bench, OpenBench, reply
from trunkline_contracts.testing.rewriting import everywhere
from trunkline_contracts.tools import (
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    GET_CONVERSATION,
    GET_TICKET,
    MERGE_TICKETS,
    REPLY_TO_TICKET,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)
from trunkline_freshdesk import trunkline_connector

ADA, BRUNO = "main:customer:1001", "main:customer:1002"
TICKET, OF_BRUNO = "main:ticket:1", "main:ticket:2"


@pytest.fixture
async def desk(open_bench: OpenBench) -> AsyncIterator[Bench]:
    async with open_bench(trunkline_connector()) as bench:
        yield bench


def at_desk_with(open_bench: OpenBench, tickets: int) -> AbstractAsyncContextManager[Bench]:
    """A desk with that many tickets of Ada's."""
    ada, *others = COMPANY.people
    hers = replace(
        ada, tickets=tuple(SeedTicket(f"Question {number}", "?", tags=("many",)) for number in range(tickets))
    )
    return open_bench(trunkline_connector(), Seed((hers, *others), COMPANY.articles, fields=COMPANY.fields))


def sent(bench: Bench) -> list[tuple[str, str, Any]]:
    """The writes that were carried to Freshdesk."""
    writes = [request for request in bench.requests if request.method != "GET"]
    return [(item.method, item.url.partition("/api/v2")[2], orjson.loads(item.body)) for item in writes]


def with_fields(**fields: Any) -> Any:
    """Every ticket with these fields instead of its own."""

    def change(value: Any) -> Any:
        if isinstance(value, list):
            return [change(item) for item in value]
        return {**value, **fields} if isinstance(value, dict) and "requester_id" in value else value

    return everywhere(change)


@pytest.mark.parametrize(
    ("number", "status"), [(2, "open"), (3, "pending_customer"), (4, "solved"), (5, "closed"), (6, "other")]
)
async def test_a_status_is_a_number_and_from_six_on_the_accounts_own(desk: Bench, number: int, status: str) -> None:
    desk.rewrite = with_fields(status=number)
    read = await desk.call(GET_TICKET, ticket_id=TICKET)
    assert (read.data.status.value, read.data.status.raw) == (status, str(number))
    assert [warning.code for warning in read.warnings] == (["lossy_status"] if number == 6 else [])


async def test_spam_and_deleted_tickets_say_so(desk: Bench) -> None:
    desk.rewrite = with_fields(spam=True, deleted=True)
    flags = (await desk.call(GET_TICKET, ticket_id=TICKET)).data.flags
    assert (flags.spam, flags.deleted, flags.locked) == (True, True, False)


async def test_a_public_reply_is_mailed_and_an_internal_one_is_a_private_note(desk: Bench) -> None:
    public = await desk.call(REPLY_TO_TICKET, ticket_id=TICKET, body="Hello.", visibility="public")
    internal = await desk.call(REPLY_TO_TICKET, ticket_id=TICKET, body="Hm.", visibility="internal")
    assert sent(desk) == [
        ("POST", "/tickets/1/reply", {"body": "Hello."}),
        ("POST", "/tickets/1/notes", {"body": "Hm.", "private": True}),
    ]
    assert (public.resource.visibility, public.resource.direction) == ("public", "outbound")
    assert (internal.resource.visibility, internal.resource.direction) == ("internal", "internal")
    assert ([item.code for item in public.warnings], internal.warnings) == (["notifies_customer"], ())


async def test_a_text_is_never_a_tag_of_html(desk: Bench) -> None:
    text = '<b>1 < 2</b> & more\nof "it"'
    written = await desk.call(REPLY_TO_TICKET, ticket_id=TICKET, body=text, visibility="internal")
    assert sent(desk)[0][2]["body"] == '&lt;b&gt;1 &lt; 2&lt;/b&gt; &amp; more<br>of "it"'
    assert written.resource.body_text == text


async def test_tags_are_added_to_those_that_are_there(desk: Bench) -> None:
    changes = {"add_tags": ["vip"], "remove_tags": ["cancellation", "absent"]}
    done = await desk.call(UPDATE_TICKET, ticket_id=TICKET, changes=changes)
    assert sent(desk) == [("PUT", "/tickets/1", {"tags": ["vip"]})]
    assert [warning.code for warning in done.warnings] == ["not_atomic"]
    assert done.undo.args["changes"] == {"add_tags": ["cancellation"], "remove_tags": ["vip"]}


async def test_tags_that_are_there_already_are_not_written(desk: Bench) -> None:
    done = await desk.call(UPDATE_TICKET, ticket_id=TICKET, changes={"add_tags": ["cancellation"]})
    assert (done.outcome, sent(desk)) == ("noop", [])


@pytest.mark.parametrize(
    "changes",
    [{"status": "new"}, {"status": "on_hold"}, {"type": "task"}, {"status_label": "Waiting"},
        {"snooze_until": "2030-01-01T00:00:00Z"}],
    ids=str,
)  # fmt: skip
async def test_a_change_that_freshdesk_does_not_know_is_refused_before_it_is_asked(desk: Bench, changes: Any) -> None:
    with pytest.raises(UnsupportedError):
        await desk.call(UPDATE_TICKET, ticket_id=TICKET, changes=changes)
    assert list(desk.requests) == []


async def test_a_ticket_that_changed_since_it_was_read_is_not_written(desk: Bench) -> None:
    version = (await desk.call(GET_TICKET, ticket_id=TICKET)).data.version
    await desk.call(UPDATE_TICKET, ticket_id=TICKET, changes={"priority": "low"}, if_version=version)
    with pytest.raises(ConflictError):
        await desk.call(UPDATE_TICKET, ticket_id=TICKET, changes={"priority": "high"}, if_version=version)
    assert len(sent(desk)) == 1


async def test_the_undo_of_a_change_brings_back_what_was_there(desk: Bench) -> None:
    before = (await desk.call(GET_TICKET, ticket_id=TICKET)).data
    changes = {"status": "solved", "priority": "low", "subject": "Done", "add_tags": ["vip"]}
    done = await desk.call(UPDATE_TICKET, ticket_id=TICKET, changes=changes)
    await desk.call(UPDATE_TICKET, key="key-of-the-undo-0001", **done.undo.args)
    after = (await desk.call(GET_TICKET, ticket_id=TICKET)).data
    moving = {"updated_at": None, "version": None}
    assert after.model_copy(update=moving) == before.model_copy(update=moving)


async def test_what_was_empty_cannot_come_back_and_no_undo_pretends_it(desk: Bench) -> None:
    done = await desk.call(UPDATE_TICKET, ticket_id=TICKET, changes={"team": "Care"})
    assert (done.resource.team.id, done.undo) == ("main:team:8001", None)


async def test_a_list_goes_back_further_than_thirty_days(desk: Bench) -> None:
    await desk.call(SEARCH_TICKETS, requester=ADA)
    assert "updated_since=1970-01-01T00%3A00%3A00Z" in desk.requests[-1].url


async def test_a_time_is_written_in_utc(desk: Bench) -> None:
    await desk.call(SEARCH_TICKETS, requester=ADA, updated_since="2024-05-01T01:30:00+03:00")
    assert "updated_since=2024-04-30T22%3A30%3A00Z" in desk.requests[-1].url


async def test_a_requesters_tickets_come_from_the_list_and_not_from_the_index(desk: Bench) -> None:
    found = await desk.call(SEARCH_TICKETS, requester=ADA, status=["open"], tags=["cancellation"])
    assert [item.id for item in found.data.items] == [TICKET]
    assert (found.freshness.source, "/search/" in desk.requests[-1].url) == ("live", False)
    assert (await desk.call(SEARCH_TICKETS, requester=ADA, status=["solved"])).data.items == ()


async def test_filters_alone_are_a_search_in_freshdesks_language(desk: Bench) -> None:
    found = await desk.call(
        SEARCH_TICKETS, status=["open", "solved"], tags=["delivery"], updated_since="2020-01-02T10:00:00+03:00"
    )
    assert [item.id for item in found.data.items] == [OF_BRUNO]
    assert (found.freshness.source, found.freshness.max_lag_s) == ("search_index", 300)
    query = "%22%28status%3A2+OR+status%3A4%29+AND+tag%3A%27delivery%27+AND+updated_at%3A%3E%272020-01-02%27%22"
    assert desk.requests[-1].url.partition("query=")[2] == f"{query}&page=1"


@pytest.mark.parametrize("tag", ["a'", "'OR'", 'a"', "a\\"])
async def test_a_tag_never_becomes_a_part_of_the_search(desk: Bench, tag: str) -> None:
    with pytest.raises(InvalidArgumentError):
        await desk.call(SEARCH_TICKETS, tags=[tag])
    assert list(desk.requests) == []


async def test_a_search_that_is_too_long_is_refused(desk: Bench) -> None:
    with pytest.raises(InvalidArgumentError):
        await desk.call(SEARCH_TICKETS, tags=["t" * 99 + str(number) for number in range(6)])


async def test_a_search_ends_at_three_hundred_and_says_so(open_bench: OpenBench) -> None:
    async with at_desk_with(open_bench, 310) as bench:
        seen: list[str] = []
        cursor = None
        while cursor or not seen:
            page = await bench.call(SEARCH_TICKETS, tags=["many"], limit=50, cursor=cursor)
            seen += [item.id for item in page.data.items]
            cursor = page.data.next_cursor
    assert (len(set(seen)), page.data.total.value, page.data.total.exact) == (300, 310, False)
    assert [warning.code for warning in page.warnings] == ["truncated"]


async def test_a_list_has_no_such_end(open_bench: OpenBench) -> None:
    async with at_desk_with(open_bench, 310) as bench:
        seen: list[str] = []
        cursor = None
        while cursor or not seen:
            page = await bench.call(SEARCH_TICKETS, requester=ADA, limit=7, cursor=cursor)
            seen += [item.id for item in page.data.items]
            cursor = page.data.next_cursor
    assert len(set(seen)) == len(seen) == 310


async def test_a_conversation_begins_with_what_the_customer_wrote(desk: Bench) -> None:
    for number in (1, 2):
        key = f"key-of-reply-number-{number}"
        await desk.call(REPLY_TO_TICKET, key=key, ticket_id=TICKET, body=f"Reply {number}", visibility="public")
    said = (await desk.call(GET_CONVERSATION, conversation_id=TICKET)).data.items
    assert [message.body_text[:7] for message in said] == ["Reply 2", "Reply 1", "I have "]
    assert (said[-1].id, said[-1].direction, said[-1].author.ref) == ("main:message:d1", "inbound", ADA)


async def test_what_is_not_said_to_be_public_is_internal(desk: Bench) -> None:
    await desk.call(REPLY_TO_TICKET, ticket_id=TICKET, body="Hm.", visibility="internal")
    desk.rewrite = everywhere(
        lambda body: [{**item, "private": None} for item in body] if isinstance(body, list) else body
    )
    said = (await desk.call(GET_CONVERSATION, conversation_id=TICKET)).data.items
    assert said[0].visibility == "internal"


async def test_a_ticket_is_opened_in_the_customers_name(desk: Bench) -> None:
    made = await desk.call(
        CREATE_TICKET, requester=ADA, subject="Grinder", body="Loud.", first_message="from_customer", priority="high",
        type="problem", team="care", tags=["grinder"], custom_fields={"order_number": "1001", "product": "Grinder"},
    )  # fmt: skip
    assert sent(desk) == [("POST", "/tickets", {
        "requester_id": 1001, "subject": "Grinder", "description": "Loud.", "status": 2, "priority": 3,
        "type": "Problem", "group_id": 8001, "tags": ["grinder"],
        "custom_fields": {"cf_order_number": "1001", "cf_product": "Grinder"},
    })]  # fmt: skip
    assert made.resource.custom_fields == {"order_number": "1001", "product": "Grinder"}


async def test_a_handover_changes_the_ticket_and_then_adds_a_private_note(desk: Bench) -> None:
    asked = {
        "subject": TICKET,
        "summary": "Cancel now.",
        "reason": "angry_customer",
        "urgency": "urgent",
        "team": "Care",
    }
    done = await desk.call(ESCALATE_TO_HUMAN, **asked)
    (change, note) = sent(desk)
    tags = ["cancellation", "escalated_to_human"]
    assert change == ("PUT", "/tickets/1", {"status": 2, "priority": 4, "group_id": 8001, "tags": tags})
    assert note[1:] == ("/tickets/1/notes", {"body": NOTE, "private": True})
    assert (done.outcome, done.resource.state, done.resource.target.id) == ("applied", "queued", "main:team:8001")


NOTE = "Handed over to a human. Reason: angry customer.<br><br>Cancel now."


async def test_a_handover_whose_note_is_refused_is_partial(desk: Bench) -> None:
    def refused(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return reply(400) if request.url.endswith("/notes") else response

    desk.rewrite = refused
    done = await desk.call(ESCALATE_TO_HUMAN, subject=TICKET, summary="Now.", reason="safety")
    assert (done.outcome, [warning.code for warning in done.warnings]) == ("partial", ["emulated", "not_atomic"])


async def test_tickets_of_two_customers_are_not_merged(desk: Bench) -> None:
    with pytest.raises(ConflictError):
        await desk.call(MERGE_TICKETS, into=TICKET, duplicates=[OF_BRUNO], reason="same request")
    assert sent(desk) == []


async def test_a_merge_that_is_answered_with_nothing_is_done(open_bench: OpenBench) -> None:
    async with at_desk_with(open_bench, 2) as bench:
        bench.rewrite = lambda request, response: reply(204) if "merge" in request.url else response
        done = await bench.call(MERGE_TICKETS, into=TICKET, duplicates=["main:ticket:2"], reason="same request")
    note = {"body": "Merged. Reason: same request", "private": True}
    merge = {"primary_id": 1, "ticket_ids": [2], "note_in_primary": note, "note_in_secondary": note}
    assert (done.outcome, sent(bench)) == ("applied", [("PUT", "/tickets/merge", merge)])


async def test_the_limit_of_a_minute_is_told_with_the_time_to_wait(desk: Bench) -> None:
    desk.fail_next(*[reply(429, {"message": "slow down"}, retry_after="41", x_ratelimit_remaining="0")] * 3)
    with pytest.raises(RateLimitedError) as told:
        await desk.call(GET_TICKET, ticket_id=TICKET)
    assert told.value.body.retry_after_s == 41
