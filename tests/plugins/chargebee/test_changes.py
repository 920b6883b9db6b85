"""Chargebee's plugin at its sandbox: what can be offered, and subscriptions that change."""

from typing import Any

import pytest

from plugins.chargebee.desk import ADA, HIRO, Answer, Desk, form, path
from support.bench import Bench, reply
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, NotFoundError, UnsupportedError
from trunkline_contracts.tools import APPLY_DISCOUNT, CANCEL_SUBSCRIPTION, CHANGE_SUBSCRIPTION, LIST_OFFERS
from trunkline_contracts.values import Money
from trunkline_gateway.egress.governed import PreviewOnlyError

BEANS, DOUBLE, MILK = "Beans-Monthly-EUR-Monthly", "Beans-Double-EUR-Monthly", "Oat-Milk-EUR-Monthly"
ESTIMATE = "/estimates/update_subscription_for_items"


def euros(minor: int) -> Money:
    return Money(amount_minor=minor, currency="EUR", exponent=2)


def dinars(minor: int) -> Money:
    return Money(amount_minor=minor, currency="KWD", exponent=3)


def prices(written: Any) -> dict[str, int]:
    return {item.price_id: item.quantity for item in written.resource.items}


async def test_the_plans_on_offer_are_those_in_the_subscriptions_currency(bench: Bench, desk: Desk) -> None:
    beans = await desk.subscription()
    offers = (await bench.call(LIST_OFFERS, target=beans, kind="plan", limit=50)).data.items
    assert {offer.name for offer in offers} == {"Beans Monthly", "Cafe Supply", "Beans Double"}
    double = next(offer for offer in offers if offer.name == "Beans Double")
    assert (double.id, double.code, double.price) == (f"main:offer:{DOUBLE}", DOUBLE, euros(3400))
    assert (double.interval.unit, double.interval.count, double.eligible) == ("month", 1, None)
    mine = next(offer for offer in offers if offer.code == BEANS)
    assert (mine.eligible, mine.why_not) == (False, "The subscription has this plan.")


async def test_plans_for_a_customer_are_in_the_customers_currency(bench: Bench, desk: Desk) -> None:
    (offer,) = (await bench.call(LIST_OFFERS, target=await desk.customer(HIRO), kind="plan")).data.items
    assert offer.price == Money(amount_minor=2900, currency="JPY", exponent=0)


async def test_a_price_in_tiers_is_no_single_price(bench: Bench) -> None:
    price = {"id": "p", "name": "P", "pricing_model": "tiered", "price": 5, "currency_code": "EUR"}
    exact = {**price, "id": "q", "pricing_model": "per_unit", "price_in_decimal": "0.005"}
    bench.fail_next(reply(200, {"customer": {"id": "c"}}))
    bench.fail_next(reply(200, {"list": [{"item_price": price}, {"item_price": exact}]}))
    offers = (await bench.call(LIST_OFFERS, target="main:customer:c", kind="plan")).data.items
    assert [offer.price for offer in offers] == [None, None]


async def test_coupons_say_what_they_take_off_and_for_how_long(bench: Bench, desk: Desk) -> None:
    offers = (await bench.call(LIST_OFFERS, target=await desk.subscription(), kind="discount")).data.items
    by_code = {offer.code: offer for offer in offers}
    stay, sorry = by_code["STAY20"], by_code["SORRY5"]
    assert (stay.percent_off, stay.amount_off, stay.duration.kind, stay.duration.cycles) == (20, None, "repeating", 3)
    assert (sorry.percent_off, sorry.amount_off, sorry.duration.kind) == (None, euros(500), "once")


COUPON = {"id": "x", "name": "X", "duration_type": "limited_period", "period": 1, "period_unit": "year"}


@pytest.mark.parametrize(
    ("fields", "why_not"),
    [
        ({"max_redemptions": 2, "redemptions": 2}, "as often as it may be"),
        ({"currency_code": "USD", "discount_amount": 5}, "in USD"),
        ({"id": "had"}, "has this coupon"),
        ({"max_redemptions": 3, "redemptions": 2}, None),
    ],
)
async def test_a_coupon_that_cannot_work_says_why(bench: Bench, fields: dict[str, Any], why_not: str | None) -> None:
    held = {"id": "s", "status": "active", "currency_code": "EUR", "coupons": [{"coupon_id": "had"}]}
    bench.fail_next(reply(200, {"subscription": held}), reply(200, {"list": [{"coupon": {**COUPON, **fields}}]}))
    (offer,) = (await bench.call(LIST_OFFERS, target="main:subscription:s", kind="discount")).data.items
    assert offer.eligible is (None if why_not is None else False)
    assert why_not is None or why_not in offer.why_not
    # A year is no number of the subscription's periods that anybody knows.
    assert (offer.duration.kind, offer.duration.cycles) == ("repeating", None)


