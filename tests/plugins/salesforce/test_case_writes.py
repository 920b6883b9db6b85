"""Salesforce's plugin at its sandbox: opening, changing, answering and handing over cases."""

from typing import Any

import orjson
import pytest

from plugins.salesforce.people import ADAS_CASE, BRUNO, LIAMS_CASE, case, contact, lead
from support.bench import MARKER, Bench, reply
from trunkline_contracts.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
)
from trunkline_contracts.tools import (
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    GET_CONVERSATION,
    GET_TICKET,
    REPLY_TO_TICKET,
    UPDATE_TICKET,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_salesforce.sandbox import Org, record_id

NEW: dict[str, Any] = {"subject": "Grinder", "body": "It is loud.", "first_message": "from_customer"}


def sent(bench: Bench) -> list[tuple[str, Any]]:
    """What was written: where, and which fields."""
    writes = [request for request in bench.requests if request.method != "GET"]
    return [(request.url.partition("/v67.0/")[2], orjson.loads(request.body)) for request in writes]


async def test_the_customers_words_are_the_description_and_our_marker_is_internal(bench: Bench) -> None:
    made = await bench.call(CREATE_TICKET, requester=contact(bench), **NEW)
    assert sent(bench) == [
        (
            "sobjects/Case/",
            {
                "ContactId": record_id("Contact", 1),
                "Subject": "Grinder",
                "Description": "It is loud.",
                "Comments": f"[{MARKER}]",
            },
        )
    ]
    assert made.resource
    assert (made.resource.description_text, made.resource.status.value) == ("It is loud.", "new")
    assert made.verify_with
    assert (await bench.call(GET_TICKET, **made.verify_with.args)).data == made.resource
    (marker,) = (await bench.call(GET_CONVERSATION, conversation_id=made.resource.id)).data.items
    assert (marker.visibility, marker.body_text) == ("internal", f"[{MARKER}]")


async def test_an_internal_opening_is_nowhere_but_in_the_internal_comment(bench: Bench) -> None:
    await bench.call(CREATE_TICKET, requester=contact(bench), **{**NEW, "first_message": "internal"})
    ((_, fields),) = sent(bench)
    assert fields["Comments"] == f"It is loud.\n\n[{MARKER}]"
    assert "Description" not in fields


async def test_a_case_for_a_queue_is_kept_from_the_assignment_rule(bench: Bench) -> None:
    made = await bench.call(
        CREATE_TICKET, requester=contact(bench), **NEW, team="Tier 2", priority="low", related=case(bench)
    )
    ((_, fields),) = sent(bench)
    assert (fields["OwnerId"], fields["Priority"], fields["ParentId"]) == (
        record_id("Group", 1),
        "Low",
        record_id("Case", ADAS_CASE),
    )
    assert bench.requests[-2].headers["Sforce-Auto-Assign"] == "FALSE"
    assert made.resource
    assert made.resource.team
    assert made.resource.parent == case(bench)


async def test_a_new_case_is_counted_as_made_even_if_it_cannot_be_read_back(bench: Bench) -> None:
    made = {"id": record_id("Case", 7), "success": True, "errors": []}
    bench.fail_next(reply(201, made), *[reply(500)] * 5)
    result = await bench.call(CREATE_TICKET, requester=contact(bench), **NEW)
    assert (result.outcome, result.resource) == ("applied", None)
    assert result.verify_with
    assert result.verify_with.args == {"ticket_id": case(bench, 7)}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"first_message": "outbound"}, "first_message"),
        ({"tags": ["a"]}, "tags"),
        ({"priority": "urgent"}, "priority"),
        ({"type": "task"}, "type"),
    ],
)
async def test_what_a_case_cannot_hold_is_refused_before_anything_is_sent(
    bench: Bench, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(UnsupportedError, match=told):
        await bench.call(CREATE_TICKET, requester=contact(bench), **{**NEW, **arguments})
    assert sent(bench) == []


async def test_a_case_is_no_leads(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="convert"):
        await bench.call(CREATE_TICKET, requester=lead(bench), **NEW)
    with pytest.raises(UnsupportedError, match="convert"):
        await bench.call(ESCALATE_TO_HUMAN, subject=lead(bench), summary="a", reason="other")
    assert sent(bench) == []


async def test_an_org_word_that_is_not_there_is_refused_with_those_that_are(bench: Bench) -> None:
    with pytest.raises(UnsupportedError) as told:
        await bench.call(CREATE_TICKET, requester=contact(bench), **NEW, priority="urgent")
    assert [item.id for item in told.value.body.candidates] == ["High", "Medium", "Low"]


async def test_a_change_is_written_and_can_be_taken_back(bench: Bench) -> None:
    changes = {"status": "pending_customer", "priority": "low", "subject": "Later", "team": "Tier 2"}
    written = await bench.call(UPDATE_TICKET, ticket_id=case(bench), changes=changes)
    fields = {"Status": "Waiting for Customer", "Priority": "Low", "Subject": "Later", "OwnerId": record_id("Group", 1)}
    assert sent(bench) == [(f"sobjects/Case/{record_id('Case', ADAS_CASE)}", fields)]
    assert written.resource
    assert (written.resource.status.value, written.resource.subject) == ("pending_customer", "Later")
    assert written.undo
    await bench.call(UPDATE_TICKET, **written.undo.args)
    back = (await bench.call(GET_TICKET, ticket_id=case(bench))).data
    assert (back.status.raw, back.subject, back.team) == ("Working", "Please cancel my subscription", None)
    assert back.assignee
    assert back.assignee.ref == bench.ref("agent", record_id("User", 1))


async def test_a_status_may_be_named_in_the_orgs_own_words(bench: Bench) -> None:
    written = await bench.call(UPDATE_TICKET, ticket_id=case(bench), changes={"status_label": "escalated"})
    assert sent(bench)[0][1] == {"Status": "Escalated"}
    assert written.resource
    assert written.resource.status.lossy
    changes = {"status": "closed", "status_label": "New"}
    with pytest.raises(InvalidArgumentError, match="contradict"):
        await bench.call(UPDATE_TICKET, ticket_id=case(bench), changes=changes)


async def test_trap_03_a_status_is_a_transition_and_none_is_invented(bench: Bench) -> None:
    for changes in ({"status": "solved"}, {"status": "on_hold"}, {"status_label": "Brewing"}):
        with pytest.raises(UnsupportedError) as told:
            await bench.call(UPDATE_TICKET, ticket_id=case(bench), changes=changes)
        reachable = [item.id for item in told.value.body.candidates]
        assert reachable == ["New", "Working", "Waiting for Customer", "Escalated", "Closed"]
    assert sent(bench) == []


async def test_trap_03_a_rule_of_the_org_that_forbids_a_change_is_named(bench: Bench) -> None:
    rule = reply(400, [{"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Ask Noor first", "fields": []}])
    await bench.call(GET_TICKET, ticket_id=case(bench))
    passed = [response for _, response in bench.wire.exchanges]
    bench.fail_next(passed[-1], rule)
    with pytest.raises(InvalidArgumentError, match="FIELD_CUSTOM_VALIDATION_EXCEPTION") as told:
        await bench.call(UPDATE_TICKET, ticket_id=case(bench), changes={"subject": "a"})
    assert "Noor" not in str(told.value)


async def test_trap_39_a_case_that_changed_since_is_not_overwritten(bench: Bench, org: Org) -> None:
    read = (await bench.call(GET_TICKET, ticket_id=case(bench))).data
    arguments = {"ticket_id": case(bench), "changes": {"subject": "Mine"}, "if_version": read.version}
    written = await bench.call(UPDATE_TICKET, **arguments)
    patch = next(request for request in bench.requests if request.method == "PATCH")
    assert "GMT" in patch.headers["If-Unmodified-Since"]
    assert [warning.code for warning in written.warnings] == ["not_atomic"]
    with pytest.raises(ConflictError):
        await bench.call(UPDATE_TICKET, **arguments)
    fresh = (await bench.call(GET_TICKET, ticket_id=case(bench))).data.version
    before = bench.wire.exchanges[-1][1]
    org.touch(org.find("Case", record_id("Case", ADAS_CASE)))
    bench.fail_next(before)
    with pytest.raises(ConflictError, match="412"):
        await bench.call(UPDATE_TICKET, **{**arguments, "if_version": fresh})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"add_tags": ["a"]}, UnsupportedError),
        ({"remove_tags": ["a"]}, UnsupportedError),
        ({"snooze_until": "2030-01-01T00:00:00Z"}, UnsupportedError),
        ({"assignee": "Noor Aziz", "team": "Tier 2"}, UnsupportedError),
        ({"assignee": "Nobody"}, NotFoundError),
        ({"subject": None}, InvalidArgumentError),
        ({"custom_fields": {"Subject": "a"}}, InvalidArgumentError),
    ],
)
async def test_a_change_that_cannot_be_made_is_refused(bench: Bench, changes: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        await bench.call(UPDATE_TICKET, ticket_id=case(bench), changes=changes)
    assert sent(bench) == []


async def test_a_reply_is_a_comment_that_is_published_or_not(bench: Bench) -> None:
    private = await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="Hm.", visibility="internal")
    public = await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="Yes.", visibility="public")
    base = {"ParentId": record_id("Case", ADAS_CASE)}
    assert sent(bench) == [
        ("sobjects/CaseComment/", {**base, "CommentBody": "Hm.", "IsPublished": False}),
        ("sobjects/CaseComment/", {**base, "CommentBody": "Yes.", "IsPublished": True}),
    ]
    assert private.resource
    assert (private.resource.visibility, private.warnings) == ("internal", ())
    assert public.resource
    assert public.resource.delivery
    assert (public.resource.visibility, public.resource.delivery.status.value) == ("public", "unknown")
    assert [warning.code for warning in public.warnings] == ["notifies_customer"]


