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
    CREATE_CUSTOMER,
    CREATE_TICKET,
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    MERGE_TICKETS,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_zendesk import ZendeskSettings, trunkline_connector, vendor
from trunkline_zendesk.normalize import Names, Normalize, csat

TICKET = {"id": 1, "status": "open", "subject": "s", "tags": [], "updated_at": "2024-01-01T00:00:00Z"}
USER: dict[str, Any] = {"id": 1, "name": "Somebody Else", "role": "end-user"}
A_TICKET = {r"^GET /api/v2/tickets/\d+\.json": {"ticket": TICKET}}
A_CHANGE = {**A_TICKET, r"^PUT /api/v2/tickets/\d+\.json": {"ticket": TICKET}}
A_USER = {r"^GET /api/v2/users/\d+\.json": {"user": USER}}
A_MERGE = {r"^POST /api/v2/tickets/\d+/merge\.json": {"job_status": {"id": "V3-1", "status": "queued"}}}
EMPLOYEE: dict[str, Any] = {"user": {"id": 1, "name": "a"}}

# One request, written in another way: without the ending, with a `&` for the `?`, or below a recorder's placeholder.
SPELLINGS = (
    (r"(.*/api/v2/(?:users|tickets)/\d+)", r"\1.json"),
    (r"(.*/api/v2/(?:groups|users|tickets)\.json)&.*", r"\1"),
    (r"<IMPORT_ZENDESK_ENDPOINT>/(groups|tickets/\d+/comments)", r"https://x.zendesk.com/api/v2/\1.json"),
)
# Replies of which only the body was kept, and the requests that their files' names stand for.
BODIES = {
    "GET/user.json": ("GET", "users/1.json", 200),
    "GET/organization.json": ("GET", "organizations/1.json", 200),
    "GET/ticket_comments.json": ("GET", "tickets/1/comments.json", 200),
    "GET/ticket_show_many.json": ("GET", "tickets/show_many.json", 200),
    "POST/ticket.json": ("POST", "tickets.json", 201),
    "tickets/show_404.json": ("GET", "tickets/1.json", 404),
    "errors/422_record_invalid.json": ("PUT", "tickets/1.json", 422),
}


def body_of(exchange: Any) -> Any:
    return orjson.loads(exchange.response.body)


def asked_for(exchange: Any, record: str) -> dict[str, Any]:
    """What the recorded request wanted to write."""
    found: dict[str, Any] = orjson.loads(exchange.request.body)[record] if exchange.request.body else {}
    return found


def some_group(_: re.Match[str], exchange: Any) -> dict[str, Any] | None:
    """Give the ticket to a group whose name no other has."""
    names = Counter(group["name"].casefold() for group in body_of(exchange)["groups"] if not group["deleted"])
    once = next((name for name, count in names.items() if count == 1), None)
    return {"ticket_id": "main:ticket:1", "changes": {"team": once}} if once else None


def employed(match: re.Match[str], _: Any) -> dict[str, Any]:
    """Ask for somebody who belongs to the recorded organisation."""
    EMPLOYEE["user"]["organization_id"] = int(match[1])
    return {"customer_id": "main:customer:1", "include": ["company"]}