async def test_a_plan_takes_the_place_of_the_plan_there_was_and_is_taken_back(bench: Bench, desk: Desk) -> None:
    beans = await desk.subscription()
    changed = await desk.do(CHANGE_SUBSCRIPTION, subscription_id=beans, items=[{"price_id": f"main:offer:{DOUBLE}"}])
    assert path(bench) == f"/subscriptions/{beans.vendor_id}/update_for_items"
    assert form(bench) == {
        "subscription_items[item_price_id][0]": DOUBLE,
        "subscription_items[quantity][0]": "1",
        "change_option": "immediately",
        "reactivate": "false",
    }
    assert (changed.outcome, prices(changed)) == ("applied", {DOUBLE: 1})
    assert changed.extensions["chargebee"]["invoice"]["total"]["amount_minor"] == 1000
    back = await desk.take_back(changed)
    assert prices(back) == {BEANS: 1}


async def test_a_plan_named_by_its_line_is_changed_not_added(desk: Desk) -> None:
    beans = await desk.subscription()
    changed = await desk.do(
        CHANGE_SUBSCRIPTION, subscription_id=beans, items=[{"item_id": BEANS, "price_id": DOUBLE, "quantity": 2}]
    )
    assert prices(changed) == {DOUBLE: 2}


async def test_an_add_on_comes_beside_the_plan_and_goes_again(bench: Bench, desk: Desk) -> None:
    beans = await desk.subscription()
    added = await desk.do(CHANGE_SUBSCRIPTION, subscription_id=beans, items=[{"price_id": MILK, "quantity": 2}])
    assert prices(added) == {BEANS: 1, MILK: 2}
    fewer = await desk.do(
        CHANGE_SUBSCRIPTION, subscription_id=beans, items=[{"item_id": MILK, "price_id": MILK, "quantity": 1}]
    )
    assert "replace_items_list" not in form(bench)
    assert prices(await desk.take_back(fewer)) == {BEANS: 1, MILK: 2}
    gone = await desk.take_back(added)
    assert prices(gone) == {BEANS: 1}
    sent = form(bench)
    assert (sent["replace_items_list"], sent["subscription_items[item_price_id][0]"]) == ("true", BEANS)
    assert "subscription_items[unit_price][0]" not in sent
    assert prices(await desk.take_back(gone)) == {BEANS: 1, MILK: 2}


async def test_an_agreed_price_is_said_again_where_the_whole_list_is_sent(desk: Desk) -> None:
    items = [
        {"item_price_id": "plan", "item_type": "plan", "quantity": 1, "unit_price": 900},
        {"item_price_id": "seat", "item_type": "addon", "quantity": 4, "unit_price": 100},
        {"item_price_id": "old", "item_type": "addon", "quantity": 1, "unit_price": 100},
    ]
    held = {"id": "s", "status": "active", "currency_code": "EUR", "subscription_items": items}
    listed = [{"item_price": {"id": "plan", "name": "P", "price": 1000}}]
    listed.append({"item_price": {"id": "seat", "name": "S", "price": 100}})
    answer = Answer({"subscription": {**held, "subscription_items": items[:2]}})
    desk.prepare(reply(200, {"subscription": held}), reply(200, {"list": listed}), answer)
    arguments = [{"item_id": "old", "price_id": "old", "quantity": 0}]
    done = await desk.do(CHANGE_SUBSCRIPTION, subscription_id="main:subscription:s", items=arguments)
    assert answer.form["subscription_items[unit_price][0]"] == "900"
    assert "subscription_items[unit_price][1]" not in answer.form
    assert "old" not in answer.form.values()
    assert done.undo.args["items"] == [{"price_id": "old", "quantity": 1}]


async def test_nothing_is_taken_away_beside_a_price_that_could_not_be_said_again(bench: Bench, desk: Desk) -> None:
    exact = {"item_price_id": "plan", "item_type": "plan", "unit_price": 1, "unit_price_in_decimal": "0.0125"}
    items = [exact, {"item_price_id": "old", "item_type": "addon", "quantity": 1, "unit_price": 100}]
    bench.fail_next(reply(200, {"subscription": {"id": "s", "status": "active", "subscription_items": items}}))
    arguments = [{"item_id": "old", "price_id": "old", "quantity": 0}]
    with pytest.raises(UnsupportedError, match="fractions"):
        await desk.do(CHANGE_SUBSCRIPTION, subscription_id="main:subscription:s", items=arguments)
    assert bench.requests == []


