"""Voucherify's loyalty API v2 at its sandbox: members with cards, and changes that are carried out later."""

from decimal import Decimal
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
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    ENROLL_MEMBER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
    LIST_REWARDS,
    REDEEM_REWARD,
    REVERSE_POINTS,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import LostAnswerError

MONA, ADA = "cust_00000013", "cust_00000001"
CARD = {"id": "lcrd_1", "code": None, "balance": {"points": 500, "pending_points": 40}}
MEMBER = {"id": "lmbr_1", "customer_id": ADA, "status": "ACTIVE"}
TWO_CARDS = {**MEMBER, "cards": [{"card": CARD}, {"card": {**CARD, "id": "lcrd_2", "code": "MILES"}}]}
CHANGE = {
    "id": "lctx_7", "card_id": "lcrd_1", "status": "APPROVED", "created_at": "2026-01-01T00:00:00Z",
    "details": {"reason": "why", "points": {"total": 30}},
}  # fmt: skip


def body_of(bench: Bench) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(bench.requests[-1].body)
    return body


def account_of(bench: Bench) -> str:
    return bench.ref("loyalty_account", "lmbr_1")


async def balance(bench: Bench) -> Decimal:
    found = await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", ADA))
    active: Decimal = found.data.wallets[0].active
    return active


async def test_trap_42_a_program_is_worked_on_by_api_v2_alone(bench_v2: Bench) -> None:
    await bench_v2.performer.probe(bench_v2.connection, 5)
    await balance(bench_v2)
    assert [request.url.partition("voucherify.io")[2] for request in bench_v2.requests] == [
        "/v2/loyalties/programs/lprg_c0ffee",
        f"/v2/loyalties/programs/lprg_c0ffee/memberships/{ADA}",
    ]


async def test_a_membership_has_a_wallet_for_each_card_and_its_tiers(bench_v2: Bench) -> None:
    account = (await bench_v2.call(GET_LOYALTY_ACCOUNT, customer_id=bench_v2.ref("customer", ADA))).data
    assert (account.id, account.program.name, account.status.value) == (
        "main:loyalty_account:lmbr_1", "Coffee Club", "active",
    )  # fmt: skip
    assert [(wallet.id, wallet.active) for wallet in account.wallets] == [("lcrd_1", Decimal(1250))]
    assert account.tier
    assert account.next_tier
    assert (account.tier.name, account.next_tier.name, account.next_tier.remaining) == ("Silver", "Platinum", 900)


async def test_trap_20_pending_points_are_a_number_of_their_own(bench_v2: Bench) -> None:
    lapsing = {**CARD, "next_expiration": {"points": 12, "date": "2027-01-31"}}
    cards = [{"card": lapsing}, {"card": {**CARD, "id": "lcrd_2"}}, {"card": None}]
    found = {"member": {**MEMBER, "status": "INACTIVE"}, "program": {"id": "lprg_c0ffee"}, "cards": cards}
    bench_v2.fail_next(reply(200, found))
    account = (await bench_v2.call(GET_LOYALTY_ACCOUNT, customer_id=bench_v2.ref("customer", ADA))).data
    assert [(wallet.active, wallet.pending) for wallet in account.wallets] == [(Decimal(500), Decimal(40))] * 2
    (lapse,) = account.wallets[0].expiring
    assert (lapse.points, lapse.at.date().isoformat()) == (Decimal(12), "2027-01-31")
    assert (account.status.value, account.member_number) == ("blocked", None)


