"""Zendesk's plugin, fed with Zendesk traffic that others recorded."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.errors import PermissionDeniedError
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.tools import (
    CREATE_TICKET,
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_CONVERSATIONS,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)
from trunkline_zendesk import ZendeskSettings, trunkline_connector, vendor
from trunkline_zendesk.normalize import Names, Normalize, csat

TICKET = {"id": 1, "status": "open", "subject": "s", "tags": [], "updated_at": "2024-01-01T00:00:00Z"}
A_TICKET = {r"^GET /api/v2/tickets/\d+\.json": {"ticket": TICKET}}
A_CHANGE = {**A_TICKET, r"^PUT /api/v2/tickets/\d+\.json": {"ticket": TICKET}}
EMPLOYEE: dict[str, Any] = {"user": {"id": 1, "name": "a"}}
REQUESTED = "https://x.zendesk.com/api/v2/users/1/tickets/requested.json"

# A list has one form through whichever door it comes, so these are taken for replies to what our tools ask.
DOORS = (
    (r".*/tickets\.json(&.*)?", REQUESTED),
    (r".*/views/\d+/tickets(\.json)?", REQUESTED),
    (r".*/incremental/tickets(/cursor)?(\.json)?", REQUESTED),
    (r".*/tickets/show_many\.json", REQUESTED),
    (r".*/api/v2/users(\.json)?", "https://x.zendesk.com/api/v2/users/search.json"),
    (r".*/groups(\.json)?(&.*)?", "https://x.zendesk.com/api/v2/groups.json"),
    (r"<IMPORT_ZENDESK_ENDPOINT>/(tickets/\d+/comments)", r"https://x.zendesk.com/api/v2/\1.json"),
)


def body_of(exchange: Any) -> Any:
    return orjson.loads(exchange.response.body)


def first_group(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    return {"ticket_id": "main:ticket:1", "changes": {"team": body_of(exchange)["groups"][0]["name"]}}


def employed(match: re.Match[str], _: Any) -> dict[str, Any]:
    """Ask for somebody who belongs to the recorded organisation."""
    EMPLOYEE["user"]["organization_id"] = int(match[1])
    return {"customer_id": "main:customer:1", "include": ["company"]}


def created(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    given = orjson.loads(exchange.request.body)["ticket"]
    text = {"subject": given.get("subject") or "none", "body": given.get("description") or "none"}
    return {"requester": "main:customer:1", "first_message": "outbound", **text}


def changed(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"ticket_id": f"main:ticket:{match[1]}", "changes": {"subject": "another"}}


READINGS = (
    Reading("GET", r"/api/v2/users/(\d+)\.json", GET_CUSTOMER, lambda m, _: {"customer_id": f"main:customer:{m[1]}"}),
    Reading("GET", r"/api/v2/users/show_many\.json", FIND_CUSTOMERS, lambda *_: {"external_id": "1"}),
    Reading("GET", r"/api/v2/users/search\.json", FIND_CUSTOMERS, lambda *_: {"name": "a"}),
    Reading(
        "GET",
        r"/api/v2/organizations/(\d+)\.json",
        GET_CUSTOMER,
        employed,
        {r"^GET /api/v2/users/1\.json": EMPLOYEE},
    ),
    Reading("GET", r"/api/v2/tickets/(\d+)\.json", GET_TICKET, lambda m, _: {"ticket_id": f"main:ticket:{m[1]}"}),
    Reading(
        "GET", r"/api/v2/users/1/tickets/requested\.json", SEARCH_TICKETS, lambda *_: {"requester": "main:customer:1"}
    ),
    Reading(
        "GET",
        r"/api/v2/users/1/tickets/requested\.json",
        LIST_CONVERSATIONS,
        lambda *_: {"customer_id": "main:customer:1"},
    ),
    Reading(
        "GET",
        r"/api/v2/tickets/(\d+)/comments\.json",
        GET_CONVERSATION,
        lambda m, _: {"conversation_id": f"main:ticket:{m[1]}"},
    ),
    Reading(
        "GET",
        r"/api/v2/tickets/(\d+)/comments\.json",
        GET_TICKET,
        lambda m, _: {"ticket_id": f"main:ticket:{m[1]}", "include": ["messages"]},
        A_TICKET,
    ),
    Reading("GET", r"/api/v2/groups\.json", UPDATE_TICKET, first_group, A_CHANGE),
    Reading("POST", r"/api/v2/tickets\.json", CREATE_TICKET, created),
    Reading("PUT", r"/api/v2/tickets/(\d+)\.json", UPDATE_TICKET, changed, A_TICKET),
)


def through_our_door(exchange: Any) -> Any:
    """The exchange, as if our tool had asked."""
    if exchange.request is None or exchange.request.method != "GET":
        return exchange
    bare = str(exchange.request.url).partition("?")[0]
    for door, ours in DOORS:
        if match := re.fullmatch(door, bare):
            return replace(exchange, request=replace(exchange.request, url=match.expand(ours)))
    return exchange


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
        settings={"subdomain": "x"},
        auth="api_token",
        credentials={"email": "a@b.example", "api_token": "t"},
    )
    report.show()
    assert not report.faults
    assert report.read.total() > 250


def records(body: Any, *names: str) -> Iterator[Any]:
    """What a reply holds under these names, one by one."""
    for name in names:
        found = body.get(name) if isinstance(body, dict) else None
        yield from found if isinstance(found, list) else [found] if isinstance(found, dict) else ()


def test_every_recorded_ticket_user_and_comment_is_understood_wherever_it_stands(
    recorded: Callable[..., Iterator[Any]],
) -> None:
    to, seen = Normalize("main", "x"), Counter[str]()
    for exchange in recorded(RECORDINGS, vendor="zendesk", tiers=("A", "A-", "B")):
        try:
            body = orjson.loads(exchange.response.body or b"")
        except orjson.JSONDecodeError:
            continue
        for ticket in records(body, "tickets", "ticket", "results"):
            if "requester_id" in ticket and "id" in ticket:
                read = vendor.Ticket.model_validate(ticket)
                assert to.ticket(read, Names()).status.raw
                assert to.conversation(read, Names()).ticket
                assert csat(read.satisfaction_rating).bucket in {"none", "offered", "good", "bad"}
                seen["tickets"] += 1
        for user in records(body, "users", "user", "results"):
            if user.get("id") and "role" in user:
                assert to.customer(vendor.User.model_validate(user), None).display_name
                seen["users"] += 1
        for comment in records(body, "comments"):
            if "author_id" in comment and "body" in comment:
                assert to.message(vendor.Comment.model_validate(comment), 1, Names()).visibility
                seen["comments"] += 1
        for article in records(body, "articles"):
            assert to.article(vendor.Article.model_validate(article)).title
            seen["articles"] += 1
    print(seen)
    assert seen["tickets"] > 1500
    assert min(seen.values()) > 0


class Answering:
    """An `Http` that gives one reply."""

    def __init__(self, body: bytes) -> None:
        self.call = CallContext("main")
        self._body = body

    async def send(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, {}, self._body, request.url)


async def test_the_probe_refuses_each_stranger_whom_zendesk_greeted(recorded: Callable[..., Iterator[Any]]) -> None:
    manifest, strangers = trunkline_connector(), 0
    for exchange in recorded(RECORDINGS, vendor="zendesk"):
        if str(exchange.request and exchange.request.url).endswith("/users/me") and exchange.response.status == 200:
            with pytest.raises(PermissionDeniedError):
                await manifest.probe(ZendeskSettings(subdomain="x"), Answering(exchange.response.body))
            strangers += 1
    assert strangers == 4