def created(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    given = asked_for(exchange, "ticket")
    text = {"subject": given.get("subject") or "none", "body": given.get("description") or "none"}
    return {"requester": "main:customer:1", "first_message": "outbound", **text}


def changed(match: re.Match[str], exchange: Any) -> dict[str, Any]:
    subject = asked_for(exchange, "ticket").get("subject", "another")
    return {"ticket_id": f"main:ticket:{match[1]}", "changes": {"subject": subject}}


def merged(_: re.Match[str], exchange: Any) -> dict[str, Any] | None:
    """Merge the first tickets of a list; one alone cannot be merged."""
    into, *others = [f"main:ticket:{ticket['id']}" for ticket in body_of(exchange)["tickets"][:6]]
    return {"into": into, "duplicates": others, "reason": "same request"} if others else None


def made(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    return {"family_name": asked_for(exchange, "user")["name"]}


def renamed(match: re.Match[str], exchange: Any) -> dict[str, Any]:
    USER["id"] = int(match[1])
    name = asked_for(exchange, "user")["name"]
    return {"customer_id": f"main:customer:{match[1]}", "changes": {"given_name": name}}


READINGS = (
    Reading("GET", r"/api/v2/users/(\d+)\.json", GET_CUSTOMER, lambda m, _: {"customer_id": f"main:customer:{m[1]}"}),
    Reading("GET", r"/api/v2/users/show_many\.json", FIND_CUSTOMERS, lambda *_: {"external_id": "1"}),
    Reading(
        "GET",
        r"/api/v2/organizations/(\d+)\.json",
        GET_CUSTOMER,
        employed,
        {r"^GET /api/v2/users/1\.json": EMPLOYEE},
    ),
    Reading("POST", r"/api/v2/users\.json", CREATE_CUSTOMER, made),
    Reading("PUT", r"/api/v2/users/(\d+)\.json", UPDATE_CUSTOMER, renamed, A_USER),
    Reading("GET", r"/api/v2/tickets/(\d+)\.json", GET_TICKET, lambda m, _: {"ticket_id": f"main:ticket:{m[1]}"}),
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
    Reading("GET", r"/api/v2/groups\.json", UPDATE_TICKET, some_group, A_CHANGE),
    Reading("POST", r"/api/v2/tickets\.json", CREATE_TICKET, created),
    Reading("PUT", r"/api/v2/tickets/(\d+)\.json", UPDATE_TICKET, changed, A_TICKET),
    Reading("GET", r"/api/v2/tickets/show_many\.json", MERGE_TICKETS, merged, A_MERGE),
)


def as_ours(exchange: Any) -> Any:
    """The exchange with its request as our tools spell it."""
    if exchange.request is None:
        return with_its_request(exchange)
    url = str(exchange.request.url)
    for spelling, ours in SPELLINGS:
        if match := re.fullmatch(spelling, url.partition("?")[0]):
            url = match.expand(ours)
    return replace(exchange, request=replace(exchange.request, url=url))


def with_its_request(exchange: Any) -> Any:
    """A bare body with the request that its file's name stands for."""
    for ending, (method, path, status) in BODIES.items():
        if exchange.path.endswith(ending):
            import exchanges  # noqa: PLC0415 - it lies in the shared folder

            request = exchanges.Request(method, f"https://x.zendesk.com/api/v2/{path}", (), b"")
            return replace(exchange, request=request, response=replace(exchange.response, status=status))
    return exchange


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Iterator[Any]]:
    require(RECORDINGS)
    exchange_reader()
    import exchanges  # noqa: PLC0415 - it lies in the shared folder

    plain: Callable[..., Iterator[Any]] = exchanges.iter_exchanges
    monkeypatch.setattr(exchanges, "iter_exchanges", lambda *a, **k: map(as_ours, plain(*a, **k)))
    return plain


@pytest.mark.usefixtures("recorded")
async def test_every_recorded_reply_that_a_tool_reads_becomes_a_record_or_a_named_error() -> None:
    report = await replay(
        trunkline_connector(),
        READINGS,
        settings={"subdomain": "x"},
        auth="api_token",
        credentials={"email": "a@b.example", "api_token": "t"},
        tiers=("A", "A-", "B"),
    )
    report.show()
    assert not report.faults
    assert not [what for what in report.read if what.endswith("ambiguous")]
    assert report.read.total() > 190


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
                assert to.view(vendor.User.model_validate(user), None).display_name
                seen["users"] += 1
        for comment in records(body, "comments"):
            if "author_id" in comment and "body" in comment:
                assert to.message(vendor.Comment.model_validate(comment), 1, Names()).visibility
                seen["comments"] += 1
        for article in records(body, "articles"):
            assert to.found_article(vendor.Article.model_validate(article)).title
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


class Listing:
    """An `Http` that gives recorded lists of fields, by their path; of what was not recorded there is none."""

    def __init__(self, **bodies: bytes) -> None:
        self.call = CallContext("main")
        self._bodies = {"ticket_fields": b'{"ticket_fields": []}', "user_fields": b'{"user_fields": []}', **bodies}

    async def send(self, request: HttpRequest) -> HttpResponse:
        name = next(name for name in self._bodies if f"/{name}.json" in request.url)
        return HttpResponse(200, {}, self._bodies[name], request.url)


async def test_every_recorded_list_of_fields_is_described(recorded: Callable[..., Iterator[Any]]) -> None:
    manifest, types = trunkline_connector(), Counter[str]()
    for exchange in recorded(RECORDINGS, vendor="zendesk", tiers=("A", "A-", "B")):
        for name in ("ticket_fields", "user_fields"):
            if exchange.response.body and exchange.response.body.lstrip().startswith((b'{"%s"' % name.encode(),)):
                listing = Listing(**{name: exchange.response.body})
                found = await manifest.connect(ZendeskSettings(subdomain="x"), listing).describe_fields()
                assert len({field.name for field in found}) == len(found)
                types.update(field.type for field in found)
    print(types)
    assert types.keys() == {"text", "choice", "choices", "number", "date", "boolean"}
