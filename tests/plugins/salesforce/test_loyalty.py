"""Salesforce's plugin at its sandbox: members of a loyalty program, and their points' history."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.bench import Bench, reply
from trunkline_contracts.entities.loyalty import LoyaltyAccount, PointsTransaction
from trunkline_contracts.errors import AmbiguousError, NotFoundError, UnsupportedError, VendorBugError
from trunkline_contracts.tools import GET_LOYALTY_ACCOUNT, LIST_POINTS_TRANSACTIONS
from trunkline_salesforce.sandbox import Org, record_id

Connect = Callable[..., AbstractAsyncContextManager[Bench]]
ADA, ELIF, GRACE = 1, 5, 7


async def account(bench: Bench, number: int = ADA, **more: Any) -> LoyaltyAccount:
    customer = bench.ref("customer", record_id("Contact", number))
    found: LoyaltyAccount = (await bench.call(GET_LOYALTY_ACCOUNT, customer_id=customer, **more)).data
    return found


async def history(bench: Bench, number: int = ADA, **more: Any) -> tuple[PointsTransaction, ...]:
    member = bench.ref("loyalty_account", record_id("LoyaltyProgramMember", number))
    found: tuple[PointsTransaction, ...] = (
        await bench.call(LIST_POINTS_TRANSACTIONS, account_id=member, **more)
    ).data.items
    return found


async def test_a_membership_has_its_program_number_status_and_tier(bench: Bench) -> None:
    found = await account(bench)
    assert found.id == bench.ref("loyalty_account", record_id("LoyaltyProgramMember", ADA))
    assert found.customer == bench.ref("customer", record_id("Contact", ADA))
    assert (found.program.name, found.member_number) == ("Roast Club", "RC-0001")
    assert (found.status.value, found.status.raw) == ("active", "Active")
    assert found.tier
    assert (found.tier.name, found.tier.id) == ("Silver", record_id("LoyaltyTier", 2))
    assert found.next_tier
    assert (found.next_tier.name, found.next_tier.remaining, found.next_tier.metric) == (
        "Gold",
        Decimal(3000),
        "points",
    )
    assert found.lifetime_points == Decimal(1300)


async def test_the_highest_tier_has_no_next_one(bench: Bench) -> None:
    found = await account(bench, 4)
    assert found.tier
    assert (found.tier.name, found.next_tier) == ("Gold", None)


async def test_what_is_missing_for_a_tier_is_unknown_where_two_currencies_count_toward_it(
    bench: Bench, org: Org
) -> None:
    org.tables["LoyaltyProgramCurrency"][record_id("LoyaltyProgramCurrency", 1)]["LoyaltyTierGroupId"] = record_id(
        "LoyaltyTierGroup", 1
    )
    found = await account(bench)
    assert found.next_tier
    assert (found.next_tier.name, found.next_tier.remaining, found.next_tier.metric) == ("Gold", None, "unknown")


async def test_trap_20_points_that_wait_are_pending_and_never_active(bench: Bench) -> None:
    spendable = (await account(bench, GRACE)).wallets[0]
    assert (spendable.active, spendable.pending) == (Decimal(2210), Decimal(100))
    newest, *_ = await history(bench, GRACE)
    assert (newest.state, newest.points) == ("pending", Decimal(100))
    assert newest.activates_at
    assert newest.activates_at > datetime.now(UTC)


async def test_trap_21_the_two_currencies_are_two_wallets_and_never_one_sum(bench: Bench, org: Org) -> None:
    wallet = record_id("LoyaltyMemberCurrency", ADA * 10 + 2)
    org.tables["LoyaltyMemberCurrency"][wallet]["PointsBalance"] = 700.0
    found = await account(bench)
    assert [(wallet.name, wallet.unit, wallet.active) for wallet in found.wallets] == [
        ("Beans", "points", Decimal(1250)),
        ("Level Points", "qualifying points", Decimal(700)),
    ]
    assert found.next_tier
    assert found.next_tier.remaining == Decimal(2300)


async def test_a_debt_is_negative_points_and_no_active_ones(bench: Bench, org: Org) -> None:
    wallet = record_id("LoyaltyMemberCurrency", ADA * 10 + 1)
    org.tables["LoyaltyMemberCurrency"][wallet]["PointsBalance"] = -40.0
    spendable = (await account(bench)).wallets[0]
    assert (spendable.active, spendable.negative) == (Decimal(0), Decimal(40))


async def test_a_contact_who_did_not_join_is_no_member(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="not a member"):
        await account(bench, ELIF)


async def test_a_member_of_several_programs_has_to_be_asked_for_by_program(org: Org, connected: Connect) -> None:
    second = org.put("LoyaltyProgram", 2, Name="Tea Circle", Status="Active", IsPrimary=False)
    org.put("LoyaltyProgramMember", 900, ContactId=record_id("Contact", ADA), ProgramId=second["Id"],
        MembershipNumber="T-1", MemberStatus="Inactive", MemberType="Individual")  # fmt: skip
    async with connected(loyalty_program=None) as bench:
        with pytest.raises(AmbiguousError) as told:
            await account(bench)
        assert {one.label for one in told.value.body.candidates} == {"Roast Club", "Tea Circle"}
        found = await account(bench, program="tea circle")
        assert (found.member_number, found.status.value, found.status.lossy) == ("T-1", "blocked", True)
        assert (await account(bench, program=record_id("LoyaltyProgram", 1))).member_number == "RC-0001"
    async with connected(loyalty_program="Tea Circle") as bench:
        assert (await account(bench)).member_number == "T-1"


async def test_a_membership_that_was_merged_away_is_not_found(bench: Bench, org: Org) -> None:
    org.tables["LoyaltyProgramMember"][record_id("LoyaltyProgramMember", ADA)]["MemberStatus"] = "Merged"
    with pytest.raises(NotFoundError):
        await account(bench)


async def test_an_org_without_loyalty_management_says_so(bench: Bench, org: Org) -> None:
    org.absent.add("LoyaltyProgramMember")
    with pytest.raises(UnsupportedError, match="Loyalty Management"):
        await account(bench)


async def test_a_history_is_newest_first_with_signs_and_kinds(bench: Bench) -> None:
    spent, earned = await history(bench)
    assert (spent.kind, spent.points, spent.state) == ("redeem", Decimal(-50), "spent")
    assert (earned.kind, earned.points, earned.state) == ("earn", Decimal(1300), "active")
    assert (earned.wallet, earned.counts_toward_tier) == ("Beans", False)
    assert spent.at
    assert earned.at
    assert spent.at > earned.at


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"EventType": "Expiry", "Points": 5.0}, ("expire", Decimal(-5), "expired")),
        ({"EventType": "Debit", "Points": -5.0}, ("redeem", Decimal(-5), "spent")),
        ({"EventType": "Transfer", "Points": -5.0}, ("transfer", Decimal(-5), "unknown")),
        ({"EventType": "Other", "Points": 5.0}, ("other", Decimal(5), "unknown")),
        ({"TransactionJournalId": None}, ("redeem", Decimal(-50), "spent")),
    ],
)
async def test_every_kind_of_change_is_read(
    bench: Bench, org: Org, changes: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    org.tables["LoyaltyLedger"][record_id("LoyaltyLedger", ADA * 10 + 6)].update(changes)
    newest, *_ = await history(bench)
    assert (newest.kind, newest.points, newest.state) == expected


async def test_a_change_names_the_order_that_it_came_from(bench: Bench, org: Org) -> None:
    order = record_id("Order", 10)
    org.tables["TransactionJournal"][record_id("TransactionJournal", ADA * 10 + 6)]["OrderId"] = order
    newest, *_ = await history(bench)
    assert newest.order == bench.ref("order", order)


async def test_a_history_can_be_narrowed_by_time_and_kind(bench: Bench, org: Org) -> None:
    lately = (org.now - timedelta(days=10)).isoformat()
    assert [item.kind for item in await history(bench, since=lately)] == ["redeem"]
    assert [item.kind for item in await history(bench, kinds=["earn"])] == ["earn"]
    assert await history(bench, kinds=["expire"]) == ()


async def test_pages_of_a_history_follow_one_another(bench: Bench) -> None:
    member = bench.ref("loyalty_account", record_id("LoyaltyProgramMember", ADA))
    first = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=member, limit=1)).data
    assert first.next_cursor
    second = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=member, limit=1, cursor=first.next_cursor)).data
    assert [item.kind for item in (*first.items, *second.items)] == ["redeem", "earn"]
    assert second.next_cursor is None


async def test_changes_of_one_moment_are_all_on_some_page(bench: Bench, org: Org) -> None:
    for row in org.tables["LoyaltyLedger"].values():
        row["ActivityDate"] = org.now
    member = bench.ref("loyalty_account", record_id("LoyaltyProgramMember", ADA))
    first = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=member, limit=1)).data
    second = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=member, limit=1, cursor=first.next_cursor)).data
    assert {item.kind for item in (*first.items, *second.items)} == {"redeem", "earn"}


async def test_the_history_of_nobody_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await history(bench, 999)


async def test_a_member_without_changes_has_an_empty_history(bench: Bench, org: Org) -> None:
    org.tables["LoyaltyLedger"].clear()
    assert await history(bench) == ()


async def test_a_ledger_that_cannot_be_read_is_named_without_its_values(bench: Bench) -> None:
    bench.fail_next(reply(200, {"records": [{"Id": "0lL", "Points": "secret"}]}))
    with pytest.raises(VendorBugError, match="Points") as told:
        await history(bench)
    assert "secret" not in str(told.value)