async def test_a_line_that_is_not_there_and_a_plan_that_would_go_are_refused_before_anything_is_sent(
    bench: Bench, desk: Desk
) -> None:
    beans = await desk.subscription()
    for item in ({"item_id": MILK, "price_id": MILK}, {"price_id": MILK, "quantity": 0}):
        with pytest.raises(InvalidArgumentError, match="no item"):
            await desk.do(CHANGE_SUBSCRIPTION, subscription_id=beans, items=[item])
    with pytest.raises(UnsupportedError, match="not removed") as told:
        await desk.do(
            CHANGE_SUBSCRIPTION, subscription_id=beans, items=[{"item_id": BEANS, "price_id": BEANS, "quantity": 0}]
        )
    assert told.value.body.supported_alternatives == ("cancel_subscription",)
    assert all(request.method == "GET" for request in bench.requests)


async def test_a_price_that_is_nobodys_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        await desk.do(CHANGE_SUBSCRIPTION, subscription_id=await desk.subscription(), items=[{"price_id": "gone"}])


async def test_a_change_at_the_end_of_the_term_is_scheduled_and_cannot_be_taken_back_by_a_tool(
    bench: Bench, desk: Desk
) -> None:
    beans = await desk.subscription()
    later = await desk.do(
        CHANGE_SUBSCRIPTION, subscription_id=beans, items=[{"price_id": DOUBLE}], when="period_end", proration="none"
    )
    assert (form(bench)["change_option"], "prorate" in form(bench)) == ("end_of_term", False)
    assert (later.outcome, prices(later), later.undo) == ("scheduled", {BEANS: 1}, None)
    (change,) = later.resource.scheduled
    assert (change.action, change.at) == ("change", later.effective_at)
    assert [warning.code for warning in later.warnings] == ["irreversible"]
    over = await desk.do(CHANGE_SUBSCRIPTION, subscription_id=beans, items=[{"price_id": DOUBLE}])
    assert any("gives way" in warning.message for warning in over.warnings)


@pytest.mark.parametrize(
    ("proration", "sent"),
    [
        ("charge_now", {"prorate": "true", "invoice_immediately": "true"}),
        ("next_invoice", {"prorate": "true", "invoice_immediately": "false"}),
        ("none", {"prorate": "false"}),
        (None, {}),
    ],
)
async def test_each_proration_is_said_in_chargebees_words(
    bench: Bench, desk: Desk, proration: str | None, sent: dict[str, str]
) -> None:
    beans, items = await desk.subscription(), [{"price_id": DOUBLE}]
    await desk.do(CHANGE_SUBSCRIPTION, subscription_id=beans, items=items, proration=proration)
    told = form(bench)
    assert {name: told[name] for name in ("prorate", "invoice_immediately") if name in told} == sent


@pytest.mark.parametrize("proration", ["charge_now", "next_invoice"])
async def test_proration_at_the_end_of_a_term_is_refused_not_dropped(bench: Bench, desk: Desk, proration: str) -> None:
    beans, items = await desk.subscription(), [{"price_id": DOUBLE}]
    with pytest.raises(UnsupportedError, match="prorate"):
        await desk.do(CHANGE_SUBSCRIPTION, subscription_id=beans, items=items, when="period_end", proration=proration)
    assert all(request.method == "GET" for request in bench.requests)


@pytest.mark.parametrize(
    ("contract", "arguments"),
    [(CHANGE_SUBSCRIPTION, {"items": [{"price_id": DOUBLE}]}), (APPLY_DISCOUNT, {"offer": "STAY20"})],
)
async def test_an_ended_subscription_is_not_started_again_by_a_change(
    bench: Bench, desk: Desk, contract: Any, arguments: dict[str, Any]
) -> None:
    beans = await desk.subscription()
    await desk.do(CANCEL_SUBSCRIPTION, subscription_id=beans, when="now")
    sent = len(bench.requests)
    of_subject = {"target" if contract is APPLY_DISCOUNT else "subscription_id": beans}
    with pytest.raises(ConflictError, match="ended"):
        await desk.do(contract, **of_subject, **arguments)
    assert all(request.method == "GET" for request in bench.requests[sent:])


async def test_a_dry_run_quotes_what_chargebee_estimates_and_changes_nothing(bench: Bench, desk: Desk) -> None:
    beans = await desk.subscription()
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(
            CHANGE_SUBSCRIPTION,
            subscription_id=beans,
            items=[{"price_id": DOUBLE}],
            proration="charge_now",
            dry_run=True,
        )
    assert path(bench) == ESTIMATE
    assert form(bench)["subscription[id]"] == beans.vendor_id
    assert "chargebee-idempotency-key" not in bench.requests[-1].headers
    preview = shown.value.preview
    assert preview.url.endswith(f"/subscriptions/{beans.vendor_id}/update_for_items")
    assert preview.quote
    assert (preview.quote.due_now, preview.quote.next_invoice) == (euros(1000), euros(3400))
    assert [line.amount for line in preview.quote.lines] == [euros(1000)]
    assert prices(await desk.do(CHANGE_SUBSCRIPTION, subscription_id=beans, items=[{"price_id": BEANS}])) == {BEANS: 1}


