"""Intercom's plugin at its sandbox, judged by Intercom's OpenAPI file: what it writes."""

from typing import Any

import orjson
import pytest

from support.bench import MARKER, Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import (
    ADD_NOTE,
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    LIST_CONVERSATIONS,
    REPLY_TO_TICKET,
    SEARCH_TICKETS,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_intercom import trunkline_connector
from trunkline_intercom.sandbox_records import ROBIN, contact_id

ADA_ID = f"main:customer:{contact_id(1)}"
BRUNO_ID = f"main:customer:{contact_id(2)}"
CHIARA_ID = f"main:customer:{contact_id(3)}"
LIAM_ID = f"main:customer:{contact_id(12)}"


def writes(bench: Bench) -> list[tuple[str, str, Any]]:
    """Method, end of the path and body of what was written, but for searches."""
    return [
        (item.method, item.url.rpartition("/")[2], orjson.loads(item.body or b"null"))
        for item in bench.requests
        if item.method != "GET" and not item.url.endswith("/search")
    ]


async def threads(bench: Bench) -> tuple[Ref, Ref]:
    """Ada's ticket, and Bruno's conversation."""
    (ticket,) = (await bench.call(SEARCH_TICKETS, requester=ADA_ID)).data.items
    (conversation,) = (await bench.call(SEARCH_TICKETS, requester=BRUNO_ID)).data.items
    return ticket.id, conversation.id


async def test_a_given_name_takes_the_place_of_the_first_word(bench: Bench) -> None:
    result = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"given_name": "Adaeze"})
    assert result.resource
    assert result.resource.display_name == "Adaeze Okafor"
    assert [warning.code for warning in result.warnings] == ["value_coerced"]
    assert writes(bench) == [("PUT", contact_id(1), {"name": "Adaeze Okafor"})]


async def test_a_family_name_takes_the_place_of_the_rest(bench: Bench) -> None:
    result = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"family_name": "Okafor Bello"})
    assert result.resource
    assert (result.resource.given_name, result.resource.family_name) == ("Ada", "Okafor Bello")
    assert result.undo
    assert result.undo.args["changes"] == {"family_name": "Okafor"}


async def test_a_change_of_a_customer_can_be_taken_back(bench: Bench) -> None:
    changes = {"email": "new@fernway.example", "add_tags": ["vip"], "custom_fields": {}}
    result = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes=changes)
    assert result.resource
    assert result.resource.tags == ("vip",)
    assert result.undo
    assert result.undo.args["changes"] == {"email": "ada.okafor@fernway-studio.example", "remove_tags": ["vip"]}
    bench.key = "another-key-0000000"
    await bench.call(UPDATE_CUSTOMER, **result.undo.args)
    back = (await bench.call(GET_CUSTOMER, customer_id=ADA_ID)).data
    assert (back.point("email"), back.tags) == ("ada.okafor@fernway-studio.example", ())


async def test_what_was_not_there_cannot_come_back(bench: Bench) -> None:
    result = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"custom_fields": {"Cups a day": 4}})
    assert result.undo is None
    assert result.resource
    assert result.resource.custom_fields == {"Cups a day": 4}


@pytest.mark.parametrize("changes", [{"language": "fr"}, {"address": {"city": "Lagos"}}])
async def test_what_a_contact_cannot_be_given_is_refused_whole(bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"email": "new@x.example", **changes})
    assert writes(bench) == []


async def test_a_customer_who_changed_meanwhile_is_not_overwritten(bench: Bench) -> None:
    with pytest.raises(ConflictError):
        await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"phone": "+12025550199"}, if_version="1")
    assert writes(bench) == []


async def test_an_unknown_tag_is_not_made(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="nonsense"):
        await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"add_tags": ["vip", "nonsense"]})
    assert writes(bench) == []


def fail_write(bench: Bench, number: int, fault: Any) -> None:
    """Give a fault to one of the writes, counted from one."""
    plain, seen = bench.wire.send, []

    async def failing(request: Any, sending: Any) -> Any:
        seen.append(request.method != "GET" and not request.url.endswith("/search"))
        if seen[-1] and sum(seen) == number:
            bench.wire.faults = [fault]
        return await plain(request, sending)

    bench.wire.send = failing  # type: ignore[method-assign]


