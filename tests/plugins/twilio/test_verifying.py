"""Twilio's codes at the sandbox, judged by Twilio's OpenAPI file of Verify v2."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugins.twilio.twilio_bench import form_of, opened, settle
from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    CallError,
    InvalidArgumentError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
)
from trunkline_contracts.tools import VERIFY_CUSTOMER
from trunkline_gateway.calls.route import check_refs
from trunkline_gateway.egress.wire import LostAnswerError
from trunkline_twilio import trunkline_connector
from trunkline_twilio.sandbox_state import ACCOUNT, CODE, NUMBER, VERIFY, iso

ADA, BRUNO = "+12025550101", "+12025550102"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


async def send(bench: Bench, number: str = ADA, channel: str = "sms") -> Any:
    return await bench.call(VERIFY_CUSTOMER, customer_id=bench.ref("customer", number), send_code=channel)


async def check(bench: Bench, verification: Any, code: str, number: str = ADA) -> Any:
    ref = bench.ref("customer", number)
    return await bench.call(VERIFY_CUSTOMER, customer_id=ref, verification_id=verification, code=code)


# Sending a code


@pytest.mark.parametrize(("channel", "sent"), [("sms", "sms"), ("whatsapp", "whatsapp"), ("voice", "call")])
async def test_a_code_is_sent_and_proves_nothing_yet(bench: Bench, channel: str, sent: str) -> None:
    done = await send(bench, channel=channel)
    assert done.outcome == "accepted"
    made = done.resource
    assert (made.method, made.result, made.assurance) == ("otp", "pending", "none")
    assert made.subject == f"main:customer:{ADA}"
    assert made.expires_at - datetime.now(UTC) <= timedelta(minutes=10)
    assert [warning.code for warning in done.warnings] == ["notifies_customer", "async_result"]
    assert bench.requests[-1].url == f"https://verify.twilio.com/v2/Services/{VERIFY}/Verifications"
    assert form_of(bench) == {"To": ADA, "Channel": sent}
    check_refs([made.id], {"main": bench.connection})


async def test_sending_again_goes_on_with_the_same_verification(bench: Bench) -> None:
    first, second = await send(bench), await send(bench, channel="voice")
    assert second.resource == first.resource


async def test_a_sixth_code_within_ten_minutes_has_to_wait(bench: Bench) -> None:
    for _ in range(5):
        await send(bench)
    with pytest.raises(RateLimitedError):
        await send(bench)


async def test_no_code_goes_to_an_address_that_twilio_does_not_know(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="send_code") as told:
        await send(bench, channel="email")
    assert told.value.body.supported_alternatives == ("sms", "whatsapp", "voice")
    assert bench.requests == []


async def test_facts_are_not_for_twilio(bench: Bench) -> None:
    facts = {"phone": ADA, "given_name": "Ada"}
    with pytest.raises(UnsupportedError, match="facts"):
        await bench.call(VERIFY_CUSTOMER, customer_id=bench.ref("customer", ADA), facts=facts)
    assert bench.requests == []


async def test_a_customer_of_another_system_is_not_taken_for_a_number(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="telephone"):
        await send(bench, number="4711")
    assert bench.requests == []


async def test_without_a_verify_service_no_code_is_sent(bench: Bench) -> None:
    settle(bench, from_number=NUMBER)
    with pytest.raises(UnsupportedError, match="verify_service_sid"):
        await send(bench)
    assert bench.requests == []


async def test_a_verify_service_that_does_not_exist_is_an_operators_task(bench: Bench) -> None:
    settle(bench, verify_service_sid="VA" + "0" * 32)
    with pytest.raises(PermissionDeniedError, match="operator"):
        await send(bench)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 60200, InvalidArgumentError),
        (403, 60205, InvalidArgumentError),
        (400, 60223, PermissionDeniedError),
        (403, 60605, PermissionDeniedError),
        (400, 60238, PermissionDeniedError),
    ],
)
async def test_a_code_that_cannot_be_sent_is_a_named_error(
    bench: Bench, status: int, code: int, expected: type[CallError]
) -> None:
    bench.fail_next(reply(status, {"code": code, "status": status}))
    with pytest.raises(expected, match=str(code)):
        await send(bench)


async def test_a_dry_run_sends_no_code(bench: Bench) -> None:
    ada = bench.ref("customer", ADA)
    shown = await bench.try_out(VERIFY_CUSTOMER, customer_id=ada, send_code="sms")
    assert shown.preview.body == {"To": ADA, "Channel": "sms"}
    assert bench.requests == []


async def test_trap_32_a_code_whose_answer_is_lost_is_not_sent_again(bench: Bench) -> None:
    bench.fail_next(LostAnswerError("ServerDisconnected"))
    with pytest.raises(OutcomeUnknownError):
        await send(bench)
    assert len(bench.trace) == 1


# Checking it


async def test_the_right_code_proves_the_customer(bench: Bench) -> None:
    made = (await send(bench)).resource
    done = await check(bench, made.id, CODE)
    assert (done.outcome, done.message) == ("applied", None)
    assert (done.resource.result, done.resource.assurance, done.resource.id) == ("passed", "high", made.id)
    assert form_of(bench) == {"VerificationSid": made.id.vendor_id, "Code": CODE}


async def test_a_wrong_code_proves_nothing_and_the_right_one_is_still_taken(bench: Bench) -> None:
    made = (await send(bench)).resource
    wrong = await check(bench, made.id, "000000")
    assert (wrong.resource.result, wrong.resource.assurance) == ("failed", "none")
    assert "not the one" in wrong.message
    assert (await check(bench, made.id, CODE)).resource.result == "passed"


async def test_after_five_wrong_codes_no_other_is_taken(bench: Bench) -> None:
    made = (await send(bench)).resource
    for _ in range(5):
        assert (await check(bench, made.id, "000000")).resource.result == "failed"
    locked = await check(bench, made.id, CODE)
    assert (locked.resource.result, locked.resource.attempts_left) == ("locked", 0)
    assert locked.resource.assurance == "none"


async def test_too_many_requests_are_not_taken_for_too_many_tries(bench: Bench) -> None:
    made = (await send(bench)).resource
    bench.fail_next_write(reply(429, {"code": 20429, "status": 429}))
    with pytest.raises(RateLimitedError):
        await check(bench, made.id, CODE)
    assert (await check(bench, made.id, CODE)).resource.result == "passed"


async def test_a_code_is_good_once(bench: Bench) -> None:
    made = (await send(bench)).resource
    await check(bench, made.id, CODE)
    again = await check(bench, made.id, CODE)
    assert (again.resource.result, again.resource.assurance) == ("failed", "none")
    assert "was used" in again.message


async def test_a_code_that_expired_proves_nothing(bench: Bench) -> None:
    account = opened(bench)
    made = (await send(bench)).resource
    account.verifications[made.id.vendor_id]["date_created"] = iso(datetime.now(UTC) - timedelta(minutes=11))
    late = await check(bench, made.id, CODE)
    assert late.resource.result == "failed"
    assert "expired" in late.message


async def test_a_verification_that_is_gone_when_the_code_arrives_proves_nothing(bench: Bench) -> None:
    made = (await send(bench)).resource
    bench.fail_next_write(reply(404, {"code": 20404, "status": 404}))
    assert (await check(bench, made.id, CODE)).resource.result == "failed"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("approved", "passed"),
        ("pending", "failed"),
        ("canceled", "failed"),
        ("expired", "failed"),
        ("deleted", "failed"),
        ("failed", "failed"),
        ("max_attempts_reached", "locked"),
        ("blessed", "failed"),
    ],
)
async def test_nothing_but_approved_is_passed(bench: Bench, status: str, result: str) -> None:
    made = (await send(bench)).resource
    answer = {"sid": made.id.vendor_id, "to": ADA, "status": status, "valid": True, "account_sid": ACCOUNT}
    bench.fail_next_write(reply(200, answer))
    assert (await check(bench, made.id, CODE)).resource.result == result


async def test_a_code_of_one_customer_proves_no_other(bench: Bench) -> None:
    brunos = (await send(bench, number=BRUNO)).resource
    asked = len(bench.requests)
    with pytest.raises(InvalidArgumentError, match="another customer"):
        await check(bench, brunos.id, CODE, number=ADA)
    assert [request.method for request in bench.requests[asked:]] == ["GET"]
    assert (await check(bench, brunos.id, CODE, number=BRUNO)).resource.result == "passed"


async def test_a_dry_run_uses_no_code_up(bench: Bench) -> None:
    made = (await send(bench)).resource
    ada = bench.ref("customer", ADA)
    shown = await bench.try_out(VERIFY_CUSTOMER, customer_id=ada, verification_id=made.id, code=CODE)
    assert shown.outcome == "preview"
    assert (await check(bench, made.id, CODE)).resource.result == "passed"
