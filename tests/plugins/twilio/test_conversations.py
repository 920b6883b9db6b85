"""Twilio's threads and conversations at the sandbox, judged by Twilio's OpenAPI files."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError, UnsupportedError, VendorBugError
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import GET_CONVERSATION, GET_MESSAGE, LIST_CONVERSATIONS, SEND_MESSAGE
from trunkline_gateway.calls.route import check_refs
from trunkline_twilio import trunkline_connector
from trunkline_twilio.sandbox import app_of
from trunkline_twilio.sandbox_state import NUMBER, WHATSAPP, Account, iso, rfc_2822

ADA, CHIARA, STRANGER = "+12025550101", "+12025550103", "+12025550999"
HELLO: dict[str, Any] = {"channel": "sms", "purpose": "transactional", "body": "Hello"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


@pytest.fixture
def account(bench: Bench) -> Account:
    """The state behind the bench."""
    account = Account(COMPANY)
    bench.wire.app = app_of(account)
    return account


def talk(account: Account, pattern: str) -> list[str]:
    """Texts of Ada's (`i`, in) and to her (`o`, out), a minute apart; gives the bodies, newest first."""
    for index, way in enumerate(pattern):
        at = COMPANY.now + timedelta(minutes=index)
        sender, to = (ADA, NUMBER) if way == "i" else (NUMBER, ADA)
        direction = "inbound" if way == "i" else "outbound-api"
        message = account.keep(sender, to, f"{index}{way}", direction, at)
        message |= {"status": "received" if way == "i" else "delivered", "date_sent": rfc_2822(at)}
    return [f"{index}{way}" for index, way in reversed(list(enumerate(pattern)))]


async def walk(bench: Bench, contract: AnyContract, *, limit: int, **arguments: Any) -> list[Any]:
    """Every page to the end."""
    items: list[Any] = []
    cursor = None
    for _ in range(60):
        page = (await bench.call(contract, limit=limit, cursor=cursor, **arguments)).data
        assert len(page.items) <= limit
        items += page.items
        if not (cursor := page.next_cursor):
            return items
    raise AssertionError("the pages do not end")


# Threads


@pytest.mark.parametrize("pattern", ["ioiooioiioo", "iiiiiioooooo", "ooooooiiiiii", "o", "", "iiiiiii", "ooo"])
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_a_thread_is_both_directions_newest_first_and_pages_to_the_end(
    bench: Bench, account: Account, pattern: str, limit: int
) -> None:
    expected = [*talk(account, pattern), "Please cancel my subscription"]
    thread = bench.ref("conversation", f"sms-{ADA}")
    messages = await walk(bench, GET_CONVERSATION, conversation_id=thread, limit=limit)
    assert [message.body_text for message in messages] == expected
    times = [message.at for message in messages]
    assert times == sorted(times, reverse=True)


async def test_what_is_sent_while_a_thread_is_read_repeats_and_hides_nothing(bench: Bench, account: Account) -> None:
    expected = talk(account, "ioioioio")
    thread = bench.ref("conversation", f"sms-{ADA}")
    first = (await bench.call(GET_CONVERSATION, conversation_id=thread, limit=3)).data
    for _ in range(5):
        await bench.call(SEND_MESSAGE, to=ADA, **HELLO)
    rest = (await bench.call(GET_CONVERSATION, conversation_id=thread, limit=50, cursor=first.next_cursor)).data
    read = [message.body_text for message in (*first.items, *rest.items)]
    assert read == [*expected, "Please cancel my subscription"]


async def test_messages_of_one_second_are_neither_lost_nor_repeated(bench: Bench, account: Account) -> None:
    bodies = talk(account, "ioioioio")
    for message in account.messages[: len(bodies)]:
        message["date_sent"] = rfc_2822(COMPANY.now)
    thread = bench.ref("conversation", f"sms-{ADA}")
    messages = await walk(bench, GET_CONVERSATION, conversation_id=thread, limit=3)
    assert sorted(message.body_text for message in messages[:-1]) == sorted(bodies)


async def test_what_a_number_sent_to_itself_is_there_once(bench: Bench, account: Account) -> None:
    account.keep(ADA, ADA, "to myself", "outbound-api", COMPANY.now)
    thread = bench.ref("conversation", f"sms-{ADA}")
    messages = await walk(bench, GET_CONVERSATION, conversation_id=thread, limit=1)
    assert [message.body_text for message in messages] == ["to myself", "Please cancel my subscription"]


