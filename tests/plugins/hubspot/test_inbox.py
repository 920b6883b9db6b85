"""HubSpot's inbox at the sandbox, judged by HubSpot's OpenAPI file: reading threads, and answering on them."""

from dataclasses import replace

import pytest

from plugins.hubspot.asking import ADA, methods, person, sent, thread_of, ticket_of
from support.bench import MARKER, Bench, at_sandbox, reply
from trunkline_contracts.errors import AmbiguousError, NotFoundError, OutcomeUnknownError, UnsupportedError
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import (
    GET_CONVERSATION,
    GET_TICKET,
    LIST_CONVERSATIONS,
    REPLY_TO_TICKET,
    UPDATE_TICKET,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_hubspot import trunkline_connector
from trunkline_hubspot.sandbox_state import OWNER, Account

AGENT = {
    "actorId": "A-80001", "name": "Mara Agent",
    "deliveryIdentifier": {"type": "HS_EMAIL_ADDRESS", "value": "support@roastery.example"},
}  # fmt: skip


async def test_conversations_are_listed_open_and_closed_newest_first(bench: Bench, account: Account) -> None:
    ada, ticket = await person(bench), await ticket_of(bench)
    first = next(iter(account.threads.values()))
    later = {**first, "id": "900000", "status": "CLOSED", "originalChannelId": "1000", "threadAssociations": {},
             "latestMessageTimestamp": "2027-01-01T00:00:00.000Z"}  # fmt: skip
    account.threads["900000"] = later
    found = (await bench.call(LIST_CONVERSATIONS, customer_id=ada)).data.items
    shown = [(one.id, one.channel, one.state, one.ticket) for one in found]
    assert shown == [
        ("main:conversation:900000", "chat", "closed", None),
        (f"main:conversation:{first['id']}", "email", "open", ticket),
    ]
    assert found[0].participants[0].ref == ada
    chats = await bench.call(LIST_CONVERSATIONS, customer_id=ada, channel="chat", since="2026-12-31T00:00:00+00:00")
    assert [one.id for one in chats.data.items] == ["main:conversation:900000"]
    page = (await bench.call(LIST_CONVERSATIONS, customer_id=ada, limit=1)).data
    rest = (await bench.call(LIST_CONVERSATIONS, customer_id=ada, limit=1, cursor=page.next_cursor)).data
    assert [one.id for one in (*page.items, *rest.items)] == [one.id for one in found]


async def test_more_threads_than_one_list_holds_are_said(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    thread = next(iter(account.threads.values()))
    account.threads |= {str(number): {**thread, "id": str(number)} for number in range(700000, 700120)}
    listed = await bench.call(LIST_CONVERSATIONS, customer_id=ada)
    assert [warning.code for warning in listed.warnings] == ["truncated"]


def discussed(account: Account, thread: Ref) -> None:
    """An answer, a comment, and something that nobody said."""
    channel = {"channelId": "1002", "channelAccountId": "900002", "direction": "OUTGOING"}
    account.say(thread.vendor_id, {"type": "MESSAGE", "text": "We look into it.", **channel}, AGENT)
    account.say(thread.vendor_id, {"type": "COMMENT", "text": "A regular."}, {"actorId": "I-5"})
    account.say(thread.vendor_id, {"type": "THREAD_STATUS_CHANGE", "newStatus": "OPEN"}, {"actorId": "S-hubspot"})


async def test_a_conversation_is_read_newest_first_without_what_nobody_said(bench: Bench, account: Account) -> None:
    thread = await thread_of(bench)
    discussed(account, thread)
    read = await bench.call(GET_CONVERSATION, conversation_id=thread)
    said = [(one.visibility, one.direction, one.author.kind, one.body_text) for one in read.data.items]
    assert said == [
        ("internal", "internal", "bot", "A regular."),
        ("public", "outbound", "human_agent", "We look into it."),
        ("public", "inbound", "customer", "I have too much coffee at home. Please cancel Beans Monthly."),
    ]
    assert {one.conversation_id for one in read.data.items} == {thread}
    public = await bench.call(GET_CONVERSATION, conversation_id=thread, visibility="public")
    assert [one.direction for one in public.data.items] == ["outbound", "inbound"]


async def test_a_conversation_is_paged_to_the_end(bench: Bench, account: Account) -> None:
    thread = await thread_of(bench)
    discussed(account, thread)
    texts: list[str] = []
    cursor = None
    while True:
        page = (await bench.call(GET_CONVERSATION, conversation_id=thread, limit=1, cursor=cursor)).data
        texts += [one.body_text for one in page.items]
        if not (cursor := page.next_cursor):
            break
    assert [text[:9] for text in texts] == ["A regular", "We look i", "I have to"]


async def test_a_message_that_hubspot_cut_is_said(bench: Bench, account: Account) -> None:
    thread = await thread_of(bench)
    account.messages[thread.vendor_id][0]["truncationStatus"] = "TRUNCATED_TO_MOST_RECENT_REPLY"
    read = await bench.call(GET_CONVERSATION, conversation_id=thread)
    assert [warning.code for warning in read.warnings] == ["truncated"]


async def test_of_a_ticket_the_notes_and_mails_are_read(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="We look into it.", visibility="internal")
    read = (await bench.call(GET_CONVERSATION, conversation_id=ticket)).data.items
    assert [(one.visibility, one.body_text, one.conversation_id) for one in read] == [
        ("internal", f"We look into it.\n[{MARKER}]", ticket)
    ]
    assert (await bench.call(GET_CONVERSATION, conversation_id=ticket, visibility="public")).data.items == ()


async def test_a_conversation_that_is_gone_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(GET_CONVERSATION, conversation_id=bench.ref("conversation", "1"))


async def test_a_connection_that_may_not_see_the_inbox_still_reads_its_tickets(bench: Bench) -> None:
    def closed(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        return reply(403, {"category": "MISSING_SCOPES"}) if "/conversations/" in request.url else answer

    ticket = await ticket_of(bench)
    bench.rewrite = closed
    read = await bench.call(GET_TICKET, ticket_id=ticket, include=["messages"])
    assert read.data.conversation_id is None
    assert "part_unavailable" in [warning.code for warning in read.warnings]
    # What the sandbox answered to these was changed on its way: there is nothing to judge.
    bench.wire.exchanges.clear()


async def test_a_public_reply_leaves_on_the_account_and_to_the_address_that_the_customer_wrote_with(
    bench: Bench,
) -> None:
    ticket, thread = await ticket_of(bench), await thread_of(bench)
    written = await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="Done <b>so</b>.", visibility="public")
    assert bench.writes_sent == 1
    assert bench.requests[-1].url.endswith(f"/threads/{thread.vendor_id}/messages")
    assert sent(bench) == {
        "type": "MESSAGE", "text": "Done <b>so</b>.", "richText": "Done &lt;b&gt;so&lt;/b&gt;.", "attachments": [],
        "senderActorId": f"A-{OWNER['userId']}", "channelId": "1002", "channelAccountId": "900002",
        "subject": "Please cancel my subscription",
        "recipients": [
            {"recipientField": "TO", "deliveryIdentifiers": [{"type": "HS_EMAIL_ADDRESS", "value": ADA}]}
        ],
    }  # fmt: skip
    message = written.resource
    assert (written.outcome, message.visibility, message.direction, message.channel, message.body_text) == (
        "applied", "public", "outbound", "email", "Done <b>so</b>.",
    )  # fmt: skip
    assert (message.conversation_id, message.delivery.status.value) == (thread, "sent")
    read = (await bench.call(GET_CONVERSATION, **written.verify_with.args)).data.items
    assert read[0].id == message.id


async def test_our_marker_is_never_shown_to_a_customer(bench: Bench) -> None:
    await bench.call(REPLY_TO_TICKET, ticket_id=await ticket_of(bench), body="Done.", visibility="public")
    assert MARKER.encode() not in bench.requests[-1].body


async def test_a_reply_answers_the_last_message_of_the_customer_and_not_our_own(bench: Bench, account: Account) -> None:
    ticket, thread = await ticket_of(bench), await thread_of(bench)
    chat = {"type": "MESSAGE", "channelId": "1000", "channelAccountId": "900009"}
    visitor = {"actorId": "V-1", "deliveryIdentifier": {"type": "CHANNEL_SPECIFIC_OPAQUE_ID", "value": "x1"}}
    account.say(thread.vendor_id, {**chat, "text": "Hello?", "direction": "INCOMING"}, visitor)
    discussed(account, thread)
    await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="Done.", visibility="public")
    assert (sent(bench)["channelId"], sent(bench)["channelAccountId"]) == ("1000", "900009")
    assert sent(bench)["recipients"][0]["deliveryIdentifiers"] == [visitor["deliveryIdentifier"]]
    assert "subject" not in sent(bench)


async def test_a_ticket_without_a_thread_cannot_be_answered(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    lonely = account.add("tickets", {"subject": "By phone", "hs_pipeline": "0", "hs_pipeline_stage": "1"})
    account.link("contacts", ada.vendor_id, "tickets", lonely)
    for ticket in (lonely, account.add("tickets", {"subject": "Nobody's", "hs_pipeline_stage": "1"})):
        with pytest.raises(UnsupportedError, match="no thread") as raised:
            await bench.call(REPLY_TO_TICKET, ticket_id=bench.ref("ticket", ticket), body="Hello.", visibility="public")
        assert "send_message" in raised.value.body.supported_alternatives
    assert set(methods(bench)) == {"GET"}


async def test_without_a_user_to_reply_as_nothing_is_sent() -> None:
    manifest = trunkline_connector()
    sandbox = manifest.open_sandbox(COMPANY)
    settings = {**sandbox.settings, "sender_user_id": None}
    async with at_sandbox(manifest, sandbox=replace(sandbox, settings=settings)) as bench:
        ticket = await ticket_of(bench)
        with pytest.raises(UnsupportedError, match="operator"):
            await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="Hello.", visibility="public")
        assert bench.requests == []


async def test_a_reply_that_hubspot_could_not_deliver_is_partial(bench: Bench) -> None:
    def failing(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        failed = answer.body.replace(b'"SENT"', b'"FAILED"')
        return HttpResponse(answer.status, answer.headers, failed, answer.url) if request.method == "POST" else answer

    ticket = await ticket_of(bench)
    bench.rewrite = failing
    written = await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="Hello.", visibility="public")
    assert (written.outcome, written.resource.delivery.status.value, written.resource.delivery.final) == (
        "partial", "failed", True,
    )  # fmt: skip


@pytest.mark.parametrize("visibility", ["public", "internal"])
async def test_a_status_is_set_after_the_reply(bench: Bench, visibility: str) -> None:
    ticket = await ticket_of(bench)
    replied = await bench.call(
        REPLY_TO_TICKET, ticket_id=ticket, body="Done.", visibility=visibility, status_after="closed"
    )
    assert replied.outcome == "applied"
    assert methods(bench)[-2:] == ["POST", "PATCH"]
    assert sent(bench) == {"properties": {"hs_pipeline_stage": "4"}}


async def test_a_status_that_cannot_be_set_is_said_before_anything_is_sent(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "closed"})
    bench.wire.exchanges.clear()
    with pytest.raises(AmbiguousError):
        await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="Again?", visibility="public", status_after="open")
    with pytest.raises(UnsupportedError):
        await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="Done.", visibility="public", status_after="solved")
    assert set(methods(bench)) == {"GET"}


async def test_a_status_that_fails_after_the_reply_is_partial_and_not_an_error(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    bench.rewrite = lambda request, answer: reply(400) if request.method == "PATCH" else answer
    replied = await bench.call(
        REPLY_TO_TICKET, ticket_id=ticket, body="Done.", visibility="internal", status_after="closed"
    )
    assert replied.outcome == "partial"
    assert [warning.field for warning in replied.warnings] == ["status_after"]


async def test_a_dry_run_of_a_reply_shows_it_and_sends_none(bench: Bench, account: Account) -> None:
    ticket, thread = await ticket_of(bench), await thread_of(bench)
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="Done.", visibility="public", dry_run=True)
    assert shown.value.preview.body["text"] == "Done."
    assert len(account.messages[thread.vendor_id]) == 1


async def test_a_reply_without_a_clear_answer_is_unknown_and_sent_once(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    bench.fail_next_write(reply(500))
    with pytest.raises(OutcomeUnknownError):
        await bench.call(REPLY_TO_TICKET, ticket_id=ticket, body="Done.", visibility="public")
    assert bench.writes_sent == 1
