"""Twilio's calls at the sandbox, judged by Twilio's OpenAPI files."""

from collections.abc import AsyncIterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from plugins.twilio.twilio_bench import form_of, opened, settle
from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
)
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import (
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_MESSAGE,
    LIST_CONVERSATIONS,
    PLACE_CALL,
)
from trunkline_gateway.egress.wire import LostAnswerError
from trunkline_twilio import trunkline_connector
from trunkline_twilio.sandbox_state import NUMBER, rfc_2822

ADA, CHIARA, DESK, STRANGER = "+12025550101", "+12025550103", "+12025550190", "+12025550999"
SPOKEN: dict[str, Any] = {"purpose": "transactional", "say": "Your order is ready."}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


def verb(bench: Bench) -> Element:
    """The one thing that Twilio was told to do, read from the request as XML."""
    (found,) = fromstring(form_of(bench)["Twiml"])  # noqa: S314 - our own request
    return found


# Placing


async def test_a_call_is_queued_never_answered(bench: Bench) -> None:
    placed = await bench.call(PLACE_CALL, to=ADA, **SPOKEN)
    assert placed.outcome == "accepted"
    call = placed.resource
    assert (call.channel, call.direction, call.body_text) == ("voice", "outbound", "Your order is ready.")
    assert call.conversation_id == f"main:conversation:voice-{ADA}"
    assert (call.delivery.status.value, call.delivery.final) == ("queued", False)
    assert {warning.code for warning in placed.warnings} == {"async_result", "notifies_customer"}
    assert placed.undo is None
    assert bench.requests[-1].url.endswith("/Calls.json")
    said = "<Response><Say>Your order is ready.</Say></Response>"
    assert form_of(bench) == {"To": ADA, "From": NUMBER, "Twiml": said}


async def test_the_course_of_a_call_is_followed_by_the_call_that_the_answer_names(bench: Bench) -> None:
    placed = await bench.call(PLACE_CALL, to=ADA, **SPOKEN)
    seen = []
    for _ in range(4):
        call = (await bench.call(GET_MESSAGE, **placed.verify_with.args)).data
        seen.append((call.delivery.status.raw, call.delivery.status.value, call.delivery.final))
    assert seen == [
        ("ringing", "sent", False),
        ("in-progress", "delivered", False),
        ("completed", "delivered", True),
        ("completed", "delivered", True),
    ]
    assert call.delivery.status.lossy
    assert call.extensions == {"twilio": {"duration_s": "12"}}


async def test_a_call_that_nobody_answers_did_not_arrive(bench: Bench) -> None:
    placed = await bench.call(PLACE_CALL, to="+12025530003", **SPOKEN)
    for _ in range(2):
        call = (await bench.call(GET_MESSAGE, **placed.verify_with.args)).data
    assert (call.delivery.status.value, call.delivery.status.raw) == ("bounced", "no-answer")
    assert (call.delivery.final, call.delivery.status.lossy) == (True, True)


@pytest.mark.parametrize(
    ("raw", "value", "final"),
    [
        ("queued", "queued", False),
        ("ringing", "sent", False),
        ("in-progress", "delivered", False),
        ("completed", "delivered", True),
        ("busy", "bounced", True),
        ("no-answer", "bounced", True),
        ("failed", "failed", True),
        ("canceled", "canceled", True),
        ("transferred", "other", False),
    ],
)
async def test_every_state_of_a_call_has_a_meaning(bench: Bench, raw: str, value: str, final: bool) -> None:
    bench.fail_next(reply(200, {"sid": "CA1", "status": raw, "direction": "outbound-api", "from": NUMBER, "to": ADA}))
    call = (await bench.call(GET_MESSAGE, message_id=bench.ref("message", "CA1"))).data
    assert (call.delivery.status.value, call.delivery.status.raw, call.delivery.final) == (value, raw, final)
    assert call.delivery.status.lossy == (raw not in {"queued", "failed", "canceled"})


async def test_the_words_are_a_text_whatever_they_look_like(bench: Bench) -> None:
    say = "</Say><Dial>+19005550100</Dial><Say> & \"quotes\" 'n' <break/> ]]>"
    await bench.call(PLACE_CALL, to=ADA, purpose="transactional", say=say)
    said = verb(bench)
    assert (said.tag, said.text, len(said)) == ("Say", say, 0)


