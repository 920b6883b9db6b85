"""Salesforce's plugin at its sandbox: deals, tasks and orders."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from plugins.salesforce.people import ADAS_DEAL, BRUNO, contact, deal, lead
from support.bench import MARKER, Bench, at_sandbox, reply
from trunkline_contracts.errors import CallError, InvalidArgumentError, NotFoundError, UnsupportedError
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import FIND_ORDERS, LIST_ACTIVITIES, LIST_DEALS, SAVE_DEAL, SAVE_TASK
from trunkline_contracts.tools.arguments import Amount
from trunkline_contracts.values import Money
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_salesforce import trunkline_connector
from trunkline_salesforce.money import money, units
from trunkline_salesforce.sandbox import Org, record_id, served

NEW_DEAL: dict[str, Any] = {"name": "Office beans", "close_date": "2030-01-31"}
MANIFEST = trunkline_connector()


def writes(bench: Bench) -> list[tuple[str, str, Any]]:
    """What was written, also as a part of several: how, where and which fields."""
    found = []
    for request in bench.requests:
        if request.method != "GET":
            body = orjson.loads(request.body)
            parts = body.get("compositeRequest", [{"method": request.method, "url": request.url, "body": body}])
            found += [(part["method"], part["url"].partition("/v67.0/sobjects/")[2], part["body"]) for part in parts]
    return found


@pytest.fixture
async def currencies() -> AsyncIterator[Bench]:
    async with at_sandbox(MANIFEST, sandbox=served(Org(COMPANY, multi_currency=True))) as bench:
        yield bench


async def test_a_contacts_deals_are_those_in_which_they_have_a_part(bench: Bench) -> None:
    (found,) = (await bench.call(LIST_DEALS, about=contact(bench))).data.items
    assert (found.id, found.name) == (deal(bench), "Coffee corner at Fernway")
    assert found.amount == Money(amount_minor=480000, currency="EUR", exponent=2)
    assert (found.customers, found.company) == ((contact(bench),), bench.ref("company", record_id("Account", 1)))
    assert found.stage
    assert (found.stage.id, found.status.value, found.probability) == ("Qualification", "open", 0.1)
    assert (await bench.call(LIST_DEALS, about=contact(bench, BRUNO))).data.items == ()
    assert (await bench.call(LIST_DEALS, about=lead(bench))).data.items == ()


@pytest.mark.parametrize(
    ("status", "count"), [(["open"], 1), (["won"], 0), (["lost", "won"], 0), (["lost", "open"], 1)]
)
async def test_a_companys_deals_can_be_narrowed_by_their_state(bench: Bench, status: list[str], count: int) -> None:
    company = bench.ref("company", record_id("Account", 1))
    assert len((await bench.call(LIST_DEALS, about=company, status=status)).data.items) == count


async def test_a_new_deal_and_its_contacts_are_one_request(bench: Bench) -> None:
    made = await bench.call(SAVE_DEAL, **NEW_DEAL, about=[contact(bench), contact(bench, BRUNO)])
    role = {"OpportunityId": "@{deal.id}"}
    assert writes(bench) == [
        (
            "POST",
            "Opportunity",
            {
                "AccountId": record_id("Account", 1),
                "Name": "Office beans",
                "StageName": "Qualification",
                "CloseDate": "2030-01-31",
                "Description": f"[{MARKER}]",
            },
        ),
        ("POST", "OpportunityContactRole", {**role, "ContactId": record_id("Contact", 1)}),
        ("POST", "OpportunityContactRole", {**role, "ContactId": record_id("Contact", BRUNO)}),
    ]
    assert made.resource
    assert made.resource.customers == (contact(bench), contact(bench, BRUNO))
    assert made.undo is None


async def test_where_a_link_fails_no_deal_is_left_behind(bench: Bench, org: Org) -> None:
    before = set(org.tables["Opportunity"])
    with pytest.raises(NotFoundError):
        await bench.call(SAVE_DEAL, **NEW_DEAL, about=[contact(bench), contact(bench, 99)])
    assert set(org.tables["Opportunity"]) == before


async def test_a_change_is_written_and_can_be_taken_back(bench: Bench) -> None:
    changes: dict[str, Any] = {
        "amount": {"amount_minor": 520050, "currency": "EUR"},
        "status": "won",
        "close_date": "2029-12-31",
    }
    written = await bench.call(SAVE_DEAL, deal_id=deal(bench), **changes)
    fields = {"Amount": 5200.5, "StageName": "Closed Won", "CloseDate": "2029-12-31"}
    assert writes(bench) == [("PATCH", f"Opportunity/{record_id('Opportunity', ADAS_DEAL)}", fields)]
    assert written.resource
    assert (written.resource.status.value, written.resource.probability) == ("won", 1)
    assert written.undo
    back = await bench.call(SAVE_DEAL, **written.undo.args)
    assert back.resource
    assert back.resource.stage
    assert back.resource.amount == Money(amount_minor=480000, currency="EUR", exponent=2)
    assert (back.resource.status.value, back.resource.stage.id) == ("open", "Qualification")


async def test_a_deal_that_is_open_already_stays_in_its_stage(bench: Bench, org: Org) -> None:
    org.find("Opportunity", record_id("Opportunity", ADAS_DEAL))["StageName"] = "Proposal/Price Quote"
    same = await bench.call(SAVE_DEAL, deal_id=deal(bench), status="open", about=[contact(bench)])
    assert (same.outcome, writes(bench)) == ("noop", [])


async def test_a_contact_is_added_once(bench: Bench) -> None:
    written = await bench.call(SAVE_DEAL, deal_id=deal(bench), about=[contact(bench), contact(bench, BRUNO)])
    fields = {"OpportunityId": record_id("Opportunity", ADAS_DEAL), "ContactId": record_id("Contact", BRUNO)}
    assert writes(bench) == [("POST", "OpportunityContactRole", fields)]
    assert written.undo is None


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"name": "Office beans"}, InvalidArgumentError),
        ({**NEW_DEAL, "stage": "Brewing"}, UnsupportedError),
        ({**NEW_DEAL, "stage": "closed won", "status": "open"}, InvalidArgumentError),
        ({**NEW_DEAL, "lost_reason": "price"}, UnsupportedError),
        ({**NEW_DEAL, "amount": {"amount_minor": 1, "currency": "USD"}}, UnsupportedError),
        ({**NEW_DEAL, "about": ["{lead}"]}, UnsupportedError),
        ({**NEW_DEAL, "about": ["{company}", "main:company:001000000000002"]}, UnsupportedError),
    ],
)
async def test_a_deal_that_cannot_be_saved_is_refused(bench: Bench, arguments: dict[str, Any], error: Any) -> None:
    ids = {"{lead}": lead(bench), "{company}": bench.ref("company", record_id("Account", 1))}
    filled = {**arguments, "about": [ids.get(item, item) for item in arguments.get("about", ())]}
    with pytest.raises(error):
        await bench.call(SAVE_DEAL, **filled)
    assert writes(bench) == []


async def test_without_a_currency_amounts_are_left_out_and_said_so(org: Org) -> None:
    sandbox = served(org)
    settings = {**sandbox.settings, "currency": None}
    async with at_sandbox(
        MANIFEST, sandbox=type(sandbox)(sandbox.app, sandbox.auth, settings, sandbox.credentials)
    ) as b:
        found = await b.call(LIST_DEALS, about=contact(b))
        assert found.data.items[0].amount is None
        assert [warning.code for warning in found.warnings] == ["field_dropped"]
        assert [warning.code for warning in (await b.call(FIND_ORDERS, customer_id=contact(b))).warnings] == [
            "field_dropped"
        ]
        with pytest.raises(UnsupportedError, match="nobody named"):
            await b.call(SAVE_DEAL, **NEW_DEAL, amount={"amount_minor": 1, "currency": "EUR"})


async def test_in_an_org_with_several_currencies_a_deal_has_its_own(currencies: Bench) -> None:
    amount = {"amount_minor": 120000, "currency": "JPY"}
    made = await currencies.call(SAVE_DEAL, **NEW_DEAL, amount=amount)
    assert writes(currencies)[0][2]["CurrencyIsoCode"] == "JPY"
    assert writes(currencies)[0][2]["Amount"] == 120000
    assert made.resource
    assert made.resource.amount == Money(amount_minor=120000, currency="JPY", exponent=0)


@pytest.mark.parametrize(
    ("read", "currency", "minor", "exponent"),
    [
        (4800.1, "EUR", 480010, 2),
        (0.29, "USD", 29, 2),
        (1200, "JPY", 1200, 0),
        (1500.0, "ISK", 1500, 0),
        (1.25, "KWD", 1250, 3),
        (99999999999.99, "EUR", 9999999999999, 2),
    ],
)
def test_an_amount_has_its_currencys_own_decimals(read: float, currency: str, minor: int, exponent: int) -> None:
    if minor <= 10**12:
        assert money(read, currency) == Money(amount_minor=minor, currency=currency, exponent=exponent)
        assert units(Amount(amount_minor=minor, currency=currency)) == read


def test_an_amount_that_two_decimals_cannot_hold_is_refused() -> None:
    with pytest.raises(UnsupportedError):
        units(Amount(amount_minor=1234, currency="KWD"))


async def test_a_new_task_is_about_a_person_and_a_record(bench: Bench) -> None:
    made = await bench.call(
        SAVE_TASK, subject="Call back", body="About the grinder.", about=[contact(bench), deal(bench)],
        assignee="Sam Reyes", due_at="2030-01-31T15:00:00+02:00", priority="high", status="in_progress",
    )  # fmt: skip
    ((_, _, fields),) = writes(bench)
    assert fields == {
        "WhoId": record_id("Contact", 1),
        "WhatId": record_id("Opportunity", ADAS_DEAL),
        "Subject": "Call back",
        "Description": f"About the grinder.\n\n[{MARKER}]",
        "OwnerId": record_id("User", 2),
        "ActivityDate": "2030-01-31",
        "Priority": "High",
        "Status": "In Progress",
    }
    assert made.resource
    assert made.resource.about == (contact(bench), deal(bench))
    assert made.resource.assignee
    assert (made.resource.assignee.name, made.resource.status.value) == ("Sam Reyes", "in_progress")
    assert [warning.code for warning in made.warnings] == ["value_coerced", "irreversible"]
    assert made.verify_with
    listed = (await bench.call(LIST_ACTIVITIES, **made.verify_with.args)).data.items
    assert "Call back" in [item.subject for item in listed]


async def test_a_task_is_done_and_can_be_undone(bench: Bench) -> None:
    made = await bench.call(SAVE_TASK, subject="Call back", about=[contact(bench)], assignee=record_id("User", 2))
    assert made.resource
    done = await bench.call(SAVE_TASK, task_id=made.resource.id, status="done", subject="Called", priority="low")
    assert writes(bench)[-1][2] == {"Status": "Completed", "Subject": "Called", "Priority": "Low"}
    assert done.resource
    assert (done.resource.status.value, done.resource.completed_at is None) == ("done", False)
    assert done.undo
    back = await bench.call(SAVE_TASK, **done.undo.args)
    assert back.resource
    assert (back.resource.status.value, back.resource.subject, back.resource.priority) == (
        "open",
        "Call back",
        "normal",
    )


async def test_a_change_that_a_call_cannot_take_back_has_no_undo(bench: Bench) -> None:
    made = await bench.call(SAVE_TASK, subject="Call back")
    assert made.resource
    changed = await bench.call(SAVE_TASK, task_id=made.resource.id, due_at="2030-01-31T00:00:00Z")
    assert changed.undo is None
    assert changed.verify_with is None


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"subject": "a", "about": ["{ada}", "{bruno}"]}, UnsupportedError),
        ({"subject": "a", "assignee": "Nobody"}, NotFoundError),
        ({"task_id": "main:task:00THp0000999999", "subject": "a"}, NotFoundError),
    ],
)
async def test_a_task_that_cannot_be_saved_is_refused(bench: Bench, arguments: dict[str, Any], error: Any) -> None:
    ids = {"{ada}": contact(bench), "{bruno}": contact(bench, BRUNO)}
    filled = {**arguments, "about": [ids[item] for item in arguments.get("about", ())]}
    with pytest.raises(error):
        await bench.call(SAVE_TASK, **filled)
    assert writes(bench) == []


async def test_an_orgs_other_word_for_a_status_is_refused_where_there_is_none(bench: Bench, org: Org) -> None:
    org.tables["TaskStatus"] = {key: row for key, row in org.tables["TaskStatus"].items() if not row["IsClosed"]}
    with pytest.raises(UnsupportedError) as told:
        await bench.call(SAVE_TASK, subject="a", status="done")
    assert "Deferred" in [item.id for item in told.value.body.candidates]


async def test_orders_come_newest_first_and_a_single_one_with_its_lines(bench: Bench) -> None:
    both = (await bench.call(FIND_ORDERS, customer_id=contact(bench))).data.items
    assert [(order.number, order.lines) for order in both] == [("1001", ()), ("1002", ())]
    (one,) = (await bench.call(FIND_ORDERS, order="1002")).data.items
    assert one.totals
    assert one.totals.total == Money(amount_minor=1350, currency="EUR", exponent=2)
    assert one.fulfillment
    assert (one.fulfillment.value, one.fulfillment.lossy, one.financial) == ("other", True, None)
    (line,) = one.lines
    assert (line.title, line.sku, line.quantity) == ("Filter papers", "SKU-1002", 3)
    assert line.unit_price == Money(amount_minor=450, currency="EUR", exponent=2)
    assert one.shipping_address
    assert one.customer == contact(bench)


async def test_an_order_is_found_by_id_reference_or_the_buyers_address(bench: Bench) -> None:
    wanted = record_id("Order", 20)
    for key in (
        {"order": wanted},
        {"order": bench.ref("order", wanted)},
        {"email": "bruno.keller@keller-bakery.example"},
    ):
        (found,) = (await bench.call(FIND_ORDERS, **key)).data.items
        assert found.number == "1003"
    assert (await bench.call(FIND_ORDERS, customer_id=lead(bench))).data.items == ()
    assert (await bench.call(FIND_ORDERS, customer_id=contact(bench), since="2100-01-01T00:00:00Z")).data.items == ()


async def test_a_person_accounts_orders_are_the_accounts() -> None:
    async with at_sandbox(MANIFEST, sandbox=served(Org(COMPANY, person_accounts=True))) as bench:
        found = (await bench.call(FIND_ORDERS, customer_id=contact(bench))).data.items
        assert "AccountId+%3D+%27001" in bench.requests[-1].url
    assert len(found) == 2


async def test_an_org_without_orders_says_so(bench: Bench, org: Org) -> None:
    org.absent.add("Order")
    with pytest.raises(UnsupportedError, match="no orders"):
        await bench.call(FIND_ORDERS, order="1001")


@pytest.mark.parametrize("text", ["1001' OR OrderNumber != '", "x') OR (Name LIKE '%", "\\"])
async def test_trap_28_a_text_is_only_ever_a_value_in_a_query(bench: Bench, text: str) -> None:
    assert (await bench.call(FIND_ORDERS, order=text)).data.items == ()
    with pytest.raises(CallError):
        await bench.call(SAVE_TASK, subject="a", assignee=text)
    assert writes(bench) == []


async def test_a_dry_run_of_a_deal_shows_every_part_and_sends_none(bench: Bench, org: Org) -> None:
    before = set(org.tables["Opportunity"])
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(SAVE_DEAL, dry_run=True, **NEW_DEAL, about=[contact(bench)])
    assert len(shown.value.preview.body["compositeRequest"]) == 2
    assert set(org.tables["Opportunity"]) == before


async def test_a_deal_is_saved_even_if_it_cannot_be_read_back(bench: Bench) -> None:
    await bench.call(SAVE_DEAL, deal_id=deal(bench), name="Corner")
    read = next(response for request, response in bench.wire.exchanges if request.method == "GET")
    done = {"compositeResponse": [{"httpStatusCode": 204, "body": None, "referenceId": "deal"}]}
    bench.fail_next(read, reply(200, done), *[reply(500)] * 5)
    assert (await bench.call(SAVE_DEAL, deal_id=deal(bench), name="Other")).outcome == "applied"