async def test_trap_20_granted_points_are_pending_until_they_are_carried_out(bench_v2: Bench) -> None:
    granted = await bench_v2.call(GRANT_POINTS, account_id=account_of(bench_v2), points=100, reason="goodwill")
    assert body_of(bench_v2) == {"points": 100, "reason": f"goodwill ({MARKER})"}
    assert bench_v2.requests[-1].url.endswith("/members/lmbr_1/cards/lcrd_1/points")
    assert granted.resource
    assert (granted.outcome, granted.resource.state) == ("accepted", "pending")
    assert [warning.code for warning in granted.warnings] == ["async_result"]
    assert granted.verify_with
    seen = (await bench_v2.call(LIST_POINTS_TRANSACTIONS, **granted.verify_with.args)).data.items[0]
    assert (seen.id, seen.state, seen.kind) == (granted.resource.id, "active", "adjust_add")
    assert granted.undo
    await bench_v2.call(DEDUCT_POINTS, **granted.undo.args)
    assert await balance(bench_v2) == Decimal(1250)


async def test_a_long_reason_is_cut_before_the_marker(bench_v2: Bench) -> None:
    await bench_v2.call(GRANT_POINTS, account_id=account_of(bench_v2), points=1, reason="x" * 300)
    assert len(body_of(bench_v2)["reason"]) == 255
    assert MARKER in body_of(bench_v2)["reason"]


async def test_a_deduction_that_is_rejected_later_is_seen_as_canceled(bench_v2: Bench) -> None:
    taken = await bench_v2.call(DEDUCT_POINTS, account_id=account_of(bench_v2), points=5000, reason="correction")
    assert taken.outcome == "accepted"
    seen = (await bench_v2.call(LIST_POINTS_TRANSACTIONS, account_id=account_of(bench_v2))).data.items[0]
    assert (seen.points, seen.state) == (Decimal(-5000), "canceled")
    assert await balance(bench_v2) == Decimal(1250)


async def test_what_only_api_v1_has_is_refused_before_anything_is_sent(bench_v2: Bench) -> None:
    account, reward = account_of(bench_v2), bench_v2.ref("reward", "lrew_1")
    refused: list[tuple[Any, dict[str, Any]]] = [
        (GRANT_POINTS, {"account_id": account, "points": 1, "reason": "try", "expires_at": "2030-01-01T00:00:00Z"}),
        (REDEEM_REWARD, {"account_id": account, "reward_id": reward, "points": 5}),
        (REDEEM_REWARD, {"account_id": account, "reward_id": reward, "order": "main:order:ord_1"}),
        (GET_LOYALTY_ACCOUNT, {"customer_id": bench_v2.ref("customer", ADA), "program": "other"}),
        (ENROLL_MEMBER, {"customer_id": bench_v2.ref("customer", MONA), "program": "other"}),
    ]
    for tool, arguments in refused:
        with pytest.raises(UnsupportedError):
            await bench_v2.call(tool, **arguments)
    assert bench_v2.requests == []


async def test_with_several_cards_the_wallet_has_to_be_named(bench_v2: Bench) -> None:
    account = account_of(bench_v2)
    bench_v2.fail_next(reply(200, TWO_CARDS))
    with pytest.raises(AmbiguousError) as told:
        await bench_v2.call(GRANT_POINTS, account_id=account, points=1, reason="goodwill")
    assert [choice.id for choice in told.value.body.candidates] == ["lcrd_1", "lcrd_2"]
    bench_v2.fail_next(reply(200, TWO_CARDS))
    with pytest.raises(InvalidArgumentError, match="lcrd_1, lcrd_2"):
        await bench_v2.call(GRANT_POINTS, account_id=account, points=1, reason="goodwill", wallet="lcrd_3")
    bench_v2.fail_next(reply(200, TWO_CARDS))
    await bench_v2.call(GRANT_POINTS, account_id=account, points=1, reason="goodwill", wallet="lcrd_1")
    assert "/cards/lcrd_1/points" in bench_v2.requests[-1].url


