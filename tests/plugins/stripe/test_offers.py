"""Plans and discounts offered, changed to and given, at Stripe's sandbox."""

from typing import Any

import pytest

from plugins.stripe.asking import ADA, AUGUST, DEV, INES, Write, customer_of, form, offers, read, subscription_of
from support.bench import MARKER, Bench, reply
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    UnsupportedError,
)
from trunkline_contracts.http import HttpRequest
from trunkline_contracts.tools import (
    APPLY_DISCOUNT,
    CHANGE_SUBSCRIPTION,
    CONTRACTS,
    LIST_OFFERS,
    LIST_SUBSCRIPTIONS,
    PAUSE_SUBSCRIPTION,
    RESUME_SUBSCRIPTION,
)
from trunkline_gateway.egress.governed import PreviewOnlyError

COUPON = {"id": "C", "name": "Ten", "valid": True, "percent_off": 10.0, "duration": "forever"}
LIVE: dict[str, Any] = {
    "id": "sub_1",
    "status": "active",
    "currency": "eur",
    "customer": "cus_1",
    "items": {"data": []},
}


async def test_plans_are_offered_in_the_subscriptions_currency(bench: Bench) -> None:
    plans = await offers(bench, await subscription_of(bench, ADA), "plan")
    assert {name: plan.price.amount_minor for name, plan in plans.items()} == {
        "Beans Double": 3400,
        "Cafe Supply": 4900,
        "Beans Monthly": 1900,
    }
    assert {plan.price.currency for plan in plans.values()} == {"EUR"}
    assert (plans["Beans Double"].eligible, plans["Beans Double"].interval.unit) == (True, "month")
    assert (plans["Beans Monthly"].eligible, plans["Beans Monthly"].why_not) == (
        False,
        "The subscription has this plan already.",
    )
    sent = bench.requests[-1].url
    assert all(part in sent for part in ("active=true", "type=recurring", "currency=eur"))


async def test_without_a_subscription_nobody_says_that_a_plan_can_be_had(bench: Bench) -> None:
    plans = await offers(bench, await customer_of(bench, ADA), "plan")
    assert {plan.eligible for plan in plans.values()} == {None}


async def test_a_plan_that_cannot_be_changed_to_says_why(bench: Bench) -> None:
    price = {"currency": "eur", "unit_amount": 5, "product": {"id": "prod_1", "name": "P"}}
    metered = {
        **price,
        "id": "price_1",
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"},
    }
    gone = {**price, "id": "price_2", "product": {"id": "prod_2", "name": "Q", "active": False}}
    bench.fail_next(reply(200, LIVE), reply(200, {"data": [metered, gone]}))
    plans = await offers(bench, bench.ref("subscription", "sub_1"), "plan")
    assert [plan.why_not for plan in plans.values()] == [
        "It is billed by usage and takes no quantity.",
        "Its product is no longer sold.",
    ]


async def test_codes_come_first_and_then_the_coupons(bench: Bench) -> None:
    beans = await subscription_of(bench, ADA)
    codes = (await bench.call(LIST_OFFERS, target=beans, kind="discount")).data
    stay = next(offer for offer in codes.items if offer.code == "STAY20")
    assert (stay.name, stay.percent_off, stay.eligible) == ("Stay with us", 20, True)
    assert (stay.duration.kind, stay.duration.cycles) == ("repeating", 3)
    sorry = next(offer for offer in codes.items if offer.code == "SORRY5")
    assert (sorry.amount_off.amount_minor, sorry.amount_off.currency, sorry.duration.kind) == (500, "EUR", "once")
    coupons = (await bench.call(LIST_OFFERS, target=beans, kind="discount", cursor=codes.next_cursor)).data
    assert {(offer.name, offer.code) for offer in coupons.items} == {("Stay with us", None), ("Sorry", None)}
    assert coupons.next_cursor is None


async def test_where_there_is_no_code_the_coupons_come_at_once(bench: Bench) -> None:
    bench.fail_next(reply(200, LIVE), reply(200, {"data": []}), reply(200, {"data": [COUPON], "has_more": False}))
    found = (await bench.call(LIST_OFFERS, target="main:subscription:sub_1", kind="discount")).data
    assert [(offer.name, offer.code, offer.duration.kind) for offer in found.items] == [("Ten", None, "forever")]
    assert found.next_cursor is None