async def test_a_change_that_was_refused_halfway_says_what_was_made(bench: Bench) -> None:
    fail_write(bench, 2, reply(404))
    changes = {"phone": "+12025550199", "add_tags": ["vip"]}
    result = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes=changes)
    assert (result.outcome, result.undo) == ("partial", None)
    assert result.resource
    assert (result.resource.point("phone"), result.resource.tags) == ("+12025550199", ())
    assert [warning.code for warning in result.warnings] == ["not_atomic"]
    assert "1 of 2" in result.warnings[0].message


async def test_a_change_whose_second_half_got_no_answer_is_unknown(bench: Bench) -> None:
    fail_write(bench, 2, reply(502))
    with pytest.raises(OutcomeUnknownError):
        await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"phone": "+12025550199", "add_tags": ["vip"]})


async def test_a_note_ends_with_our_marker_by_which_it_is_found_again(bench: Bench) -> None:
    result = await bench.call(ADD_NOTE, about=[ADA_ID], body="Likes <b>dark</b> roast.\nAnd tea.")
    assert result.resource
    assert result.resource.body_text == f"Likes <b>dark</b> roast.\nAnd tea.\n\n[{MARKER}]"
    ((_, _, body),) = writes(bench)
    assert body == {
        "body": f"Likes &lt;b&gt;dark&lt;/b&gt; roast.<br>And tea.<br><br>[{MARKER}]",
        "admin_id": ROBIN,
    }
    assert result.verify_with
    (found,) = (await bench.call(LIST_ACTIVITIES, **result.verify_with.args)).data.items
    assert found == result.resource


async def test_a_note_is_about_one_customer(bench: Bench) -> None:
    with pytest.raises(UnsupportedError):
        await bench.call(ADD_NOTE, about=[ADA_ID, CHIARA_ID], body="Both.")
    assert writes(bench) == []


NEW: dict[str, Any] = {
    "requester": ADA_ID,
    "subject": "Grinder",
    "body": "It is loud.",
    "first_message": "from_customer",
}


async def test_a_ticket_is_opened_with_the_only_type_for_customers(bench: Bench) -> None:
    result = await bench.call(CREATE_TICKET, **NEW, team="Billing")
    ticket = result.resource
    assert ticket
    assert (ticket.subject, ticket.description_text, ticket.status.value) == ("Grinder", "It is loud.", "new")
    assert (ticket.requester, ticket.team and ticket.team.id) == (ADA_ID, "main:team:602")
    assert {warning.code for warning in result.warnings} == {"notifies_customer"}
    assert (await bench.call(GET_TICKET, ticket_id=ticket.id)).data.subject == "Grinder"


async def test_with_several_types_an_operator_has_to_choose(bench: Bench) -> None:
    types = [{"id": str(at), "category": "Customer", "archived": at == 3} for at in range(1, 4)]
    bench.fail_next(reply(200, {"data": types}))
    with pytest.raises(UnsupportedError, match="2 types"):
        await bench.call(CREATE_TICKET, **NEW)


async def test_the_type_of_the_settings_is_taken_unasked() -> None:
    manifest = trunkline_connector()
    sandbox = manifest.open_sandbox(COMPANY)
    settings = {**sandbox.settings, "ticket_type_id": "41"}
    chosen = type(sandbox)(sandbox.app, sandbox.auth, settings, sandbox.credentials)
    async with at_sandbox(manifest, sandbox=chosen) as bench:
        await bench.call(CREATE_TICKET, **NEW)
        assert [item.method for item in bench.requests] == ["POST"]


@pytest.mark.parametrize("more", [{"first_message": "internal"}, {"priority": "high"}, {"type": "task"}])
async def test_a_new_ticket_takes_nothing_that_intercom_would_drop(bench: Bench, more: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        await bench.call(CREATE_TICKET, **{**NEW, **more})
    assert bench.requests == []


async def test_a_ticket_gets_the_state_of_a_category_and_can_go_back(bench: Bench) -> None:
    ticket, _ = await threads(bench)
    result = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "solved", "subject": "Cancel"})
    assert result.resource
    assert (result.resource.status.value, result.resource.subject) == ("solved", "Cancel")
    assert writes(bench) == [
        (
            "PUT",
            ticket.vendor_id,
            {"ticket_attributes": {"_default_title_": "Cancel"}, "ticket_state_id": "74", "admin_id": int(ROBIN)},
        )
    ]
    assert result.undo
    assert result.undo.args["changes"] == {"status": "open", "subject": "Please cancel my subscription"}


