"""Voucherify's plugin at its sandbox, judged by Voucherify's OpenAPI file."""

from decimal import Decimal

import pytest

from support.bench import MARKER, Bench, reply
from trunkline_contracts.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorBugError,
)
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import LostAnswerError

ADA = "ada.okafor@fernway-studio.example"


async def test_a_customer_is_found_by_email_and_read(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, email=ADA)
    (ada,) = found.data.items
    assert (ada.display_name, ada.matched_on, ada.confidence) == ("Ada Okafor", ("email",), "exact")
    read = await bench.call(GET_CUSTOMER, customer_id=ada.id)
    assert read.data.point("email") == ADA
    assert read.data.external_ids == {"source_id": "shop-1"}


async def test_a_customer_is_found_by_the_companys_own_id(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, external_id="shop-4")
    assert [item.display_name for item in found.data.items] == ["Dev Patel"]
    assert (await bench.call(FIND_CUSTOMERS, external_id="nobody")).data.items == ()


async def test_a_search_by_name_pages_to_the_end(bench: Bench) -> None:
    names, cursor = [], None
    while True:
        page = (await bench.call(FIND_CUSTOMERS, name="a", limit=3, cursor=cursor)).data
        names += [item.display_name for item in page.items]
        if not (cursor := page.next_cursor):
            break
    assert len(names) == len(set(names)) > 6


async def test_a_search_by_telephone_is_refused_not_ignored(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="phone"):
        await bench.call(FIND_CUSTOMERS, phone="+12025550101")


async def test_a_loyalty_account_has_its_balance_and_tier(bench: Bench) -> None:
    account = (await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "cust_00000001"))).data
    assert account.id == "main:loyalty_account:COFFEE-0001"
    assert account.wallets[0].active == Decimal(1250)
    assert account.tier
    assert account.tier.name == "Silver"
    assert account.status.value == "active"


async def test_a_customer_without_a_card_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="not a member"):
        await bench.call(GET_LOYALTY_ACCOUNT, customer_id=bench.ref("customer", "cust_99999999"))


async def test_points_are_granted_marked_and_seen_in_the_history(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    written = await bench.call(GRANT_POINTS, account_id=account, points=100, reason="goodwill")
    assert written.outcome == "applied"
    assert written.resource
    assert (written.resource.points, written.resource.balance_after) == (Decimal(100), Decimal(1350))
    assert written.undo
    assert written.undo.tool == "deduct_points"
    assert MARKER.encode() in bench.requests[-1].body
    history = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account)).data
    changes = [(item.kind, item.points) for item in history.items]
    assert changes == [("adjust_add", Decimal(100)), ("earn", Decimal(1250))]


async def test_points_are_deducted_but_never_below_zero(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0003")
    taken = await bench.call(DEDUCT_POINTS, account_id=account, points=80, reason="correction")
    assert taken.resource
    assert taken.resource.balance_after == 0
    with pytest.raises(ConflictError, match="insufficient_loyalty_points"):
        await bench.call(DEDUCT_POINTS, account_id=account, points=1, reason="correction")


async def test_the_history_pages_to_the_end_and_keeps_only_the_kinds_asked_for(bench: Bench) -> None:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    for _ in range(4):
        await bench.call(GRANT_POINTS, account_id=account, points=5, reason="goodwill")
    first = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, limit=3)).data
    rest = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, limit=3, cursor=first.next_cursor)).data
    assert (len(first.items), len(rest.items), rest.next_cursor) == (3, 2, None)
    earned = (await bench.call(LIST_POINTS_TRANSACTIONS, account_id=account, kinds=["earn"])).data
    assert [item.points for item in earned.items] == [1250]


async def test_a_dry_run_sends_nothing(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(
            GRANT_POINTS, account_id=bench.ref("loyalty_account", "COFFEE-0001"), points=1, reason="try", dry_run=True
        )
    assert shown.value.preview.body["points"] == 1
    assert bench.requests == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reply(401, {"key": "unauthorized"}), PermissionDeniedError),
        (reply(404, {"key": "not_found"}), NotFoundError),
        (reply(400, {"key": "invalid_payload"}), InvalidArgumentError),
        (reply(429, {}, retry_after="60"), RateLimitedError),
        (reply(200, b"<html>maintenance</html>"), VendorBugError),
        (reply(200, b""), VendorBugError),
    ],
)
async def test_a_refusal_becomes_the_error_that_says_what_to_do(
    bench: Bench, fault: object, expected: type[Exception]
) -> None:
    bench.wire.faults.append(fault)
    with pytest.raises(expected):
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "cust_00000001"))


@pytest.mark.parametrize("fault", [reply(500, b""), reply(302, b""), LostAnswerError("ServerDisconnected")])
async def test_a_grant_without_a_clear_answer_is_unknown_and_not_repeated(bench: Bench, fault: object) -> None:
    bench.wire.faults.append(fault)
    with pytest.raises(OutcomeUnknownError):
        await bench.call(
            GRANT_POINTS, account_id=bench.ref("loyalty_account", "COFFEE-0001"), points=1, reason="goodwill"
        )
    assert len(bench.trace) == 1
