"""HubSpot's deals at the sandbox, judged by HubSpot's OpenAPI files."""

from typing import Any

import pytest

from plugins.hubspot.asking import deal_of, methods, person, sent
from support.bench import Bench, reply
from trunkline_contracts.errors import (
    AmbiguousError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import GET_CUSTOMER, LIST_DEALS, SAVE_DEAL
from trunkline_contracts.tools.arguments import Amount
from trunkline_contracts.values import Money
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_hubspot.money import caller_amount, money, written
from trunkline_hubspot.sandbox_state import DEAL_STAGES, Account


async def company_of(bench: Bench, customer: Ref) -> Ref:
    company: Ref = (await bench.call(GET_CUSTOMER, customer_id=customer)).data.company
    bench.wire.exchanges.clear()
    return company


async def test_a_customers_deals_come_from_the_database_with_stage_and_amount(bench: Bench) -> None:
    ada = await person(bench)
    found = await bench.call(LIST_DEALS, about=ada)
    (deal,) = found.data.items
    assert found.freshness.source == "live"
    assert not any(request.url.endswith("/search") for request in bench.requests)
    assert (deal.name, deal.amount) == (
        "Coffee corner at Fernway", Money(amount_minor=480000, currency="EUR", exponent=2),
    )  # fmt: skip
    assert (deal.stage.id, deal.stage.name, deal.stage.order) == ("qualifiedtobuy", "Qualified To Buy", 1)
    assert (deal.pipeline.id, deal.pipeline.name) == ("default", "Sales Pipeline")
    assert (deal.status.value, deal.status.raw, deal.status.lossy, deal.probability) == (
        "open", "qualifiedtobuy", False, 0.4,
    )  # fmt: skip
    assert (deal.customers, deal.company) == ((ada,), None)


async def test_a_companys_deals_are_the_same(bench: Bench) -> None:
    ada = await person(bench)
    company = await company_of(bench, ada)
    (deal,) = (await bench.call(LIST_DEALS, about=company)).data.items
    assert (deal.customers, deal.company) == ((), company)
    assert deal.id == await deal_of(bench)


async def test_deals_are_narrowed_by_status_and_paged_to_the_end(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    for day, stage in enumerate(("closedwon", "closedlost", "contractsent", "closedwon"), start=1):
        account.now = f"2027-01-0{day}T00:00:00.000Z"
        deal = account.add("deals", {"dealname": f"D{day}", "pipeline": "default", "dealstage": stage})
        account.link("contacts", ada.vendor_id, "deals", deal)
    names, cursor = [], None
    while True:
        page = (await bench.call(LIST_DEALS, about=ada, status=["won", "lost"], limit=1, cursor=cursor)).data
        names += [deal.name for deal in page.items]
        if not (cursor := page.next_cursor):
            break
    assert names == ["D4", "D2", "D1"]
    statuses = {deal.name: deal.status.value for deal in (await bench.call(LIST_DEALS, about=ada)).data.items}
    assert statuses == {
        "D1": "won", "D2": "lost", "D3": "open", "D4": "won", "Coffee corner at Fernway": "open",
    }  # fmt: skip


async def test_an_amount_without_a_currency_is_in_the_companys(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    deal = account.add("deals", {"dealname": "Plain", "amount": "1200.5", "dealstage": "contractsent"})
    account.link("contacts", ada.vendor_id, "deals", deal)
    found = {deal.name: deal.amount for deal in (await bench.call(LIST_DEALS, about=ada)).data.items}
    assert found["Plain"] == Money(amount_minor=120050, currency="EUR", exponent=2)


async def test_the_currency_is_asked_for_only_where_a_deal_needs_it(bench: Bench) -> None:
    await bench.call(LIST_DEALS, about=await person(bench))
    assert not any("account-info" in request.url for request in bench.requests)


async def test_a_stage_that_no_pipeline_has_is_other_and_lossy(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    deal = account.add("deals", {"dealname": "Old", "dealstage": "777"})
    account.link("contacts", ada.vendor_id, "deals", deal)
    status = {deal.name: deal.status for deal in (await bench.call(LIST_DEALS, about=ada)).data.items}["Old"]
    assert (status.value, status.raw, status.lossy) == ("other", "777", True)


async def test_a_new_deal_starts_in_the_first_open_stage_with_its_associations_in_one_request(bench: Bench) -> None:
    ada = await person(bench)
    company = await company_of(bench, ada)
    made = await bench.call(
        SAVE_DEAL, name="Office coffee", about=[ada, company], amount={"amount_minor": 4900, "currency": "EUR"},
        close_date="2027-03-31",
    )  # fmt: skip
    assert bench.writes_sent == 1
    body = sent(bench)
    assert body["properties"] == {
        "dealname": "Office coffee", "amount": "49.00", "closedate": "2027-03-31T12:00:00Z", "pipeline": "default",
        "dealstage": "appointmentscheduled",
    }  # fmt: skip
    types = [(one["to"]["id"], one["types"][0]["associationTypeId"]) for one in body["associations"]]
    assert types == [(ada.vendor_id, 3), (company.vendor_id, 341)]
    deal = made.resource
    assert (deal.customers, deal.company, str(deal.close_date)) == ((ada,), company, "2027-03-31")
    assert (deal.status.value, deal.stage.name) == ("open", "Appointment Scheduled")
    listed = (await bench.call(LIST_DEALS, **made.verify_with.args)).data.items
    assert deal.id in [item.id for item in listed]


@pytest.mark.parametrize(
    ("asked", "stage"),
    [
        ({"stage": "contract SENT"}, "contractsent"),
        ({"stage": "contractsent"}, "contractsent"),
        ({"status": "won"}, "closedwon"),
        ({"status": "lost", "lost_reason": "Too dear"}, "closedlost"),
        ({"status": "open"}, "appointmentscheduled"),
    ],
)
async def test_a_stage_is_a_label_an_id_or_what_a_status_stands_for(
    bench: Bench, asked: dict[str, Any], stage: str
) -> None:
    await bench.call(SAVE_DEAL, name="Office coffee", **asked)
    assert sent(bench)["properties"]["dealstage"] == stage


async def test_a_change_sends_only_what_changes_and_can_be_taken_back(bench: Bench) -> None:
    deal = await deal_of(bench)
    changed = await bench.call(
        SAVE_DEAL, deal_id=deal, amount={"amount_minor": 520000, "currency": "EUR"}, status="won",
    )  # fmt: skip
    assert sent(bench) == {"properties": {"amount": "5200.00", "dealstage": "closedwon"}}
    assert (changed.resource.status.value, changed.resource.amount.amount_minor) == ("won", 520000)
    assert changed.resource.customers == (await person(bench),)
    assert changed.undo.args == {
        "deal_id": deal, "amount": {"amount_minor": 480000, "currency": "EUR"}, "stage": "qualifiedtobuy",
    }  # fmt: skip
    back = await bench.call(SAVE_DEAL, **changed.undo.args)
    assert (back.resource.status.value, back.resource.amount.amount_minor) == ("open", 480000)


async def test_what_was_not_there_before_cannot_be_put_back(bench: Bench) -> None:
    changed = await bench.call(SAVE_DEAL, deal_id=await deal_of(bench), close_date="2027-03-31")
    assert changed.undo is None


async def test_an_amount_in_another_currency_says_which(bench: Bench) -> None:
    changed = await bench.call(
        SAVE_DEAL, deal_id=await deal_of(bench), amount={"amount_minor": 99000, "currency": "JPY"}
    )
    assert sent(bench) == {"properties": {"amount": "99000", "deal_currency_code": "JPY"}}
    assert changed.resource.amount == Money(amount_minor=99000, currency="JPY", exponent=0)


@pytest.mark.parametrize(
    ("text", "currency", "minor", "exponent"),
    [
        ("99000", "JPY", 99000, 0), ("4.5", "KWD", 4500, 3), ("1200", "ISK", 1200, 0), ("3000", "EUR", 300000, 2),
        ("5000.00", "USD", 500000, 2), ("0.125", "EUR", 125, 3), ("-12.30", "EUR", -1230, 2), ("1E3", "EUR", 100000, 2),
    ],
)  # fmt: skip
def test_an_amount_is_exact_in_every_currency(text: str, currency: str, minor: int, exponent: int) -> None:
    assert money(text, currency) == Money(amount_minor=minor, currency=currency, exponent=exponent)


@pytest.mark.parametrize(("text", "currency"), [("", "EUR"), ("12", None), ("much", "EUR"), ("0.12345", "EUR"),
    ("NaN", "EUR"), ("9" * 20, "EUR")])  # fmt: skip
def test_an_amount_that_cannot_be_given_exactly_is_not_given(text: str, currency: str | None) -> None:
    assert money(text, currency) is None


@pytest.mark.parametrize(("minor", "currency", "text"), [(99000, "JPY", "99000"), (4500, "KWD", "4.500"),
    (1200, "ISK", "1200"), (1, "EUR", "0.01")])  # fmt: skip
def test_an_amount_is_written_as_it_was_asked_for(minor: int, currency: str, text: str) -> None:
    assert written(Amount(amount_minor=minor, currency=currency)) == text
    assert caller_amount(money(text, currency)) == {"amount_minor": minor, "currency": currency}


async def test_a_stage_that_contradicts_the_status_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="contradict"):
        await bench.call(SAVE_DEAL, deal_id=await deal_of(bench), stage="Closed Won", status="lost")
    assert set(methods(bench)) == {"GET"}


async def test_a_stage_that_is_none_names_those_there_are(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        await bench.call(SAVE_DEAL, deal_id=await deal_of(bench), stage="Nowhere")
    assert raised.value.body.supported_alternatives == tuple(stage[1] for stage in DEAL_STAGES)


async def test_which_open_stage_a_closed_deal_goes_back_to_is_asked_back(bench: Bench) -> None:
    deal = await deal_of(bench)
    await bench.call(SAVE_DEAL, deal_id=deal, status="won")
    with pytest.raises(AmbiguousError) as raised:
        await bench.call(SAVE_DEAL, deal_id=deal, status="open")
    assert [one.label for one in raised.value.body.candidates] == [stage[1] for stage in DEAL_STAGES[:4]]


async def test_a_deal_that_already_is_so_is_left_alone(bench: Bench) -> None:
    same = await bench.call(SAVE_DEAL, deal_id=await deal_of(bench), status="open")
    assert same.outcome == "noop"
    assert set(methods(bench)) == {"GET"}


async def test_a_pipeline_without_an_open_stage_is_said_before_anything_is_written(bench: Bench) -> None:
    bench.fail_next(reply(200, {"results": []}))
    with pytest.raises(UnsupportedError, match="no open stage"):
        await bench.call(SAVE_DEAL, name="Office coffee")


async def test_an_association_alone_that_fails_is_an_error_and_not_partial(bench: Bench) -> None:
    deal = await deal_of(bench)
    with pytest.raises(NotFoundError):
        await bench.call(SAVE_DEAL, deal_id=deal, about=[bench.ref("customer", "1")])


async def test_a_customer_is_added_to_a_deal(bench: Bench) -> None:
    deal, bruno = await deal_of(bench), await person(bench, "bruno.keller@keller-bakery.example")
    added = await bench.call(SAVE_DEAL, deal_id=deal, about=[bruno])
    assert (added.outcome, bruno in added.resource.customers) == ("applied", True)
    assert methods(bench)[-1] == "PUT"
    assert [item.id for item in (await bench.call(LIST_DEALS, about=bruno)).data.items] == [deal]


async def test_a_dry_run_of_a_deal_shows_it_and_makes_none(bench: Bench, account: Account) -> None:
    before = len(account.objects["deals"])
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(SAVE_DEAL, name="Office coffee", dry_run=True)
    assert shown.value.preview.body["properties"]["dealname"] == "Office coffee"
    assert len(account.objects["deals"]) == before


async def test_a_deal_without_a_clear_answer_is_unknown(bench: Bench) -> None:
    bench.wire.write_faults = [reply(503)]
    with pytest.raises(OutcomeUnknownError):
        await bench.call(SAVE_DEAL, name="Office coffee")
    assert bench.writes_sent == 1