async def test_a_state_of_the_workspaces_own_is_set_by_its_label(bench: Bench) -> None:
    ticket, _ = await threads(bench)
    result = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status_label": "waiting for courier"})
    assert result.resource
    assert (result.resource.status.value, result.resource.status.label) == ("open", "Waiting for courier")
    with pytest.raises(UnsupportedError) as told:
        await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status_label": "no such"})
    assert "Resolved" in told.value.body.supported_alternatives
    with pytest.raises(InvalidArgumentError):
        await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "open", "status_label": "Resolved"})


async def test_a_closed_ticket_opens_for_another_status(bench: Bench) -> None:
    ticket, _ = await threads(bench)
    closed = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "closed"})
    assert closed.resource
    assert closed.resource.status.value == "closed"
    bench.key = "another-key-0000000"
    again = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "pending_customer"})
    assert again.resource
    assert again.resource.status.value == "pending_customer"


async def test_a_team_and_an_agent_are_two_updates_of_a_ticket(bench: Bench) -> None:
    ticket, _ = await threads(bench)
    changes = {"team": "Tier 2", "assignee": "sam.ortiz@beans.example"}
    result = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes=changes)
    assert [body["assignee_id"] for _, _, body in writes(bench)] == ["603", "5017691"]
    assert result.resource
    assert (result.resource.team and result.resource.team.id) == "main:team:603"
    assert (result.resource.assignee and result.resource.assignee.ref) == "main:agent:5017691"


@pytest.mark.parametrize(
    "changes", [{"priority": "high"}, {"type": "task"}, {"status": "on_hold"}, {"status": "closed", "priority": "low"}]
)
@pytest.mark.parametrize("at", [0, 1])
async def test_what_neither_kind_can_be_given_is_refused_whole(bench: Bench, at: int, changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        await bench.call(UPDATE_TICKET, ticket_id=(await threads(bench))[at], changes=changes)
    assert writes(bench) == []


@pytest.mark.parametrize("changes", [{"status": "solved"}, {"status": "new"}, {"status_label": "Resolved"}])
async def test_a_conversation_is_open_or_closed_and_nothing_else(bench: Bench, changes: dict[str, Any]) -> None:
    _, conversation = await threads(bench)
    with pytest.raises(UnsupportedError):
        await bench.call(UPDATE_TICKET, ticket_id=conversation, changes=changes)


async def test_a_conversation_is_changed_write_by_write(bench: Bench) -> None:
    _, conversation = await threads(bench)
    changes = {"add_tags": ["vip"], "remove_tags": ["delivery"], "subject": "Cancel", "team": "Tier 2"}
    result = await bench.call(UPDATE_TICKET, ticket_id=conversation, changes={**changes, "status": "closed"})
    after = result.resource
    assert after
    assert (after.tags, after.subject, after.status.value) == (("vip",), "Cancel", "closed")
    assert [(method, path) for method, path, _ in writes(bench)][2:] == [
        ("PUT", conversation.vendor_id.removeprefix("conversation-")),
        ("POST", "parts"),
        ("POST", "parts"),
    ]
    assert writes(bench)[3][2] == {
        "message_type": "assignment",
        "type": "team",
        "assignee_id": "603",
        "admin_id": ROBIN,
    }


async def test_a_tag_alone_is_shown_too(bench: Bench) -> None:
    _, conversation = await threads(bench)
    result = await bench.call(UPDATE_TICKET, ticket_id=conversation, changes={"add_tags": ["vip"]})
    assert result.resource
    assert set(result.resource.tags) == {"delivery", "vip"}
    assert result.undo
    assert result.undo.args["changes"] == {"remove_tags": ["vip"]}


async def test_a_team_that_is_not_named_exactly_is_a_candidate(bench: Bench) -> None:
    ticket, _ = await threads(bench)
    with pytest.raises(AmbiguousError) as told:
        await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"team": "tier"})
    assert [item.id for item in told.value.body.candidates] == ["main:team:603"]
    with pytest.raises(NotFoundError):
        await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"team": "nobody"})


@pytest.mark.parametrize("at", [0, 1])
async def test_a_public_reply_is_accepted_and_nobody_knows_whether_it_left(bench: Bench, at: int) -> None:
    thread = (await threads(bench))[at]
    result = await bench.call(REPLY_TO_TICKET, ticket_id=thread, body="1 < 2\n<script>", visibility="public")
    assert result.outcome == "accepted"
    message = result.resource
    assert message
    assert (message.visibility, message.direction, message.body_text) == ("public", "outbound", "1 < 2\n<script>")
    assert message.delivery
    assert (message.delivery.status.value, message.delivery.final) == ("unknown", False)
    assert {warning.code for warning in result.warnings} == {"notifies_customer", "async_result"}
    assert writes(bench)[0][2]["body"] == "1 &lt; 2<br>&lt;script&gt;"
    newest = (await bench.call(GET_CONVERSATION, conversation_id=thread)).data.items[0]
    assert newest.id == message.id