async def discounts(bench: Bench, *codes: dict[str, Any], target: dict[str, Any] = LIVE) -> list[Any]:
    """The offers that some promotion codes come to."""
    made = [{"id": f"promo_{n}", "code": f"K{n}", "active": True, **code} for n, code in enumerate(codes)]
    bench.fail_next(reply(200, target), reply(200, {"data": made}))
    found = await bench.call(LIST_OFFERS, target=bench.ref("subscription", "sub_1"), kind="discount")
    return list(found.data.items)


async def test_a_discount_that_cannot_be_had_says_why(bench: Bench) -> None:
    dollars = {"id": "D", "valid": True, "amount_off": 500, "currency": "usd", "duration": "once"}
    product = {"price": {"id": "price_1", "currency": "eur", "product": "prod_1"}, "id": "si_1"}
    found = await discounts(
        bench,
        {"promotion": {"coupon": {**COUPON, "valid": False}}},
        {"promotion": {"coupon": dollars}},
        {"promotion": {"coupon": {**dollars, "currency_options": {"eur": {"amount_off": 450}}}}},
        {"promotion": {"coupon": {**COUPON, "applies_to": {"products": ["prod_9"]}}}},
        {"promotion": {"coupon": COUPON}, "restrictions": {"first_time_transaction": True}},
        {"promotion": {"coupon": COUPON}, "customer": "cus_2"},
        target={**LIVE, "items": {"data": [product]}},
    )
    assert [(offer.eligible, offer.why_not) for offer in found] == [
        (False, "It has expired or was used up."),
        (False, "It takes off an amount in USD: the customer pays in another currency."),
        (True, None),
        (False, "It is for other products."),
        (None, None),
    ]
    assert (found[2].amount_off.amount_minor, found[2].amount_off.currency) == (450, "EUR")


async def test_months_become_billing_periods_only_where_the_two_meet(bench: Bench) -> None:
    half_a_year = {"promotion": {"coupon": {**COUPON, "duration": "repeating", "duration_in_months": 6}}}

    def billed(interval: str, count: int) -> dict[str, Any]:
        recurring = {"interval": interval, "interval_count": count}
        return {
            **LIVE,
            "items": {"data": [{"id": "si_1", "price": {"id": "p", "currency": "eur", "recurring": recurring}}]},
        }

    cycles = [
        (await discounts(bench, half_a_year, target=billed(*each)))[0].duration.cycles
        for each in (("month", 1), ("month", 4), ("year", 1), ("week", 1))
    ]
    assert cycles == [6, 2, 1, None]


@pytest.mark.parametrize("by", ["code", "typed small", "code's id", "reference", "coupon's id"])
async def test_a_subscriber_is_kept_with_a_discount(bench: Bench, write: Write, by: str) -> None:
    beans = await subscription_of(bench, ADA)
    codes = (await bench.call(LIST_OFFERS, target=beans, kind="discount")).data
    stay = next(offer for offer in codes.items if offer.code == "STAY20")
    coupons = (await bench.call(LIST_OFFERS, target=beans, kind="discount", cursor=codes.next_cursor)).data
    coupon = next(offer for offer in coupons.items if offer.name == "Stay with us")
    offer = {
        "code": "STAY20", "typed small": "stay20", "code's id": stay.id.vendor_id, "reference": stay.id,
        "coupon's id": coupon.id.vendor_id,
    }[by]  # fmt: skip
    done = await write(bench, APPLY_DISCOUNT, target=beans, offer=offer, reason="wants to stay")
    sent = form(bench)
    given = {"coupon": coupon.id.vendor_id} if by == "coupon's id" else {"promotion_code": stay.id.vendor_id}
    assert {key: value for key, value in sent.items() if key.startswith("discounts")} == {
        f"discounts[0][{kind}]": value for kind, value in given.items()
    }
    assert (sent["metadata[trunkline_op]"], sent["metadata[trunkline_reason]"]) == (MARKER, "wants to stay")
    assert (done.outcome, done.resource.name, done.resource.offer) == ("applied", "Stay with us", coupon.id)
    assert [item.name for item in (await read(bench, beans)).discounts] == ["Stay with us"]
    assert [warning.code for warning in done.warnings] == ["not_atomic", "irreversible"]