async def test_a_text_is_spoken_in_its_language(bench: Bench) -> None:
    await bench.call(PLACE_CALL, to=ADA, purpose="transactional", say="Ihr Kaffee ist da.", language="de-DE")
    assert verb(bench).attrib == {"language": "de-DE"}


@pytest.mark.parametrize("language", ["de", "tlh", "en-XX"])
async def test_a_language_that_twilio_does_not_speak_is_refused_before_the_telephone_rings(
    bench: Bench, language: str
) -> None:
    with pytest.raises(UnsupportedError, match=f"does not speak {language}") as told:
        await bench.call(PLACE_CALL, to=ADA, **SPOKEN, language=language)
    assert "de-DE" in told.value.body.supported_alternatives
    assert bench.requests == []


async def test_a_customer_is_connected_and_sees_the_number_they_know(bench: Bench) -> None:
    placed = await bench.call(PLACE_CALL, to=ADA, purpose="transactional", connect_to=DESK)
    dial = verb(bench)
    assert (dial.tag, dial.text, dial.attrib) == ("Dial", DESK, {"callerId": NUMBER})
    assert placed.resource.body_text == ""
    with pytest.raises(InvalidArgumentError, match="language"):
        await bench.call(PLACE_CALL, to=ADA, purpose="transactional", connect_to=DESK, language="de-DE")


async def test_a_text_that_grows_too_long_by_escaping_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="too long"):
        await bench.call(PLACE_CALL, to=ADA, purpose="transactional", say="&" * 1000)
    assert bench.requests == []


async def test_a_customer_of_the_connection_is_called_by_their_id(bench: Bench) -> None:
    await bench.call(PLACE_CALL, to=bench.ref("customer", ADA), **SPOKEN)
    assert form_of(bench)["To"] == ADA


@pytest.mark.parametrize("to", ["ada@fernway-studio.example", "12025550101", "main:customer:4711", "client:ada"])
async def test_only_a_telephone_number_is_called(bench: Bench, to: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"E\.164"):
        await bench.call(PLACE_CALL, to=to, **SPOKEN)
    assert bench.requests == []


async def test_without_a_number_to_call_from_nobody_is_called(bench: Bench) -> None:
    settle(bench, from_number=NUMBER)
    with pytest.raises(UnsupportedError, match="voice_from"):
        await bench.call(PLACE_CALL, to=ADA, **SPOKEN)
    assert bench.requests == []


@pytest.mark.parametrize(
    ("to", "expected", "says"),
    [
        ("+15005550001", InvalidArgumentError, "21217"),
        ("+15005550002", InvalidArgumentError, "21214"),
        ("+15005550003", PermissionDeniedError, r"21215.*operator"),
        ("+15005550004", PermissionDeniedError, r"21216.*operator"),
    ],
)
async def test_a_number_that_twilio_refuses_to_call_is_a_named_error(
    bench: Bench, to: str, expected: type[Exception], says: str
) -> None:
    with pytest.raises(expected, match=says):
        await bench.call(PLACE_CALL, to=to, **SPOKEN)


async def test_a_caller_that_is_not_the_accounts_is_an_operators_task(bench: Bench) -> None:
    settle(bench, voice_from=STRANGER)
    with pytest.raises(PermissionDeniedError, match=r"21210.*operator"):
        await bench.call(PLACE_CALL, to=ADA, **SPOKEN)


async def test_a_dry_run_calls_nobody(bench: Bench) -> None:
    shown = await bench.try_out(PLACE_CALL, to=ADA, **SPOKEN)
    assert shown.preview.body["Twiml"] == "<Response><Say>Your order is ready.</Say></Response>"
    assert bench.requests == []


@pytest.mark.parametrize("fault", [reply(500, b""), LostAnswerError("ServerDisconnected")])
async def test_trap_32_a_call_without_a_clear_answer_is_unknown_and_not_placed_again(bench: Bench, fault: Any) -> None:
    bench.fail_next(fault)
    with pytest.raises(OutcomeUnknownError):
        await bench.call(PLACE_CALL, to=ADA, **SPOKEN)
    assert len(bench.trace) == 1


async def test_trap_38_a_marketing_call_says_that_twilio_was_not_told(bench: Bench) -> None:
    placed = await bench.call(PLACE_CALL, to=ADA, **{**SPOKEN, "purpose": "marketing"})
    assert ("field_dropped", "purpose") in {(warning.code, warning.field) for warning in placed.warnings}


