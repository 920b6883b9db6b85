"""Twilio's plugin at its sandbox, judged by Twilio's OpenAPI files."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugins.twilio.twilio_bench import form_of, settle
from support.bench import Bench, at_sandbox, reply
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
from trunkline_contracts.http import CallContext
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER, GET_MESSAGE, SEND_MESSAGE
from trunkline_gateway.egress.governed import GovernedHttp, PreviewOnlyError, Purpose
from trunkline_gateway.egress.wire import LostAnswerError
from trunkline_gateway.operations.proof import not_applied
from trunkline_twilio import TwilioSettings, trunkline_connector
from trunkline_twilio.sandbox_api import CONTENT
from trunkline_twilio.sandbox_state import ACCOUNT, KEY, NUMBER, SECRET, SERVICE, TOKEN, WHATSAPP

ADA = "+12025550101"
STRANGER = "+12025550999"
HELLO: dict[str, Any] = {"channel": "sms", "purpose": "transactional", "body": "Hello Ada"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


# Sending


async def test_a_text_is_accepted_never_delivered(bench: Bench) -> None:
    sent = await bench.call(SEND_MESSAGE, to=ADA, **HELLO)
    assert sent.outcome == "accepted"
    assert sent.resource
    assert sent.resource.delivery
    assert (sent.resource.delivery.status.value, sent.resource.delivery.final) == ("accepted", False)
    assert (sent.resource.body_text, sent.resource.direction, sent.resource.channel) == ("Hello Ada", "outbound", "sms")
    assert sent.resource.conversation_id == f"main:conversation:sms-{ADA}"
    assert {warning.code for warning in sent.warnings} == {"async_result", "notifies_customer"}
    assert sent.undo is None
    assert form_of(bench) == {"To": ADA, "From": NUMBER, "MessagingServiceSid": SERVICE, "Body": "Hello Ada"}


async def test_the_delivery_of_a_text_is_followed_by_the_call_that_the_answer_names(bench: Bench) -> None:
    sent = await bench.call(SEND_MESSAGE, to=ADA, **HELLO)
    assert sent.verify_with
    assert sent.verify_with.tool == "get_message"
    seen = []
    for _ in range(4):
        delivery = (await bench.call(GET_MESSAGE, **sent.verify_with.args)).data.delivery
        assert delivery
        seen.append((delivery.status.value, delivery.final))
    assert seen == [("queued", False), ("sent", False), ("delivered", True), ("delivered", True)]


async def test_a_text_that_cannot_be_delivered_says_why(bench: Bench) -> None:
    sent = await bench.call(SEND_MESSAGE, to="+12025530003", **HELLO)
    assert sent.resource
    for _ in range(3):
        message = (await bench.call(GET_MESSAGE, message_id=sent.resource.id)).data
    assert message.delivery
    assert (message.delivery.status.value, message.delivery.status.raw) == ("bounced", "undelivered")
    assert message.delivery.final
    assert message.delivery.error
    assert message.delivery.error.code == "30003"


async def test_whatsapp_is_its_own_address_and_its_delivery_can_still_become_read(bench: Bench) -> None:
    sent = await bench.call(SEND_MESSAGE, to=ADA, **{**HELLO, "channel": "whatsapp"})
    assert (form_of(bench)["To"], form_of(bench)["From"]) == (f"whatsapp:{ADA}", f"whatsapp:{WHATSAPP}")
    assert sent.resource
    assert (sent.resource.channel, sent.resource.conversation_id) == ("whatsapp", f"main:conversation:whatsapp-{ADA}")
    for _ in range(3):
        message = (await bench.call(GET_MESSAGE, message_id=sent.resource.id)).data
    assert message.delivery
    assert (message.delivery.status.value, message.delivery.final) == ("delivered", False)


async def test_a_template_is_a_content_sid_with_its_variables(bench: Bench) -> None:
    content: dict[str, Any] = {"channel": "whatsapp", "purpose": "transactional", "template": CONTENT}
    sent = await bench.call(SEND_MESSAGE, to=ADA, **content, variables={"1": 'Ada "A" {{2}}', "2": "4711"})
    assert sent.resource
    assert sent.resource.body_text.endswith("your order 4711 is on its way.")
    with pytest.raises(InvalidArgumentError, match="ContentSid"):
        await bench.call(SEND_MESSAGE, to=ADA, **{**content, "template": "order_update"})
    with pytest.raises(InvalidArgumentError, match="21655"):
        await bench.call(SEND_MESSAGE, to=ADA, **{**content, "template": "HX" + "0" * 32})


async def test_variables_without_a_template_are_refused_not_dropped(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="variables"):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO, variables={"1": "Ada"})
    assert bench.requests == []


async def test_a_text_for_later_is_scheduled(bench: Bench) -> None:
    at = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    sent = await bench.call(SEND_MESSAGE, to=ADA, **HELLO, send_at=at.astimezone().isoformat())
    assert (sent.outcome, sent.effective_at) == ("scheduled", at)
    assert sent.resource
    assert sent.resource.delivery
    assert sent.resource.delivery.status.value == "scheduled"
    assert form_of(bench)["ScheduleType"] == "fixed"
    assert form_of(bench)["SendAt"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("ahead", [timedelta(minutes=-1), timedelta(minutes=4), timedelta(days=36)])
async def test_a_time_that_twilio_cannot_schedule_is_refused(bench: Bench, ahead: timedelta) -> None:
    with pytest.raises(InvalidArgumentError, match="send_at"):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO, send_at=(datetime.now(UTC) + ahead).isoformat())
    assert bench.requests == []


async def test_without_a_messaging_service_nothing_is_scheduled(bench: Bench) -> None:
    settle(bench, from_number=NUMBER)
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    with pytest.raises(UnsupportedError, match="send_at"):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO, send_at=at)
    await bench.call(SEND_MESSAGE, to=ADA, **HELLO)
    assert form_of(bench) == {"To": ADA, "From": NUMBER, "Body": "Hello Ada"}


async def test_a_channel_without_a_sender_is_refused(bench: Bench) -> None:
    settle(bench, whatsapp_from=WHATSAPP)
    with pytest.raises(UnsupportedError, match="no sender for sms"):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO)
    assert bench.requests == []


def test_a_connection_without_any_sender_is_not_made() -> None:
    with pytest.raises(ValueError, match="at least one of"):
        TwilioSettings.model_validate({"account_sid": ACCOUNT})


async def test_marketing_is_sent_with_the_warning_that_twilio_is_not_told(bench: Bench) -> None:
    sent = await bench.call(SEND_MESSAGE, to=ADA, **{**HELLO, "purpose": "marketing"})
    assert ("field_dropped", "purpose") in {(warning.code, warning.field) for warning in sent.warnings}


@pytest.mark.parametrize("argument", [{"channel": "email"}, {"channel": "internal_chat"}, {"subject": "Hello"}])
async def test_what_twilio_cannot_honour_is_refused(bench: Bench, argument: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError, match=next(iter(argument))):
        await bench.call(SEND_MESSAGE, to=ADA, **{**HELLO, **argument})


@pytest.mark.parametrize(
    "to", ["ada@fernway-studio.example", "12025550101", f"whatsapp:{ADA}", f"{ADA}&Body=x", "+0123"]
)
async def test_only_a_telephone_number_is_an_address(bench: Bench, to: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"E\.164"):
        await bench.call(SEND_MESSAGE, to=to, **HELLO)
    assert bench.requests == []


async def test_a_text_with_form_syntax_stays_a_text(bench: Bench) -> None:
    body = '50% off & free=yes + "quotes" ; To=+15005550001\nnext line'
    sent = await bench.call(SEND_MESSAGE, to=ADA, **{**HELLO, "body": body})
    assert sent.resource
    assert (sent.resource.body_text, form_of(bench)["To"]) == (body, ADA)


@pytest.mark.parametrize(
    ("to", "expected", "says"),
    [
        ("+15005550001", InvalidArgumentError, "21211"),
        ("+15005550002", InvalidArgumentError, "21612"),
        ("+15005550003", PermissionDeniedError, "21408"),
        ("+15005550004", ConflictError, r"opted out.*21610.*START"),
        ("+15005550009", InvalidArgumentError, "21614"),
    ],
)
async def test_a_recipient_that_twilio_refuses_is_a_named_error(
    bench: Bench, to: str, expected: type[Exception], says: str
) -> None:
    with pytest.raises(expected, match=says):
        await bench.call(SEND_MESSAGE, to=to, **HELLO)


async def test_a_sender_that_is_not_the_accounts_is_an_operators_task(bench: Bench) -> None:
    settle(bench, from_number=STRANGER)
    with pytest.raises(PermissionDeniedError, match=r"21606.*operator"):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO)


async def test_a_text_that_is_too_long_is_refused_by_twilio(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="21617"):
        await bench.call(SEND_MESSAGE, to=ADA, **{**HELLO, "body": "x" * 1601})


async def test_a_dry_run_sends_nothing(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO, dry_run=True)
    assert str(shown.value.preview.body["Body"]).startswith("Hello Ada")
    assert bench.requests == []


@pytest.mark.parametrize("fault", [reply(500, b""), reply(302, b""), LostAnswerError("ServerDisconnected")])
async def test_a_send_without_a_clear_answer_is_unknown_and_not_repeated(bench: Bench, fault: Any) -> None:
    bench.fail_next(fault)
    with pytest.raises(OutcomeUnknownError):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO)
    assert len(bench.trace) == 1


async def test_a_send_refused_for_too_many_requests_is_known_not_to_have_happened(bench: Bench) -> None:
    bench.fail_next(reply(429, {"code": 20429, "status": 429}))
    with pytest.raises(RateLimitedError):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO)
    capability = bench.manifest.capability(SEND_MESSAGE)
    assert capability
    assert not_applied(bench.trace, capability)


# Reading


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reply(401, {"code": 20003}), PermissionDeniedError),
        (reply(403, {"code": 20008}), PermissionDeniedError),
        (reply(404, {"code": 20404}), NotFoundError),
        (reply(409, {}), ConflictError),
        (reply(422, {"code": 20001}), InvalidArgumentError),
        (reply(429, {"code": 20429}, retry_after="60"), RateLimitedError),
        (reply(400, b"<html>bad request</html>"), InvalidArgumentError),
        (reply(200, b"<html>maintenance</html>"), VendorBugError),
        (reply(200, b""), VendorBugError),
    ],
)
async def test_a_refusal_becomes_the_error_that_says_what_to_do(
    bench: Bench, fault: Any, expected: type[Exception]
) -> None:
    bench.fail_next(fault)
    with pytest.raises(expected):
        await bench.call(GET_MESSAGE, message_id=bench.ref("message", "SM" + "1" * 32))


async def test_an_unknown_message_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="20404"):
        await bench.call(GET_MESSAGE, message_id=bench.ref("message", "SM" + "f" * 32))


async def test_what_twilio_leaves_out_or_sends_as_null_is_read(bench: Bench) -> None:
    bare = {"sid": "SM1", "status": "partially_delivered", "from": "", "to": None, "body": None, "date_sent": None}
    bench.fail_next(reply(200, {**bare, "num_media": None, "direction": None, "date_created": None}))
    message = (await bench.call(GET_MESSAGE, message_id=bench.ref("message", "SM1"))).data
    assert (message.body_text, message.direction, message.author, message.conversation_id) == ("", None, None, None)
    assert message.delivery
    assert (message.delivery.status.value, message.delivery.status.lossy) == ("other", True)


async def test_the_time_of_a_message_is_when_it_was_sent_and_before_that_when_it_was_created(bench: Bench) -> None:
    bare = {"sid": "SM1", "status": "sent", "date_created": "Wed, 10 Jun 2026 09:01:22 +0000"}
    bench.fail_next(reply(200, {**bare, "date_sent": "Wed, 10 Jun 2026 09:01:23 -0000"}), reply(200, bare))
    for second in (23, 22):
        message = (await bench.call(GET_MESSAGE, message_id=bench.ref("message", "SM1"))).data
        assert message.at == datetime(2026, 6, 10, 9, 1, second, tzinfo=UTC)


async def test_a_message_with_files_shows_a_placeholder_for_each(bench: Bench) -> None:
    media = {"sid": "MM1", "status": "received", "direction": "inbound", "from": ADA, "to": NUMBER, "num_media": "2"}
    bench.fail_next(reply(200, {**media, "subresource_uris": {"media": "/2010-04-01/x/Media.json"}}))
    message = (await bench.call(GET_MESSAGE, message_id=bench.ref("message", "MM1"))).data
    assert [item.name for item in message.attachments] == ["media 1", "media 2"]
    assert message.attachments[0].url_ref == "https://api.twilio.com/2010-04-01/x/Media.json"
    assert message.author
    assert (message.author.kind, message.author.ref) == ("customer", f"main:customer:{ADA}")


@pytest.mark.parametrize(
    ("sender", "channel"), [("12345", "sms"), ("ACME", "sms"), ("messenger:4711", "chat"), ("rcs:acme_agent", "other")]
)
async def test_a_message_from_what_is_no_number_belongs_to_no_thread(bench: Bench, sender: str, channel: str) -> None:
    bench.fail_next(reply(200, {"sid": "SM1", "status": "received", "direction": "inbound", "from": sender}))
    message = (await bench.call(GET_MESSAGE, message_id=bench.ref("message", "SM1"))).data
    assert (message.conversation_id, message.channel) == (None, channel)


# Customers


async def test_a_customer_is_a_number_that_exchanged_messages(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, phone=ADA)
    (ada,) = found.data.items
    assert (ada.id, ada.matched_on, ada.confidence) == (f"main:customer:{ADA}", ("phone",), "exact")
    assert (ada.point("phone"), ada.point("whatsapp")) == (ADA, None)
    assert [warning.code for warning in found.warnings] == ["emulated"]
    read = (await bench.call(GET_CUSTOMER, customer_id=ada.id)).data
    assert read.last_activity_at
    assert read.last_activity_at < COMPANY.now


async def test_a_customer_who_was_reached_on_whatsapp_has_that_address_too(bench: Bench) -> None:
    await bench.call(SEND_MESSAGE, to=STRANGER, **{**HELLO, "channel": "whatsapp"})
    (match,) = (await bench.call(FIND_CUSTOMERS, phone=STRANGER)).data.items
    assert (match.point("phone"), match.point("whatsapp")) == (STRANGER, STRANGER)


async def test_a_number_that_nobody_wrote_to_is_nobody(bench: Bench) -> None:
    assert (await bench.call(FIND_CUSTOMERS, phone=STRANGER)).data.items == ()
    with pytest.raises(NotFoundError, match="No message"):
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", STRANGER))


@pytest.mark.parametrize(
    "key", [{"email": "ada@x.example"}, {"name": "Ada"}, {"external_id": "7"}, {"postal_code": "1"}]
)
async def test_a_customer_is_found_by_number_only(bench: Bench, key: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError, match=next(iter(key))):
        await bench.call(FIND_CUSTOMERS, phone=ADA, **key)


# The account


async def http_with(bench: Bench, auth: str, credentials: dict[str, str]) -> GovernedHttp:
    """The way to the account with another credential."""
    kind = bench.manifest.auth[auth]
    line = await bench.performer._egress.line(bench.connection)
    line.headers = kind.headers(bench.connection.settings, kind.credentials.model_validate(credentials))
    return GovernedHttp(line, CallContext("main"), Purpose(time.monotonic() + 5))


@pytest.mark.parametrize(
    ("auth", "credentials"),
    [("api_key", {"api_key_sid": KEY, "api_key_secret": SECRET}), ("auth_token", {"auth_token": TOKEN})],
)
async def test_both_kinds_of_credential_open_the_account(bench: Bench, auth: str, credentials: dict[str, str]) -> None:
    await bench.manifest.probe(bench.connection.settings, await http_with(bench, auth, credentials))
    assert [response.status for _, response in bench.wire.exchanges] == [200]


async def test_the_probe_shows_a_wrong_credential(bench: Bench) -> None:
    http = await http_with(bench, "auth_token", {"auth_token": "wrong"})
    with pytest.raises(PermissionDeniedError, match="20003"):
        await bench.manifest.probe(bench.connection.settings, http)
