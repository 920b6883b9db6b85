"""Twilio's recorded replies, read by the plugin, and what they prove of how it pages."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from support.bench import at_sandbox, reply
from support.recordings import Arguments, Reading, key_of, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.api import refuse
from trunkline_contracts.errors import NotFoundError
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.tools import (
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_MESSAGE,
    LIST_CONVERSATIONS,
    PLACE_CALL,
    SEND_MESSAGE,
    VERIFY_CUSTOMER,
)
from trunkline_twilio import trunkline_connector, vendor
from trunkline_twilio.errors import error_code
from trunkline_twilio.normalize import Normalize

NUMBER = "+15550000001"
"""What the recordings' numbers were replaced by, all of them alike."""
ACCOUNT = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa00"
BASE = rf"/2010-04-01/Accounts/{ACCOUNT}"
MESSAGES, CALLS = rf"{BASE}/Messages\.json", rf"{BASE}/Calls\.json"

NOTHING = {
    "GET .*/Calls.json": {"calls": []},
    "GET .*/Messages.json": {"messages": []},
    "GET /v1/ParticipantConversations": {"conversations": [], "meta": {"next_page_url": None}},
}
"""What was not recorded beside a list, as it is where there is none."""
SENT = {"POST .*/Messages.json": {"sid": "SM1", "status": "queued", "direction": "outbound-api", "to": NUMBER}}
SAID = {"POST /v1/.*/Messages": {"sid": "IM1", "conversation_sid": "CH1", "body": "Hello"}}
CUSTOMER, TEXTS = f"main:customer:{NUMBER}", f"main:conversation:sms-{NUMBER}"
HELLO = {"purpose": "transactional", "body": "Hello"}


def fixed(**arguments: Any) -> Arguments:
    """Arguments that do not depend on the request: the recorded lists were not filtered."""
    return lambda _match, _exchange: arguments


def about_people(path: str) -> Iterator[Reading]:
    """The tools that look a number up in a list of messages or of calls."""
    yield Reading("GET", path, LIST_CONVERSATIONS, fixed(customer_id=CUSTOMER), NOTHING)
    yield Reading("GET", path, FIND_CUSTOMERS, fixed(phone=NUMBER), NOTHING)
    yield Reading("GET", path, GET_CUSTOMER, fixed(customer_id=CUSTOMER), NOTHING)


READINGS = (
    *about_people(MESSAGES),
    *about_people(CALLS),
    Reading("GET", MESSAGES, GET_CONVERSATION, fixed(conversation_id=TEXTS, limit=50)),
    Reading("GET", MESSAGES, SEND_MESSAGE, fixed(to=NUMBER, channel="sms", in_reply_to=TEXTS, **HELLO), SENT),
    Reading("GET", CALLS, GET_CONVERSATION, fixed(conversation_id=f"main:conversation:voice-{NUMBER}", limit=50)),
    Reading(
        "GET",
        rf"{BASE}/Messages/(\w+)\.json",
        GET_MESSAGE,
        lambda match, _: {"message_id": f"main:message:{match[1]}"},
    ),
    Reading(
        "GET",
        rf"{BASE}/Messages/(\w+)\.json",
        SEND_MESSAGE,
        lambda match, _: {"to": NUMBER, "channel": "sms", "in_reply_to": f"main:message:{match[1]}", **HELLO},
        SENT,
    ),
    Reading(
        "GET",
        r"/v1/Conversations/(\w+)/Messages",
        GET_CONVERSATION,
        lambda match, _: {"conversation_id": f"main:conversation:{match[1]}"},
    ),
    Reading(
        "GET",
        r"/v1/Conversations/(\w+)/Participants",
        SEND_MESSAGE,
        lambda match, _: {
            "to": "user_1",
            "channel": "chat",
            "in_reply_to": f"main:conversation:{match[1]}",
            **HELLO,
        },
        SAID,
    ),
    Reading("POST", CALLS, PLACE_CALL, fixed(to=NUMBER, purpose="transactional", say="Hello")),
)