async def test_a_discount_takes_the_others_place_only_where_it_is_asked_to(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    for offer in ("STAY20", "SORRY5"):
        await write(bench, APPLY_DISCOUNT, target=beans, offer=offer, reason="wants to stay")
    assert [item.name for item in (await read(bench, beans)).discounts] == ["Stay with us", "Sorry"]
    await write(bench, APPLY_DISCOUNT, target=beans, offer="SORRY5", replace=True, reason="enough")
    assert [item.name for item in (await read(bench, beans)).discounts] == ["Sorry"]
    await write(bench, APPLY_DISCOUNT, target=beans, offer="STAY20", replace=True, reason="rather this")
    assert [item.name for item in (await read(bench, beans)).discounts] == ["Stay with us"]


async def test_a_discount_that_is_in_force_is_not_given_twice(bench: Bench, write: Write) -> None:
    """So a repeated call, whose first answer was lost, ends well."""
    beans = await subscription_of(bench, ADA)
    first = await write(bench, APPLY_DISCOUNT, target=beans, offer="STAY20", reason="wants to stay")
    sent = len(bench.requests)
    for more in ({}, {"replace": True}):
        again = await write(bench, APPLY_DISCOUNT, target=beans, offer="STAY20", reason="wants to stay", **more)
        assert (again.outcome, again.resource) == ("noop", first.resource)
    assert {request.method for request in bench.requests[sent:]} == {"GET"}


async def test_a_customers_only_subscription_is_discounted_and_of_several_one_is_asked_for(
    bench: Bench, write: Write
) -> None:
    ada, dev = await customer_of(bench, ADA), await customer_of(bench, DEV)
    await write(bench, APPLY_DISCOUNT, target=ada, offer="STAY20", reason="wants to stay")
    assert [item.name for item in (await read(bench, await subscription_of(bench, ADA))).discounts] == ["Stay with us"]
    with pytest.raises(AmbiguousError) as asked:
        await write(bench, APPLY_DISCOUNT, target=dev, offer="STAY20", reason="wants to stay")
    assert len(asked.value.body.candidates) == 2
    with pytest.raises(ConflictError, match="no subscription"):
        await write(bench, APPLY_DISCOUNT, target=await customer_of(bench, INES), offer="STAY20", reason="come back")


async def test_a_discount_that_cannot_be_had_is_not_given(bench: Bench, write: Write) -> None:
    supply = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=await customer_of(bench, DEV))).data.items[0].id
    with pytest.raises(ConflictError, match="EUR"):
        await write(bench, APPLY_DISCOUNT, target=supply, offer="SORRY5", reason="wants to stay")
    with pytest.raises(NotFoundError):
        await write(bench, APPLY_DISCOUNT, target=supply, offer="NOSUCH", reason="wants to stay")
    assert {request.method for request in bench.requests} == {"GET"}


async def test_another_customers_own_code_is_not_given(bench: Bench, write: Write) -> None:
    code = {"id": "promo_1", "code": "K", "active": True, "customer": "cus_9", "promotion": {"coupon": COUPON}}
    bench.fail_next(reply(200, LIVE), reply(200, code))
    with pytest.raises(ConflictError, match="another customer"):
        await write(bench, APPLY_DISCOUNT, target="main:subscription:sub_1", offer="promo_1", reason="found it")
    assert len(bench.trace) == 2


