"""Intercom's plugin, fed with Intercom traffic that others recorded."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    FIND_CUSTOMERS,
    GET_CONTACTABILITY,
    GET_CUSTOMER,
    LIST_ACTIVITIES,
    LIST_CONVERSATIONS,
    REPLY_TO_TICKET,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)
from trunkline_intercom import trunkline_connector, vendor
from trunkline_intercom.fields import Fields
from trunkline_intercom.normalize import Normalize
from trunkline_intercom.threads import Threads, csat, slas

CONTACT: dict[str, Any] = {"type": "contact", "id": "1"}
CONVERSATION: dict[str, Any] = {"type": "conversation", "id": "1", "state": "open"}
THE_TAG: dict[str, Any] = {"data": []}
A_CONVERSATION = {r"^GET /conversations/\d+$": CONVERSATION}
A_CHANGE = {**A_CONVERSATION, r"^POST /conversations/\d+/(parts|tags)$": {**CONVERSATION, "name": "none"}}
NO_TICKETS: dict[str, Any] = {"^POST /tickets/search$": {"tickets": []}}
NOBODY: dict[str, Any] = {"^POST /contacts/search$": {"data": []}}
NO_TAGS: dict[str, Any] = {"^GET /contacts/[^/]+/tags$": {"data": []}}
NO_CHOICES: dict[str, Any] = {"^GET /contacts/[^/]+/subscriptions$": {"data": []}}


def body_of(exchange: Any) -> Any:
    return orjson.loads(exchange.response.body)


def customer(name: str) -> Callable[[re.Match[str], Any], dict[str, Any]]:
    return lambda match, _: {name: f"main:customer:{match[1]}"}


def changed(**changes: Any) -> Callable[[re.Match[str], Any], dict[str, Any]]:
    """Change the recorded conversation, which was not read before."""

    def arguments(match: re.Match[str], _: Any) -> dict[str, Any]:
        CONVERSATION["id"] = match[1]
        return {"ticket_id": f"main:ticket:conversation-{match[1]}", "changes": changes}

    return arguments


def written(match: re.Match[str], exchange: Any) -> dict[str, Any]:
    visibility = "internal" if orjson.loads(exchange.request.body)["message_type"] == "note" else "public"
    return {"ticket_id": f"main:ticket:conversation-{match[1]}", "body": "text", "visibility": visibility}


def assigned(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    name = body_of(exchange)["admins"][0]["email"]
    return {"ticket_id": "main:ticket:conversation-1", "changes": {"assignee": name}}


def untagged(match: re.Match[str], exchange: Any) -> dict[str, Any]:
    THE_TAG["data"] = [{"type": "tag", "id": match[2], "name": "recorded"}]
    return changed(remove_tags=["recorded"])(match, exchange)


def missed(*_: Any) -> dict[str, Any]:
    return {"ticket_id": "main:ticket:conversation-1", "changes": {"add_tags": ["none-of-these"]}}


def employed(match: re.Match[str], _: Any) -> dict[str, Any]:
    CONTACT["id"] = match[1]
    return {"email": "a@b.example", "company": "Test Company"}


READINGS = (
    Reading("POST", "/contacts/search", FIND_CUSTOMERS, lambda *_: {"email": "a@b.example"}),
    Reading("POST", "/contacts", CREATE_CUSTOMER, lambda *_: {"email": "a@b.example"}, NOBODY),
    Reading(
        "POST",
        "/contacts/([0-9a-f]{24})/companies",
        CREATE_CUSTOMER,
        employed,
        {**NOBODY, "^POST /contacts$": CONTACT, "^GET /companies$": {"id": "69fc2831eb0b7e63a26277da"}},
    ),
    Reading("GET", "/contacts/([0-9a-f]{24})", GET_CUSTOMER, customer("customer_id"), NO_TAGS),
    Reading("GET", "/contacts/([0-9a-f]{24})", GET_CONTACTABILITY, customer("customer_id"), NO_CHOICES),
    Reading("GET", "/contacts/([0-9a-f]{24})/notes", LIST_ACTIVITIES, customer("about")),
    Reading("POST", "/conversations/search", LIST_CONVERSATIONS, lambda *_: {"customer_id": "main:customer:65f0c0ff"}),
    Reading("POST", "/conversations/search", SEARCH_TICKETS, lambda *_: {"text": "a"}, NO_TICKETS),
    Reading("POST", r"/conversations/(\d+)/reply", REPLY_TO_TICKET, written),
    Reading("POST", r"/conversations/(\d+)/parts", UPDATE_TICKET, changed(status="open"), A_CONVERSATION),
    Reading("PUT", r"/conversations/(\d+)", UPDATE_TICKET, changed(subject="another"), A_CONVERSATION),
    Reading(
        "DELETE", r"/conversations/(\d+)/tags/(\d+)", UPDATE_TICKET, untagged, A_CONVERSATION | {"/tags$": THE_TAG}
    ),
    Reading("GET", "/tags", UPDATE_TICKET, missed, A_CONVERSATION),
    Reading("GET", "/admins", UPDATE_TICKET, assigned, A_CHANGE),
)


async def test_every_recorded_reply_to_what_our_tools_ask_becomes_a_record_or_a_named_error() -> None:
    report = await replay(
        trunkline_connector(),
        READINGS,
        settings={"admin_id": "1"},
        auth="access_token",
        credentials={"access_token": "t"},
    )
    report.show()
    assert not report.faults
    # Twelve replies, of which get-contact and search-conversations are each read by two tools.
    assert report.read.total() == len(READINGS) == 14


def records(body: Any, kind: str) -> Iterator[Any]:
    """Every record of a kind in a reply, however deep it stands."""
    if isinstance(body, dict):
        if body.get("type") == kind and {"id", "created_at"} <= body.keys():
            yield body
        for value in body.values():
            yield from records(value, kind)
    for item in body if isinstance(body, list) else ():
        yield from records(item, kind)


def test_every_recorded_record_is_understood_through_whichever_door_it_came() -> None:
    """Lists that we never ask for, and mocks without a status, hold records of the same form."""
    require(RECORDINGS)
    exchange_reader()
    from exchanges import iter_exchanges  # noqa: PLC0415 - it lies in the shared folder

    seen = Counter[str]()
    for exchange in iter_exchanges(RECORDINGS, vendor="intercom", tiers=("A", "A-", "B")):
        body = body_of(exchange)
        for kind, understand in UNDERSTOOD.items():
            for found in records(body, kind):
                understand(found)
                seen[kind] += 1
    print(seen)
    assert seen == {"contact": 28, "conversation": 13, "article": 8, "note": 1, "company": 3}


TO = Normalize("main", Fields(()))
THREADS = Threads(TO)


def understand_contact(found: dict[str, Any]) -> None:
    view = TO.view(vendor.Contact.model_validate(found))
    assert view.display_name
    assert "&amp;" not in view.display_name


def understand_conversation(found: dict[str, Any]) -> None:
    conversation = vendor.Conversation.model_validate(found)
    assert not THREADS.conversation_ticket(conversation).status.lossy
    assert THREADS.conversation(conversation).state != "unknown"
    assert all(message.body_text for message in THREADS.messages_of_conversation(conversation))
    assert csat(conversation.conversation_rating).bucket == "none"
    assert slas(conversation.sla_applied) == ()


def understand_article(found: dict[str, Any]) -> None:
    article = vendor.Article.model_validate(found)
    assert TO.found_article(article).title
    whole = TO.article(article, article, None, 8_000)
    # One is a draft that nobody has filled yet.
    assert whole.body_text or whole.audience == "internal"


def understand_note(found: dict[str, Any]) -> None:
    assert TO.note(vendor.Note.model_validate(found), Ref("main:customer:1")).body_text


UNDERSTOOD: dict[str, Callable[[dict[str, Any]], Any]] = {
    "contact": understand_contact,
    "conversation": understand_conversation,
    "article": understand_article,
    "note": understand_note,
    "company": vendor.Company.model_validate,
}