async def test_the_history_pages_through_one_card_after_the_other(bench_v2: Bench) -> None:
    pages = [
        reply(200, TWO_CARDS),
        reply(200, {"data": [{**CHANGE, "type": "POINTS_EARNED"}], "cursor": {"next": "lcrsctx_1"}}),
        reply(200, TWO_CARDS), reply(200, {"data": [], "cursor": None}),
        reply(200, TWO_CARDS), reply(200, {"data": [{**CHANGE, "type": "ADMIN_DEBIT", "card_id": "lcrd_2"}]}),
    ]  # fmt: skip
    bench_v2.fail_next(*pages)
    found, cursor, calls = [], None, 0
    while calls == 0 or cursor:
        page = (await bench_v2.call(LIST_POINTS_TRANSACTIONS, account_id=account_of(bench_v2), cursor=cursor)).data
        found += [(item.wallet, item.points) for item in page.items]
        cursor, calls = page.next_cursor, calls + 1
    assert (found, calls) == ([("lcrd_1", Decimal(30)), ("lcrd_2", Decimal(-30))], 3)


async def test_the_history_pages_to_the_end_and_begins_where_it_is_asked_to(bench_v2: Bench) -> None:
    account = account_of(bench_v2)
    for _ in range(3):
        await bench_v2.call(GRANT_POINTS, account_id=account, points=5, reason="goodwill")
    first = (await bench_v2.call(LIST_POINTS_TRANSACTIONS, account_id=account, limit=3)).data
    rest = (await bench_v2.call(LIST_POINTS_TRANSACTIONS, account_id=account, limit=3, cursor=first.next_cursor)).data
    assert (len(first.items), len(rest.items), rest.next_cursor) == (3, 1, None)
    none = (await bench_v2.call(LIST_POINTS_TRANSACTIONS, account_id=account, since="2999-01-01T00:00:00Z")).data
    assert none.items == ()


@pytest.mark.parametrize(
    ("fields", "kind", "points", "state"),
    [
        ({"type": "POINTS_EARNED"}, "earn", 30, "active"),
        ({"type": "POINTS_EARNED", "status": "PROCESSING"}, "earn", 30, "pending"),
        ({"type": "ADMIN_CREDIT", "status": "REJECTED"}, "adjust_add", 30, "canceled"),
        ({"type": "POINTS_SPENT_ON_ORDER"}, "redeem", -30, "spent"),
        ({"type": "POINTS_REFUNDED"}, "reverse", 30, "active"),
        ({"type": "PENDING_POINTS_ADDED", "details": {"points": {"total": 30, "date": "2999-01-01"}}},
            "earn", 30, "pending"),
        ({"type": "PENDING_POINTS_ADDED", "details": {"points": {"total": 30, "date": "2020-01-01"}}},
            "earn", 30, "unknown"),
        ({"type": "PENDING_POINTS_CANCELED"}, "other", -30, "canceled"),
        ({"type": "POINTS_EXPIRED", "details": {"buckets": [{"points": {"total": 10}}, {"points": {"total": 20}}]}},
            "expire", -30, "expired"),
        ({"type": "SOMETHING_NEW"}, "other", 30, "active"),
        ({"type": "POINTS_EARNED", "details": None}, "earn", 0, "active"),
    ],
)  # fmt: skip
async def test_a_change_says_what_it_is(
    bench_v2: Bench, fields: dict[str, Any], kind: str, points: int, state: str
) -> None:
    bench_v2.fail_next(reply(200, {**MEMBER, "cards": [{"card": CARD}]}), reply(200, {"data": [{**CHANGE, **fields}]}))
    (item,) = (await bench_v2.call(LIST_POINTS_TRANSACTIONS, account_id=account_of(bench_v2))).data.items
    assert (item.kind, item.points, item.state) == (kind, Decimal(points), state)
    assert item.id == "main:points_transaction:lmbr_1:lcrd_1:lctx_7"