async def test_a_thread_says_who_wrote_what(bench: Bench, account: Account) -> None:
    talk(account, "o")
    thread = bench.ref("conversation", f"sms-{ADA}")
    ours, theirs = (await bench.call(GET_CONVERSATION, conversation_id=thread)).data.items
    assert theirs.author
    assert theirs.delivery
    assert ours.author
    assert (theirs.direction, theirs.author.kind, theirs.author.ref) == ("inbound", "customer", f"main:customer:{ADA}")
    assert theirs.delivery.status.value == "received"
    assert (ours.direction, ours.author.kind, ours.author.ref) == ("outbound", "system", None)
    assert {ours.conversation_id, theirs.conversation_id} == {thread}


async def test_a_whatsapp_thread_is_apart_from_the_texts_of_the_same_number(bench: Bench, account: Account) -> None:
    account.keep(f"whatsapp:{WHATSAPP}", f"whatsapp:{ADA}", "on WhatsApp", "outbound-api", COMPANY.now)
    thread = bench.ref("conversation", f"whatsapp-{ADA}")
    (message,) = (await bench.call(GET_CONVERSATION, conversation_id=thread)).data.items
    assert (message.body_text, message.channel, message.conversation_id) == ("on WhatsApp", "whatsapp", thread)


async def test_a_token_that_twilio_no_longer_knows_is_an_error_not_a_gap(bench: Bench, account: Account) -> None:
    talk(account, "ooo")
    thread = bench.ref("conversation", f"sms-{ADA}")
    first = (await bench.call(GET_CONVERSATION, conversation_id=thread, limit=1)).data
    del account.messages[0]
    with pytest.raises(InvalidArgumentError, match="21481"):
        await bench.call(GET_CONVERSATION, conversation_id=thread, limit=1, cursor=first.next_cursor)


async def test_a_thread_has_no_internal_side(bench: Bench) -> None:
    thread = bench.ref("conversation", f"sms-{ADA}")
    assert (await bench.call(GET_CONVERSATION, conversation_id=thread, visibility="public")).data.items
    with pytest.raises(UnsupportedError, match="visibility"):
        await bench.call(GET_CONVERSATION, conversation_id=thread, visibility="internal")


# Conversations


async def test_a_conversation_is_read_newest_first_and_pages_to_the_end(bench: Bench, account: Account) -> None:
    (sid,) = account.conversations
    conversation = bench.ref("conversation", sid)
    messages = await walk(bench, GET_CONVERSATION, conversation_id=conversation, limit=1)
    ours, theirs = messages
    assert (theirs.author.ref, theirs.direction, theirs.channel) == (f"main:customer:{CHIARA}", "inbound", "sms")
    assert theirs.body_text.startswith("This is the third grinder")
    assert ours.at > theirs.at
    read = (await bench.call(GET_MESSAGE, message_id=theirs.id)).data
    assert read == theirs


async def test_a_chat_user_is_not_taken_for_the_customer_or_for_us(bench: Bench, account: Account) -> None:
    (sid,) = account.conversations
    page = (await bench.call(GET_CONVERSATION, conversation_id=bench.ref("conversation", sid), limit=1)).data
    (message,) = page.items
    assert (message.author, message.direction) == (None, None)
    assert message.extensions == {"twilio": {"author": "support"}}


async def test_the_receipts_of_a_conversations_message_are_its_delivery(bench: Bench) -> None:
    message = {
        "sid": "IM1", "conversation_sid": "CH1", "author": "system", "body": "Hello", "date_created": None,
        "media": [{"sid": "ME1", "filename": "grinder.jpg", "content_type": "image/jpeg", "size": 4711}],
    }  # fmt: skip
    cases = (
        ({"total": 1, "sent": "all", "delivered": "all", "read": "none"}, ("delivered", False, False)),
        ({"total": 2, "sent": "all", "delivered": "some", "failed": "none"}, ("delivered", True, False)),
        ({"total": 1, "sent": "all", "undelivered": "all"}, ("bounced", False, True)),
        ({"total": 2, "sent": "all", "delivered": "some", "failed": "some"}, ("failed", True, False)),
        ({"total": 1, "sent": "all", "delivered": "all", "read": "all"}, ("read", False, True)),
    )
    for receipts, expected in cases:
        bench.fail_next(reply(200, {**message, "delivery": receipts}))
        read = (await bench.call(GET_MESSAGE, message_id=bench.ref("message", "CH1.IM1"))).data
        assert read.delivery
        assert (read.delivery.status.value, read.delivery.status.lossy, read.delivery.final) == expected
        assert read.author
        assert (read.author.kind, read.direction) == ("system", "outbound")
        assert (read.attachments[0].name, read.attachments[0].size) == ("grinder.jpg", 4711)


async def test_an_unknown_conversation_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="20404"):
        await bench.call(GET_CONVERSATION, conversation_id=bench.ref("conversation", "CH" + "f" * 32))


