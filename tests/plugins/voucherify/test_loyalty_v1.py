"""Rewards, redemptions, reversals and enrolment by Voucherify's loyalty API v1."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from support.bench import Bench, reply
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
from trunkline_voucherify import trunkline_connector

COIN = {
    "reward": {"id": "rew_9", "name": "Pay with points", "type": "COIN", "parameters": {"coin": {"points_ratio": 25}}},
    "assignment": {},
}
MONA, ADA = "cust_00000013", "cust_00000001"


def body_of(bench: Bench) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(bench.requests[-1].body)
    return body


async def balance(bench: Bench, customer: str = ADA) -> Decimal:
    found = await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", customer))
    active: Decimal = found.data.wallets[0].active
    return active


async def test_trap_20_pending_points_are_not_active_ones(bench: Bench) -> None:
    card = {"points": 600, "balance": 500, "pending_points": 40, "expired_points": 60}
    member = {"id": "v_1", "code": "C-1", "campaign": "Coffee Club", "loyalty_card": card, "active": True}
    bench.fail_next(reply(200, {"vouchers": [member]}), reply(200, {"data": []}))
    account = (await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", ADA))).data
    (wallet,) = account.wallets
    assert (wallet.active, wallet.pending, wallet.expired) == (Decimal(500), Decimal(40), Decimal(60))


async def test_trap_42_a_campaign_is_worked_on_by_api_v1_alone(bench: Bench) -> None:
    await bench.performer.probe(bench.connection, 5)
    await balance(bench)
    assert all("/v1/" in request.url for request in bench.requests)
    assert trunkline_connector().api_version == "v2018-08-01"


async def test_rewards_are_those_that_the_balance_can_pay(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    rewards = (await bench.call(LIST_REWARDS, account_id=account)).data.items
    assert [(item.name, item.cost_points, item.type) for item in rewards] == [
        ("Free coffee", Decimal(100), "discount"),
        ("Ten euros off", Decimal(1000), "gift_card"),
    ]
    assert rewards[1].value
    assert str(rewards[1].value.major) == "10.00"
    assert "affordable_only=true" in bench.requests[-1].url
    assert len(bench.requests) == 1


async def test_rewards_that_cost_too_much_say_what_is_missing(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    rewards = (await bench.call(LIST_REWARDS, account_id=account, affordable_only=False)).data.items
    assert [(item.available, item.why_not) for item in rewards] == [
        (True, None), (True, None), (False, "3750 points are missing"),
    ]  # fmt: skip
    assert rewards[2].type == "product"


async def test_rewards_page_to_the_end(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    first = (await bench.call(LIST_REWARDS, account_id=account, affordable_only=False, limit=2)).data
    rest = (
        await bench.call(LIST_REWARDS, account_id=account, affordable_only=False, limit=2, cursor=first.next_cursor)
    ).data
    assert (len(first.items), len(rest.items), rest.next_cursor) == (2, 1, None)


async def test_a_reward_out_of_stock_is_not_available(bench: Bench) -> None:
    gone = {"reward": {"id": "rew_8", "name": "Mug", "type": "MATERIAL", "stock": 1, "redeemed": 1}}
    bench.fail_next(reply(200, {"data": [gone, COIN]}))
    account = bench.ref("loyalty_account", "COFFEE-0001")
    mug, coin = (await bench.call(LIST_REWARDS, account_id=account)).data.items
    assert (mug.available, mug.why_not) == (False, "out of stock")
    assert coin.variable
    assert (coin.cost_points, coin.variable.min, coin.variable.step) == (None, Decimal(25), Decimal(25))


async def test_trap_25_a_redemption_gives_the_code_its_end_and_the_way_back(bench: Bench) -> None:
    account, reward = bench.ref("loyalty_account", "COFFEE-0001"), bench.ref("reward", "rew_1")
    taken = await bench.call(REDEEM_REWARD, account_id=account, reward_id=reward)
    assert body_of(bench) == {"reward": {"id": "rew_1"}}
    assert taken.resource
    assert (taken.outcome, taken.resource.status.value, taken.resource.points) == ("applied", "issued", Decimal(100))
    assert taken.resource.code == "CODE-0001"
    assert taken.resource.code_expires_at == datetime(2027, 12, 31, tzinfo=UTC)
    assert await balance(bench) == Decimal(1150)
    assert taken.undo
    assert taken.undo.until
    back = await bench.call(REVERSE_POINTS, **taken.undo.args)
    assert bench.requests[-1].url.endswith("/v1/redemptions/r_00000001/rollback")
    assert back.resource
    assert (back.resource.kind, back.resource.points) == ("reverse", Decimal(100))
    assert await balance(bench) == Decimal(1250)


async def test_a_reward_that_is_a_thing_has_no_code(bench: Bench) -> None:
    account, reward = bench.ref("loyalty_account", "COFFEE-0004"), bench.ref("reward", "rew_3")
    taken = await bench.call(REDEEM_REWARD, account_id=account, reward_id=reward)
    assert taken.resource
    assert (taken.resource.code, taken.resource.status.value) == (None, "issued")


async def test_points_of_free_size_and_an_order_are_sent_along(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(
            REDEEM_REWARD, account_id=bench.ref("loyalty_account", "COFFEE-0001"), points=50, dry_run=True,
            reward_id=bench.ref("reward", "rew_1"), order=bench.ref("order", "ord_1002"),
        )  # fmt: skip
    assert shown.value.preview.body == {"reward": {"id": "rew_1", "points": 50}, "order": {"id": "ord_1002"}}
    assert bench.requests == []


async def test_a_reward_that_costs_too_much_is_a_conflict(bench: Bench) -> None:
    with pytest.raises(ConflictError, match="loyalty_card_points_exceeded"):
        await bench.call(
            REDEEM_REWARD,
            account_id=bench.ref("loyalty_account", "COFFEE-0003"),
            reward_id=bench.ref("reward", "rew_3"),
        )


async def test_a_redemption_that_failed_is_not_told_as_done(bench: Bench) -> None:
    bench.fail_next(reply(200, {"id": "r_1", "result": "FAILURE"}))
    with pytest.raises(ConflictError, match="refused"):
        await bench.call(
            REDEEM_REWARD,
            account_id=bench.ref("loyalty_account", "COFFEE-0001"),
            reward_id=bench.ref("reward", "rew_1"),
        )


async def test_a_redemption_without_a_clear_answer_is_sent_once(bench: Bench) -> None:
    bench.fail_next(LostAnswerError("reset"))
    with pytest.raises(OutcomeUnknownError):
        await bench.call(
            REDEEM_REWARD,
            account_id=bench.ref("loyalty_account", "COFFEE-0001"),
            reward_id=bench.ref("reward", "rew_1"),
        )
    assert len(bench.trace) == 1


async def test_a_redemption_in_the_history_is_rolled_back_once(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    await bench.call(REDEEM_REWARD, account_id=account, reward_id=bench.ref("reward", "rew_1"))
    spent = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, kinds=["redeem"])).data.items[0]
    assert (spent.points, spent.state) == (Decimal(-100), "spent")
    await bench.call(REVERSE_POINTS, transaction_id=spent.id, reason="wrong reward")
    assert body_of(bench) == {"reason": "wrong reward"}
    with pytest.raises(ConflictError, match="already_rolled_back"):
        await bench.call(REVERSE_POINTS, transaction_id=spent.id, reason="wrong reward")
    assert await balance(bench) == Decimal(1250)


async def test_another_change_is_undone_by_its_opposite_and_only_once(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    await bench.call(GRANT_POINTS, account_id=account, points=70, reason="goodwill")
    granted = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account)).data.items[0]
    back = await bench.call(REVERSE_POINTS, transaction_id=granted.id, reason="granted in error")
    change = str(granted.id).rpartition(":")[2]
    assert body_of(bench)["points"] == -70
    assert body_of(bench)["reason"] == f"reversal of {change}: granted in error"
    assert back.resource
    assert (back.resource.kind, back.resource.points) == ("adjust_deduct", Decimal(-70))
    assert [warning.code for warning in back.warnings] == ["emulated"]
    assert back.undo
    assert back.undo.tool == "grant_points"
    with pytest.raises(ConflictError, match="already"):
        await bench.call(REVERSE_POINTS, transaction_id=granted.id, reason="granted in error")
    assert await balance(bench) == Decimal(1250)


async def test_a_deduction_is_undone_by_a_grant(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    await bench.call(DEDUCT_POINTS, account_id=account, points=50, reason="correction")
    taken = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account)).data.items[0]
    back = await bench.call(REVERSE_POINTS, transaction_id=taken.id, reason="not due")
    assert back.resource
    assert (back.resource.points, back.resource.balance_after) == (Decimal(50), Decimal(1250))


async def test_an_unknown_change_and_one_of_another_kind_are_not_reversed(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(
            REVERSE_POINTS, transaction_id=bench.ref("points_transaction", "COFFEE-0001:vtx_99"), reason="wrong"
        )
    expired = {"id": "vtx_5", "type": "POINTS_EXPIRATION", "details": {"balance": {"points": -5}}}
    bench.fail_next(reply(200, {"data": [expired]}))
    with pytest.raises(UnsupportedError, match="expire"):
        await bench.call(
            REVERSE_POINTS, transaction_id=bench.ref("points_transaction", "COFFEE-0001:vtx_5"), reason="wrong"
        )
    assert all(request.method == "GET" for request in bench.requests)


async def test_a_customer_is_enrolled_once(bench: Bench) -> None:
    mona = bench.ref("customer", MONA)
    joined = await bench.call(ENROLL_MEMBER, customer_id=mona)
    assert body_of(bench) == {"customer": {"id": MONA}}
    assert (joined.outcome, joined.undo) == ("applied", None)
    assert joined.resource
    assert (joined.resource.customer, joined.resource.wallets[0].active) == (mona, Decimal(0))
    again = await bench.call(ENROLL_MEMBER, customer_id=mona)
    assert (again.outcome, [warning.code for warning in again.warnings]) == ("noop", ["duplicate_suspected"])
    assert again.resource
    assert again.resource.id == joined.resource.id
    assert sum(request.method == "POST" for request in bench.requests) == 1


async def test_a_program_names_another_campaign(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="campaign_not_found"):
        await bench.call(ENROLL_MEMBER, customer_id=bench.ref("customer", MONA), program="Tea Club")
    assert "/v1/loyalties/Tea%20Club/members" in bench.requests[-1].url


async def test_several_cards_are_a_choice_and_none_is_added(bench: Bench) -> None:
    cards: list[dict[str, Any]] = [{"id": f"v_{code}", "code": code, "loyalty_card": {}} for code in ("A", "B")]
    bench.fail_next(reply(200, {"vouchers": cards}))
    with pytest.raises(AmbiguousError) as told:
        await bench.call(ENROLL_MEMBER, customer_id=bench.ref("customer", ADA))
    assert [choice.id for choice in told.value.body.candidates] == ["main:loyalty_account:A", "main:loyalty_account:B"]


async def test_the_one_wallet_can_be_named_and_no_other(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    await bench.call(GRANT_POINTS, account_id=account, points=1, reason="goodwill", wallet="points")
    before = len(bench.requests)
    with pytest.raises(InvalidArgumentError, match="points"):
        await bench.call(GRANT_POINTS, account_id=account, points=1, reason="goodwill", wallet="travel")
    assert len(bench.requests) == before


async def test_granted_points_can_lapse_on_a_day(bench: Bench) -> None:
    ends = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)
    account = bench.ref("loyalty_account", "COFFEE-0001")
    written = await bench.call(GRANT_POINTS, account_id=account, points=5, reason="goodwill", expires_at=ends)
    assert (body_of(bench)["expiration_type"], body_of(bench)["expiration_date"]) == ("CUSTOM_DATE", "2027-03-01")
    assert written.resource
    assert written.resource.expires_at == ends


async def test_the_history_begins_where_it_is_asked_to(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    none = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, since="2999-01-01T00:00:00Z")).data
    assert none.items == ()
    assert "filters%5Bcreated_at%5D%5Bconditions%5D%5B%24after%5D=2999-01-01" in bench.requests[-1].url