async def test_rewards_are_examined_which_is_no_write(bench_v2: Bench) -> None:
    account = account_of(bench_v2)
    affordable = (await bench_v2.call(LIST_REWARDS, account_id=account)).data.items
    assert [(item.name, item.cost_points) for item in affordable] == [("Free coffee", 100), ("Ten euros off", 1000)]
    assert body_of(bench_v2) == {"customer_identification": {"type": "member_id", "member_id": "lmbr_1"}}
    assert not any(item.mutating for item in bench_v2.trace)
    every = (await bench_v2.call(LIST_REWARDS, account_id=account, affordable_only=False)).data.items
    assert [(item.available, item.why_not) for item in every][2] == (False, "3750 points are missing")


async def test_a_reward_is_listed_once_at_the_card_that_can_buy_it(bench_v2: Bench) -> None:
    def at_card(status: str, cost: int, *reasons: str) -> dict[str, Any]:
        obstacles = [{"reason": reason} for reason in reasons]
        return {"rewards": [{"reward": {"id": "lrew_1"}, "status": status, "cost": {"points": cost},
            "unavailability_reasons": obstacles}]}  # fmt: skip

    rewards = [{"id": "lrew_1", "name": "Mug", "type": "MATERIAL"}]
    cards = [at_card("UNAVAILABLE", 50, "out_of_stock"), at_card("AVAILABLE", 70)]
    bench_v2.fail_next(reply(200, {"rewards": rewards, "memberships": [{"cards": cards}]}))
    (mug,) = (await bench_v2.call(LIST_REWARDS, account_id=account_of(bench_v2))).data.items
    assert (mug.available, mug.cost_points) == (True, Decimal(70))
    bench_v2.fail_next(reply(200, {"rewards": rewards, "memberships": [{"cards": cards[:1]}]}))
    (mug,) = (await bench_v2.call(LIST_REWARDS, account_id=account_of(bench_v2), affordable_only=False)).data.items
    assert mug.why_not == "out of stock"


async def test_trap_24_a_purchase_is_only_accepted_and_never_replayed(bench_v2: Bench) -> None:
    account, reward = account_of(bench_v2), bench_v2.ref("reward", "lrew_1")
    taken = await bench_v2.call(REDEEM_REWARD, account_id=account, reward_id=reward)
    assert body_of(bench_v2) == {"reward_id": "lrew_1", "mode": "TRANSACTION"}
    assert bench_v2.wire.exchanges[-1][1].status == 202
    assert taken.outcome == "accepted"
    assert taken.verify_with
    seen = (await bench_v2.call(LIST_POINTS_TRANSACTIONS, **taken.verify_with.args)).data.items[0]
    assert (seen.kind, seen.points, seen.state) == ("redeem", Decimal(-100), "spent")
    bench_v2.fail_next(LostAnswerError("reset"))
    with pytest.raises(OutcomeUnknownError):
        await bench_v2.call(REDEEM_REWARD, account_id=account, reward_id=reward)
    assert len(bench_v2.trace) == 1


async def test_trap_25_a_purchase_has_no_code_before_it_is_approved(bench_v2: Bench) -> None:
    taken = await bench_v2.call(
        REDEEM_REWARD, account_id=account_of(bench_v2), reward_id=bench_v2.ref("reward", "lrew_2")
    )
    assert taken.resource
    assert (taken.resource.status.value, taken.resource.code, taken.resource.points) == ("pending", None, Decimal(1000))
    assert [(warning.code, warning.field) for warning in taken.warnings] == [("async_result", "code")]


async def test_a_dry_run_asks_voucherifys_own_simulation_first(bench_v2: Bench) -> None:
    account = account_of(bench_v2)
    with pytest.raises(PreviewOnlyError) as shown:
        await bench_v2.call(REDEEM_REWARD, account_id=account, reward_id=bench_v2.ref("reward", "lrew_1"), dry_run=True)
    assert shown.value.preview.body["mode"] == "TRANSACTION"
    assert [orjson.loads(request.body)["mode"] for request in bench_v2.requests] == ["DRY_RUN"]
    with pytest.raises(ConflictError, match="insufficient_card_balance"):
        await bench_v2.call(REDEEM_REWARD, account_id=account, reward_id=bench_v2.ref("reward", "lrew_3"), dry_run=True)
    assert await balance(bench_v2) == Decimal(1250)