async def test_a_reply_and_a_status_are_one_request(bench: Bench) -> None:
    await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="Done.", visibility="public", status_after="closed")
    ((path, body),) = sent(bench)
    assert (path, body["allOrNone"]) == ("composite/", True)
    comment, change = body["compositeRequest"]
    assert comment["url"] == "/services/data/v67.0/sobjects/CaseComment"
    assert (change["method"], change["body"]) == ("PATCH", {"Status": "Closed"})
    assert (await bench.call(GET_TICKET, ticket_id=case(bench))).data.status.value == "closed"


async def test_a_reply_whose_status_is_refused_is_taken_back(bench: Bench, org: Org) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(
            REPLY_TO_TICKET, ticket_id=case(bench, 999), body="Done.", visibility="public", status_after="closed"
        )
    assert org.tables["CaseComment"] == {}


async def test_the_part_that_failed_is_named_and_not_those_that_were_taken_back(bench: Bench) -> None:
    await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="a", visibility="internal", status_after="new")
    statuses = next(response for request, response in bench.wire.exchanges if "CaseStatus" in request.url)
    halted = {"httpStatusCode": 400, "body": [{"errorCode": "PROCESSING_HALTED", "message": "…"}]}
    locked = {"httpStatusCode": 400, "body": [{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "…"}]}
    bench.fail_next(statuses, reply(200, {"compositeResponse": [halted, locked]}))
    with pytest.raises(ConflictError, match="UNABLE_TO_LOCK_ROW"):
        await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="a", visibility="internal", status_after="new")


