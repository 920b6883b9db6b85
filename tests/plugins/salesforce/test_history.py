"""Salesforce's plugin at its sandbox: notes, and what happened with a customer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from support.bench import MARKER, Bench, at_sandbox, reply
from trunkline_contracts.entities.crm import Activity
from trunkline_contracts.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
    VendorBugError,
)
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import ADD_NOTE, LIST_ACTIVITIES
from trunkline_contracts.values import Page
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import LostAnswerError
from trunkline_salesforce import soql, trunkline_connector
from trunkline_salesforce.sandbox import Org, record_id, served

MANIFEST = trunkline_connector()
ADA = record_id("Contact", 1)


async def history(bench: Bench, who: str = ADA, **more: Any) -> tuple[Activity, ...]:
    page: Page[Activity] = (await bench.call(LIST_ACTIVITIES, about=bench.ref("customer", who), **more)).data
    return page.items


async def test_a_history_is_merged_newest_first(bench: Bench) -> None:
    email, meeting, call = await history(bench)
    assert [item.type for item in (email, meeting, call)] == ["email", "meeting", "call"]
    assert email.at > meeting.at > call.at
    assert (email.direction, email.channel, email.visibility) == ("inbound", "email", "public")
    assert email.author
    assert (email.author.kind, email.author.name) == ("customer", "Ada Okafor")
    assert email.body_text == COMPANY.people[0].tickets[0].body
    assert (call.direction, call.channel) == ("outbound", "voice")
    assert call.author
    assert (call.author.kind, call.author.name) == ("human_agent", "Noor Aziz")
    assert call.about == (bench.ref("customer", ADA),)


async def test_somebody_elses_history_is_not_in_it(bench: Bench) -> None:
    assert {item.subject for item in await history(bench, record_id("Contact", 3), types=["email"])} == {
        "THIRD broken grinder in a month"
    }


@pytest.mark.parametrize(
    ("types", "expected", "requests"),
    [
        (["email"], ["email"], 1),
        (["meeting"], ["meeting"], 1),
        (["call", "note"], ["call"], 1),
        (["task"], [], 1),
        (["call", "meeting"], ["meeting", "call"], 2),
    ],
)
async def test_only_the_types_asked_for_are_asked_for(
    bench: Bench, types: list[str], expected: list[str], requests: int
) -> None:
    assert [item.type for item in await history(bench, types=types)] == expected
    assert len(bench.requests) == requests


async def test_a_type_that_salesforce_does_not_have_is_refused(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="types"):
        await history(bench, types=["page_view"])


async def test_a_history_begins_where_it_is_told_to(bench: Bench, org: Org) -> None:
    since = org.now - timedelta(days=10)
    assert [item.type for item in await history(bench, since=since)] == ["email", "meeting"]
    assert [item.type for item in await history(bench, since=since + timedelta(seconds=1))] == ["email"]


def crowd(org: Org) -> None:
    """Twelve activities of all kinds, in three seconds."""
    for number in range(4):
        at = org.now - timedelta(seconds=number % 3)
        org.put("Task", 500 + number, WhoId=ADA, Subject=f"t{number}", TaskSubtype="Task", CreatedDate=at)
        org.put("Event", 500 + number, WhoId=ADA, Subject=f"e{number}", StartDateTime=at)
        email = org.put("EmailMessage", 500 + number, Subject=f"m{number}", MessageDate=at, Status="3")
        org.put("EmailMessageRelation", 500 + number, EmailMessageId=email["Id"], RelationId=ADA)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 14, 15])
async def test_a_history_pages_to_the_end_even_where_much_happens_in_one_second(
    bench: Bench, org: Org, limit: int
) -> None:
    crowd(org)
    whole, cursor = await history(bench, limit=50), None
    found: list[Activity] = []
    while True:
        page = (await bench.call(LIST_ACTIVITIES, about=bench.ref("customer", ADA), limit=limit, cursor=cursor)).data
        found += page.items
        if not (cursor := page.next_cursor):
            break
    assert tuple(found) == whole
    assert len({item.id for item in found}) == len(found) == 15
    assert [item.at for item in found] == sorted((item.at for item in found), reverse=True)


async def test_drafts_and_deleted_records_did_not_happen(bench: Bench, org: Org) -> None:
    before = len(await history(bench))
    draft = org.put("EmailMessage", 600, Subject="draft", MessageDate=org.now, Status="5")
    org.put("EmailMessageRelation", 600, EmailMessageId=draft["Id"], RelationId=ADA)
    org.put("Task", 601, WhoId=ADA, Subject="gone", TaskSubtype="Task", IsDeleted=True)
    assert len(await history(bench)) == before


async def test_archived_activities_are_asked_for_too(bench: Bench) -> None:
    await history(bench)
    assert all("/queryAll/" in request.url for request in bench.requests)


async def test_without_enhanced_email_a_task_is_the_email(org: Org) -> None:
    sandbox = served(org)
    old = replace(sandbox, settings={**sandbox.settings, "email_messages": False})
    async with at_sandbox(MANIFEST, sandbox=old) as bench:
        assert [item.type for item in await history(bench)] == ["email", "meeting", "call"]
        (email,) = await history(bench, types=["email"])
        assert (email.subject, email.channel) == ("Email: Please cancel my subscription", "email")
        assert not any("EmailMessage" in request.url for request in bench.requests)


async def test_a_task_of_an_unknown_kind_is_other(bench: Bench, org: Org) -> None:
    org.put("Task", 602, WhoId=ADA, Subject="hello", TaskSubtype="LinkedIn", CreatedDate=org.now)
    assert (await history(bench))[0].type == "other"


@pytest.mark.parametrize("cursor", ["yesterday|00T000000000001", "|", "x"])
async def test_a_cursor_of_something_else_is_refused(bench: Bench, cursor: str) -> None:
    with pytest.raises(InvalidArgumentError, match="cursor"):
        await history(bench, cursor=cursor)


def test_a_hostile_cursor_is_only_a_value() -> None:
    place = soql.Place.of("2026-01-02T03:04:05+00:00|00T' OR Id != '")
    query = soql.happened(soql.TASKS, "003Hp0000000001IAA", None, place, 5)
    assert "Id < '00T\\' OR Id != \\''" in query


async def test_a_note_is_kept_marked_and_seen_as_a_note(bench: Bench, org: Org) -> None:
    about = bench.ref("customer", ADA)
    written = await bench.call(ADD_NOTE, about=[about], body="Wants 'less' coffee.\nCall \\ back")
    assert written.outcome == "applied"
    assert [warning.code for warning in written.warnings] == ["emulated"]
    assert written.resource
    assert (written.resource.type, written.resource.about) == ("note", (about,))
    assert orjson.loads(bench.requests[-1].body) == {
        "WhoId": ADA,
        "Subject": "Note",
        "Description": f"Wants 'less' coffee.\nCall \\ back\n\n[{MARKER}]",
        "Status": "Completed",
        "ActivityDate": org.now.date().isoformat(),
    }
    assert written.verify_with
    (note,) = (await bench.call(LIST_ACTIVITIES, **written.verify_with.args)).data.items
    assert (note.id, note.type, note.direction) == (written.resource.id, "note", "internal")
    assert note.body_text
    assert MARKER in note.body_text
    assert [item.type for item in await history(bench, types=["task"])] == []


async def test_a_lead_can_have_a_note(bench: Bench) -> None:
    about = bench.ref("customer", record_id("Lead", 10))
    await bench.call(ADD_NOTE, about=[about], body="Wants an offer.")
    assert [item.type for item in await history(bench, record_id("Lead", 10))] == ["note"]


async def test_a_note_about_several_customers_is_refused_before_anything_is_sent(bench: Bench) -> None:
    about = [bench.ref("customer", record_id("Contact", number)) for number in (1, 2)]
    with pytest.raises(UnsupportedError, match="by a call of its own"):
        await bench.call(ADD_NOTE, about=about, body="Both called.")
    assert bench.requests == []


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (record_id("Contact", 99), NotFoundError),
        (record_id("Lead", 5), ConflictError),
    ],
)
async def test_a_note_about_nobody_is_refused(bench: Bench, who: str, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        await bench.call(ADD_NOTE, about=[bench.ref("customer", who)], body="Hello?")


async def test_a_note_longer_than_salesforce_takes_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="STRING_TOO_LONG"):
        await bench.call(ADD_NOTE, about=[bench.ref("customer", ADA)], body="x" * 40_000)


async def test_the_dry_run_of_a_note_writes_nothing(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(ADD_NOTE, about=[bench.ref("customer", ADA)], body="Hello", dry_run=True)
    assert shown.value.preview.body["Subject"] == "Note"
    assert bench.requests == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reply(500, b""), OutcomeUnknownError),
        (reply(302, b""), OutcomeUnknownError),
        (LostAnswerError("ServerDisconnected"), OutcomeUnknownError),
        (reply(201, b""), VendorBugError),
        (reply(200, b"<html>log in</html>"), VendorBugError),
        (reply(201, {"success": True}), VendorBugError),
    ],
)
async def test_a_note_without_a_clear_answer_is_sent_once(
    bench: Bench, fault: HttpResponse | Exception, expected: type[Exception]
) -> None:
    bench.fail_next(fault)
    with pytest.raises(expected):
        await bench.call(ADD_NOTE, about=[bench.ref("customer", ADA)], body="Hello")
    assert [(exchange.method, exchange.mutating) for exchange in bench.trace] == [("POST", True)]