async def test_a_purchase_is_refunded_by_its_undo_and_once(bench_v2: Bench) -> None:
    taken = await bench_v2.call(
        REDEEM_REWARD, account_id=account_of(bench_v2), reward_id=bench_v2.ref("reward", "lrew_1")
    )
    assert taken.undo
    back = await bench_v2.call(REVERSE_POINTS, **taken.undo.args)
    assert bench_v2.requests[-1].url.endswith("/rewards/purchases/lrtx_1/refund")
    assert back.resource
    assert (back.outcome, back.resource.kind, back.resource.points) == ("accepted", "reverse", Decimal(100))
    assert await balance(bench_v2) == Decimal(1250)
    with pytest.raises(ConflictError):
        await bench_v2.call(REVERSE_POINTS, **taken.undo.args)


async def test_a_grant_is_reversed_by_its_opposite_and_once(bench_v2: Bench) -> None:
    granted = await bench_v2.call(GRANT_POINTS, account_id=account_of(bench_v2), points=70, reason="goodwill")
    assert granted.resource
    change = granted.resource.id
    back = await bench_v2.call(REVERSE_POINTS, transaction_id=change, reason="granted in error")
    assert body_of(bench_v2)["points"] == -70
    assert {warning.code for warning in back.warnings} == {"async_result", "emulated"}
    with pytest.raises(ConflictError, match="already"):
        await bench_v2.call(REVERSE_POINTS, transaction_id=change, reason="granted in error")
    assert await balance(bench_v2) == Decimal(1250)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "POINTS_EXPIRED"}, UnsupportedError),
        ({"type": "PENDING_POINTS_ADDED"}, UnsupportedError),
        ({"type": "POINTS_EARNED", "details": {"points": {"total": 2.5}}}, UnsupportedError),
        ({"type": "POINTS_EARNED", "status": "PENDING"}, ConflictError),
        ({"type": "POINTS_EARNED", "id": "lctx_8"}, NotFoundError),
    ],
)
async def test_what_cannot_be_reversed_is_not(
    bench_v2: Bench, fields: dict[str, Any], expected: type[Exception]
) -> None:
    bench_v2.fail_next(reply(200, {"data": [{**CHANGE, **fields}]}))
    with pytest.raises(expected):
        await bench_v2.call(
            REVERSE_POINTS, transaction_id=bench_v2.ref("points_transaction", "lmbr_1:lcrd_1:lctx_7"), reason="wrong"
        )
    assert not any(item.mutating for item in bench_v2.trace)


async def test_a_change_of_api_v1_is_not_looked_for(bench_v2: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="API v2"):
        await bench_v2.call(
            REVERSE_POINTS, transaction_id=bench_v2.ref("points_transaction", "COFFEE-1:vtx_1"), reason="wrong"
        )
    assert bench_v2.requests == []


async def test_a_customer_is_enrolled_once(bench_v2: Bench) -> None:
    mona = bench_v2.ref("customer", MONA)
    joined = await bench_v2.call(ENROLL_MEMBER, customer_id=mona)
    assert body_of(bench_v2) == {"customer_identification": {"type": "customer_id", "customer_id": MONA}}
    assert joined.resource
    assert (joined.outcome, joined.resource.customer) == ("applied", mona)
    again = await bench_v2.call(ENROLL_MEMBER, customer_id=mona)
    assert (again.outcome, again.resource and again.resource.id) == ("noop", joined.resource.id)
    assert sum(request.method == "POST" for request in bench_v2.requests) == 1


async def test_who_is_no_member_is_not_found(bench_v2: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench_v2.call(GET_LOYALTY_ACCOUNT, customer_id=bench_v2.ref("customer", MONA))