async def test_too_many_calls_at_once_have_to_wait(bench: Bench) -> None:
    bench.fail_next(reply(400, {"code": 10004, "status": 400}))
    with pytest.raises(RateLimitedError, match="10004"):
        await bench.call(PLACE_CALL, to=ADA, **SPOKEN)


async def test_a_call_in_the_wrong_state_is_a_conflict(bench: Bench) -> None:
    bench.fail_next(reply(409, {}))
    with pytest.raises(ConflictError):
        await bench.call(PLACE_CALL, to=ADA, **SPOKEN)


# Reading


async def test_calls_are_a_thread_of_their_own(bench: Bench) -> None:
    placed = await bench.call(PLACE_CALL, to=CHIARA, **SPOKEN)
    thread = bench.ref("conversation", f"voice-{CHIARA}")
    ours, theirs = (await bench.call(GET_CONVERSATION, conversation_id=thread)).data.items
    assert ours.id == placed.resource.id
    assert (ours.author.kind, ours.direction, ours.body_text) == ("system", "outbound", "")
    assert (theirs.author.kind, theirs.author.ref) == ("customer", f"main:customer:{CHIARA}")
    assert (theirs.direction, theirs.delivery.status.value) == ("inbound", "received")
    assert theirs.extensions == {"twilio": {"duration_s": "184"}}
    assert {ours.channel, theirs.channel} == {"voice"}


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_a_thread_of_calls_pages_to_the_end(bench: Bench, limit: int) -> None:
    account = opened(bench)
    for index in range(5):
        account.ring(*((NUMBER, ADA) if index % 2 else (ADA, NUMBER)), "inbound", COMPANY.now)
    found, cursor = [], None
    for _ in range(10):
        thread = bench.ref("conversation", f"voice-{ADA}")
        page = (await bench.call(GET_CONVERSATION, conversation_id=thread, limit=limit, cursor=cursor)).data
        found += [call.id for call in page.items]
        if not (cursor := page.next_cursor):
            break
    assert (len(set(found)), len(found), cursor) == (5, 5, None)


async def test_who_only_called_is_a_customer_too(bench: Bench) -> None:
    account = opened(bench)
    account.ring(STRANGER, NUMBER, "inbound", COMPANY.now)
    (found,) = (await bench.call(FIND_CUSTOMERS, phone=STRANGER)).data.items
    customer = (await bench.call(GET_CUSTOMER, customer_id=found.id)).data
    assert (customer.last_activity_at, customer.point("whatsapp")) == (COMPANY.now, None)


async def test_an_account_that_does_not_call_is_not_asked_for_calls_unless_somebody_wants_them(bench: Bench) -> None:
    settle(bench, from_number=NUMBER)
    chiara = bench.ref("customer", CHIARA)
    await bench.call(GET_CUSTOMER, customer_id=chiara)
    everything = (await bench.call(LIST_CONVERSATIONS, customer_id=chiara)).data
    assert "voice" not in {item.channel for item in everything.items}
    assert not any("/Calls.json" in request.url for request in bench.requests)
    (calls,) = (await bench.call(LIST_CONVERSATIONS, customer_id=chiara, channel="voice")).data.items
    assert calls.id == f"main:conversation:voice-{CHIARA}"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"direction": "outbound-api", "from": NUMBER, "to": "sip:desk@example.com"}, (None, "outbound")),
        ({"direction": "outbound-dial", "from": NUMBER, "to": DESK}, (f"main:conversation:voice-{DESK}", "outbound")),
        ({"direction": "inbound", "from": "client:ada", "to": NUMBER}, (None, "inbound")),
        ({"direction": None, "from": None, "to": None}, (None, None)),
    ],
)
async def test_a_call_with_what_is_no_telephone_belongs_to_no_thread(
    bench: Bench, call: dict[str, Any], expected: tuple[str | None, str | None]
) -> None:
    bench.fail_next(reply(200, {"sid": "CA1", "status": "completed", "start_time": rfc_2822(COMPANY.now), **call}))
    read = (await bench.call(GET_MESSAGE, message_id=bench.ref("message", "CA1"))).data
    assert (read.conversation_id, read.direction) == expected
    assert (read.channel, read.at) == ("voice", COMPANY.now)


async def test_an_unknown_call_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="20404"):
        await bench.call(GET_MESSAGE, message_id=bench.ref("message", "CA" + "f" * 32))
