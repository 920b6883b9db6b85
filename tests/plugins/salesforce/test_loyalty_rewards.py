"""Salesforce's plugin at its sandbox: what points buy, who joins, and where members stand."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from support.bench import MARKER, Bench, reply
from trunkline_contracts.entities.loyalty import Reward
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    UnsupportedError,
)
from trunkline_contracts.tools import (
    CONTRACTS,
    ENROLL_MEMBER,
    GET_LOYALTY_ACCOUNT,
    LIST_POINTS_TRANSACTIONS,
    LIST_REWARDS,
    REDEEM_REWARD,
    SET_TIER,
)
from trunkline_contracts.values import Money
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_salesforce.sandbox import Org, record_id

Connect = Callable[..., AbstractAsyncContextManager[Bench]]
MEMBER, POOR = record_id("LoyaltyProgramMember", 1), record_id("LoyaltyProgramMember", 3)
COFFEE, TEN_EUROS = record_id("VoucherDefinition", 1), record_id("VoucherDefinition", 2)


def writes(bench: Bench) -> list[Any]:
    """What was posted: the end of its address, and its body."""
    return [
        (request.url.partition("/v67.0/")[2], orjson.loads(request.body))
        for request in bench.requests
        if request.method == "POST"
    ]


async def rewards(bench: Bench, member: str = MEMBER, **more: Any) -> tuple[Reward, ...]:
    found: tuple[Reward, ...] = (
        await bench.call(LIST_REWARDS, account_id=bench.ref("loyalty_account", member), **more)
    ).data.items
    return found


async def redeem(bench: Bench, reward: str = COFFEE, **more: Any) -> Any:
    arguments = {"account_id": bench.ref("loyalty_account", MEMBER), "reward_id": bench.ref("reward", reward), **more}
    return await bench.call(REDEEM_REWARD, **arguments)


async def test_rewards_are_those_that_the_active_points_buy(bench: Bench) -> None:
    coffee, ten_euros = await rewards(bench)
    assert (coffee.name, coffee.cost_points, coffee.type, coffee.value) == (
        "Free coffee",
        Decimal(100),
        "product",
        None,
    )
    assert (ten_euros.cost_points, ten_euros.type) == (Decimal(1000), "gift_card")
    assert ten_euros.value == Money(amount_minor=1000, currency="EUR", exponent=2)
    assert ten_euros.available
    assert await rewards(bench, POOR) == ()


async def test_all_rewards_say_why_they_cannot_be_had(bench: Bench) -> None:
    found = await rewards(bench, POOR, affordable_only=False)
    assert [(one.available, one.why_not) for one in found] == [(False, "It costs more points than the member has.")] * 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"EffectiveDate": datetime.now(UTC).date() + timedelta(days=2)}, "It cannot be had yet."),
        ({"ExpirationDate": datetime.now(UTC).date() - timedelta(days=2)}, "It can no longer be had."),
        ({"Points_Cost__c": None}, "What it costs is not known here."),
    ],
)
async def test_a_reward_out_of_time_or_without_a_cost_is_not_available(
    bench: Bench, org: Org, changes: Any, told: str
) -> None:
    org.tables["VoucherDefinition"][COFFEE].update(changes)
    coffee, *_ = await rewards(bench, affordable_only=False)
    assert (coffee.name, coffee.why_not) == ("Free coffee", told)
    assert "Free coffee" not in {one.name for one in await rewards(bench)}
    with pytest.raises(ConflictError, match=told):
        await redeem(bench)


async def test_a_reward_that_is_switched_off_is_not_listed_and_not_given(bench: Bench, org: Org) -> None:
    org.tables["VoucherDefinition"][COFFEE]["IsActive"] = False
    assert "Free coffee" not in {one.name for one in await rewards(bench, affordable_only=False)}
    with pytest.raises(ConflictError, match="switched off"):
        await redeem(bench)


async def test_without_the_field_with_the_cost_nobody_can_say_what_is_affordable(connected: Connect) -> None:
    async with connected(loyalty_points_field=None) as bench:
        with pytest.raises(UnsupportedError, match="an operator names the field"):
            await rewards(bench)
        found = await rewards(bench, affordable_only=False)
        assert {(one.cost_points, one.available) for one in found} == {(None, False)}
        with pytest.raises(UnsupportedError, match="an operator can name the process"):
            await redeem(bench)


async def test_pages_of_rewards_follow_one_another(bench: Bench) -> None:
    account = bench.ref("loyalty_account", MEMBER)
    first = (await bench.call(LIST_REWARDS, account_id=account, limit=1)).data
    second = (await bench.call(LIST_REWARDS, account_id=account, limit=1, cursor=first.next_cursor)).data
    assert [one.name for one in (*first.items, *second.items)] == ["Free coffee", "Ten euros off"]
    assert second.next_cursor is None


async def test_a_reward_is_bought_by_one_process_that_takes_and_gives(bench: Bench) -> None:
    done = await redeem(bench)
    ((path, body),) = writes(bench)
    assert path == "connect/loyalty/programs/Roast%20Club/program-processes/Redeem%20Reward"
    (inputs,) = body["processParameters"]
    journal = inputs.pop("TransactionJournal")
    assert inputs == {"PointsToDebit": 100.0, "VoucherName": "Free coffee"}
    assert (journal["MemberId"], journal["ExternalTransactionNumber"]) == (MEMBER, f"{MARKER}-reward")
    assert done.outcome == "applied"
    assert (done.resource.points, done.resource.status.value, done.resource.code) == (100, "issued", "CUP00001")
    assert done.resource.reward == bench.ref("reward", COFFEE)
    assert done.resource.code_expires_at


async def test_a_redemption_is_one_in_the_history_and_no_adjustment(bench: Bench) -> None:
    done = await redeem(bench)
    (newest, *_) = (await bench.call(LIST_POINTS_TRANSACTIONS, **done.verify_with.args)).data.items
    assert (newest.kind, newest.points) == ("redeem", Decimal(-100))


async def test_trap_20_a_reward_beyond_the_active_points_is_refused(bench: Bench, org: Org) -> None:
    wallet = org.tables["LoyaltyMemberCurrency"][record_id("LoyaltyMemberCurrency", 11)]
    wallet.update(PointsBalance=99.0, EscrowPointsBalance=500.0)
    with pytest.raises(ConflictError, match="more points than the member has"):
        await redeem(bench)
    assert writes(bench) == []


@pytest.mark.parametrize("process", [None, "Gone"])
async def test_trap_23_rewards_are_bought_only_where_the_org_says_how(connected: Connect, process: str | None) -> None:
    async with connected(loyalty_redeem_process=process) as bench:
        with pytest.raises(UnsupportedError, match="operator"):
            await redeem(bench)
        assert writes(bench) == []


async def test_trap_23_the_input_for_the_reward_is_the_orgs_own(connected: Connect) -> None:
    async with connected(loyalty_reward_parameter="Prize") as bench:
        with pytest.raises(UnsupportedError, match=r"does not take Prize, but: .*VoucherName"):
            await redeem(bench)
        assert writes(bench) == []


async def test_a_voucher_that_does_not_show_yet_is_accepted(bench: Bench, org: Org) -> None:
    org.absent.add("Voucher")
    done = await redeem(bench)
    assert (done.outcome, done.resource.status.value, done.resource.code) == ("accepted", "pending", None)
    assert [warning.code for warning in done.warnings] == ["async_result"]


async def test_a_reward_that_costs_a_fraction_is_paid_in_full(bench: Bench, org: Org) -> None:
    org.tables["VoucherDefinition"][COFFEE]["Points_Cost__c"] = 99.5
    await redeem(bench)
    ((_, body),) = writes(bench)
    assert body["processParameters"][0]["PointsToDebit"] == 99.5


async def test_a_reward_of_another_program_is_not_found(bench: Bench, org: Org) -> None:
    org.tables["VoucherDefinition"][COFFEE]["LoyaltyProgramId"] = record_id("LoyaltyProgram", 2)
    with pytest.raises(NotFoundError, match="no such reward"):
        await redeem(bench)


async def test_in_an_org_with_several_currencies_a_reward_has_its_own(org: Org, connected: Connect) -> None:
    org.fields["VoucherDefinition"] |= {"CurrencyIsoCode"}
    org.tables["VoucherDefinition"][TEN_EUROS].update(CurrencyIsoCode="JPY", FaceValue=1500.0)
    async with connected(multi_currency=True) as bench:
        _, yen = await rewards(bench)
    assert yen.value == Money(amount_minor=1500, currency="JPY", exponent=0)


async def test_a_value_in_money_is_left_out_where_nobody_knows_its_currency(connected: Connect) -> None:
    async with connected(currency=None) as bench:
        account = bench.ref("loyalty_account", MEMBER)
        found = await bench.call(LIST_REWARDS, account_id=account)
    assert {one.value for one in found.data.items} == {None}
    assert [warning.code for warning in found.warnings] == ["field_dropped"]


def enrolment(bench: Bench, number: int = 5, **more: Any) -> Any:
    return bench.call(ENROLL_MEMBER, customer_id=bench.ref("customer", record_id("Contact", number)), **more)


async def test_a_contact_becomes_a_member(bench: Bench) -> None:
    done = await enrolment(bench)
    ((path, body),) = writes(bench)
    assert path == "sobjects/LoyaltyProgramMember/"
    assert body.pop("EnrollmentDate") == datetime.now(UTC).date().isoformat()
    assert body == {
        "ContactId": record_id("Contact", 5),
        "ProgramId": record_id("LoyaltyProgram", 1),
        "MembershipNumber": MARKER.removeprefix("op_")[:16].upper(),
        "MemberType": "Individual",
        "MemberStatus": "Active",
    }
    assert done.outcome == "applied"
    assert (done.resource.status.value, done.resource.wallets[0].active) == ("active", Decimal(0))
    found = (await bench.call(GET_LOYALTY_ACCOUNT, **done.verify_with.args)).data
    assert found == done.resource


async def test_who_is_a_member_already_is_not_enrolled_again(bench: Bench) -> None:
    done = await enrolment(bench, 1)
    assert (done.outcome, done.resource.member_number) == ("noop", "RC-0001")
    assert [warning.code for warning in done.warnings] == ["duplicate_suspected"]
    assert writes(bench) == []


async def test_a_lead_cannot_be_a_member(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="lead"):
        await bench.call(ENROLL_MEMBER, customer_id=bench.ref("customer", record_id("Lead", 10)))
    assert bench.requests == []


async def test_a_contact_that_is_not_there_is_not_enrolled(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await enrolment(bench, 999)


async def test_the_program_to_join_is_named_set_primary_or_the_only_one(org: Org, connected: Connect) -> None:
    other = org.put("LoyaltyProgram", 2, Name="Tea Circle", Status="Active", IsPrimary=False)
    async with connected(loyalty_program=None) as bench:
        assert (await enrolment(bench)).resource.program.name == "Roast Club"
        assert (await enrolment(bench, program="Tea Circle")).resource.program.id == other["Id"]
        with pytest.raises(InvalidArgumentError, match="there are: Roast Club, Tea Circle"):
            await enrolment(bench, program="Cocoa Crew")
        org.tables["LoyaltyProgram"][record_id("LoyaltyProgram", 1)]["IsPrimary"] = False
        with pytest.raises(AmbiguousError, match="Roast Club, Tea Circle"):
            await enrolment(bench)


async def test_an_enrolment_counts_where_the_new_member_cannot_be_read(bench: Bench, org: Org) -> None:
    org.absent.add("LoyaltyMemberCurrency")
    done = await enrolment(bench)
    assert (done.outcome, done.resource.wallets, done.resource.status.value) == ("applied", (), "active")


async def change(bench: Bench, tier: str, **more: Any) -> Any:
    arguments = {"account_id": bench.ref("loyalty_account", MEMBER), "tier": tier, "reason": "long loyalty", **more}
    return await bench.call(SET_TIER, **arguments)


@pytest.mark.parametrize("tier", ["Gold", "gold", record_id("LoyaltyTier", 3)])
async def test_a_tier_is_set_by_its_name_or_id(bench: Bench, tier: str) -> None:
    done = await change(bench, tier)
    ((path, body),) = writes(bench)
    assert path == "actions/standard/changeTier"
    assert body == {
        "inputs": [
            {
                "LoyaltyProgramMemberId": MEMBER,
                "ProgramName": "Roast Club",
                "TierGroupName": "Club Levels",
                "TargetTierName": "Gold",
                "ChangeReason": "long loyalty",
            }
        ]
    }
    assert (done.outcome, done.resource.tier.name) == ("applied", "Gold")


async def test_a_tier_can_be_set_back(bench: Bench) -> None:
    done = await change(bench, "Gold")
    back = await bench.call(CONTRACTS[done.undo.tool], **done.undo.args)
    assert back.resource.tier.name == "Silver"


async def test_who_stands_there_already_is_left_alone(bench: Bench) -> None:
    done = await change(bench, "Silver")
    assert (done.outcome, done.resource.tier.name) == ("noop", "Silver")
    assert writes(bench) == []


async def test_a_tier_that_is_not_there_is_refused_with_those_that_are(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="there are: Bronze, Silver, Gold"):
        await change(bench, "Platinum")
    assert writes(bench) == []


async def test_two_tiers_of_one_name_have_to_be_told_apart(bench: Bench, org: Org) -> None:
    group = org.put("LoyaltyTierGroup", 2, Name="Partners", IsPrimary=False)
    other = org.put("LoyaltyTier", 9, Name="Gold", SequenceNumber=9, LoyaltyTierGroupId=group["Id"],
        LoyaltyProgramId=record_id("LoyaltyProgram", 1))  # fmt: skip
    with pytest.raises(AmbiguousError) as told:
        await change(bench, "Gold")
    assert {one.id for one in told.value.body.candidates} == {other["Id"], record_id("LoyaltyTier", 3)}


async def test_how_long_a_tier_lasts_cannot_be_said(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="until"):
        await change(bench, "Gold", until="2027-01-01T00:00:00Z")
    assert bench.requests == []


async def test_a_tier_that_salesforce_did_not_change_is_a_conflict(bench: Bench) -> None:
    bench.fail_next_write(reply(200, [{"actionName": "changeTier", "errors": [], "isSuccess": False}]))
    with pytest.raises(ConflictError, match="did not change the tier"):
        await change(bench, "Gold")


async def test_a_tier_counts_as_set_where_the_member_cannot_be_read_again(bench: Bench, org: Org) -> None:
    org.absent.add("LoyaltyMemberCurrency")
    done = await change(bench, "Gold")
    assert (done.outcome, done.resource.tier.name, done.resource.wallets) == ("applied", "Gold", ())


@pytest.mark.parametrize("call", [redeem, lambda bench, **more: change(bench, "Gold", **more)])
async def test_a_dry_run_only_reads(bench: Bench, call: Any) -> None:
    with pytest.raises(PreviewOnlyError):
        await call(bench, dry_run=True)
    assert writes(bench) == []