async def test_a_comment_that_is_too_long_is_refused_by_its_bytes(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="4000"):
        await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="é" * 2001, visibility="internal")
    assert bench.requests == []


async def test_a_handover_is_one_change_of_the_case(bench: Bench) -> None:
    done = await bench.call(
        ESCALATE_TO_HUMAN, subject=case(bench), summary="Wants a human.", reason="angry_customer", team="Tier 2"
    )
    ((path, fields),) = sent(bench)
    assert path == f"sobjects/Case/{record_id('Case', ADAS_CASE)}"
    assert fields == {
        "IsEscalated": True,
        "Comments": f"Handed over to a human. Reason: angry customer.\n\nWants a human.\n\n[{MARKER}]",
        "OwnerId": record_id("Group", 1),
    }
    assert done.resource
    assert (done.resource.state, done.resource.ticket) == ("queued", case(bench))
    note = (await bench.call(GET_CONVERSATION, conversation_id=case(bench))).data.items[0]
    assert note.visibility == "internal"


async def test_a_closed_case_is_handed_over_as_a_new_one_below_it(bench: Bench) -> None:
    done = await bench.call(ESCALATE_TO_HUMAN, subject=case(bench, LIAMS_CASE), summary="a", reason="other")
    assert done.resource
    made = (await bench.call(GET_TICKET, ticket_id=done.resource.ticket)).data
    assert (made.parent, made.subject) == (case(bench, LIAMS_CASE), "Thank you!")


async def test_nobody_was_handed_a_case_that_its_opener_still_owns(bench: Bench, org: Org) -> None:
    done = await bench.call(ESCALATE_TO_HUMAN, subject=contact(bench, BRUNO), summary="a", reason="safety")
    assert done.resource
    assert done.resource.state == "unconfirmed"
    org.find("Case", record_id("Case", ADAS_CASE))["OwnerId"] = record_id("User", 2)
    done = await bench.call(ESCALATE_TO_HUMAN, subject=case(bench), summary="a", reason="safety")
    assert done.resource
    assert done.resource.state == "assigned"


async def test_a_dry_run_shows_both_writes_of_a_reply_and_sends_none(bench: Bench, org: Org) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(
            REPLY_TO_TICKET, dry_run=True, ticket_id=case(bench), body="a", visibility="public", status_after="new"
        )
    assert len(shown.value.preview.body["compositeRequest"]) == 2
    assert org.tables["CaseComment"] == {}


async def test_an_answer_without_the_parts_is_not_taken_for_a_success(bench: Bench) -> None:
    await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="a", visibility="internal", status_after="new")
    statuses = next(response for request, response in bench.wire.exchanges if "CaseStatus" in request.url)
    bench.fail_next(statuses, reply(503))
    with pytest.raises(OutcomeUnknownError):
        await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="a", visibility="internal", status_after="new")