async def test_of_two_codes_of_one_spelling_the_customers_own_is_taken(bench: Bench) -> None:
    codes = [
        {"id": "promo_1", "code": "K", "active": True, "customer": None, "promotion": {"coupon": COUPON}},
        {"id": "promo_2", "code": "K", "active": True, "customer": "cus_1", "promotion": {"coupon": COUPON}},
        {"id": "promo_3", "code": "K", "active": True, "customer": "cus_9", "promotion": {"coupon": COUPON}},
    ]
    quote = {"currency": "eur", "total": 5, "amount_due": 5, "lines": {"data": []}}
    bench.fail_next(reply(200, LIVE), reply(200, {"data": codes}), reply(200, quote))
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(APPLY_DISCOUNT, dry_run=True, target="main:subscription:sub_1", offer="K", reason="try")
    assert shown.value.preview.body["discounts[0][promotion_code]"] == "promo_2"


async def test_a_dry_run_of_a_discount_tells_the_next_invoice(bench: Bench) -> None:
    beans = await subscription_of(bench, ADA)
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(APPLY_DISCOUNT, dry_run=True, target=beans, offer="STAY20", reason="try")
    quote = shown.value.preview.quote
    assert quote
    assert quote.next_invoice
    assert (quote.due_now, quote.next_invoice.amount_minor) == (None, 1520)
    assert (await read(bench, beans)).discounts == ()


async def change(bench: Bench, write: Write, subscription: Any, *items: dict[str, Any], **more: Any) -> Any:
    return await write(bench, CHANGE_SUBSCRIPTION, subscription_id=subscription, items=list(items), **more)


