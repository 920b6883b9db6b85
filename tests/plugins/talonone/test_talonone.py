"""Talon.One's plugin at its sandbox, judged by Talon.One's OpenAPI file: there are no recordings of this vendor."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from support.bench import MARKER, Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorBugError,
)
from trunkline_contracts.testing.bench import WireFault
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_talonone import TalonOneSettings, trunkline_connector

ADA = "ada.okafor@fernway-studio.example"
PROFILE = {
    "id": 1, "created": "2026-01-01T00:00:00Z", "integrationId": "shop-0001", "accountId": 31, "closedSessions": 0,
    "totalSales": 0, "lastActivity": "2026-01-01T00:00:00Z",
}  # fmt: skip
ENTRY = {
    "id": 7, "transactionUUID": "ce59f12a-f53b-4014-a745-636d93f2bd3f", "created": "2026-01-01T00:00:00Z",
    "programId": 139, "type": "addition", "name": "Earn", "startDate": "immediate", "expiryDate": "unlimited",
    "subledgerId": "", "amount": 10.25,
}  # fmt: skip


def sent(bench: Bench) -> dict[str, Any]:
    """The body of the last request."""
    body: dict[str, Any] = orjson.loads(bench.requests[-1].body)
    return body


async def test_a_customer_is_found_by_email_and_read(bench: Bench) -> None:
    (ada,) = (await bench.call(FIND_CUSTOMERS, email=ADA)).data.items
    assert (ada.display_name, ada.matched_on, ada.confidence) == ("Ada Okafor", ("email",), "exact")
    assert sent(bench) == {"attributes": {"Email": ADA}}
    read = (await bench.call(GET_CUSTOMER, customer_id=ada.id)).data
    assert (read.point("email"), read.point("phone")) == (ADA, "+12025550101")
    assert read.external_ids == {"integration_id": "shop-0001"}


async def test_a_customer_is_found_by_the_companys_own_id(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, external_id="shop-0004")
    assert [(item.display_name, item.matched_on) for item in found.data.items] == [("Dev Patel", ("external_id",))]
    assert (await bench.call(FIND_CUSTOMERS, external_id="nobody")).data.items == ()


async def test_a_name_alone_is_only_a_probable_match(bench: Bench) -> None:
    (dev,) = (await bench.call(FIND_CUSTOMERS, name="Dev Patel")).data.items
    assert dev.confidence == "probable"
    assert (await bench.call(FIND_CUSTOMERS, name="Dev Patel", email=ADA)).data.items == ()


async def test_a_search_pages_to_the_end(bench: Bench) -> None:
    people = [{**PROFILE, "integrationId": f"shop-{number:04d}", "attributes": {"Name": "Ada"}} for number in range(5)]
    bench.fail_next(
        *(reply(200, {"hasMore": start < 4, "data": people[start : start + 2]}) for start in (0, 2, 4)),
    )
    ids, cursor = [], None
    while True:
        page = (await bench.call(FIND_CUSTOMERS, name="Ada", limit=2, cursor=cursor)).data
        ids += [item.id.vendor_id for item in page.items]
        if not (cursor := page.next_cursor):
            break
    assert ids == [f"shop-{number:04d}" for number in range(5)]


async def test_a_profile_that_was_not_asked_for_is_nobodys(bench: Bench) -> None:
    bench.fail_next(*[reply(200, {"data": [PROFILE]})] * 2)
    assert (await bench.call(FIND_CUSTOMERS, external_id="shop-0009")).data.items == ()
    with pytest.raises(NotFoundError):
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "shop-0009"))


async def test_an_id_that_no_reference_can_carry_is_left_out_and_said(bench: Bench) -> None:
    bench.fail_next(reply(200, {"data": [{**PROFILE, "integrationId": "../a b"}, PROFILE]}))
    found = await bench.call(FIND_CUSTOMERS, name="Ada")
    assert [item.id.vendor_id for item in found.data.items] == ["shop-0001"]
    assert [warning.code for warning in found.warnings] == ["part_unavailable"]


async def test_a_profile_without_attributes_is_called_by_its_id(bench: Bench) -> None:
    for attributes in (None, {}, {"Email": 5, "Name": None}):
        bench.fail_next(reply(200, {"data": [{**PROFILE, "attributes": attributes, "loyaltyMemberships": None}]}))
        read = (await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "shop-0001"))).data
        assert (read.display_name, read.contact_points) == ("shop-0001", ())


async def test_an_unknown_customer_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="no such customer"):
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "shop-0099"))
    with pytest.raises(NotFoundError):
        await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "shop-0099"))


async def test_an_id_with_odd_characters_stays_one_segment_of_the_path(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "auth0|a:b@c"))
    assert "/profile/auth0%7Ca%3Ab%40c/ledger_balances" in bench.requests[-1].url


async def test_a_loyalty_account_has_its_balances_and_tiers(bench: Bench) -> None:
    result = await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "shop-0001"))
    account = result.data
    assert account.id == "main:loyalty_account:shop-0001"
    (wallet,) = account.wallets
    assert (wallet.id, wallet.active, wallet.pending) == ("main_ledger", Decimal(1250), Decimal(0))
    assert account.tier
    assert account.next_tier
    assert (account.tier.name, account.next_tier.name, account.next_tier.remaining) == ("Silver", "Gold", Decimal(1750))
    assert (account.status.value, account.status.lossy) == ("active", True)
    assert [warning.code for warning in result.warnings] == ["lossy_status"]


async def test_trap_20_pending_and_negative_points_are_told_apart_from_active_ones(bench: Bench) -> None:
    main = {"activePoints": 0, "pendingPoints": 12.5, "spentPoints": 3, "expiredPoints": 4, "negativePoints": 7}
    other = {"activePoints": 286, "currentTier": None, "nextTierName": None}
    bench.fail_next(reply(200, {"balance": main, "subledgerBalances": {"travel": other}}))
    account = (await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "shop-0001"))).data
    first, second = account.wallets
    assert (first.active, first.pending, first.negative) == (Decimal(0), Decimal("12.5"), Decimal(7))
    assert (second.id, second.active, second.pending) == ("travel", Decimal(286), None)
    assert account.tier is None


async def test_trap_22_points_are_granted_without_a_receipt_and_found_by_their_marker(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "shop-0001")
    written = await bench.call(GRANT_POINTS, account_id=account, points=100, reason="goodwill")
    assert sent(bench) == {"points": 100, "name": f"goodwill ({MARKER})"}
    assert written.outcome == "applied"
    assert written.resource
    assert (written.resource.id, written.resource.balance_after, written.resource.state) == (None, None, "unknown")
    assert written.verify_with
    history = (await bench.call(LIST_POINTS_TRANSACTIONS, **written.verify_with.args)).data
    assert [(item.kind, item.points) for item in history.items] == [
        ("adjust_add", Decimal(100)),
        ("earn", Decimal(1250)),
    ]
    assert MARKER in (history.items[0].reason or "")


async def test_an_undo_takes_the_points_back(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "shop-0001")
    written = await bench.call(GRANT_POINTS, account_id=account, points=100, reason="goodwill", wallet="travel")
    assert written.undo
    assert written.undo.tool == "deduct_points"
    await bench.call(DEDUCT_POINTS, **written.undo.args)
    read = (await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "shop-0001"))).data
    assert [(wallet.id, wallet.active) for wallet in read.wallets] == [
        ("main_ledger", Decimal(1250)),
        ("travel", Decimal(0)),
    ]


async def test_points_that_become_active_later_are_pending_and_have_no_undo(bench: Bench) -> None:
    account, starts = bench.ref("loyalty_account", "shop-0001"), datetime.now(UTC) + timedelta(days=2)
    ends = starts + timedelta(days=30)
    written = await bench.call(
        GRANT_POINTS, account_id=account, points=50, reason="goodwill", activates_at=starts, expires_at=ends
    )
    assert (written.outcome, written.effective_at, written.undo) == ("scheduled", starts, None)
    assert written.resource
    assert written.resource.state == "pending"
    assert datetime.fromisoformat(sent(bench)["pendingUntil"]) == starts
    assert datetime.fromisoformat(sent(bench)["validUntil"]) == ends
    newest = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account)).data.items[0]
    assert (newest.state, newest.activates_at, newest.expires_at) == ("pending", starts, ends)
    read = (await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "shop-0001"))).data
    assert (read.wallets[0].active, read.wallets[0].pending) == (Decimal(1250), Decimal(50))


async def test_points_that_expire_can_be_taken_back_until_then(bench: Bench) -> None:
    account, ends = bench.ref("loyalty_account", "shop-0001"), datetime.now(UTC) + timedelta(days=30)
    written = await bench.call(GRANT_POINTS, account_id=account, points=1, reason="goodwill", expires_at=ends)
    assert written.undo
    assert written.undo.until == ends


async def test_a_mistyped_wallet_never_becomes_a_new_one(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "shop-0001")
    for tool in (GRANT_POINTS, DEDUCT_POINTS):
        with pytest.raises(InvalidArgumentError, match="main_ledger, travel"):
            await bench.call(tool, account_id=account, points=1, reason="goodwill", wallet="travle")
    assert bench.requests == []


async def test_the_main_ledger_can_be_named(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "shop-0001")
    await bench.call(GRANT_POINTS, account_id=account, points=1, reason="goodwill", wallet="main_ledger")
    assert "subledgerId" not in sent(bench)


async def test_a_long_reason_is_cut_before_the_marker_and_said(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "shop-0001")
    written = await bench.call(GRANT_POINTS, account_id=account, points=1, reason="x" * 300)
    assert len(sent(bench)["name"]) == 255
    assert MARKER in sent(bench)["name"]
    assert [warning.code for warning in written.warnings] == ["truncated"]


async def test_only_active_points_are_deducted(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "shop-0003")
    taken = await bench.call(DEDUCT_POINTS, account_id=account, points=80, reason="correction")
    assert taken.resource
    assert (taken.resource.kind, taken.resource.points) == ("adjust_deduct", Decimal(-80))
    assert taken.undo
    assert taken.undo.tool == "grant_points"
    with pytest.raises(ConflictError, match="too few active points"):
        await bench.call(DEDUCT_POINTS, account_id=account, points=1, reason="correction")


@pytest.mark.parametrize(
    ("tool", "argument"),
    [
        (GRANT_POINTS, {"counts_toward_tier": False}),
        (DEDUCT_POINTS, {"counts_toward_tier": False}),
        (DEDUCT_POINTS, {"allow_negative": True}),
    ],
)
async def test_what_talon_one_cannot_honour_is_refused(bench: Bench, tool: Any, argument: dict[str, Any]) -> None:
    account = bench.ref("loyalty_account", "shop-0001")
    with pytest.raises(UnsupportedError):
        await bench.call(tool, account_id=account, points=1, reason="goodwill", **argument)
    with pytest.raises(UnsupportedError):
        await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, kinds=["expire"])
    with pytest.raises(UnsupportedError):
        await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "shop-0001"), program="140")
    with pytest.raises(UnsupportedError):
        await bench.call(FIND_CUSTOMERS, postal_code="10115")
    assert bench.requests == []


async def test_the_history_pages_to_the_end_and_keeps_only_the_kinds_asked_for(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "shop-0001")
    for _ in range(4):
        await bench.call(GRANT_POINTS, account_id=account, points=5, reason="goodwill")
    first = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, limit=3)).data
    rest = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, limit=3, cursor=first.next_cursor)).data
    assert (len(first.items), len(rest.items), rest.next_cursor) == (3, 2, None)
    assert len({item.id for item in (*first.items, *rest.items)}) == 5
    earned = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, kinds=["earn"])).data
    assert [item.points for item in earned.items] == [1250]


async def test_the_history_begins_where_it_is_asked_to(bench: Bench) -> None:
    account, tomorrow = bench.ref("loyalty_account", "shop-0001"), datetime.now(UTC) + timedelta(days=1)
    assert (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, since=tomorrow)).data.items == ()
    long_ago = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, since="2020-01-01T00:00:00+02:00")).data
    assert len(long_ago.items) == 1
    assert "startDate=2019-12-31T22%3A00%3A00Z" in bench.requests[-1].url


@pytest.mark.parametrize(
    ("fields", "kind", "points", "state"),
    [
        ({"customerSessionId": "s-1"}, "earn", "10.25", "active"),
        ({"rulesetId": 11}, "earn", "10.25", "active"),
        ({}, "adjust_add", "10.25", "active"),
        ({"startDate": "on_action"}, "adjust_add", "10.25", "pending"),
        ({"startDate": "2999-01-01T00:00:00Z"}, "adjust_add", "10.25", "pending"),
        ({"startDate": "2020-01-01T00:00:00+02:00"}, "adjust_add", "10.25", "active"),
        ({"expiryDate": "2020-01-01T00:00:00Z"}, "adjust_add", "10.25", "expired"),
        ({"startDate": "some day", "name": None, "flags": None}, "adjust_add", "10.25", "unknown"),
        ({"startDate": None, "expiryDate": None}, "adjust_add", "10.25", "unknown"),
        ({"type": "subtraction"}, "adjust_deduct", "-10.25", "spent"),
        ({"type": "subtraction", "customerSessionId": "s-1"}, "redeem", "-10.25", "spent"),
        ({"type": "subtraction", "amount": -10.25}, "adjust_deduct", "-10.25", "spent"),
        ({"type": "conversion"}, "other", "10.25", "active"),
    ],
)
async def test_a_transaction_says_what_it_is(
    bench: Bench, fields: dict[str, Any], kind: str, points: str, state: str
) -> None:
    bench.fail_next(reply(200, {"hasMore": False, "data": [{**ENTRY, **fields}]}))
    account = bench.ref("loyalty_account", "shop-0001")
    (item,) = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account)).data.items
    assert (item.kind, item.points, item.state) == (kind, Decimal(points), state)
    assert (item.id, item.wallet) == (f"main:points_transaction:shop-0001:{ENTRY['transactionUUID']}", "main_ledger")


async def test_a_dry_run_sends_nothing(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "shop-0001")
    for tool, verb in ((GRANT_POINTS, "add_points"), (DEDUCT_POINTS, "deduct_points")):
        with pytest.raises(PreviewOnlyError) as shown:
            await bench.call(tool, account_id=account, points=1, reason="try", dry_run=True)
        assert shown.value.preview.url.endswith(verb)
        assert shown.value.preview.body["points"] == 1
    assert {request.method for request in bench.requests} == {"GET"}


@pytest.mark.parametrize("text", ['"}], "attributes": {}', "' OR 1=1", "*", "%", "\\"])
async def test_a_hostile_text_is_only_ever_a_value(bench: Bench, text: str) -> None:
    assert (await bench.call(FIND_CUSTOMERS, name=text)).data.items == ()
    assert sent(bench) == {"attributes": {"Name": text}}
    assert (await bench.call(FIND_CUSTOMERS, external_id=text)).data.items == ()
    assert sent(bench) == {"integrationIDs": [text]}


ERROR = {"message": "Secret prose about Ada", "errors": [{"title": "Ada", "source": {}}], "StatusCode": 0}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reply(400, ERROR), InvalidArgumentError),
        (reply(401, ERROR), PermissionDeniedError),
        (reply(403, ERROR), PermissionDeniedError),
        (reply(404, ERROR), NotFoundError),
        (reply(409, ERROR), ConflictError),
        (reply(422, ERROR), InvalidArgumentError),
        (reply(429, ERROR, retry_after="60"), RateLimitedError),
        (reply(200, b"<html>maintenance</html>"), VendorBugError),
        (reply(200, b""), VendorBugError),
        (reply(200, {}), VendorBugError),
    ],
)
async def test_a_refusal_becomes_the_error_that_says_what_to_do(
    bench: Bench, fault: Any, expected: type[CallError]
) -> None:
    bench.fail_next(fault)
    with pytest.raises(expected) as told:
        await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "shop-0001"))
    assert "Ada" not in str(told.value)


@pytest.mark.parametrize("tool", [GRANT_POINTS, DEDUCT_POINTS])
@pytest.mark.parametrize("fault", [reply(500), reply(408), reply(302), WireFault.LOST_ANSWER])
async def test_trap_32_a_change_without_a_clear_answer_is_unknown_and_not_repeated(
    bench: Bench, tool: Any, fault: Any
) -> None:
    bench.fail_next_write(fault)
    with pytest.raises(OutcomeUnknownError):
        await bench.call(tool, account_id=bench.ref("loyalty_account", "shop-0001"), points=1, reason="goodwill")
    assert bench.writes_sent == 1


async def test_the_probe_reads_the_programme_and_refuses_a_card_based_one(bench: Bench) -> None:
    await bench.performer.probe(bench.connection, 5)
    assert bench.requests[-1].url.endswith("/v1/loyalty_programs/139")
    bench.fail_next(reply(200, {"id": 139, "cardBased": True}))
    with pytest.raises(UnsupportedError, match="card-based"):
        await bench.performer.probe(bench.connection, 5)


async def test_a_wrong_key_is_refused() -> None:
    async with at_sandbox(trunkline_connector()) as bench:
        line = await bench.performer.line(bench.connection)
        line.headers = {"Authorization": "ApiKey-v1 sandbox-key"}
        with pytest.raises(PermissionDeniedError):
            await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "shop-0001"))


@pytest.mark.parametrize("deployment", ["acme", "acme.europe-west1", "a"])
def test_a_deployment_is_one_or_two_labels(deployment: str) -> None:
    assert TalonOneSettings(deployment=deployment, program=1).deployment == deployment


@pytest.mark.parametrize(
    "deployment", ["", "a.b.c", "acme.", ".acme", "evil.example/", "a@b", "Acme", "-a", "a\n", "x#", "acme:443"]
)
def test_a_deployment_leads_to_no_other_host(deployment: str) -> None:
    with pytest.raises(ValidationError):
        TalonOneSettings(deployment=deployment, program=1)
