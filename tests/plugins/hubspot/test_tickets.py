"""HubSpot's tickets at the sandbox, judged by HubSpot's OpenAPI files."""

from typing import Any

import orjson
import pytest

from support.bench import MARKER, Bench, reply
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import (
    CREATE_TICKET,
    FIND_CUSTOMERS,
    GET_TICKET,
    REPLY_TO_TICKET,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_hubspot.sandbox_state import OWNER, Account

ADA = "ada.okafor@fernway-studio.example"
NEW: dict[str, Any] = {"subject": "Grinder", "body": "It is loud.", "first_message": "from_customer"}


async def person(bench: Bench) -> Ref:
    (found,) = (await bench.call(FIND_CUSTOMERS, email=ADA)).data.items
    ref: Ref = found.id
    return ref


async def ticket_of(bench: Bench) -> Ref:
    """Ada's ticket."""
    (ticket,) = (await bench.call(SEARCH_TICKETS, requester=await person(bench))).data.items
    bench.wire.exchanges.clear()
    ref: Ref = ticket.id
    return ref


def sent(bench: Bench) -> dict[str, Any]:
    """The body of the last request."""
    body: dict[str, Any] = orjson.loads(bench.requests[-1].body)
    return body


async def test_a_customers_tickets_come_from_the_database(bench: Bench) -> None:
    ada = await person(bench)
    found = await bench.call(SEARCH_TICKETS, requester=ada)
    (ticket,) = found.data.items
    assert found.freshness.source == "live"
    assert (ticket.subject, ticket.requester) == ("Please cancel my subscription", ada)
    assert not any(request.url.endswith("/search") for request in bench.requests)


async def test_a_status_is_open_or_closed_and_its_label_is_the_stage(bench: Bench) -> None:
    read = await bench.call(GET_TICKET, ticket_id=await ticket_of(bench))
    status = read.data.status
    assert (status.value, status.raw, status.raw_id, status.label) == ("open", "OPEN", "3", "Waiting on us")
    assert status.lossy
    assert [warning.code for warning in read.warnings] == ["lossy_status"]
    assert read.data.priority
    assert read.data.priority.value == "high"
    assert read.data.requester == await person(bench)


async def test_a_stage_that_no_pipeline_has_is_other(bench: Bench, account: Account) -> None:
    ticket = account.add("tickets", {"subject": "Old", "hs_pipeline": "9", "hs_pipeline_stage": "777"})
    status = (await bench.call(GET_TICKET, ticket_id=bench.ref("ticket", ticket))).data.status
    assert (status.value, status.raw, status.lossy) == ("other", "777", True)


async def test_a_list_is_narrowed_sorted_and_paged_to_the_end(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    for day in range(1, 6):
        stage = "4" if day == 3 else "1"
        account.now = f"2027-01-0{day}T00:00:00.000Z"
        ticket = account.add("tickets", {"subject": f"T{day}", "hs_pipeline": "0", "hs_pipeline_stage": stage})
        account.link("contacts", ada.vendor_id, "tickets", ticket)
    subjects, cursor = [], None
    while True:
        page = (await bench.call(SEARCH_TICKETS, requester=ada, status=["open"], limit=2, cursor=cursor)).data
        subjects += [ticket.subject for ticket in page.items]
        if not (cursor := page.next_cursor):
            break
    assert subjects == ["T5", "T4", "T2", "T1", "Please cancel my subscription"]
    since = "2027-01-03T00:00:00+00:00"
    oldest = await bench.call(SEARCH_TICKETS, requester=ada, updated_since=since, sort="oldest")
    assert [ticket.subject for ticket in oldest.data.items] == ["T3", "T4", "T5"]


async def test_a_text_is_searched_with_typed_filters_only(bench: Bench) -> None:
    ada = await person(bench)
    found = await bench.call(
        SEARCH_TICKETS, text="cancel", requester=ada, status=["open"], updated_since="2020-01-01T00:00:00+00:00"
    )
    assert [ticket.subject for ticket in found.data.items] == ["Please cancel my subscription"]
    assert (found.freshness.source, found.freshness.max_lag_s) == ("search_index", 60)
    body = sent(bench)
    assert body["query"] == "cancel"
    assert [one["propertyName"] for one in body["filterGroups"][0]["filters"]] == [
        "associations.contact", "hs_pipeline_stage", "hs_lastmodifieddate",
    ]  # fmt: skip
    assert (await bench.call(SEARCH_TICKETS, text="cancel", status=["closed"])).data.items == ()


async def test_a_search_pages_to_the_end(bench: Bench) -> None:
    subjects, cursor = set(), None
    while True:
        page = (await bench.call(SEARCH_TICKETS, status=["open"], limit=2, cursor=cursor)).data
        subjects |= {ticket.id for ticket in page.items}
        if not (cursor := page.next_cursor):
            break
    assert page.total
    assert len(subjects) == page.total.value == 6


async def test_an_assignee_is_an_email_address_or_an_id(bench: Bench, account: Account) -> None:
    ticket = await ticket_of(bench)
    account.objects["tickets"][ticket.vendor_id]["properties"]["hubspot_owner_id"] = OWNER["id"]
    for wanted in (OWNER["email"], bench.ref("agent", OWNER["id"])):
        found = await bench.call(SEARCH_TICKETS, assignee=wanted)
        assert [item.id for item in found.data.items] == [ticket]
        mine = await bench.call(SEARCH_TICKETS, assignee=wanted, requester=await person(bench))
        assert [item.id for item in mine.data.items] == [ticket]
    with pytest.raises(InvalidArgumentError, match="e-mail"):
        await bench.call(SEARCH_TICKETS, assignee="Mara")
    with pytest.raises(NotFoundError, match="owner"):
        await bench.call(SEARCH_TICKETS, assignee="nobody@roastery.example")


@pytest.mark.parametrize("filters", [{"tags": ["vip"]}, {"team": "Support"}, {"status": ["on_hold"]}])
async def test_what_hubspot_has_no_filter_for_is_refused(bench: Bench, filters: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        await bench.call(SEARCH_TICKETS, **filters)
    assert bench.requests == []


async def test_a_ticket_is_opened_in_the_first_open_stage_with_its_contact(bench: Bench) -> None:
    ada = await person(bench)
    written = await bench.call(CREATE_TICKET, requester=ada, priority="normal", **NEW)
    assert sum(item.mutating for item in bench.trace) == 1
    assert written.resource
    assert (written.resource.requester, written.resource.status.label) == (ada, "New")
    assert written.resource.description_text == f"It is loud.\n\n[{MARKER}]"
    tickets = (await bench.call(SEARCH_TICKETS, requester=ada)).data.items
    assert written.resource.id in [ticket.id for ticket in tickets]


@pytest.mark.parametrize(
    "more", [{"first_message": "outbound"}, {"tags": ["vip"]}, {"type": "question"}, {"team": "Support"}]
)
async def test_a_ticket_that_hubspot_cannot_make_so_is_refused(bench: Bench, more: dict[str, Any]) -> None:
    arguments = {**NEW, **more}
    with pytest.raises(UnsupportedError):
        await bench.call(CREATE_TICKET, requester=bench.ref("customer", "1"), **arguments)
    assert bench.requests == []


async def test_a_stage_is_written_by_its_label_and_taken_back(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    written = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status_label": "waiting on CONTACT"})
    assert sent(bench) == {"properties": {"hs_pipeline_stage": "2"}}
    assert written.resource
    assert (written.resource.status.value, written.resource.status.label) == ("open", "Waiting on contact")
    assert written.undo
    assert written.undo.args["changes"] == {"status_label": "Waiting on us"}
    back = await bench.call(UPDATE_TICKET, **written.undo.args)
    assert back.resource
    assert back.resource.status.raw_id == "3"


async def test_a_ticket_is_closed_where_one_stage_is_closed_and_closing_again_changes_nothing(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    closed = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "closed"})
    assert closed.resource
    assert (closed.outcome, closed.resource.status.value) == ("applied", "closed")
    again = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "closed"})
    assert again.outcome == "noop"
    assert sum(request.method == "PATCH" for request in bench.requests) == 1


async def test_which_of_several_open_stages_is_meant_is_asked_back(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "closed"})
    with pytest.raises(AmbiguousError) as raised:
        await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "open"})
    assert [item.label for item in raised.value.body.candidates] == ["New", "Waiting on contact", "Waiting on us"]


