"""The traps of HubSpot that its connector must not fall into, by their numbers in the contracts' list."""

from typing import Any

import orjson
import pytest

from plugins.hubspot.asking import BRUNO, deal_of, methods, person, thread_of, ticket_of
from support.bench import Bench, reply
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import CallError, ConflictError, UnsupportedError
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.tools import (
    ADD_NOTE,
    CREATE_CUSTOMER,
    CREATE_TICKET,
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    LIST_CONVERSATIONS,
    LIST_DEALS,
    SAVE_DEAL,
    SEARCH_TICKETS,
    SET_CONSENT,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_gateway.calls.validate import validate
from trunkline_hubspot import vendor
from trunkline_hubspot.sandbox_state import STAGES, Account


@pytest.mark.parametrize("stage", STAGES, ids=[stage[1] for stage in STAGES])
async def test_trap_02_a_stage_keeps_its_label_and_says_that_the_category_loses_something(
    bench: Bench, account: Account, stage: tuple[str, str, str]
) -> None:
    ticket = await ticket_of(bench)
    account.objects["tickets"][ticket.vendor_id]["properties"]["hs_pipeline_stage"] = stage[0]
    read = await bench.call(GET_TICKET, ticket_id=ticket)
    status = read.data.status
    assert (status.value, status.label, status.raw_id, status.lossy) == (stage[2].lower(), stage[1], stage[0], True)
    assert "lossy_status" in [warning.code for warning in read.warnings]


async def test_trap_03_a_status_that_no_stage_stands_for_is_refused_with_those_that_can_be_reached(
    bench: Bench,
) -> None:
    with pytest.raises(UnsupportedError) as raised:
        await bench.call(UPDATE_TICKET, ticket_id=await ticket_of(bench), changes={"status": "on_hold"})
    assert raised.value.body.supported_alternatives == tuple(stage[1] for stage in STAGES)
    assert set(methods(bench)) == {"GET"}


async def test_trap_03_a_stage_is_looked_for_in_the_records_own_pipeline(bench: Bench, account: Account) -> None:
    """Another pipeline's stage of the same name would move the record where it does not belong."""
    other = {"id": "9", "label": "Repairs", "stages": [
        {"id": "91", "label": "Open", "displayOrder": 0, "metadata": {"ticketState": "OPEN"}},
        {"id": "94", "label": "Closed", "displayOrder": 1, "metadata": {"ticketState": "CLOSED"}},
    ]}  # fmt: skip
    first = {"id": "0", "label": "Support", "stages": [
        {"id": "4", "label": "Closed", "displayOrder": 0, "metadata": {"ticketState": "CLOSED"}},
    ]}  # fmt: skip
    ticket = await ticket_of(bench)
    account.objects["tickets"][ticket.vendor_id]["properties"] |= {"hs_pipeline": "9", "hs_pipeline_stage": "91"}

    def two(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        return reply(200, {"results": [first, other]}) if "/pipelines/" in request.url else answer

    bench.rewrite = two
    with pytest.raises(CallError):
        await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "closed"})
    assert b'"94"' in bench.requests[-1].body, "the sandbox knows only one pipeline, but the right stage was asked for"


async def test_trap_06_a_thread_is_not_its_ticket(bench: Bench) -> None:
    ticket, thread = await ticket_of(bench), await thread_of(bench)
    assert (ticket.kind, thread.kind) == ("ticket", "conversation")
    assert ticket.vendor_id != thread.vendor_id
    read = (await bench.call(GET_TICKET, ticket_id=ticket, include=["messages"])).data
    assert read.conversation_id == thread
    (listed,) = (await bench.call(LIST_CONVERSATIONS, customer_id=await person(bench))).data.items
    assert listed.ticket == ticket
    (said,) = (await bench.call(GET_CONVERSATION, conversation_id=thread)).data.items
    noted = (await bench.call(GET_CONVERSATION, conversation_id=ticket)).data.items
    assert said.id not in [message.id for message in noted]


