"""Salesforce's plugin at its sandbox: points given, taken, and taken back."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
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
from trunkline_contracts.tools import CONTRACTS, DEDUCT_POINTS, GRANT_POINTS, REVERSE_POINTS
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import LostAnswerError
from trunkline_salesforce.sandbox import Org, record_id

Connect = Callable[..., AbstractAsyncContextManager[Bench]]
MEMBER, GRACE = record_id("LoyaltyProgramMember", 1), record_id("LoyaltyProgramMember", 7)
CREDIT, DEBIT = record_id("LoyaltyProgramProcess", 1), record_id("LoyaltyProgramProcess", 2)


def writes(bench: Bench) -> list[Any]:
    """What was posted: the end of its address, and its body."""
    return [
        (request.url.partition("/v67.0/")[2], orjson.loads(request.body))
        for request in bench.requests
        if request.method == "POST"
    ]


def balance(org: Org, currency: int = 1) -> float:
    found: float = org.tables["LoyaltyMemberCurrency"][record_id("LoyaltyMemberCurrency", 10 + currency)][
        "PointsBalance"
    ]
    return found


async def give(bench: Bench, **more: Any) -> Any:
    arguments = {"account_id": bench.ref("loyalty_account", MEMBER), "points": 25, "reason": "goodwill", **more}
    return await bench.call(GRANT_POINTS, **arguments)


async def take(bench: Bench, **more: Any) -> Any:
    arguments = {"account_id": bench.ref("loyalty_account", MEMBER), "points": 25, "reason": "correction", **more}
    return await bench.call(DEDUCT_POINTS, **arguments)


async def test_points_are_given_by_the_programs_own_process(bench: Bench, org: Org) -> None:
    done = await give(bench)
    ((path, body),) = writes(bench)
    assert path == "connect/loyalty/programs/Roast%20Club/program-processes/Credit%20Points"
    (inputs,) = body["processParameters"]
    journal = inputs.pop("TransactionJournal")
    assert inputs == {"PointsToCredit": 25.0, "CurrencyName": "Beans", "Reason": "goodwill"}
    assert journal.pop("ActivityDate").endswith("Z")
    assert journal == {
        "ExternalTransactionNumber": MARKER,
        "JournalTypeName": "Accrual",
        "MemberId": MEMBER,
        "Status": "Processed",
    }
    assert balance(org) == 1275
    assert done.outcome == "applied"
    assert (done.resource.kind, done.resource.points, done.resource.reason) == ("adjust_add", Decimal(25), "goodwill")
    assert done.resource.state == "active"


async def test_points_are_taken_by_the_programs_own_process(bench: Bench, org: Org) -> None:
    done = await take(bench)
    ((path, body),) = writes(bench)
    assert path == "connect/loyalty/programs/Roast%20Club/program-processes/Debit%20Points"
    (inputs,) = body["processParameters"]
    assert inputs["PointsToDebit"] == 25
    assert inputs["TransactionJournal"]["JournalTypeName"] == "Redemption"
    assert balance(org) == 1225
    assert (done.resource.kind, done.resource.points, done.resource.state) == ("adjust_deduct", Decimal(-25), "spent")


async def test_trap_20_only_active_points_can_be_taken(bench: Bench) -> None:
    account = bench.ref("loyalty_account", GRACE)
    with pytest.raises(ConflictError, match="active points"):
        await take(bench, account_id=account, points=2300)
    assert writes(bench) == []
    assert (await take(bench, account_id=account, points=2210)).outcome == "applied"


async def test_of_several_changes_under_one_number_the_one_asked_for_is_given(bench: Bench) -> None:
    assert (await give(bench)).resource.kind == "adjust_add"
    assert (await take(bench)).resource.kind == "adjust_deduct"


async def test_a_negative_balance_is_the_programs_to_allow(bench: Bench, org: Org) -> None:
    with pytest.raises(ConflictError, match="did not carry out the process"):
        await take(bench, points=5000, allow_negative=True)
    assert len(writes(bench)) == 1
    assert balance(org) == 1250


async def test_trap_21_a_grant_says_what_it_does_for_the_tier(bench: Bench, org: Org) -> None:
    done = await give(bench)
    assert done.resource.counts_toward_tier is False
    (warning,) = done.warnings
    assert (warning.code, warning.field) == ("value_coerced", "counts_toward_tier")
    counted = await give(bench, counts_toward_tier=True)
    assert (counted.resource.wallet, counted.resource.counts_toward_tier) == ("Level Points", True)
    assert counted.warnings == ()
    assert (balance(org), balance(org, 2)) == (1275, 25)


@pytest.mark.parametrize("wallet", ["level points", record_id("LoyaltyProgramCurrency", 2)])
async def test_trap_21_a_wallet_is_named_by_its_currency(bench: Bench, org: Org, wallet: str) -> None:
    done = await give(bench, wallet=wallet)
    assert done.resource.counts_toward_tier is True
    assert done.warnings == ()
    assert (balance(org), balance(org, 2)) == (1250, 25)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"wallet": "Miles"}, "there are: Beans, Level Points"),
        ({"wallet": "Beans", "counts_toward_tier": True}, "Beans does not count toward a tier"),
        ({"wallet": "Level Points", "counts_toward_tier": False}, "Level Points counts toward a tier"),
    ],
)
async def test_trap_21_a_wallet_that_does_not_fit_is_refused(bench: Bench, arguments: Any, told: str) -> None:
    with pytest.raises(InvalidArgumentError, match=told):
        await give(bench, **arguments)
    assert writes(bench) == []


@pytest.mark.parametrize("arguments", [{"wallet": "Level Points"}, {"counts_toward_tier": True}])
async def test_trap_21_without_an_input_for_it_the_currency_cannot_be_chosen(
    connected: Connect, arguments: Any
) -> None:
    async with connected(loyalty_currency_parameter=None) as bench:
        with pytest.raises(UnsupportedError, match="take no currency"):
            await give(bench, **arguments)
        assert writes(bench) == []
        done = await give(bench, wallet="Beans")
        ((_, body),) = writes(bench)
        assert "CurrencyName" not in body["processParameters"][0]
        assert done.resource.wallet == "Beans"


async def test_several_spendable_currencies_have_to_be_named(org: Org, connected: Connect) -> None:
    miles = org.put("LoyaltyProgramCurrency", 3, Name="Miles", CurrencyType="NonQualifying", IsPrimary=False,
        LoyaltyProgramId=record_id("LoyaltyProgram", 1))  # fmt: skip
    org.put("LoyaltyMemberCurrency", 13, LoyaltyMemberId=MEMBER, LoyaltyProgramCurrencyId=miles["Id"],
        PointsBalance=9.0, TotalPointsAccrued=9.0)  # fmt: skip
    async with connected() as bench:
        assert (await give(bench)).resource.wallet == "Beans", "the primary one is meant"
    org.tables["LoyaltyProgramCurrency"][record_id("LoyaltyProgramCurrency", 1)]["IsPrimary"] = False
    async with connected() as bench:
        with pytest.raises(AmbiguousError) as told:
            await give(bench)
        assert {one.label for one in told.value.body.candidates} == {"Beans", "Miles"}
    async with connected(loyalty_currency="Miles") as bench:
        assert (await give(bench)).resource.wallet == "Miles"


async def test_a_member_without_the_balance_is_refused(bench: Bench, org: Org) -> None:
    org.tables["LoyaltyMemberCurrency"].clear()
    with pytest.raises(UnsupportedError, match="no balance of this kind"):
        await give(bench)


async def test_trap_23_the_only_process_of_its_kind_is_found_out(bench: Bench, org: Org) -> None:
    org.tables["LoyaltyProgramProcess"][CREDIT]["Name"] = "Punkte gutschreiben"
    await give(bench)
    assert writes(bench)[0][0].endswith("/program-processes/Punkte%20gutschreiben")


async def test_trap_23_several_processes_have_to_be_chosen_by_the_operator(org: Org, connected: Connect) -> None:
    org.tables["LoyaltyProgramProcess"][record_id("LoyaltyProgramProcess", 4)]["Status"] = "Active"
    async with connected() as bench:
        with pytest.raises(UnsupportedError, match="there are: Credit Points, Double Points"):
            await give(bench)
        assert writes(bench) == []
    async with connected(loyalty_credit_process="Double Points") as bench:
        await give(bench)
        assert writes(bench)[0][0].endswith("/Double%20Points")


@pytest.mark.parametrize(("setting", "call"), [("loyalty_credit_process", give), ("loyalty_debit_process", take)])
async def test_trap_23_a_process_that_is_not_there_is_a_clear_error(
    connected: Connect, setting: str, call: Callable[..., Any]
) -> None:
    async with connected(**{setting: "Old Process"}) as bench:
        with pytest.raises(UnsupportedError, match=r"no active process named Old Process.*there are: (Credit|Debit)"):
            await call(bench)
        assert writes(bench) == []


async def test_trap_23_a_process_that_is_switched_off_is_not_run(bench: Bench, org: Org) -> None:
    org.tables["LoyaltyProgramProcess"][DEBIT]["Status"] = "Inactive"
    with pytest.raises(UnsupportedError, match="there are: none"):
        await take(bench)
    assert writes(bench) == []


@pytest.mark.parametrize("missing", ["PointsToCredit", "CurrencyName", "Reason"])
async def test_trap_23_a_process_with_other_inputs_is_not_run(bench: Bench, org: Org, missing: str) -> None:
    for row in org.tables["LoyaltyProgramProcessParameter"].values():
        if (row["LoyaltyProgramProcessId"], row["Name"]) == (CREDIT, missing):
            row["Name"] = "Renamed"
    with pytest.raises(UnsupportedError, match=f"does not take {missing}, but: .*Renamed"):
        await give(bench)
    assert writes(bench) == []


async def test_a_reason_that_no_input_takes_is_said_to_stay_here(connected: Connect) -> None:
    async with connected(loyalty_reason_parameter=None) as bench:
        done = await give(bench, wallet="Beans")
        ((_, body),) = writes(bench)
    assert "goodwill" not in orjson.dumps(body).decode()
    (warning,) = done.warnings
    assert (warning.code, warning.field) == ("field_dropped", "reason")


async def test_a_change_that_does_not_show_yet_is_accepted_and_not_applied(bench: Bench, org: Org) -> None:
    org.absent.add("LoyaltyLedger")
    done = await give(bench)
    assert (done.outcome, done.undo) == ("accepted", None)
    assert (done.resource.id, done.resource.points, done.resource.state) == (None, Decimal(25), "unknown")
    assert done.verify_with.tool == "list_points_transactions"
    assert "part_unavailable" in {warning.code for warning in done.warnings}


async def test_points_that_wait_are_given_as_pending(bench: Bench, org: Org) -> None:
    put = org.put

    def in_escrow(name: str, number: int, **values: Any) -> Any:
        day = {"EscrowPointsCreditDate": org.now.date().replace(year=org.now.year + 1, day=1)}
        return put(name, number, **values, **(day if name == "LoyaltyLedger" else {}))

    org.put = in_escrow  # type: ignore[method-assign]
    done = await give(bench)
    assert done.resource.state == "pending"
    assert done.resource.activates_at


@pytest.mark.parametrize("call", [give, take])
async def test_what_was_done_to_points_can_be_undone(bench: Bench, org: Org, call: Callable[..., Any]) -> None:
    done = await call(bench)
    assert done.undo.tool == "reverse_points"
    back = await bench.call(CONTRACTS[done.undo.tool], **done.undo.args)
    assert (back.resource.kind, back.resource.points) == ("reverse", -done.resource.points)
    assert balance(org) == 1250


async def test_the_members_id_is_looked_up_before_anything_is_sent(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="no such loyalty program member"):
        await give(bench, account_id=bench.ref("loyalty_account", record_id("LoyaltyProgramMember", 999)))
    assert writes(bench) == []


@pytest.mark.parametrize("name", ["activates_at", "expires_at"])
async def test_when_points_become_active_or_lapse_cannot_be_said(bench: Bench, name: str) -> None:
    with pytest.raises(UnsupportedError, match=name):
        await give(bench, **{name: "2027-01-01T00:00:00Z"})
    assert bench.requests == []


async def test_a_grant_whose_answer_is_lost_was_sent_once_and_is_unknown(bench: Bench) -> None:
    bench.fail_next_write(LostAnswerError("reset"))  # type: ignore[arg-type]
    with pytest.raises(OutcomeUnknownError):
        await give(bench)
    assert bench.writes_sent == 1


async def test_a_dry_run_shows_the_process_and_its_inputs(bench: Bench, org: Org) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await give(bench, dry_run=True)
    assert shown.value.preview.url.endswith("/program-processes/Credit%20Points")
    assert shown.value.preview.body["processParameters"][0]["PointsToCredit"] == 25
    assert balance(org) == 1250


@pytest.mark.parametrize(
    ("number", "action", "points"), [(16, "cancelRedemption", Decimal(50)), (11, "cancelAccrual", Decimal(-1300))]
)
async def test_a_change_is_taken_back_by_cancelling_its_activity(
    bench: Bench, number: int, action: str, points: Decimal
) -> None:
    transaction = bench.ref("points_transaction", record_id("LoyaltyLedger", number))
    done = await bench.call(REVERSE_POINTS, transaction_id=transaction, reason="order returned")
    ((path, body),) = writes(bench)
    assert path == f"actions/standard/{action}"
    assert body == {
        "inputs": [
            {
                "TransactionJournalId": record_id("TransactionJournal", number),
                "CancellationReason": "order returned",
            }
        ]
    }
    assert (done.outcome, done.resource.kind, done.resource.points) == ("applied", "reverse", points)
    assert done.resource.reason == "order returned"
    assert done.undo is None


async def test_what_was_taken_back_cannot_be_taken_back_again(bench: Bench) -> None:
    transaction = bench.ref("points_transaction", record_id("LoyaltyLedger", 16))
    done = await bench.call(REVERSE_POINTS, transaction_id=transaction, reason="order returned")
    with pytest.raises(ConflictError, match="already"):
        await bench.call(REVERSE_POINTS, transaction_id=transaction, reason="order returned")
    with pytest.raises(UnsupportedError, match="Only points"):
        await bench.call(REVERSE_POINTS, transaction_id=done.resource.id, reason="order returned")
    assert len(writes(bench)) == 1


@pytest.mark.parametrize("changes", [{"EventType": "Expiry"}, {"TransactionJournalId": None}])
async def test_what_has_no_activity_to_cancel_cannot_be_taken_back(bench: Bench, org: Org, changes: Any) -> None:
    org.tables["LoyaltyLedger"][record_id("LoyaltyLedger", 16)].update(changes)
    transaction = bench.ref("points_transaction", record_id("LoyaltyLedger", 16))
    with pytest.raises(UnsupportedError, match="Only points"):
        await bench.call(REVERSE_POINTS, transaction_id=transaction, reason="order returned")
    assert writes(bench) == []


async def test_taking_back_one_change_warns_that_its_siblings_go_too(bench: Bench, org: Org) -> None:
    org.put("LoyaltyLedger", 12, EventType="Credit", Points=7.0, ActivityDate=org.now, LoyaltyProgramMemberId=MEMBER,
        LoyaltyProgramCurrencyId=record_id("LoyaltyProgramCurrency", 2),
        TransactionJournalId=record_id("TransactionJournal", 11))  # fmt: skip
    transaction = bench.ref("points_transaction", record_id("LoyaltyLedger", 12))
    done = await bench.call(REVERSE_POINTS, transaction_id=transaction, reason="order returned")
    assert (done.resource.wallet, done.resource.points) == ("Level Points", Decimal(-7))
    assert [warning.code for warning in done.warnings] == ["value_coerced"]


async def test_a_reversal_that_does_not_show_yet_is_told_by_its_sign(bench: Bench) -> None:
    transaction = bench.ref("points_transaction", record_id("LoyaltyLedger", 16))
    answer = [{"actionName": "cancelRedemption", "errors": None, "isSuccess": True, "outputValues": None}]
    bench.fail_next_write(reply(200, answer))
    done = await bench.call(REVERSE_POINTS, transaction_id=transaction, reason="order returned")
    assert (done.resource.id, done.resource.kind, done.resource.points) == (None, "reverse", Decimal(50))


@pytest.mark.parametrize("outputs", [None, {}])
async def test_an_action_that_failed_is_no_success(bench: Bench, outputs: Any) -> None:
    transaction = bench.ref("points_transaction", record_id("LoyaltyLedger", 16))
    answer = [{"actionName": "cancelRedemption", "errors": [], "isSuccess": False, "outputValues": outputs}]
    bench.fail_next_write(reply(200, answer))
    with pytest.raises(ConflictError, match="did not cancel"):
        await bench.call(REVERSE_POINTS, transaction_id=transaction, reason="order returned")


async def test_a_change_that_is_not_there_is_not_found(bench: Bench) -> None:
    transaction = bench.ref("points_transaction", record_id("LoyaltyLedger", 999))
    with pytest.raises(NotFoundError):
        await bench.call(REVERSE_POINTS, transaction_id=transaction, reason="order returned")