async def test_every_recorded_reply_that_a_tool_would_read_is_read() -> None:
    report = await replay(
        trunkline_connector(),
        READINGS,
        settings={"account_sid": ACCOUNT, "from_number": NUMBER, "voice_from": NUMBER},
        auth="auth_token",
        credentials={"auth_token": "unused"},
    )
    report.show()
    assert not report.faults
    assert report.read.total() == 19


def recorded(method: str, path: str) -> Iterator[Any]:
    require(RECORDINGS)
    exchange_reader()
    from exchanges import iter_exchanges  # noqa: PLC0415 - it lies in the shared folder, found just above

    for exchange in iter_exchanges(RECORDINGS, vendor="twilio"):
        used, found = key_of(exchange)
        if used == method and re.fullmatch(path, found):
            yield exchange


def pages() -> list[vendor.MessagePage]:
    return [vendor.MessagePage.model_validate_json(item.response.body) for item in recorded("GET", MESSAGES)]


def test_every_message_of_the_recorded_lists_becomes_a_record() -> None:
    normalize = Normalize("main")
    messages = [normalize.message(item) for page in pages() for item in page.messages]
    assert len(messages) == 53
    assert {message.direction for message in messages} == {"inbound", "outbound"}
    assert {message.delivery.status.value for message in messages if message.delivery} == {"failed"}
    assert all(message.delivery and message.delivery.final and message.delivery.error for message in messages)
    assert sum(len(message.attachments) for message in messages) == 5


def test_a_recorded_list_is_newest_first_and_its_token_names_the_last_message() -> None:
    first, last = pages()
    times = [message.at for page in (first, last) for message in page.messages if message.at]
    assert times == sorted(times, reverse=True)
    token = parse_qs(urlsplit(first.next_page_uri or "").query)["PageToken"]
    assert token == [f"PA{first.messages[-1].sid}"]
    assert last.next_page_uri is None


async def test_the_recorded_verification_is_read() -> None:
    """Apart from the others, for the sid of its service was replaced by one that is two digits too short."""
    (exchange,) = recorded("POST", r"/v2/Services/\w+/Verifications")
    async with at_sandbox(trunkline_connector()) as bench:
        bench.fail_next(reply(200, exchange.response.body))
        customer = bench.ref("customer", NUMBER)
        made = (await bench.call(VERIFY_CUSTOMER, customer_id=customer, send_code="voice")).resource
    assert (made.id, made.result) == ("main:verification:VE000000000000000000000000000002", "pending")
    # Made by text first, and spoken minutes later: it is still the same, and ends when the first would.
    assert made.expires_at == datetime(2026, 6, 10, 9, 34, 20, tzinfo=UTC)


def calls() -> vendor.CallPage:
    (exchange,) = recorded("GET", CALLS)
    return vendor.CallPage.model_validate_json(exchange.response.body)


def test_every_call_of_the_recorded_list_becomes_a_record() -> None:
    normalize = Normalize("main")
    found = [normalize.call(item) for item in calls().calls]
    assert len(found) == 50
    states = {(call.delivery.status.raw, call.delivery.status.value, call.direction) for call in found if call.delivery}
    assert states == {
        ("busy", "bounced", "outbound"),
        ("no-answer", "bounced", "outbound"),
        ("failed", "failed", "outbound"),
        ("completed", "delivered", "outbound"),
        ("completed", "received", "inbound"),
    }
    assert all(call.delivery and call.delivery.final for call in found)
    # The rest went to SIP addresses, clients and applications.
    assert sum(call.conversation_id is not None for call in found) == 38


def test_a_recorded_list_of_calls_is_ordered_by_when_they_were_made_and_its_token_names_the_last() -> None:
    page = calls()
    times = [call.at for call in page.calls if call.at]
    assert (len(times), times) == (50, sorted(times, reverse=True))
    token = parse_qs(urlsplit(page.next_page_uri or "").query)["PageToken"]
    assert token == [f"PA{page.calls[-1].sid}"]


def test_the_code_of_a_recorded_refusal_is_read() -> None:
    (exchange,) = recorded("DELETE", r"/2010-04-01/.*/Media/\w+\.json")
    response = HttpResponse(exchange.response.status, {}, exchange.response.body, "https://api.twilio.com/")
    with pytest.raises(NotFoundError, match="20404"):
        refuse(response, error_code)