async def test_trap_26_an_exact_key_is_never_searched_and_a_search_says_how_late_it_is(
    bench: Bench, account: Account
) -> None:
    """A contact that the index does not know yet is found by e-mail all the same."""
    account.search = lambda *_: []  # type: ignore[method-assign]
    made = await bench.call(CREATE_CUSTOMER, email="nia@boateng-tea.example", given_name="Nia")
    found = await bench.call(FIND_CUSTOMERS, email="nia@boateng-tea.example")
    assert [one.id for one in found.data.items] == [made.resource.id]
    assert (found.freshness.source, found.freshness.max_lag_s) == ("live", None)
    late = await bench.call(FIND_CUSTOMERS, name="Nia")
    assert late.data.items == ()
    assert (late.freshness.source, late.freshness.max_lag_s) == ("search_index", 60)


async def test_trap_26_what_was_written_is_not_looked_for_in_the_index(bench: Bench, account: Account) -> None:
    account.search = lambda *_: []  # type: ignore[method-assign]
    ada = await person(bench)
    made = await bench.call(CREATE_TICKET, requester=ada, subject="New", body="x", first_message="from_customer")
    assert made.resource.id in [one.id for one in (await bench.call(SEARCH_TICKETS, requester=ada)).data.items]
    sold = await bench.call(SAVE_DEAL, name="New", about=[ada])
    assert sold.resource.id in [one.id for one in (await bench.call(LIST_DEALS, about=ada)).data.items]


async def test_trap_27_a_total_is_an_estimate_and_the_window_ends_with_a_warning(bench: Bench) -> None:
    row = {"id": "1", "properties": {"subject": "x"}}
    more = {"total": 10_001, "results": [row], "paging": {"next": {"after": "10000"}}}
    bench.rewrite = lambda request, answer: reply(200, more) if request.url.endswith("/search") else answer
    found = await bench.call(SEARCH_TICKETS, text="x")
    assert (found.data.total.value, found.data.total.exact) == (10_001, False)
    assert found.data.next_cursor is None
    assert "truncated" in [warning.code for warning in found.warnings]


async def test_trap_27_no_request_reaches_beyond_the_window(bench: Bench) -> None:
    sealed = bench.cursors.seal("9998", "bench", validate(SEARCH_TICKETS, orjson.dumps({"text": "x"})))
    await bench.call(SEARCH_TICKETS, text="x", cursor=sealed)
    body = orjson.loads(bench.requests[-1].body)
    assert int(body["after"]) + body["limit"] == 10_000


async def test_trap_30_a_record_that_was_made_while_a_link_failed_is_partial(bench: Bench) -> None:
    ada, ticket = await person(bench), await ticket_of(bench)
    bench.rewrite = lambda request, answer: reply(404) if request.method == "PUT" else answer
    made = await bench.call(
        CREATE_TICKET, requester=ada, subject="More", body="x", first_message="internal", related=ticket
    )
    assert made.outcome == "partial"
    assert made.resource.id in [one.id for one in (await bench.call(SEARCH_TICKETS, requester=ada)).data.items]
    assert any(ticket in warning.message for warning in made.warnings)


@pytest.mark.parametrize(
    "answer", [reply(403), reply(500), reply(200, {"results": [], "numErrors": 1}), reply(200, {"results": []})]
)
async def test_trap_30_a_deal_that_was_changed_while_a_link_failed_is_partial(bench: Bench, answer: Any) -> None:
    deal, bruno = await deal_of(bench), await person(bench, BRUNO)
    bench.rewrite = lambda request, real: answer if request.method == "PUT" else real
    changed = await bench.call(SAVE_DEAL, deal_id=deal, name="Renamed", about=[bruno])
    assert (changed.outcome, changed.resource.name) == ("partial", "Renamed")
    assert any(bruno in warning.message for warning in changed.warnings)


