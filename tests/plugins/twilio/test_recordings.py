"""Twilio's recorded replies, read by the plugin, and what they prove of how it pages."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

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
)
from trunkline_twilio import trunkline_connector, vendor
from trunkline_twilio.connector import error_code
from trunkline_twilio.normalize import Normalize

NUMBER = "+12025550101"
ACCOUNT = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa00"
MESSAGES = rf"/2010-04-01/Accounts/{ACCOUNT}/Messages\.json"
NO_CONVERSATIONS = {"GET /v1/ParticipantConversations": {"conversations": [], "meta": {"next_page_url": None}}}


def fixed(**arguments: Any) -> Arguments:
    """Arguments that do not depend on the request: the recorded lists were not filtered."""
    return lambda _match, _exchange: arguments


READINGS = (
    Reading("GET", MESSAGES, GET_CONVERSATION, fixed(conversation_id=f"main:conversation:sms-{NUMBER}", limit=50)),
    Reading("GET", MESSAGES, LIST_CONVERSATIONS, fixed(customer_id=f"main:customer:{NUMBER}"), NO_CONVERSATIONS),
    Reading("GET", MESSAGES, FIND_CUSTOMERS, fixed(phone=NUMBER)),
    Reading("GET", MESSAGES, GET_CUSTOMER, fixed(customer_id=f"main:customer:{NUMBER}")),
    Reading(
        "GET",
        rf"/2010-04-01/Accounts/{ACCOUNT}/Messages/(\w+)\.json",
        GET_MESSAGE,
        lambda match, _: {"message_id": f"main:message:{match[1]}"},
    ),
    Reading(
        "GET",
        r"/v1/Conversations/(\w+)/Messages",
        GET_CONVERSATION,
        lambda match, _: {"conversation_id": f"main:conversation:{match[1]}"},
    ),
)


async def test_every_recorded_reply_that_a_tool_would_read_is_read() -> None:
    report = await replay(
        trunkline_connector(),
        READINGS,
        settings={"account_sid": ACCOUNT, "from_number": NUMBER},
        auth="auth_token",
        credentials={"auth_token": "unused"},
    )
    report.show()
    assert not report.faults
    assert report.read.total() >= 10


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


def test_the_code_of_a_recorded_refusal_is_read() -> None:
    (exchange,) = recorded("DELETE", r"/2010-04-01/.*/Media/\w+\.json")
    response = HttpResponse(exchange.response.status, {}, exchange.response.body, "https://api.twilio.com/")
    with pytest.raises(NotFoundError, match="20404"):
        refuse(response, error_code)
