"""Zendesk's plugin at its sandbox, judged by Zendesk's OpenAPI file: what it writes."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from support.bench import KEY, MARKER, Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
)
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.testing.bench import WireFault
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    GET_CONVERSATION,
    GET_TICKET,
    REPLY_TO_TICKET,
    SEARCH_TICKETS,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_zendesk import trunkline_connector

ADA_ID = "main:customer:900000001"
TICKET = "main:ticket:1"
CHIARAS = "main:ticket:3"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


def sent(request: HttpRequest) -> Any:
    return orjson.loads(request.body)["ticket"]


def codes(result: Any) -> list[str]:
    return [warning.code for warning in result.warnings]


async def close(bench: Bench, ticket: str) -> None:
    await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "closed"})


async def create(bench: Bench, **more: Any) -> Any:
    given = {"requester": ADA_ID, "subject": "Parcel", "body": "It never came.", "first_message": "outbound"}
    return await bench.call(CREATE_TICKET, **{**given, **more})


# Opening a ticket


@pytest.mark.parametrize(
    ("first_message", "visibility", "direction", "author", "warned"),
    [
        ("from_customer", "public", "inbound", "Ada Okafor", ["notifies_customer"]),
        ("outbound", "public", "outbound", "Robin Reyes", ["notifies_customer"]),
        ("internal", "internal", "internal", "Robin Reyes", []),
    ],
)
async def test_a_new_ticket_says_who_its_first_message_is_from(
    bench: Bench, first_message: str, visibility: str, direction: str, author: str, warned: list[str]
) -> None:
    made = await create(bench, first_message=first_message)
    assert codes(made) == warned
    (message,) = (await bench.call(GET_CONVERSATION, conversation_id=made.resource.id)).data.items
    assert message.author
    assert (message.visibility, message.direction, message.author.name) == (visibility, direction, author)
    assert (made.resource.requester, message.body_text) == (ADA_ID, "It never came.")


async def test_a_new_ticket_has_all_that_was_asked_for_and_is_found_at_once(bench: Bench) -> None:
    made = await create(bench, priority="urgent", type="incident", team="billing", tags=["parcel", "lost"])
    assert made.outcome == "applied"
    ticket = (await bench.call(GET_TICKET, ticket_id=made.resource.id)).data
    assert (ticket.priority and ticket.priority.value, ticket.type) == ("urgent", "incident")
    assert (ticket.tags, ticket.status.value) == (("parcel", "lost"), "new")
    assert ticket.team
    assert ticket.team.name == "Billing"
    assert made.resource.team == ticket.team
    newest = (await bench.call(SEARCH_TICKETS, requester=ADA_ID)).data.items[0]
    assert newest.id == ticket.id


async def test_a_repeated_key_gets_the_ticket_that_it_already_made(bench: Bench) -> None:
    first, second = await create(bench), await create(bench)
    assert first.resource.id == second.resource.id
    assert bench.requests[-1].headers["Idempotency-Key"] == KEY
    assert sent(bench.requests[-1])["metadata"] == {"trunkline_op": MARKER}


async def test_a_key_that_made_another_ticket_is_a_conflict(bench: Bench) -> None:
    await create(bench)
    with pytest.raises(ConflictError, match="IdempotentRequestError"):
        await create(bench, subject="Another")


async def test_a_requester_who_is_not_there_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="RecordInvalid"):
        await create(bench, requester="main:customer:1")


async def test_what_a_caller_writes_reaches_zendesk_as_it_is(bench: Bench) -> None:
    text = 'He said: "{{ticket.requester}}" <script>\n\\u0041 & é 🙂'
    made = await create(bench, body=text, subject="'; drop table tickets; --", tags=['a"b'])
    ticket = (await bench.call(GET_TICKET, ticket_id=made.resource.id)).data
    assert (ticket.description_text, ticket.subject) == (text, "'; drop table tickets; --")
    assert ticket.tags == ('a"b',)


async def test_a_closed_ticket_is_followed_by_one_that_names_it_and_keeps_its_tags(bench: Bench) -> None:
    await close(bench, TICKET)
    made = await create(bench, related=TICKET)
    assert sent(bench.requests[-1])["via_followup_source_id"] == 1
    assert (made.resource.parent, made.resource.tags) == (TICKET, ("cancellation",))


async def test_an_open_ticket_cannot_be_followed_and_nothing_is_sent(bench: Bench) -> None:
    with pytest.raises(ConflictError, match="closed") as shown:
        await create(bench, related=TICKET)
    assert shown.value.body.supported_alternatives == ("reply_to_ticket", "update_ticket")
    assert [request.method for request in bench.requests] == ["GET"]


# Changing a ticket


async def test_a_ticket_cannot_be_snoozed_and_nothing_is_asked_for_that(bench: Bench) -> None:
    changes = {"snooze_until": "2100-01-01T00:00:00Z", "priority": "low"}
    with pytest.raises(UnsupportedError, match="on_hold"):
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes=changes)
    assert bench.requests == []


async def test_a_change_is_made_and_can_be_taken_back(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"assignee": "Sam Ortiz"})
    before = (await bench.call(GET_TICKET, ticket_id=TICKET)).data
    changes = {"status": "on_hold", "priority": "low", "subject": "Later", "assignee": "maya lind", "team": "tier 2"}
    changed = await bench.call(
        UPDATE_TICKET, ticket_id=TICKET, changes={**changes, "add_tags": ["vip"], "remove_tags": ["cancellation"]}
    )
    ticket = changed.resource
    assert ticket
    assert (ticket.status.value, ticket.status.raw, ticket.subject) == ("on_hold", "hold", "Later")
    assert (ticket.assignee and ticket.assignee.name, ticket.team and ticket.team.name) == ("Maya Lind", "Tier 2")
    assert ticket.tags == ("vip",)
    assert changed.undo
    await bench.call(UPDATE_TICKET, **changed.undo.args)
    after = (await bench.call(GET_TICKET, ticket_id=TICKET)).data
    kept = {"version", "updated_at"}
    assert after.model_dump(exclude=kept) == before.model_dump(exclude=kept)


async def test_a_change_without_a_former_value_names_no_undo(bench: Bench) -> None:
    assert (await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"assignee": "Sam Ortiz"})).undo is None
    new = (await bench.call(SEARCH_TICKETS, text="Izmir", status=["new"])).data.items[0]
    assert (await bench.call(UPDATE_TICKET, ticket_id=new.id, changes={"status": "open"})).undo is None


async def test_a_change_of_nothing_is_called_so(bench: Bench) -> None:
    same = await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"status": "open", "add_tags": ["cancellation"]})
    assert same.outcome == "noop"
    assert "tags" not in sent(bench.requests[-1])


async def test_tags_are_added_to_those_that_are_there_and_guarded(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id=CHIARAS, changes={"add_tags": ["vip", "grinder"]})
    body = sent(bench.requests[-1])
    assert body["tags"] == ["grinder", "complaint", "vip"]
    assert body["safe_update"] is True
    assert (await bench.call(GET_TICKET, ticket_id=CHIARAS)).data.tags == ("grinder", "complaint", "vip")


async def test_a_change_between_reading_and_writing_is_a_conflict_and_nothing_is_lost(bench: Bench) -> None:
    old = {"id": 1, "status": "open", "tags": ["stale"], "updated_at": "2020-01-01T00:00:00Z"}
    bench.fail_next(reply(200, {"ticket": old}))
    with pytest.raises(ConflictError, match="UpdateConflict"):
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"add_tags": ["mine"]})
    assert (await bench.call(GET_TICKET, ticket_id=TICKET)).data.tags == ("cancellation",)


async def test_a_version_guards_what_the_caller_read(bench: Bench) -> None:
    version = (await bench.call(GET_TICKET, ticket_id=TICKET)).data.version
    await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"priority": "low"}, if_version=version)
    with pytest.raises(ConflictError, match="read it again"):
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"priority": "high"}, if_version=version)
    assert bench.requests[-1].method == "GET"


async def test_a_closed_ticket_never_changes_and_the_error_says_what_to_do(bench: Bench) -> None:
    closed = await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"status": "closed"})
    assert (codes(closed), closed.undo) == (["irreversible"], None)
    later: list[tuple[Any, dict[str, Any]]] = [
        (UPDATE_TICKET, {"changes": {"status": "open"}}),
        (REPLY_TO_TICKET, {"body": "Hello?", "visibility": "public"}),
    ]
    for contract, arguments in later:
        with pytest.raises(ConflictError, match="create_ticket") as shown:
            await bench.call(contract, ticket_id=TICKET, **arguments)
        assert shown.value.body.supported_alternatives == ("create_ticket(related)",)
        assert bench.requests[-1].method == "GET"


async def test_on_hold_is_sent_as_zendesks_hold(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"status": "on_hold"})
    assert sent(bench.requests[-1])["status"] == "hold"
    with pytest.raises(InvalidArgumentError):
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"status": "on-hold"})


async def test_the_accounts_own_status_is_written_by_its_label(bench: Bench) -> None:
    changed = await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"status_label": "Waiting for courier"})
    assert changed.resource
    assert (changed.resource.status.label, changed.resource.status.value) == ("Waiting for courier", "on_hold")
    assert codes(changed) == ["lossy_status"]
    assert changed.undo
    assert changed.undo.args["changes"] == {"status": "open"}


async def test_a_label_that_is_not_there_is_refused_with_those_that_are(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError) as shown:
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"status_label": "Lost"})
    assert "Waiting for courier" in shown.value.body.supported_alternatives
    assert bench.requests[-1].method == "GET"


async def test_a_status_and_a_label_that_contradict_each_other_are_refused(bench: Bench) -> None:
    changes = {"status": "solved", "status_label": "Waiting for courier"}
    with pytest.raises(InvalidArgumentError, match="contradict"):
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes=changes)


async def test_a_team_that_may_be_one_of_several_is_ambiguous_and_its_id_is_not(bench: Bench) -> None:
    groups = [{"id": 7, "name": "Sales"}, {"id": 8, "name": "sales"}, {"id": 9, "name": "Sales", "deleted": True}]
    ticket = {"id": 1, "status": "open", "updated_at": "2020-01-01T00:00:00Z"}
    bench.fail_next(reply(200, {"ticket": ticket}), reply(200, {"groups": groups}))
    with pytest.raises(AmbiguousError) as shown:
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"team": "SALES"})
    assert [item.id for item in shown.value.body.candidates] == ["main:team:7", "main:team:8"]
    changed = await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"team": "main:team:600000002"})
    assert changed.resource
    assert changed.resource.team
    assert changed.resource.team.id == "main:team:600000002"


async def test_a_name_that_fits_nearly_is_a_candidate_and_not_a_choice(bench: Bench) -> None:
    with pytest.raises(AmbiguousError) as shown:
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"assignee": "Sam"})
    (sam,) = shown.value.body.candidates
    assert (sam.id, sam.label) == ("main:agent:700000002", "Sam Ortiz <sam.ortiz@beans.example>")
    await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"assignee": sam.id})
    assert sent(bench.requests[-1])["assignee_id"] == 700000002


@pytest.mark.parametrize("name", ["Ada Okafor", "Nobody", "main:customer:900000001", "other:agent:1"])
async def test_an_assignee_who_is_no_agent_is_not_found(bench: Bench, name: str) -> None:
    with pytest.raises(NotFoundError, match="no agent"):
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"assignee": name})
    assert all(request.method == "GET" for request in bench.requests)


async def test_an_end_user_is_no_assignee_even_if_zendesk_finds_one(bench: Bench) -> None:
    ticket = {"id": 1, "status": "open", "updated_at": "2020-01-01T00:00:00Z"}
    people = [{"id": 5, "name": "Sam Ortiz", "role": "end-user"}, {"id": 6, "name": "Sam Ortiz", "role": "agent"}]
    bench.fail_next(reply(200, {"ticket": ticket}), reply(200, {"users": people}), reply(409, {}))
    with pytest.raises(ConflictError):
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"assignee": "Sam Ortiz"})


async def test_a_team_on_the_second_page_is_found(bench: Bench) -> None:
    ticket = {"id": 1, "status": "open", "updated_at": "2020-01-01T00:00:00Z"}
    first = {"groups": [{"id": 7, "name": "A"}], "meta": {"has_more": True, "after_cursor": "x"}}
    second = {"groups": [{"id": 8, "name": "B"}], "meta": {"has_more": False, "after_cursor": "y"}}
    bench.fail_next(reply(200, {"ticket": ticket}), reply(200, first), reply(200, second), reply(409, {}))
    with pytest.raises(ConflictError):
        await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"team": "b"})
    assert [exchange.method for exchange in bench.trace] == ["GET", "GET", "GET", "PUT"]


# Answering


async def test_a_public_reply_reaches_the_customer_and_can_change_the_status(bench: Bench) -> None:
    said = await bench.call(
        REPLY_TO_TICKET, ticket_id=TICKET, body="It is paused.", visibility="public", status_after="pending_customer"
    )
    assert codes(said) == ["notifies_customer"]
    assert said.resource
    assert (said.resource.visibility, said.resource.direction) == ("public", "outbound")
    newest = (await bench.call(GET_CONVERSATION, conversation_id=TICKET)).data.items[0]
    assert (newest.id, newest.body_text, newest.at) == (said.resource.id, "It is paused.", said.resource.at)
    assert newest.extensions == {"zendesk": {"trunkline_op": MARKER}}
    assert (await bench.call(GET_TICKET, ticket_id=TICKET)).data.status.value == "pending_customer"
    assert said.undo is None


async def test_an_internal_reply_reaches_nobody(bench: Bench) -> None:
    said = await bench.call(REPLY_TO_TICKET, ticket_id=TICKET, body="Careful.", visibility="internal")
    assert codes(said) == []
    assert sent(bench.requests[-1])["comment"] == {"body": "Careful.", "public": False}
    assert said.resource
    assert (said.resource.visibility, said.resource.direction) == ("internal", "internal")


async def test_a_reply_of_which_zendesk_does_not_say_the_id_is_applied_all_the_same(bench: Bench) -> None:
    ticket = {"id": 1, "status": "open", "updated_at": "2020-01-01T00:00:00Z"}
    bench.fail_next(reply(200, {"ticket": ticket}), reply(200, {"ticket": ticket}))
    said = await bench.call(REPLY_TO_TICKET, ticket_id=TICKET, body="Hi", visibility="internal")
    assert (said.outcome, said.resource) == ("applied", None)
    assert said.verify_with
    assert said.verify_with.tool == "get_conversation"


# Handing over


async def test_a_ticket_is_handed_over_in_one_update(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id=CHIARAS, changes={"status": "pending_customer", "assignee": "Sam Ortiz"})
    handed = await bench.call(
        ESCALATE_TO_HUMAN,
        subject=CHIARAS,
        summary="Third grinder. Wants a human.",
        reason="angry_customer",
        urgency="urgent",
        team="Tier 2",
    )
    assert codes(handed) == ["emulated"]
    assert handed.resource
    assert (handed.resource.state, handed.resource.target and handed.resource.target.name) == ("queued", "Tier 2")
    assert [exchange.method for exchange in bench.trace] == ["GET", "GET", "PUT"]
    ticket = (await bench.call(GET_TICKET, ticket_id=CHIARAS, include=["messages"])).data
    assert ticket.tags == ("grinder", "complaint", "escalated_to_human")
    assert (ticket.status.value, ticket.assignee) == ("open", None)
    note = ticket.messages[0]
    assert note.visibility == "internal"
    assert "Third grinder" in note.body_text
    assert "angry customer" in note.body_text


async def test_without_a_team_the_ticket_stays_with_who_has_it(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id=CHIARAS, changes={"assignee": "Sam Ortiz"})
    handed = await bench.call(
        ESCALATE_TO_HUMAN, subject="main:conversation:3", summary="Help.", reason="cannot_resolve"
    )
    assert handed.resource
    assert (handed.resource.ticket, handed.resource.state) == (CHIARAS, "assigned")
    assert handed.resource.target
    assert handed.resource.target.name == "Sam Ortiz"


async def test_a_customer_is_handed_over_with_a_new_ticket_that_they_do_not_hear_of(bench: Bench) -> None:
    handed = await bench.call(
        ESCALATE_TO_HUMAN, subject=ADA_ID, summary="Wants to talk.", reason="customer_asked", team="Support"
    )
    assert handed.resource
    ticket = (await bench.call(GET_TICKET, ticket_id=handed.resource.ticket, include=["messages"])).data
    assert (ticket.requester, ticket.tags) == (ADA_ID, ("escalated_to_human",))
    assert [message.visibility for message in ticket.messages] == ["internal"]
    assert bench.requests[0].method == "GET"


async def test_a_closed_ticket_is_handed_over_with_one_that_continues_it(bench: Bench) -> None:
    await close(bench, CHIARAS)
    handed = await bench.call(ESCALATE_TO_HUMAN, subject=CHIARAS, summary="Again.", reason="other")
    assert handed.resource
    ticket = (await bench.call(GET_TICKET, ticket_id=handed.resource.ticket)).data
    assert (ticket.parent, ticket.requester) == (CHIARAS, "main:customer:900000003")


# What may go wrong with any write

WRITES: list[tuple[Any, dict[str, Any]]] = [
    (CREATE_TICKET, {"requester": ADA_ID, "subject": "s", "body": "b", "first_message": "internal"}),
    (UPDATE_TICKET, {"ticket_id": TICKET, "changes": {"priority": "low"}}),
    (REPLY_TO_TICKET, {"ticket_id": TICKET, "body": "b", "visibility": "internal"}),
    (ESCALATE_TO_HUMAN, {"subject": TICKET, "summary": "b", "reason": "other"}),
    (CREATE_CUSTOMER, {"family_name": "Boateng"}),
    (UPDATE_CUSTOMER, {"customer_id": ADA_ID, "changes": {"phone": "+12025550177"}}),
    (UPDATE_CUSTOMER, {"customer_id": ADA_ID, "changes": {"email": "ada@new.example"}}),
]


@pytest.mark.parametrize(("contract", "arguments"), WRITES, ids=lambda item: getattr(item, "name", ""))
async def test_a_dry_run_writes_nothing(bench: Bench, contract: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(contract, dry_run=True, **arguments)
    assert shown.value.preview.body
    assert all(request.method == "GET" for request in bench.requests)


@pytest.mark.parametrize(("contract", "arguments"), WRITES, ids=lambda item: getattr(item, "name", ""))
@pytest.mark.parametrize("fault", [reply(500, b""), reply(302, b""), reply(408), WireFault.LOST_ANSWER])
async def test_a_write_without_a_clear_answer_is_unknown_and_sent_once(
    bench: Bench, contract: Any, arguments: dict[str, Any], fault: HttpResponse | WireFault
) -> None:
    bench.fail_next_write(fault)
    with pytest.raises(OutcomeUnknownError):
        await bench.call(contract, **arguments)
    assert [exchange.mutating for exchange in bench.trace].count(True) == 1


@pytest.mark.parametrize(("contract", "arguments"), WRITES, ids=lambda item: getattr(item, "name", ""))
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reply(401, {"error": "Couldn't authenticate you"}), PermissionDeniedError),
        (reply(403, {"error": "Forbidden"}), PermissionDeniedError),
        (reply(404, {"error": "RecordNotFound"}), NotFoundError),
        (reply(409, {"error": "UpdateConflict"}), ConflictError),
        (reply(422, {"error": "RecordInvalid", "details": {"status": []}}), InvalidArgumentError),
        (reply(429, b"", retry_after="5"), RateLimitedError),
    ],
)
async def test_a_refused_write_is_named(
    bench: Bench, contract: Any, arguments: dict[str, Any], fault: HttpResponse, expected: type[Exception]
) -> None:
    bench.fail_next_write(fault)
    with pytest.raises(expected):
        await bench.call(contract, **arguments)