async def test_a_plan_is_changed_and_the_undo_changes_it_back(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    before = await read(bench, beans)
    double = (await offers(bench, beans, "plan"))["Beans Double"].id
    done = await change(bench, write, beans, {"item_id": before.items[0].id, "price_id": double, "quantity": 2})
    sent = {key: value for key, value in form(bench).items() if key.startswith(("items", "proration"))}
    assert sent == {
        "items[0][id]": before.items[0].id.vendor_id,
        "items[0][price]": double.vendor_id,
        "items[0][quantity]": "2",
        "proration_behavior": "create_prorations",
    }
    (item,) = done.resource.items
    assert (done.outcome, item.plan_name, item.quantity) == ("applied", "Beans Double", 2)
    await write(bench, CONTRACTS[done.undo.tool], **done.undo.args)
    assert (await read(bench, beans)).items == before.items


async def test_a_line_is_added_and_taken_away_and_the_others_stay(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    double = (await offers(bench, beans, "plan"))["Beans Double"].id
    added = await change(bench, write, beans, {"price_id": double})
    assert [item.plan_name for item in added.resource.items] == ["Beans Monthly", "Beans Double"]
    gone = await write(bench, CHANGE_SUBSCRIPTION, **added.undo.args)
    assert form(bench)["items[0][deleted]"] == "true"
    assert [item.plan_name for item in gone.resource.items] == ["Beans Monthly"]
    back = await write(bench, CHANGE_SUBSCRIPTION, **gone.undo.args)
    assert [item.plan_name for item in back.resource.items] == ["Beans Monthly", "Beans Double"]


@pytest.mark.parametrize(
    ("proration", "word"),
    [
        ("charge_now", "always_invoice"),
        ("next_invoice", "create_prorations"),
        ("none", "none"),
        (None, "create_prorations"),
    ],
)
async def test_unused_time_is_reckoned_as_asked(bench: Bench, proration: str | None, word: str) -> None:
    beans = await subscription_of(bench, ADA)
    double = (await offers(bench, beans, "plan"))["Beans Double"].id
    item = {"item_id": (await read(bench, beans)).items[0].id, "price_id": double}
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(CHANGE_SUBSCRIPTION, dry_run=True, subscription_id=beans, items=[item], proration=proration)
    preview = shown.value.preview
    assert preview.body["proration_behavior"] == word
    asked = bench.requests[-1]
    assert (asked.method, asked.url) == ("POST", "https://api.stripe.com/v1/invoices/create_preview")
    assert form(bench)["subscription_details[proration_behavior]"] == word
    assert "Idempotency-Key" not in asked.headers
    assert preview.quote
    now, later = preview.quote.due_now, preview.quote.next_invoice
    assert (now.amount_minor if now else None, later.amount_minor if later else None) == (
        (1500, None) if proration == "charge_now" else (None, 3400)
    )
    assert preview.quote.lines[0].description == "1 x Beans Double"
    assert (await read(bench, beans)).items[0].plan_name == "Beans Monthly"


async def test_a_preview_is_asked_for_in_a_dry_run_alone(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    double = (await offers(bench, beans, "plan"))["Beans Double"].id
    await change(bench, write, beans, {"price_id": double}, proration="charge_now")
    assert not [request for request in bench.requests if request.url.endswith("create_preview")]


async def test_a_downgrade_is_told_in_the_customers_favour(bench: Bench) -> None:
    quote = {"currency": "eur", "total": -700, "amount_due": 0, "lines": {"data": []}}
    bench.fail_next(reply(200, LIVE), reply(200, quote))
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(
            CHANGE_SUBSCRIPTION, dry_run=True, subscription_id="main:subscription:sub_1",
            items=[{"price_id": "price_1"}], proration="charge_now",
        )  # fmt: skip
    assert shown.value.preview.quote
    assert shown.value.preview.quote.due_now
    assert shown.value.preview.quote.due_now.amount_minor == -700


async def test_a_change_that_could_not_be_collected_says_so(bench: Bench, write: Write) -> None:
    bench.fail_next(reply(200, LIVE), reply(200, {**LIVE, "status": "past_due"}))
    done = await change(bench, write, "main:subscription:sub_1", {"price_id": "price_1"})
    assert (done.outcome, [warning.code for warning in done.warnings]) == ("accepted", ["async_result"])
    assert done.verify_with.args == {"subscription_id": "main:subscription:sub_1"}


async def test_what_an_earlier_call_changed_has_no_undo_here(bench: Bench) -> None:
    beans = await subscription_of(bench, ADA)
    item = {"item_id": (await read(bench, beans)).items[0].id}
    double = (await offers(bench, beans, "plan"))["Beans Double"].id
    asked: dict[str, Any] = {"subscription_id": beans, "items": [{**item, "price_id": double}]}
    first = await bench.call(CHANGE_SUBSCRIPTION, **asked)
    second = await bench.call(CHANGE_SUBSCRIPTION, **asked)
    assert first.undo
    assert (second.resource, second.undo) == (first.resource, None)


async def test_what_cannot_be_changed_is_refused(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    with pytest.raises(InvalidArgumentError, match="item_id"):
        await change(bench, write, beans, {"price_id": "price_1", "quantity": 0})
    with pytest.raises(UnsupportedError, match="when"):
        await change(bench, write, beans, {"price_id": "price_1"}, when="period_end")
    with pytest.raises(InvalidArgumentError, match="price"):
        await change(bench, write, beans, {"price_id": "price_unknown"})
    with pytest.raises(ConflictError, match="ended"):
        await change(bench, write, await subscription_of(bench, INES), {"price_id": "price_1"})


async def test_a_dry_run_of_a_resumption_tells_what_is_billed_at_once(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    await write(bench, PAUSE_SUBSCRIPTION, subscription_id=beans, mode="stop_service", reason="holiday")
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(RESUME_SUBSCRIPTION, dry_run=True, subscription_id=beans, undo="pause")
    assert form(bench)["subscription_details[resume_at]"] == "now"
    assert shown.value.preview.quote
    assert shown.value.preview.quote.due_now
    assert shown.value.preview.quote.due_now.amount_minor == 1900


SCHEDULE = {
    "id": "sub_sched_1", "end_behavior": "release", "current_phase": {"start_date": 1, "end_date": AUGUST},
    "phases": [
        {"start_date": 1, "end_date": AUGUST, "items": [{"price": "price_1"}]},
        {"start_date": AUGUST, "end_date": AUGUST + 9, "items": [{"price": "price_2"}, {"price": {"id": "price_3"}}]},
    ],
}  # fmt: skip


async def scheduled(bench: Bench, **fields: Any) -> list[tuple[str, int, str | None]]:
    bench.fail_next(reply(200, {**LIVE, **fields}))
    found = await read(bench, bench.ref("subscription", "sub_1"))
    return [(item.action, int(item.at.timestamp()), item.detail) for item in found.scheduled]


async def test_what_a_schedule_will_do_is_told(bench: Bench) -> None:
    later = ("change", AUGUST, "to price_2, price_3")
    assert await scheduled(bench, schedule=SCHEDULE) == [later]
    assert await scheduled(bench, schedule={**SCHEDULE, "end_behavior": "cancel"}) == [
        later,
        ("cancel", AUGUST + 9, None),
    ]
    assert await scheduled(bench, schedule="sub_sched_1") == []


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("change_subscription", {"items": [{"price_id": "price_1"}]}),
        ("pause_subscription", {"mode": "stop_service", "reason": "holiday"}),
        ("cancel_subscription", {"when": "period_end", "reason": "moving away"}),
        ("cancel_subscription", {"when": "date", "on": "2031-02-01", "reason": "moving away"}),
        ("resume_subscription", {"undo": "scheduled_cancel"}),
    ],
)
async def test_what_a_schedule_decides_is_not_changed_past_it(
    bench: Bench, tool: str, arguments: dict[str, Any]
) -> None:
    bench.fail_next(reply(200, {**LIVE, "schedule": SCHEDULE}))
    with pytest.raises(ConflictError, match="schedule"):
        await bench.call(CONTRACTS[tool], subscription_id="main:subscription:sub_1", **arguments)
    assert len(bench.trace) == 1


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("pause_subscription", {"mode": "stop_collection", "reason": "holiday"}),
        ("cancel_subscription", {"when": "now", "reason": "moving away"}),
        ("apply_discount", {"offer": "promo_1", "reason": "wants to stay"}),
    ],
)
async def test_what_a_schedule_leaves_alone_can_be_done(bench: Bench, tool: str, arguments: dict[str, Any]) -> None:
    kept = {**LIVE, "schedule": SCHEDULE}
    code = {"id": "promo_1", "code": "K", "active": True, "promotion": {"coupon": COUPON}}
    between = [reply(200, code)] if tool == "apply_discount" else []
    bench.fail_next(reply(200, kept), *between, reply(200, kept))
    named: dict[str, Any] = {"target" if between else "subscription_id": "main:subscription:sub_1"}
    done = await bench.call(CONTRACTS[tool], **named, **arguments)
    assert done.outcome == "applied"


async def test_a_trials_end_without_a_way_to_pay_is_told(bench: Bench) -> None:
    def trial(then: str, **more: Any) -> dict[str, Any]:
        settings = {"end_behavior": {"missing_payment_method": then}}
        return {"status": "trialing", "trial_end": AUGUST, "trial_settings": settings, **more}

    told = "if there is no way to pay by then"
    assert await scheduled(bench, **trial("pause")) == [("pause", AUGUST, told)]
    assert await scheduled(bench, **trial("cancel")) == [("cancel", AUGUST, told)]
    assert await scheduled(bench, **trial("create_invoice")) == []
    assert await scheduled(bench, **trial("pause", default_payment_method="pm_1")) == []


async def test_a_paused_subscription_says_what_paused_it(bench: Bench) -> None:
    paused = {"paused": {"type": "subscription", "subscription": {"type": "trial_end_without_payment_method"}}}
    bench.fail_next(reply(200, {**LIVE, "status": "paused", "status_details": paused}))
    found = await read(bench, bench.ref("subscription", "sub_1"))
    assert found.extensions == {"stripe": {"paused_because": "the trial ended without a way to pay"}}


async def test_a_safe_request_goes_out_in_a_dry_run_and_says_so(bench: Bench) -> None:
    seen: list[HttpRequest] = []

    def note(request: HttpRequest) -> Any:
        seen.append(request)
        return reply(200, {"currency": "eur", "total": 5, "amount_due": 5, "lines": {"data": []}})

    bench.fail_next(reply(200, LIVE))
    bench.wire.faults.append(note)
    with pytest.raises(PreviewOnlyError):
        await bench.call(
            CHANGE_SUBSCRIPTION, dry_run=True, subscription_id="main:subscription:sub_1", items=[{"price_id": "p"}]
        )
    assert [request.method for request in seen] == ["POST"]
    assert [item.mutating for item in bench.trace] == [False, False]
