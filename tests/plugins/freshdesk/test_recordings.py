"""The example of docs/, fed with Freshdesk traffic that others recorded."""

import re
from dataclasses import replace
from typing import Any

import orjson
import pytest

from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.fields import CustomField
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CONVERSATION, GET_TICKET, SEARCH_TICKETS, UPDATE_TICKET
from trunkline_freshdesk import FreshdeskSettings, trunkline_connector, vendor
from trunkline_freshdesk.connector import FreshdeskConnector
from trunkline_freshdesk.normalize import Normalize

A_TICKET = {r"^(GET|PUT) /api/v2/tickets/\d+$": {"id": 1, "status": 2, "tags": []}}
NOTHING_SAID: dict[str, Any] = {r"/conversations$": []}


def first_contact(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    """Look for somebody of the recorded list; where it was refused, for anybody."""
    found = orjson.loads(exchange.response.body) if exchange.response.status == 200 else [{"email": "a@b.example"}]
    return {"email": found[0]["email"]}


def some_group(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    """Give a ticket to a recorded group."""
    name = orjson.loads(exchange.response.body)[0]["name"]
    return {"ticket_id": "main:ticket:1", "changes": {"team": name}}


def some_agent(_: re.Match[str], __: Any) -> dict[str, Any]:
    return {"ticket_id": "main:ticket:1", "changes": {"assignee": "custserv@freshdesk.com"}}


READINGS = (
    Reading("GET", "/api/v2/contacts", FIND_CUSTOMERS, first_contact),
    Reading("GET", "/api/v2/groups", UPDATE_TICKET, some_group, A_TICKET),
    Reading("GET", "/api/v2/agents", UPDATE_TICKET, some_agent, A_TICKET),
    Reading("GET", "/api/v2/tickets", SEARCH_TICKETS, lambda *_: {"requester": "main:customer:1"}),
    Reading(
        "GET", r"/api/v2/tickets/(\d+)", GET_TICKET,
        lambda match, _: {"ticket_id": f"main:ticket:{match[1]}", "include": ["messages", "sla"]}, NOTHING_SAID,
    ),
    Reading(
        "GET", r"/api/v2/tickets/(\d+)/conversations", GET_CONVERSATION,
        lambda match, _: {"conversation_id": f"main:ticket:{match[1]}"}, A_TICKET,
    ),
)  # fmt: skip


def as_ours(exchange: Any) -> Any:
    """The exchange with its address written out; replies of which only the body was kept were of a success."""
    if exchange.request is None or exchange.request.url is None:
        return exchange
    url = exchange.request.url.replace("<IMPORT_FRESHDESK_ENDPOINT>/", "https://x.freshdesk.com/api/v2/")
    status = exchange.response.status or (200 if exchange.tier == "A-" else None)
    return replace(
        exchange,
        request=replace(exchange.request, url=url),
        response=replace(exchange.response, status=status),
    )


@pytest.fixture
def exchanges(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    require(RECORDINGS)
    exchange_reader()
    import exchanges  # noqa: PLC0415 - it lies in the shared folder, found just above

    plain = exchanges.iter_exchanges
    monkeypatch.setattr(exchanges, "iter_exchanges", lambda *a, **k: map(as_ours, plain(*a, **k)))
    return list(exchanges.iter_exchanges(RECORDINGS, vendor="freshdesk", tiers=("A", "A-")))


@pytest.mark.usefixtures("exchanges")
async def test_every_recorded_reply_that_a_tool_reads_becomes_a_record_or_a_named_error() -> None:
    report = await replay(
        trunkline_connector(),
        READINGS,
        settings={"subdomain": "x"},
        auth="api_key",
        credentials={"api_key": "key"},
    )
    report.show()
    assert report.faults == []
    assert report.read.total() >= 22


def test_every_recorded_article_is_understood(exchanges: list[Any]) -> None:
    to = Normalize("main", "x", ())
    lists = [orjson.loads(item.response.body) for item in exchanges if (item.request.url or "").endswith("/articles")]
    articles = [vendor.Article.model_validate(article) for found in lists for article in found]
    assert len(articles) >= 4
    assert all(to.read_article(article, 1000).title for article in articles)


class Replied:
    """Answers every request with the recorded reply to its path, else with an empty list."""

    call = CallContext("main")

    def __init__(self, exchanges: list[Any]) -> None:
        self.bodies = {item.request.url.partition("?")[0].rpartition("/")[2]: item.response.body for item in exchanges}

    async def send(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, {}, self.bodies.get(request.url.rpartition("/")[2], b"[]"), request.url)


async def test_the_recorded_fields_are_described(exchanges: list[Any]) -> None:
    connector = FreshdeskConnector(FreshdeskSettings(subdomain="x"), Replied(exchanges))
    (found,) = await connector.describe_fields()
    assert isinstance(found, CustomField)
    assert (found.kind, found.key, found.type) == ("customer", "custom_dropdown", "choice")
    assert [choice.value for choice in found.choices] == ["First Choice", "Second Choice"]
