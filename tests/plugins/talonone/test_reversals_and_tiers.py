"""What Talon.One's plugin makes of single transactions, tiers and attributes, and what it leaves alone."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from support.bench import MARKER, Bench, at_sandbox, reply
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, NotFoundError, UnsupportedError
from trunkline_contracts.fields import Choice
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
    REVERSE_POINTS,
    SET_TIER,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_talonone import trunkline_connector

ADA, MONA = "shop-0001", "shop-0013"
UNTIL = "2030-01-01T00:00:00Z"
UUID = "ce59f12a-f53b-4014-a745-636d93f2bd3f"
ENTRY: dict[str, Any] = {
    "id": 7, "transactionUUID": UUID, "created": "2026-01-01T00:00:00Z", "programId": 139, "type": "addition",
    "name": "Earn", "startDate": "immediate", "expiryDate": "unlimited", "subledgerId": "", "amount": 10,
}  # fmt: skip


def account_of(bench: Bench) -> str:
    return bench.ref("loyalty_account", ADA)


def sent(bench: Bench) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(bench.requests[-1].body)
    return body


async def newest(bench: Bench) -> Any:
    return (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account_of(bench))).data.items[0]


async def active(bench: Bench) -> dict[str, Decimal]:
    found = await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", ADA))
    return {wallet.id: wallet.active for wallet in found.data.wallets}


async def test_a_grant_is_reversed_by_its_opposite_in_its_own_ledger(bench: Bench) -> None:
    await bench.call(GRANT_POINTS, account_id=account_of(bench), points=100, reason="goodwill", wallet="travel")
    granted = await newest(bench)
    back = await bench.call(REVERSE_POINTS, transaction_id=granted.id, reason="granted in error")
    uuid = granted.id.rpartition(":")[2]
    assert bench.requests[-1].url.endswith("/deduct_points")
    assert sent(bench) == {
        "points": 100, "name": f"reversal of {uuid}: granted in error ({MARKER})", "subledgerId": "travel",
    }  # fmt: skip
    assert (back.outcome, back.resource.id, back.resource.kind) == ("applied", None, "adjust_deduct")
    assert (back.resource.points, back.resource.wallet) == (Decimal(-100), "travel")
    assert [warning.code for warning in back.warnings] == ["emulated"]
    assert await active(bench) == {"main_ledger": Decimal(1250), "travel": Decimal(0)}


async def test_a_deduction_is_reversed_by_a_grant(bench: Bench) -> None:
    await bench.call(DEDUCT_POINTS, account_id=account_of(bench), points=50, reason="correction")
    back = await bench.call(REVERSE_POINTS, transaction_id=(await newest(bench)).id, reason="not due")
    assert bench.requests[-1].url.endswith("/add_points")
    assert (back.resource.kind, back.resource.points) == ("adjust_add", Decimal(50))
    assert await active(bench) == {"main_ledger": Decimal(1250)}


async def test_nothing_is_reversed_twice(bench: Bench) -> None:
    await bench.call(GRANT_POINTS, account_id=account_of(bench), points=10, reason="goodwill")
    granted = await newest(bench)
    await bench.call(REVERSE_POINTS, transaction_id=granted.id, reason="granted in error")
    with pytest.raises(ConflictError, match="already"):
        await bench.call(REVERSE_POINTS, transaction_id=granted.id, reason="granted in error")
    assert await active(bench) == {"main_ledger": Decimal(1250)}


async def test_a_reversal_is_refused_where_nobody_can_say_whether_it_was_made_before(bench: Bench) -> None:
    bench.fail_next(reply(200, {"hasMore": False, "data": [ENTRY]}), reply(200, {"hasMore": True, "data": []}))
    with pytest.raises(ConflictError, match="Too much followed"):
        await bench.call(
            REVERSE_POINTS, transaction_id=bench.ref("points_transaction", f"{ADA}:{UUID}"), reason="wrong"
        )
    assert bench.writes_sent == 0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"startDate": "on_action"}, ConflictError),
        ({"startDate": "2999-01-01T00:00:00Z"}, ConflictError),
        ({"expiryDate": "2020-01-01T00:00:00Z"}, ConflictError),
        ({"amount": 99999}, ConflictError),
        ({"transactionUUID": "00000000-0000-0000-0000-000000000000"}, NotFoundError),
    ],
)
async def test_trap_20_points_that_are_not_active_are_not_taken_back(
    bench: Bench, fields: dict[str, Any], expected: type[Exception]
) -> None:
    bench.fail_next(
        reply(200, {"hasMore": False, "data": [{**ENTRY, **fields}]}), reply(200, {"hasMore": False, "data": []})
    )
    with pytest.raises(expected):
        await bench.call(
            REVERSE_POINTS, transaction_id=bench.ref("points_transaction", f"{ADA}:{UUID}"), reason="wrong"
        )
    assert bench.writes_sent == 0


async def test_a_fraction_of_a_point_stays_one(bench: Bench) -> None:
    quarter = {**ENTRY, "amount": 10.25, "type": "subtraction"}
    bench.fail_next(reply(200, {"hasMore": False, "data": [quarter]}), reply(200, {"hasMore": False, "data": []}))
    back = await bench.call(
        REVERSE_POINTS, transaction_id=bench.ref("points_transaction", f"{ADA}:{UUID}"), reason="wrong"
    )
    assert (sent(bench)["points"], back.resource.points) == (10.25, Decimal("10.25"))


async def test_trap_20_a_deduction_never_counts_on_pending_points(bench: Bench) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    await bench.call(
        GRANT_POINTS, account_id=account_of(bench), points=500, reason="goodwill", wallet="travel", activates_at=later
    )
    for wallet, points in (("travel", 1), ("main_ledger", 1251)):
        with pytest.raises(ConflictError, match="too few active points"):
            await bench.call(
                DEDUCT_POINTS, account_id=account_of(bench), points=points, reason="correction", wallet=wallet
            )
    assert bench.writes_sent == 0


async def test_trap_22_an_answer_without_a_body_is_no_receipt(bench: Bench) -> None:
    taken = await bench.call(DEDUCT_POINTS, account_id=account_of(bench), points=5, reason="correction")
    assert (bench.wire.exchanges[-1][1].status, bench.wire.exchanges[-1][1].body) == (204, b"")
    assert (taken.resource.id, taken.resource.balance_after) == (None, None)
    assert taken.verify_with
    seen = (await bench.call(LIST_POINTS_TRANSACTIONS, **taken.verify_with.args)).data.items[0]
    assert MARKER in seen.reason


def test_trap_37_what_only_triggers_a_campaign_is_not_offered() -> None:
    manifest = trunkline_connector()
    absent = ("list_rewards", "redeem_reward", "enroll_member", "create_customer", "update_customer")
    assert [tool for tool in absent if manifest.capability(tool)] == []
    assert set(absent) == manifest.absent.keys()
    assert "only triggers" in manifest.absent["redeem_reward"]


async def test_trap_37_no_call_reaches_the_rule_engine_or_empties_a_ledger(bench: Bench) -> None:
    await bench.call(GRANT_POINTS, account_id=account_of(bench), points=10, reason="goodwill")
    await bench.call(REVERSE_POINTS, transaction_id=(await newest(bench)).id, reason="granted in error")
    await bench.call(SET_TIER, account_id=account_of(bench), tier="Gold", reason="long loyalty", until=UNTIL)
    asked = " ".join(request.url for request in bench.requests)
    assert not any(word in asked for word in ("customer_sessions", "events", "delete_transactions", "/v2/"))
    assert {request.headers["Authorization"] for request in bench.requests} == {"ManagementKey-v1 sandbox-key"}


@pytest.mark.parametrize("tier", ["Gold", "3"])
async def test_a_tier_is_imported_as_a_file_of_one_line(bench: Bench, tier: str) -> None:
    written = await bench.call(SET_TIER, account_id=account_of(bench), tier=tier, reason="long loyalty", until=UNTIL)
    request = bench.requests[-1]
    assert request.url.endswith("/v1/loyalty_programs/139/import_customers_tiers")
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    file = request.body.decode().partition("\r\n\r\n")[2].partition("\r\n--")[0]
    assert list(csv.DictReader(file.splitlines())) == [
        {"subledgerid": "", "customerprofileid": ADA, "tiername": "Gold", "expirydate": UNTIL}
    ]
    assert (written.outcome, written.resource.tier.name) == ("accepted", "Gold")
    assert [warning.code for warning in written.warnings] == ["field_dropped"]
    assert written.verify_with
    seen = (await bench.call(GET_LOYALTY_ACCOUNT, **written.verify_with.args)).data
    assert (seen.tier.name, seen.tier.until) == ("Gold", datetime(2030, 1, 1, tzinfo=UTC))


async def test_a_tier_is_taken_back_to_the_one_before(bench: Bench) -> None:
    written = await bench.call(SET_TIER, account_id=account_of(bench), tier="Gold", reason="long loyalty", until=UNTIL)
    assert written.undo
    await bench.call(SET_TIER, **written.undo.args)
    seen = (await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", ADA))).data
    assert (seen.tier.name, seen.tier.until) == ("Silver", datetime(2027, 12, 31, tzinfo=UTC))


async def test_a_first_tier_has_no_way_back(bench: Bench) -> None:
    mona = bench.ref("loyalty_account", MONA)
    written = await bench.call(SET_TIER, account_id=mona, tier="Bronze", reason="welcome", until=UNTIL)
    assert written.undo is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [({"tier": "Gold"}, "until"), ({"tier": "Platinum", "until": UNTIL}, "Bronze, Silver, Gold")],
)
async def test_a_tier_without_an_end_or_a_name_is_refused(bench: Bench, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgumentError, match=told):
        await bench.call(SET_TIER, account_id=account_of(bench), reason="long loyalty", **arguments)
    assert bench.writes_sent == 0


async def test_a_programme_whose_tiers_do_not_expire_takes_none(bench: Bench) -> None:
    bench.fail_next(reply(200, {"id": 139, "tiers": [{"id": 1, "name": "Gold"}]}))
    with pytest.raises(UnsupportedError, match="do not expire"):
        await bench.call(SET_TIER, account_id=account_of(bench), tier="Gold", reason="long loyalty", until=UNTIL)


async def test_an_import_that_took_nothing_is_not_told_as_done(bench: Bench) -> None:
    bench.fail_next_write(reply(200, {"amount": 0}))
    with pytest.raises(ConflictError, match="no tier"):
        await bench.call(SET_TIER, account_id=account_of(bench), tier="Gold", reason="long loyalty", until=UNTIL)


async def test_a_tiers_name_cannot_add_lines_to_the_file(bench: Bench) -> None:
    name = 'Gold", "x\nSUB,shop-0002,Gold'
    programme = {"id": 139, "tiersExpirationPolicy": "tier_start_date", "tiers": [{"id": 9, "name": name}]}
    bench.fail_next(reply(200, programme))
    await bench.call(SET_TIER, account_id=account_of(bench), tier="9", reason="long loyalty", until=UNTIL)
    file = bench.requests[-1].body.decode().partition("\r\n\r\n")[2].partition("\r\n--")[0]
    (line,) = csv.DictReader(file.splitlines(keepends=True))
    assert line["tiername"] == name


async def test_a_dry_run_of_a_tier_or_a_reversal_reads_at_most(bench: Bench) -> None:
    granted = await newest(bench)
    for tool, arguments in (
        (SET_TIER, {"account_id": account_of(bench), "tier": "Gold", "until": UNTIL}),
        (REVERSE_POINTS, {"transaction_id": granted.id}),
    ):
        with pytest.raises(PreviewOnlyError):
            await bench.call(tool, reason="try", dry_run=True, **arguments)
    assert {request.method for request in bench.requests} == {"GET"}


async def test_custom_fields_are_the_attributes_that_the_settings_do_not_name(bench: Bench) -> None:
    cups, roast = await bench.describe()
    assert (cups.key, cups.name, cups.label, cups.type) == ("CupsADay", "cups_a_day", "Cups a day", "number")
    assert (roast.type, roast.choices) == ("choice", (Choice(value="Light"), Choice(value="Dark")))
    assert not cups.writable
    assert "entity=CustomerProfile&kind=custom" in bench.requests[-1].url


async def test_an_attribute_that_our_model_cannot_carry_is_left_out(bench: Bench) -> None:
    kinds = {
        "Email": "string", "Born": "time", "Vip": "boolean", "Home": "location", "Tags": "(list string)",
        "Sizes": "(list number)", "Free": "string",
    }  # fmt: skip
    data: list[dict[str, Any]] = [
        {"name": name, "title": name, "type": kind, "suggestions": ["a"]} for name, kind in kinds.items()
    ]
    data.append({"name": "Roasts", "title": "Roasts", "type": "(list string)", "suggestions": ["a"],
        "restrictedBySuggestions": True})  # fmt: skip
    bench.fail_next(reply(200, {"data": data}))
    found = {field.key: field.type for field in await bench.describe()}
    assert found == {"Born": "datetime", "Vip": "boolean", "Free": "text", "Roasts": "choices"}


async def test_only_known_custom_fields_are_read() -> None:
    manifest = trunkline_connector()
    async with at_sandbox(manifest) as plain:
        fields = await plain.describe()
    async with at_sandbox(manifest, fields=fields) as bench:
        ada = (await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", ADA))).data
        (found,) = (await bench.call(FIND_CUSTOMERS, external_id=ADA)).data.items
    assert ada.custom_fields == found.custom_fields == {"cups_a_day": 2}


async def test_who_never_had_points_or_a_tier_is_not_enrolled(bench: Bench) -> None:
    account = (await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", MONA))).data
    assert (account.status.value, account.status.lossy, account.tier) == ("not_enrolled", True, None)
