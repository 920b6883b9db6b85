"""Answers: from the number that the customer knows, or into a conversation; and what happens to unwanted messages."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugins.twilio.twilio_bench import form_of, opened, settle
from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
)
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import GET_CONVERSATION, GET_MESSAGE, SEND_MESSAGE
from trunkline_twilio import trunkline_connector
from trunkline_twilio.sandbox_api import CONTENT
from trunkline_twilio.sandbox_state import NUMBER, SERVICE, WHATSAPP, Account

ADA, CHIARA, STRANGER = "+12025550101", "+12025550103", "+12025550999"
HELLO: dict[str, Any] = {"channel": "sms", "purpose": "transactional", "body": "Hello"}
CONVERSATION = f"CH{1:032x}"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


@pytest.fixture
def account(bench: Bench) -> Account:
    return opened(bench)


def thread(bench: Bench, channel: str, number: str) -> str:
    return bench.ref("conversation", f"{channel}-{number}")


async def newest(bench: Bench, conversation: str) -> Any:
    return (await bench.call(GET_CONVERSATION, conversation_id=conversation, limit=1)).data.items[0]


# To a number


@pytest.mark.parametrize("kind", ["message", "thread"])
async def test_an_answer_comes_from_the_number_that_was_written_to(bench: Bench, kind: str) -> None:
    settle(bench, from_number="ACME", messaging_service_sid=SERVICE)
    texts = thread(bench, "sms", ADA)
    answered = (await newest(bench, texts)).id if kind == "message" else texts
    await bench.call(SEND_MESSAGE, to=ADA, **HELLO, in_reply_to=answered)
    assert form_of(bench) == {"To": ADA, "From": NUMBER, "Body": "Hello"}


async def test_an_answer_goes_by_the_messaging_service_that_the_message_went_by(bench: Bench) -> None:
    sent = await bench.call(SEND_MESSAGE, to=ADA, **HELLO)
    await bench.call(SEND_MESSAGE, to=ADA, **HELLO, in_reply_to=sent.resource.id)
    assert form_of(bench) == {"To": ADA, "From": NUMBER, "MessagingServiceSid": SERVICE, "Body": "Hello"}


async def test_an_answer_on_whatsapp_stays_on_whatsapp(bench: Bench, account: Account) -> None:
    account.keep(f"whatsapp:{ADA}", f"whatsapp:{WHATSAPP}", "Hi", "inbound", COMPANY.now)
    whatsapp = {**HELLO, "channel": "whatsapp"}
    await bench.call(SEND_MESSAGE, to=ADA, **whatsapp, in_reply_to=thread(bench, "whatsapp", ADA))
    assert form_of(bench) == {"To": f"whatsapp:{ADA}", "From": f"whatsapp:{WHATSAPP}", "Body": "Hello"}


@pytest.mark.parametrize(
    "answered",
    [("sms", CHIARA), ("whatsapp", ADA), ("voice", ADA)],
    ids=["another-person", "another-channel", "a-call"],
)
async def test_an_answer_to_what_was_not_exchanged_with_the_customer_is_refused(
    bench: Bench, answered: tuple[str, str]
) -> None:
    with pytest.raises(InvalidArgumentError, match="in_reply_to"):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO, in_reply_to=thread(bench, *answered))
    assert bench.requests == []


async def test_an_answer_to_somebody_elses_message_is_refused(bench: Bench) -> None:
    theirs = await newest(bench, thread(bench, "sms", CHIARA))
    for answered in (theirs.id, bench.ref("message", "CA" + "1" * 32)):
        with pytest.raises(InvalidArgumentError, match="in_reply_to"):
            await bench.call(SEND_MESSAGE, to=ADA, **HELLO, in_reply_to=answered)
    assert not any(request.method == "POST" for request in bench.requests)


async def test_an_answer_to_a_message_that_is_not_there_is_not_sent(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO, in_reply_to=bench.ref("message", "SM" + "f" * 32))
    with pytest.raises(InvalidArgumentError, match="in_reply_to"):
        await bench.call(SEND_MESSAGE, to=STRANGER, **HELLO, in_reply_to=thread(bench, "sms", STRANGER))


async def test_an_answer_that_goes_by_no_messaging_service_cannot_be_scheduled(bench: Bench) -> None:
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    with pytest.raises(UnsupportedError, match="send_at"):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO, send_at=at, in_reply_to=thread(bench, "sms", ADA))


async def test_a_dry_run_of_an_answer_shows_what_would_be_sent(bench: Bench) -> None:
    shown = await bench.try_out(SEND_MESSAGE, to=ADA, **HELLO, in_reply_to=thread(bench, "sms", ADA))
    assert (shown.preview.body["From"], shown.preview.body["To"]) == (NUMBER, ADA)


# Into a conversation


@pytest.mark.parametrize("kind", ["conversation", "message"])
@pytest.mark.parametrize(("channel", "to"), [("sms", CHIARA), ("chat", "support")])
async def test_a_conversation_is_answered_in_it(bench: Bench, kind: str, channel: str, to: str) -> None:
    conversation = bench.ref("conversation", CONVERSATION)
    answered = (await newest(bench, conversation)).id if kind == "message" else conversation
    sent = await bench.call(SEND_MESSAGE, to=to, **{**HELLO, "channel": channel}, in_reply_to=answered)
    assert bench.requests[-1].url == f"https://conversations.twilio.com/v1/Conversations/{CONVERSATION}/Messages"
    assert form_of(bench) == {"Body": "Hello"}
    assert (sent.outcome, sent.resource.conversation_id) == ("accepted", conversation)
    assert (sent.resource.author.kind, sent.resource.direction) == ("system", "outbound")
    assert (await bench.call(GET_MESSAGE, **sent.verify_with.args)).data == sent.resource


@pytest.mark.parametrize(("channel", "to"), [("sms", ADA), ("whatsapp", CHIARA), ("chat", CHIARA), ("chat", "nobody")])
async def test_nobody_is_answered_in_a_conversation_that_is_not_theirs(bench: Bench, channel: str, to: str) -> None:
    conversation = bench.ref("conversation", CONVERSATION)
    with pytest.raises(InvalidArgumentError, match="take part"):
        await bench.call(SEND_MESSAGE, to=to, **{**HELLO, "channel": channel}, in_reply_to=conversation)
    assert [request.method for request in bench.requests] == ["GET"]


async def test_a_whatsapp_user_takes_part_by_their_number(bench: Bench, account: Account) -> None:
    binding = {"type": "whatsapp", "address": f"whatsapp:{CHIARA}", "proxy_address": f"whatsapp:{WHATSAPP}"}
    account.participants[CONVERSATION][0]["messaging_binding"] = binding
    conversation = bench.ref("conversation", CONVERSATION)
    template: dict[str, Any] = {"channel": "whatsapp", "purpose": "transactional", "template": CONTENT}
    variables = {"1": "Chiara", "2": "4711"}
    sent = await bench.call(SEND_MESSAGE, to=CHIARA, **template, variables=variables, in_reply_to=conversation)
    assert sent.resource.body_text == "Hello Chiara, your order 4711 is on its way."
    assert form_of(bench)["ContentSid"] == CONTENT


async def test_a_chat_without_its_conversation_is_refused(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="in_reply_to"):
        await bench.call(SEND_MESSAGE, to="support", **{**HELLO, "channel": "chat"})
    assert bench.requests == []


async def test_nothing_is_scheduled_in_a_conversation(bench: Bench) -> None:
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    conversation = bench.ref("conversation", CONVERSATION)
    with pytest.raises(UnsupportedError, match="send_at"):
        await bench.call(SEND_MESSAGE, to=CHIARA, **HELLO, send_at=at, in_reply_to=conversation)
    assert bench.requests == []


async def test_a_closed_conversation_is_a_conflict(bench: Bench, account: Account) -> None:
    account.conversations[CONVERSATION]["conversation_state"] = "closed"
    conversation = bench.ref("conversation", CONVERSATION)
    with pytest.raises(ConflictError, match="50377"):
        await bench.call(SEND_MESSAGE, to=CHIARA, **HELLO, in_reply_to=conversation)


async def test_a_dry_run_says_nothing_in_a_conversation(bench: Bench, account: Account) -> None:
    said = len(account.spoken[CONVERSATION])
    conversation = bench.ref("conversation", CONVERSATION)
    shown = await bench.try_out(SEND_MESSAGE, to=CHIARA, **HELLO, in_reply_to=conversation)
    assert shown.preview.body == {"Body": "Hello"}
    assert len(account.spoken[CONVERSATION]) == said


# Who does not want messages


async def delivery_after(bench: Bench, to: str, channel: str) -> Any:
    sent = await bench.call(SEND_MESSAGE, to=to, **{**HELLO, "channel": channel})
    for _ in range(3):
        message = (await bench.call(GET_MESSAGE, **sent.verify_with.args)).data
    return message.delivery


async def test_trap_38_a_message_to_somebody_who_opted_out_is_suppressed_not_sent(bench: Bench) -> None:
    delivery = await delivery_after(bench, "+12025521610", "sms")
    assert (delivery.status.value, delivery.status.raw, delivery.final) == ("suppressed", "failed", True)
    assert (delivery.error.code, delivery.error.message) == ("21610", "The recipient has opted out of this sender.")


async def test_trap_38_who_blocked_the_sender_on_whatsapp_is_suppressed_too(bench: Bench) -> None:
    blocked = {"sid": "SM1", "status": "undelivered", "error_code": 63014, "direction": "outbound-api"}
    bench.fail_next(reply(200, blocked))
    message = (await bench.call(GET_MESSAGE, message_id=bench.ref("message", "SM1"))).data
    assert (message.delivery.status.value, message.delivery.status.raw) == ("suppressed", "undelivered")


async def test_trap_38_whoever_opted_out_is_refused_whatever_the_purpose(bench: Bench) -> None:
    for purpose in ("marketing", "transactional"):
        with pytest.raises(ConflictError, match="opted out"):
            await bench.call(SEND_MESSAGE, to="+15005550004", **{**HELLO, "purpose": purpose})


async def test_free_text_outside_whatsapps_window_says_that_a_template_is_needed(bench: Bench) -> None:
    delivery = await delivery_after(bench, "+12025563016", "whatsapp")
    assert (delivery.status.value, delivery.error.code) == ("bounced", "63016")
    assert "template" in delivery.error.message
    bench.fail_next(reply(400, {"code": 63016, "status": 400}))
    with pytest.raises(ConflictError, match=r"63016.*template"):
        await bench.call(SEND_MESSAGE, to=ADA, **{**HELLO, "channel": "whatsapp"})


async def test_trap_32_an_answer_whose_answer_is_lost_is_sent_once(bench: Bench) -> None:
    conversation = bench.ref("conversation", CONVERSATION)
    bench.fail_next_write(reply(502))
    with pytest.raises(OutcomeUnknownError):
        await bench.call(SEND_MESSAGE, to=CHIARA, **HELLO, in_reply_to=conversation)
    assert bench.writes_sent == 1
