"""Intercom's threads and messages: snoozing, linking, merging, sending, and whole articles."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from support.bench import MARKER, Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    UnsupportedError,
)
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import (
    CREATE_TICKET,
    GET_ARTICLE,
    GET_CONVERSATION,
    GET_TICKET,
    MERGE_TICKETS,
    REPLY_TO_TICKET,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    SEND_MESSAGE,
    UPDATE_TICKET,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_intercom import trunkline_connector
from trunkline_intercom.sandbox_records import ROBIN, TRACKER_TYPE, contact_id

ADA_ID = f"main:customer:{contact_id(1)}"
BRUNO_ID = f"main:customer:{contact_id(2)}"
GRACE_ID = f"main:customer:{contact_id(7)}"
UNTIL = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = int(UNTIL.timestamp())


def writes(bench: Bench) -> list[tuple[str, str, Any]]:
    """Method, path and body of what was written, but for searches."""
    return [
        (item.method, item.url.partition(".io")[2], orjson.loads(item.body or b"null"))
        for item in bench.requests
        if item.method != "GET" and not item.url.endswith("/search")
    ]


async def thread_of(bench: Bench, customer: str) -> Any:
    (found,) = (await bench.call(SEARCH_TICKETS, requester=customer)).data.items
    return found


async def test_a_conversation_is_on_hold_until_a_date_and_opens_again(bench: Bench) -> None:
    thread = await thread_of(bench, BRUNO_ID)
    changes = {"status": "on_hold", "snooze_until": UNTIL}
    result = await bench.call(UPDATE_TICKET, ticket_id=thread.id, changes=changes)
    assert result.resource
    assert (result.resource.status.value, result.resource.flags.snoozed_until) == ("on_hold", UNTIL)
    key = thread.id.vendor_id.removeprefix("conversation-")
    snoozing = {"message_type": "snoozed", "snoozed_until": LATER, "admin_id": ROBIN}
    assert writes(bench) == [("POST", f"/conversations/{key}/parts", snoozing)]
    assert result.undo
    assert result.undo.args["changes"] == {"status": "open"}
    bench.key = "another-key-0000000"
    await bench.call(UPDATE_TICKET, **result.undo.args)
    assert (await bench.call(GET_TICKET, ticket_id=thread.id)).data.status.value == "open"


async def test_a_snoozed_conversation_that_was_opened_can_be_snoozed_again(bench: Bench) -> None:
    thread = await thread_of(bench, BRUNO_ID)
    await bench.call(UPDATE_TICKET, ticket_id=thread.id, changes={"snooze_until": UNTIL})
    bench.key = "another-key-0000000"
    opened = await bench.call(UPDATE_TICKET, ticket_id=thread.id, changes={"status": "open"})
    assert opened.undo
    assert opened.undo.args["changes"] == {"snooze_until": UNTIL.isoformat()}


async def test_a_ticket_is_snoozed_beside_its_status_and_only_a_date_before_can_come_back(bench: Bench) -> None:
    ticket = await thread_of(bench, ADA_ID)
    changes = {"status": "pending_customer", "snooze_until": UNTIL}
    result = await bench.call(UPDATE_TICKET, ticket_id=ticket.id, changes=changes)
    assert result.resource
    assert (result.resource.status.value, result.resource.flags.snoozed_until) == ("pending_customer", UNTIL)
    assert result.undo is None
    assert writes(bench)[0][2] == {"snoozed_until": LATER, "ticket_state_id": "73", "admin_id": int(ROBIN)}
    bench.key = "another-key-0000000"
    again = await bench.call(UPDATE_TICKET, ticket_id=ticket.id, changes={"snooze_until": UNTIL.replace(year=2031)})
    assert again.undo
    assert again.undo.args["changes"] == {"snooze_until": UNTIL.isoformat()}


@pytest.mark.parametrize(("customer", "status"), [(ADA_ID, "closed"), (BRUNO_ID, "closed"), (BRUNO_ID, "open")])
async def test_a_date_and_a_status_that_contradict_are_refused(bench: Bench, customer: str, status: str) -> None:
    thread = await thread_of(bench, customer)
    with pytest.raises(InvalidArgumentError):
        await bench.call(UPDATE_TICKET, ticket_id=thread.id, changes={"status": status, "snooze_until": UNTIL})
    assert writes(bench) == []


async def test_tags_that_nobody_can_see_are_not_taken_back(bench: Bench) -> None:
    ticket = await thread_of(bench, ADA_ID)
    result = await bench.call(UPDATE_TICKET, ticket_id=ticket.id, changes={"add_tags": ["vip"]})
    assert result.resource
    assert (result.resource.tags, result.undo) == (("vip",), None)


NEW: dict[str, Any] = {
    "requester": ADA_ID,
    "subject": "Grinder",
    "body": "It is loud.",
    "first_message": "from_customer",
}


async def test_a_new_ticket_of_a_customer_is_linked_with_nothing(bench: Bench) -> None:
    related = (await thread_of(bench, BRUNO_ID)).id
    with pytest.raises(UnsupportedError, match="tracker"):
        await bench.call(CREATE_TICKET, **NEW, related=related)
    assert writes(bench) == []


async def test_a_new_tracker_is_linked_with_a_conversation() -> None:
    manifest = trunkline_connector()
    plain = manifest.open_sandbox(COMPANY)
    sandbox = replace(plain, settings={**plain.settings, "ticket_type_id": TRACKER_TYPE})
    async with at_sandbox(manifest, sandbox=sandbox) as bench:
        related = (await thread_of(bench, BRUNO_ID)).id
        result = await bench.call(CREATE_TICKET, **NEW, related=related)
        assert writes(bench)[0][2]["conversation_to_link_id"] == related.vendor_id.removeprefix("conversation-")
    assert result.resource
    assert result.resource.extensions
    assert result.resource.extensions["intercom"]["linked"] == [str(related)]


async def test_a_merge_names_the_one_that_goes_on_and_then_says_why(bench: Bench) -> None:
    into, ticket = await thread_of(bench, BRUNO_ID), await thread_of(bench, ADA_ID)
    conversation = await thread_of(bench, GRACE_ID)
    result = await bench.call(
        MERGE_TICKETS, into=into.id, duplicates=[ticket.id, conversation.id], reason="same request"
    )
    target = into.id.vendor_id.removeprefix("conversation-")
    duplicates = [ticket.id.vendor_id, conversation.id.vendor_id.removeprefix("conversation-")]
    first, second, (_, path, note) = writes(bench)
    body = {"merge_into_conversation_id": int(target)}
    assert first == ("POST", f"/conversations/{duplicates[0]}/merge", body)
    assert second == ("POST", f"/conversations/{duplicates[1]}/merge", body)
    assert (path, note["message_type"]) == (f"/conversations/{target}/reply", "note")
    assert note["body"] == f"Merged {', '.join(duplicates)} into this. same request<br><br>[{MARKER}]"
    assert result.resource
    assert (result.resource.id, result.undo) == (into.id, None)
    assert "irreversible" in {warning.code for warning in result.warnings}
    merged = (await bench.call(GET_TICKET, ticket_id=conversation.id)).data
    assert merged.status.value == "closed"
    assert merged.extensions
    assert merged.extensions["intercom"]["linked"] == [str(into.id)]


async def test_a_merge_that_was_made_before_is_a_conflict(bench: Bench) -> None:
    into, ticket = await thread_of(bench, BRUNO_ID), await thread_of(bench, ADA_ID)
    await bench.call(MERGE_TICKETS, into=into.id, duplicates=[ticket.id], reason="same request")
    bench.key = "another-key-0000000"
    with pytest.raises(ConflictError):
        await bench.call(MERGE_TICKETS, into=into.id, duplicates=[ticket.id], reason="same request")


async def test_a_merge_that_was_refused_halfway_says_so(bench: Bench) -> None:
    into, ticket = await thread_of(bench, BRUNO_ID), await thread_of(bench, ADA_ID)
    result = await bench.call(
        MERGE_TICKETS, into=into.id, duplicates=[ticket.id, "main:ticket:999"], reason="same request"
    )
    assert result.outcome == "partial"
    assert [warning.code for warning in result.warnings] == ["irreversible", "not_atomic"]


async def test_an_email_goes_to_a_contact_with_a_subject(bench: Bench) -> None:
    said: dict[str, Any] = {
        "to": ADA_ID,
        "channel": "email",
        "purpose": "transactional",
        "body": "Hello <Ada>.",
        "subject": "Hi",
    }
    result = await bench.call(SEND_MESSAGE, **said)
    assert writes(bench) == [
        (
            "POST",
            "/messages",
            {
                "message_type": "email",
                "body": "Hello &lt;Ada&gt;.",
                "from": {"type": "admin", "id": int(ROBIN)},
                "to": {"type": "user", "id": contact_id(1)},
                "subject": "Hi",
                "template": "plain",
            },
        )
    ]
    message = result.resource
    assert message
    assert (message.channel, message.direction, message.subject) == ("email", "outbound", "Hi")
    assert (message.body_text, message.conversation_id) == ("Hello <Ada>.", None)


async def test_an_address_is_looked_up_without_writing(bench: Bench) -> None:
    said: dict[str, Any] = {
        "to": "ada.okafor@fernway-studio.example",
        "channel": "email",
        "subject": "Hi",
        "body": "Hello.",
    }
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(SEND_MESSAGE, **said, purpose="transactional", dry_run=True)
    assert shown.value.preview.body["to"] == {"type": "user", "id": contact_id(1)}
    with pytest.raises(NotFoundError, match="create_customer"):
        await bench.call(SEND_MESSAGE, **{**said, "to": "nobody@nowhere.example"}, purpose="transactional")
    two = [{"type": "contact", "id": contact_id(at)} for at in (1, 2)]
    bench.fail_next(reply(200, {"data": two}))
    with pytest.raises(AmbiguousError):
        await bench.call(SEND_MESSAGE, **said, purpose="transactional")
    assert writes(bench) == []


async def test_a_lead_is_written_to_as_a_lead(bench: Bench) -> None:
    bench.fail_next(reply(200, {"type": "contact", "id": contact_id(1), "role": "lead"}))
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(SEND_MESSAGE, to=ADA_ID, channel="chat", purpose="marketing", body="Hello.", dry_run=True)
    assert shown.value.preview.body["to"]["type"] == "lead"
    assert shown.value.preview.body["message_type"] == "in_app"


@pytest.mark.parametrize(
    "said",
    [
        {"to": ADA_ID, "channel": "email"},
        {"to": ADA_ID, "channel": "chat", "subject": "Hi"},
        {"to": "ada@fernway.example", "channel": "chat"},
        {"to": ADA_ID, "channel": "sms"},
        {"to": ADA_ID, "channel": "email", "subject": "Hi", "send_at": UNTIL},
        {"to": ADA_ID, "channel": "chat", "in_reply_to": "main:conversation:1"},
    ],
)
async def test_what_a_channel_lacks_is_refused_before_anything_is_asked(bench: Bench, said: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        await bench.call(SEND_MESSAGE, **said, purpose="transactional", body="Hello.")
    assert bench.requests == []


@pytest.mark.parametrize("flags", [{"email": "a@b.example", "unsubscribed_from_emails": True}, {"email": None}])
async def test_no_marketing_goes_to_who_unsubscribed_and_no_email_to_who_has_none(
    bench: Bench, flags: dict[str, Any]
) -> None:
    bench.fail_next(reply(200, {"type": "contact", "id": contact_id(1), **flags}))
    with pytest.raises(ConflictError):
        await bench.call(SEND_MESSAGE, to=ADA_ID, channel="email", purpose="marketing", subject="Hi", body="Sale!")
    assert writes(bench) == []


async def test_an_article_is_read_whole_or_cut_with_a_warning(bench: Bench) -> None:
    (found,) = (await bench.call(SEARCH_ARTICLES, query="grinder")).data.items
    whole = await bench.call(GET_ARTICLE, article_id=found.id)
    assert whole.data.body_text == "Every grinder has a two-year warranty. A broken one is replaced free of charge."
    assert (whole.data.locale, whole.data.audience, whole.warnings) == ("en", "public", ())
    long = {"id": "7", "title": "t", "body": "<p>" + "word " * 100 + "</p>", "state": "published"}
    bench.fail_next(reply(200, long))
    cut = await bench.call(GET_ARTICLE, article_id=found.id, max_chars=100)
    assert (len(cut.data.body_text or ""), [warning.code for warning in cut.warnings]) == (100, ["truncated"])


async def test_an_article_comes_in_a_language_that_it_is_published_in(bench: Bench) -> None:
    content = {"title": "Garantie", "body": "<p>Zwei Jahre.</p>", "state": "published"}
    other = {"type": "article_translated_content", "pt-BR": content, "de": {**content, "state": "draft"}, "fr": None}
    article = {"id": "7", "title": "Warranty", "state": "published", "default_locale": "en"}
    bench.fail_next(*[reply(200, {**article, "translated_content": other})] * 3)
    found = (await bench.call(GET_ARTICLE, article_id="main:article:7", locale="pt-br")).data
    assert (found.title, found.body_text, found.locale) == ("Garantie", "Zwei Jahre.", "pt-br")
    for locale in ("de", "fr"):
        with pytest.raises(NotFoundError, match="language"):
            await bench.call(GET_ARTICLE, article_id="main:article:7", locale=locale)


async def test_a_draft_is_for_inside_only(bench: Bench) -> None:
    bench.fail_next(reply(200, {"id": "7", "title": "t", "body": "b", "state": "draft"}))
    assert (await bench.call(GET_ARTICLE, article_id="main:article:7")).data.audience == "internal"


async def test_parts_that_intercom_kept_back_are_told_of(bench: Bench) -> None:
    part = {"type": "x", "id": "9", "part_type": "comment", "body": "Hi", "author": {"type": "bot", "id": "1"}}
    parts = {"conversation_parts": [part], "total_count": 501}
    bench.fail_next(reply(200, {"type": "conversation", "id": "1", "conversation_parts": parts}))
    result = await bench.call(GET_CONVERSATION, conversation_id="main:conversation:1")
    assert [warning.code for warning in result.warnings] == ["truncated"]


async def test_a_conversation_that_is_a_ticket_is_called_as_the_ticket_is(bench: Bench) -> None:
    attributes = {"_default_title_": "PDF export broken", "_default_description_": "It is empty.", "Team": "Apps"}
    bench.fail_next(reply(200, {"type": "conversation", "id": "1", "source": None, "custom_attributes": attributes}))
    ticket = (await bench.call(GET_TICKET, ticket_id="main:ticket:conversation-1")).data
    assert (ticket.subject, ticket.description_text) == ("PDF export broken", "It is empty.")
    assert ticket.custom_fields == {"Team": "Apps"}


async def test_a_reply_cannot_put_on_hold_without_a_date(bench: Bench) -> None:
    for customer in (ADA_ID, BRUNO_ID):
        thread = await thread_of(bench, customer)
        with pytest.raises(UnsupportedError, match="snooze_until"):
            await bench.call(
                REPLY_TO_TICKET, ticket_id=thread.id, body="Wait.", visibility="public", status_after="on_hold"
            )
    assert writes(bench) == []