@pytest.mark.parametrize("at", [0, 1])
async def test_a_note_stays_inside(bench: Bench, at: int) -> None:
    thread = (await threads(bench))[at]
    result = await bench.call(REPLY_TO_TICKET, ticket_id=thread, body="Ask Sam.", visibility="internal")
    assert (result.outcome, result.warnings) == ("applied", ())
    assert result.resource
    assert (result.resource.visibility, result.resource.delivery) == ("internal", None)
    assert writes(bench)[0][2]["message_type"] == "note"


@pytest.mark.parametrize(("at", "status"), [(0, "pending_customer"), (1, "closed")])
async def test_a_status_is_set_after_the_reply(bench: Bench, at: int, status: str) -> None:
    thread = (await threads(bench))[at]
    await bench.call(REPLY_TO_TICKET, ticket_id=thread, body="Done.", visibility="public", status_after=status)
    assert (await bench.call(GET_TICKET, ticket_id=thread)).data.status.value == status


async def test_a_reply_that_stands_while_its_status_was_refused_is_partial(bench: Bench) -> None:
    _, conversation = await threads(bench)
    fail_write(bench, 2, reply(403))
    result = await bench.call(
        REPLY_TO_TICKET, ticket_id=conversation, body="Done.", visibility="public", status_after="closed"
    )
    assert result.outcome == "partial"
    assert result.resource
    assert result.resource.body_text == "Done."


async def test_a_status_that_cannot_be_set_stops_the_reply_before_it_is_sent(bench: Bench) -> None:
    _, conversation = await threads(bench)
    with pytest.raises(UnsupportedError):
        await bench.call(
            REPLY_TO_TICKET, ticket_id=conversation, body="Done.", visibility="public", status_after="solved"
        )
    assert writes(bench) == []


@pytest.mark.parametrize("at", [0, 1])
async def test_a_human_finds_the_note_before_the_thread_is_theirs(bench: Bench, at: int) -> None:
    thread = (await threads(bench))[at]
    result = await bench.call(
        ESCALATE_TO_HUMAN, subject=thread, summary="Third grinder.", reason="angry_customer", team="Tier 2"
    )
    assert result.resource
    assert (result.resource.state, result.resource.ticket) == ("queued", thread)
    note, assignment = (body for _, _, body in writes(bench))
    assert note["message_type"] == "note"
    assert "angry customer" in note["body"]
    assert note["body"].endswith(f"[{MARKER}]")
    assert assignment["assignee_id"] == "603"
    assert "body" not in assignment
    assert [warning.code for warning in result.warnings] == ["emulated"]


async def test_a_conversation_is_handed_over_by_either_name_and_opened(bench: Bench) -> None:
    (closed,) = (await bench.call(LIST_CONVERSATIONS, customer_id=LIAM_ID)).data.items
    assert closed.state == "closed"
    result = await bench.call(ESCALATE_TO_HUMAN, subject=closed.id, summary="Please call.", reason="other")
    assert result.resource
    assert (result.resource.ticket, result.resource.state) == (closed.ticket, "unconfirmed")
    assert {warning.field for warning in result.warnings} == {None, "team"}
    (opened,) = (await bench.call(LIST_CONVERSATIONS, customer_id=LIAM_ID)).data.items
    assert opened.state == "open"


async def test_a_customer_alone_cannot_be_handed_over(bench: Bench) -> None:
    with pytest.raises(UnsupportedError) as told:
        await bench.call(ESCALATE_TO_HUMAN, subject=ADA_ID, summary="Please call.", reason="other")
    assert told.value.body.supported_alternatives == ("create_ticket",)


async def test_a_dry_run_shows_the_first_write(bench: Bench) -> None:
    _, conversation = await threads(bench)
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(
            REPLY_TO_TICKET,
            ticket_id=conversation,
            body="Hi.",
            visibility="public",
            status_after="closed",
            dry_run=True,
        )
    assert shown.value.preview.body["message_type"] == "comment"
    assert writes(bench) == []
