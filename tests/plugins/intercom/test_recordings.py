"""Intercom's plugin, fed with Intercom traffic that others recorded."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import (
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    LIST_CONVERSATIONS,
    REPLY_TO_TICKET,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)
from trunkline_intercom import trunkline_connector, vendor
from trunkline_intercom.normalize import Normalize
from trunkline_intercom.threads import Threads, csat, slas

CONVERSATION: dict[str, Any] = {"type": "conversation", "id": "1", "state": "open"}
A_CONVERSATION = {r"^GET /conversations/\d+$": CONVERSATION}
A_CHANGE = {**A_CONVERSATION, r"^POST /conversations/\d+/(parts|tags)$": {**CONVERSATION, "name": "none"}}
NO_TICKETS: dict[str, Any] = {"^POST /tickets/search$": {"tickets": []}}

# A list has one form through whichever door it comes, so these are taken for replies to what our tools ask.
DOORS = {"/contacts": "/contacts/search", "/conversations": "/conversations/search"}


def body_of(exchange: Any) -> Any:
    return orjson.loads(exchange.response.body)


def changed(**changes: Any) -> Callable[[re.Match[str], Any], dict[str, Any]]:
    """Change the recorded conversation, which was not read before."""

    def arguments(match: re.Match[str], _: Any) -> dict[str, Any]:
        CONVERSATION["id"] = match[1]
        return {"ticket_id": f"main:ticket:conversation-{match[1]}", "changes": changes}

    return arguments


def written(match: re.Match[str], exchange: Any) -> dict[str, Any]:
    visibility = "internal" if orjson.loads(exchange.request.body)["message_type"] == "note" else "public"
    return {"ticket_id": f"main:ticket:conversation-{match[1]}", "body": "text", "visibility": visibility}


def tagged(_: re.Match[str], exchange: Any) -> dict[str, Any] | None:
    name = body_of(exchange)["data"][0]["name"]
    is_sayable = not re.search(r"[\s,]", name)
    return {"ticket_id": "main:ticket:conversation-1", "changes": {"add_tags": [name]}} if is_sayable else None


def assigned(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    name = body_of(exchange)["admins"][0]["email"]
    return {"ticket_id": "main:ticket:conversation-1", "changes": {"assignee": name}}


def untagged(match: re.Match[str], exchange: Any) -> dict[str, Any]:
    THE_TAG["data"] = [{"type": "tag", "id": match[2], "name": "recorded"}]
    return changed(remove_tags=["recorded"])(match, exchange)


THE_TAG: dict[str, Any] = {"data": []}
READINGS = (
    Reading("POST", "/contacts/search", FIND_CUSTOMERS, lambda *_: {"email": "a@b.example"}),
    Reading(
        "GET",
        r"/contacts/([0-9a-f]{24})",
        GET_CUSTOMER,
        lambda m, _: {"customer_id": f"main:customer:{m[1]}"},
        {"^GET /contacts/[^/]+/tags$": {"data": []}},
    ),
    Reading("GET", r"/contacts/([0-9a-f]{24})/notes", LIST_ACTIVITIES, lambda m, _: {"about": f"main:customer:{m[1]}"}),
    Reading("POST", "/conversations/search", LIST_CONVERSATIONS, lambda *_: {"customer_id": "main:customer:65f0c0ff"}),
    Reading("POST", "/conversations/search", SEARCH_TICKETS, lambda *_: {"text": "a"}, NO_TICKETS),
    Reading(
        "GET", r"/conversations/(\d+)", GET_CONVERSATION, lambda m, _: {"conversation_id": f"main:conversation:{m[1]}"}
    ),
    Reading(
        "GET",
        r"/conversations/(\d+)",
        GET_TICKET,
        lambda m, _: {"ticket_id": f"main:ticket:conversation-{m[1]}", "include": ["messages", "csat", "sla"]},
    ),
    Reading("POST", r"/conversations/(\d+)/reply", REPLY_TO_TICKET, written),
    Reading("POST", r"/conversations/(\d+)/parts", UPDATE_TICKET, changed(status="open"), A_CONVERSATION),
    Reading("PUT", r"/conversations/(\d+)", UPDATE_TICKET, changed(subject="another"), A_CONVERSATION),
    Reading(
        "DELETE", r"/conversations/(\d+)/tags/(\d+)", UPDATE_TICKET, untagged, A_CONVERSATION | {"/tags$": THE_TAG}
    ),
    Reading("GET", "/tags", UPDATE_TICKET, tagged, A_CHANGE),
    Reading("GET", "/admins", UPDATE_TICKET, assigned, A_CHANGE),
)


def through_our_door(exchange: Any) -> Any:
    """The exchange, as if our tool had asked; the mocks hold no status, and only successes were kept."""
    if exchange.request is None:
        return exchange
    response = replace(exchange.response, status=exchange.response.status or 200)
    bare = str(exchange.request.url).partition("?")[0]
    path = bare[bare.find("/", 8) :] if bare.startswith("https://") else bare
    request = exchange.request
    if request.method == "GET" and path in DOORS:
        request = replace(request, method="POST", url=DOORS[path])
    return replace(exchange, request=request, response=response)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Iterator[Any]]:
    require(RECORDINGS)
    exchange_reader()
    import exchanges  # noqa: PLC0415 - it lies in the shared folder

    plain: Callable[..., Iterator[Any]] = exchanges.iter_exchanges
    monkeypatch.setattr(exchanges, "iter_exchanges", lambda *a, **k: map(through_our_door, plain(*a, **k)))
    return plain


@pytest.mark.usefixtures("recorded")
async def test_every_recorded_reply_that_a_tool_reads_becomes_a_record_or_a_named_error() -> None:
    report = await replay(
        trunkline_connector(),
        READINGS,
        settings={"admin_id": "1"},
        auth="access_token",
        credentials={"access_token": "t"},
    )
    report.show()
    assert not report.faults
    assert report.read.total() >= 22


def records(body: Any, kind: str) -> Iterator[Any]:
    """Every record of a kind in a reply, however deep it stands."""
    if isinstance(body, dict):
        if body.get("type") == kind and {"id", "created_at"} <= body.keys():
            yield body
        for value in body.values():
            yield from records(value, kind)
    for item in body if isinstance(body, list) else ():
        yield from records(item, kind)


def test_every_recorded_record_is_understood_wherever_it_stands(recorded: Callable[..., Iterator[Any]]) -> None:
    to, seen = Normalize("main"), Counter[str]()
    threads, about = Threads(to), Ref("main:customer:1")
    for exchange in recorded(RECORDINGS, vendor="intercom", tiers=("A", "A-", "B")):
        body = body_of(exchange)
        for found in records(body, "contact"):
            assert to.view(vendor.Contact.model_validate(found)).display_name
            seen["contacts"] += 1
        for found in records(body, "conversation"):
            conversation = vendor.Conversation.model_validate(found)
            assert not threads.conversation_ticket(conversation).status.lossy
            assert threads.conversation(conversation).state != "unknown"
            assert all(message.body_text for message in threads.messages_of_conversation(conversation))
            assert csat(conversation.conversation_rating).bucket == "none"
            assert slas(conversation.sla_applied) == ()
            seen["conversations"] += 1
        for found in records(body, "note"):
            assert to.note(vendor.Note.model_validate(found), about).body_text
            seen["notes"] += 1
        for found in records(body, "article"):
            assert to.article(vendor.Article.model_validate(found)).title
            seen["articles"] += 1
    print(seen)
    assert seen["conversations"] >= 12
    assert min(seen.values()) > 0