@pytest.mark.parametrize("changes", [{"status": "pending_customer"}, {"status": "solved"}])
async def test_a_status_that_hubspot_does_not_know_names_the_stages(bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError) as raised:
        await bench.call(UPDATE_TICKET, ticket_id=await ticket_of(bench), changes=changes)
    assert "Waiting on contact" in raised.value.body.supported_alternatives
    assert all(request.method == "GET" for request in bench.requests)


@pytest.mark.parametrize("changes", [{"status_label": "Nowhere"}, {"status_label": "Closed", "status": "open"}])
async def test_a_label_that_does_not_fit_is_refused(bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        await bench.call(UPDATE_TICKET, ticket_id=await ticket_of(bench), changes=changes)
    assert all(request.method == "GET" for request in bench.requests)


@pytest.mark.parametrize(
    "changes",
    [{"add_tags": ["vip"]}, {"type": "question"}, {"team": "Support"}, {"snooze_until": "2027-01-01T00:00:00Z"}],
)
async def test_a_change_that_tickets_have_no_place_for_is_refused(bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        await bench.call(UPDATE_TICKET, ticket_id=bench.ref("ticket", "1"), changes=changes)
    assert bench.requests == []


async def test_fields_of_a_ticket_are_changed_together_and_taken_back_together(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    changes = {"subject": "Cancel", "priority": "urgent", "custom_fields": {"order_number": "17"}}
    written = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes=changes)
    assert sent(bench) == {"properties": {"subject": "Cancel", "hs_ticket_priority": "URGENT", "order_number": "17"}}
    assert written.undo
    assert written.undo.args["changes"] == {
        "subject": "Please cancel my subscription", "priority": "high", "custom_fields": {"order_number": None},
    }  # fmt: skip
    assigned = await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"assignee": OWNER["email"]})
    assert assigned.resource
    assert assigned.resource.assignee
    assert assigned.undo is None, "nobody had it before, and nobody cannot be written"