# The list


async def test_every_id_that_is_given_out_is_one_that_is_taken_back(bench: Bench) -> None:
    chiara = bench.ref("customer", CHIARA)
    await bench.call(SEND_MESSAGE, to=CHIARA, **{**HELLO, "channel": "whatsapp"})
    ids = [chiara]
    for conversation in (await bench.call(LIST_CONVERSATIONS, customer_id=chiara)).data.items:
        messages = (await bench.call(GET_CONVERSATION, conversation_id=conversation.id)).data.items
        ids += [conversation.id, *(message.id for message in messages)]
    assert len(ids) == 10
    check_refs(ids, {"main": bench.connection})
    with pytest.raises(InvalidArgumentError):
        check_refs([bench.ref("conversation", "sms-+1;x")], {"main": bench.connection})


async def test_a_customers_threads_and_conversations_are_listed_newest_first(bench: Bench) -> None:
    await bench.call(SEND_MESSAGE, to=CHIARA, **{**HELLO, "channel": "whatsapp"})
    page = (await bench.call(LIST_CONVERSATIONS, customer_id=bench.ref("customer", CHIARA))).data
    whatsapp, conversation, sms, voice = page.items
    assert (whatsapp.id, whatsapp.channel) == (f"main:conversation:whatsapp-{CHIARA}", "whatsapp")
    assert (sms.id, sms.channel, sms.state) == (f"main:conversation:sms-{CHIARA}", "sms", "unknown")
    assert (voice.id, voice.channel) == (f"main:conversation:voice-{CHIARA}", "voice")
    assert (conversation.subject, conversation.state) == ("THIRD broken grinder in a month", "open")
    assert {item.participants[0].ref for item in page.items} == {f"main:customer:{CHIARA}"}
    assert page.next_cursor is None


async def test_the_list_keeps_to_a_channel(bench: Bench) -> None:
    chiara = bench.ref("customer", CHIARA)
    page = (await bench.call(LIST_CONVERSATIONS, customer_id=chiara, channel="whatsapp")).data
    assert page.items == ()
    assert not any(b"To=%2B" in request.url.encode() for request in bench.requests)
    page = (await bench.call(LIST_CONVERSATIONS, customer_id=chiara, channel="sms")).data
    assert len(page.items) == 2
    with pytest.raises(UnsupportedError, match="channel"):
        await bench.call(LIST_CONVERSATIONS, customer_id=chiara, channel="email")


async def test_since_is_refused_for_twilio_does_not_date_a_conversations_last_message(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="since"):
        await bench.call(LIST_CONVERSATIONS, customer_id=bench.ref("customer", ADA), since=COMPANY.now.isoformat())


def many(account: Account, count: int) -> None:
    """Hold conversations whose sids do not follow their dates."""
    ada = COMPANY.people[0]
    for index in range(count):
        account.converse(ada, COMPANY.now)
        latest = account.conversations[f"CH{len(account.conversations):032x}"]
        latest["conversation_date_updated"] = iso(COMPANY.now - timedelta(hours=index * 7 % count))


async def test_the_list_is_in_order_over_all_pages_of_twilios(bench: Bench, account: Account) -> None:
    many(account, 120)
    items = await walk(bench, LIST_CONVERSATIONS, customer_id=bench.ref("customer", ADA), limit=50)
    assert len({item.id for item in items}) == len(items) == 121
    dated = [account.conversations[item.id.vendor_id] for item in items if item.id.vendor_id.startswith("CH")]
    dates = [item["conversation_date_updated"] for item in dated]
    assert dates == sorted(dates, reverse=True)


async def test_a_list_that_is_too_long_says_that_it_is_cut(bench: Bench, account: Account) -> None:
    many(account, 501)
    listed = await bench.call(LIST_CONVERSATIONS, customer_id=bench.ref("customer", ADA))
    assert [warning.code for warning in listed.warnings] == ["truncated"]


async def test_a_stranger_has_no_conversations(bench: Bench) -> None:
    page = (await bench.call(LIST_CONVERSATIONS, customer_id=bench.ref("customer", STRANGER))).data
    assert (page.items, page.next_cursor) == ((), None)


@pytest.mark.parametrize("fault", [reply(200, b"<html>maintenance</html>"), reply(200, {"messages": None})])
async def test_a_list_that_cannot_be_read_is_not_an_empty_one(bench: Bench, fault: Any) -> None:
    bench.fail_next(fault)
    with pytest.raises(VendorBugError):
        await bench.call(GET_CONVERSATION, conversation_id=bench.ref("conversation", f"sms-{ADA}"))