async def test_a_quote_shows_credits_as_in_the_customers_favour_and_what_waits_for_the_next_invoice(
    bench: Bench, desk: Desk
) -> None:
    beans = await desk.subscription()
    estimate = {
        "next_invoice_estimate": {"currency_code": "KWD", "amount_due": 5},
        "credit_note_estimates": [{"currency_code": "KWD", "total": 7}],
        "unbilled_charge_estimates": [{"description": "Seats", "amount": 9}],
    }
    held = {"id": "s", "status": "active", "currency_code": "KWD"}
    bench.fail_next(reply(200, {"subscription": held}), reply(200, {"estimate": estimate}))
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(CHANGE_SUBSCRIPTION, subscription_id=beans, items=[{"price_id": DOUBLE}], dry_run=True)
    quote = shown.value.preview.quote
    assert quote
    assert (quote.due_now, quote.next_invoice) == (dinars(0), dinars(50))
    assert [(line.description, line.amount) for line in quote.lines] == [
        ("Seats", dinars(90)),
        ("Credit note", dinars(-70)),
    ]


async def test_a_coupon_is_put_beside_others_or_in_their_place(bench: Bench, desk: Desk) -> None:
    beans = await desk.subscription()
    stay = await desk.do(APPLY_DISCOUNT, target=beans, offer="main:offer:STAY20")
    assert (path(bench), form(bench)) == (
        f"/subscriptions/{beans.vendor_id}/update_for_items",
        {
            "coupon_ids[0]": "STAY20",
            "replace_coupon_list": "false",
            "change_option": "immediately",
            "reactivate": "false",
        },
    )
    assert (stay.outcome, stay.resource.offer, stay.undo) == ("applied", "main:offer:STAY20", None)
    await desk.do(APPLY_DISCOUNT, target=beans, offer="SORRY5")
    held = (await bench.call(LIST_OFFERS, target=beans, kind="discount")).data.items
    assert {offer.why_not for offer in held} == {"The subscription has this coupon."}
    await desk.do(APPLY_DISCOUNT, target=beans, offer="SORRY5", replace=True)
    assert form(bench)["replace_coupon_list"] == "true"
    left = (await bench.call(LIST_OFFERS, target=beans, kind="discount")).data.items
    assert [offer.code for offer in left if offer.why_not] == ["SORRY5"]


async def test_a_code_of_a_coupon_is_found_by_the_code(bench: Bench, desk: Desk) -> None:
    held = {"id": "s", "status": "active"}
    coupons = [{"coupon_id": "SET", "coupon_code": "SET-7"}]
    bench.fail_next(reply(200, {"subscription": held}), reply(200, {"subscription": {**held, "coupons": coupons}}))
    done = await desk.do(APPLY_DISCOUNT, target="main:subscription:s", offer="SET-7")
    assert (done.outcome, done.resource.offer) == ("applied", "main:offer:SET")


async def test_a_coupon_that_the_answer_does_not_show_is_only_accepted(bench: Bench, desk: Desk) -> None:
    held = reply(200, {"subscription": {"id": "s", "status": "active"}})
    bench.fail_next(held, held)
    done = await desk.do(APPLY_DISCOUNT, target="main:subscription:s", offer="X")
    assert (done.outcome, done.verify_with.tool) == ("accepted", "list_subscriptions")


async def test_a_customer_takes_no_coupon_and_an_unknown_coupon_is_not_found(bench: Bench, desk: Desk) -> None:
    with pytest.raises(UnsupportedError, match="subscriptions"):
        await desk.do(APPLY_DISCOUNT, target=await desk.customer(ADA), offer="STAY20")
    with pytest.raises(NotFoundError):
        await desk.do(APPLY_DISCOUNT, target=await desk.subscription(), offer="NOPE")
    assert form(bench)["coupon_ids[0]"] == "NOPE"


async def test_a_dry_run_of_a_coupon_quotes_the_next_invoice(bench: Bench, desk: Desk) -> None:
    beans = await desk.subscription()
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(APPLY_DISCOUNT, target=beans, offer="STAY20", reason="wants to stay", dry_run=True)
    quote = shown.value.preview.quote
    assert quote
    assert (quote.due_now, quote.next_invoice) == (euros(0), euros(1520))