async def test_an_older_version_of_a_ticket_is_a_conflict(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    with pytest.raises(ConflictError):
        await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"priority": "low"}, if_version="yesterday")
    assert all(request.method == "GET" for request in bench.requests)


async def test_an_internal_note_is_left_on_the_ticket_and_read_with_it(bench: Bench, account: Account) -> None:
    ticket = await ticket_of(bench)
    mail = {"hs_email_html": "<p>Please!</p>", "hs_email_direction": "INCOMING_EMAIL", "hs_timestamp": account.now}
    account.link("tickets", ticket.vendor_id, "emails", account.add("emails", mail))
    written = await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="We look into it.", visibility="internal")
    assert written.resource
    assert written.verify_with
    messages = (await bench.call(GET_TICKET, **written.verify_with.args)).data.messages
    shown = {(message.visibility, message.direction, message.body_text) for message in messages}
    assert shown == {
        ("internal", "internal", f"We look into it.\n[{MARKER}]"),
        ("public", "inbound", "Please!"),
    }
    assert written.resource.id in [message.id for message in messages]


async def test_a_dry_run_of_a_ticket_shows_it_and_opens_none(bench: Bench, account: Account) -> None:
    ada, before = await person(bench), len(account.objects["tickets"])
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(CREATE_TICKET, requester=ada, dry_run=True, **NEW)
    assert shown.value.preview.body["properties"]["hs_pipeline_stage"] == "1"
    assert len(account.objects["tickets"]) == before


async def test_a_pipeline_without_an_open_stage_is_said_before_anything_is_written(bench: Bench) -> None:
    bench.fail_next(reply(200, {"results": [{"id": "0", "label": "Support", "stages": []}]}))
    with pytest.raises(UnsupportedError, match="no open stage"):
        await bench.call(CREATE_TICKET, requester=bench.ref("customer", "1"), **NEW)


async def test_a_change_without_a_clear_answer_is_unknown(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    pipelines: dict[str, Any] = {"results": []}
    found = {"id": ticket.vendor_id, "properties": {"subject": "x"}}
    bench.fail_next(reply(200, found), reply(200, pipelines), reply(503))
    with pytest.raises(OutcomeUnknownError):
        await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"subject": "y"})
    assert sum(item.mutating for item in bench.trace) == 1