async def test_trap_30_a_deal_may_have_no_contact_and_a_customer_many_companies(bench: Bench, account: Account) -> None:
    lonely = bench.ref("deal", account.add("deals", {"dealname": "Alone", "pipeline": "default"}))
    changed = await bench.call(SAVE_DEAL, deal_id=lonely, name="Still alone")
    assert (changed.resource.customers, changed.resource.company) == ((), None)
    ada = await person(bench)
    account.link("contacts", ada.vendor_id, "companies", account.add("companies", {"name": "Second"}))
    view = (await bench.call(GET_CUSTOMER, customer_id=ada, include=["company"])).data
    assert view.company_details.name == "Fernway Studio", (
        "the primary company is the contact's, whatever else is linked"
    )


async def test_trap_34_an_upsert_of_207_is_no_success(bench: Bench, account: Account) -> None:
    """The address is another's, and HubSpot says so in a reply of the 200s."""
    taken = "taken@x.example"

    def hidden(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        return reply(404, {"category": "OBJECT_NOT_FOUND"}) if request.method == "GET" else answer

    account.add("contacts", {"email": taken})
    bench.rewrite = hidden
    with pytest.raises(ConflictError):
        await bench.call(CREATE_CUSTOMER, email=taken, external_id="shop-500")
    assert [response.status for request, response in bench.wire.exchanges if request.method == "POST"] == [207]


async def test_trap_34_a_batch_of_207_says_what_is_missing_whatever_it_counts(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    await bench.call(ADD_NOTE, about=[ada], body="Hello.")
    account.link("contacts", ada.vendor_id, "notes", "999999")

    def uncounted(_: HttpRequest, answer: HttpResponse) -> HttpResponse:
        body = answer.body.replace(b'"numErrors":1', b'"numErrors":0')
        return HttpResponse(answer.status, answer.headers, body, answer.url)

    bench.rewrite = uncounted
    listed = await bench.call(LIST_ACTIVITIES, about=ada, types=["note"])
    assert len(listed.data.items) == 1
    assert [warning.code for warning in listed.warnings] == ["part_unavailable"]


async def test_trap_34_a_subscription_with_errors_is_no_success(bench: Bench) -> None:
    ada = await person(bench)
    answer = {"results": [{"subscriptionId": 4001, "status": "SUBSCRIBED"}], "errors": [{"category": "CONFLICT"}]}
    bench.rewrite = lambda request, real: reply(200, answer) if request.method == "POST" else real
    with pytest.raises(ConflictError):
        await bench.call(SET_CONSENT, customer_id=ada, channel="email", marketing="opted_in", evidence="asked")


CHANGED: dict[str, tuple[AnyContract, AnyContract, dict[str, str], Any]] = {
    "customer": (GET_CUSTOMER, UPDATE_CUSTOMER, {"given_name": "Adaeze"}, person),
    "ticket": (GET_TICKET, UPDATE_TICKET, {"priority": "low"}, ticket_of),
}


@pytest.mark.parametrize("kind", list(CHANGED))
async def test_trap_39_a_change_that_somebody_else_made_meanwhile_is_not_overwritten(
    bench: Bench, account: Account, kind: str
) -> None:
    get, update, changes, find = CHANGED[kind]
    named: dict[str, Any] = {f"{kind}_id": await find(bench)}
    version = (await bench.call(get, **named)).data.version
    fine = await bench.call(update, changes=changes, if_version=version, **named)
    assert "not_atomic" in [warning.code for warning in fine.warnings]
    account.now = "2030-01-01T00:00:00.000Z"
    theirs = vendor.OBJECT_TYPES[kind]
    account.change(account.objects[theirs][named[f"{kind}_id"].vendor_id], theirs, {"note": "of a human"})
    bench.wire.exchanges.clear()
    with pytest.raises(ConflictError, match="changed"):
        await bench.call(update, changes=changes, if_version=version, **named)
    assert set(methods(bench)) == {"GET"}
