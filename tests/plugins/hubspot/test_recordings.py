"""HubSpot's plugin against traffic that others recorded.

Of v3 there are few exchanges that a tool of ours makes. So every recorded object is read as well, whatever request it
answered, for objects are alike in all answers; and every recorded refusal, though those are of the legacy interfaces.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from support.bench import at_sandbox
from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.errors import CallError, ConflictError, InvalidArgumentError, NotFoundError
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import CREATE_TICKET, GET_CUSTOMER, UPDATE_CUSTOMER, UPDATE_TICKET
from trunkline_hubspot import trunkline_connector, vendor
from trunkline_hubspot.normalize import Normalize

STAGE = {"id": "1", "label": "New", "metadata": {"ticketState": "OPEN"}}
BESIDE = {
    "GET /crm/v3/pipelines/tickets": {"results": [{"id": "0", "label": "Support", "stages": [STAGE]}]},
    "GET /crm/v3/objects/": {"id": "1", "properties": {"hs_pipeline": "0", "hs_pipeline_stage": "1"}},
}


def _customer(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"customer_id": f"main:customer:{match[1]}", "changes": {"given_name": "Recorded"}}


def _ticket(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"ticket_id": f"main:ticket:{match[1]}", "changes": {"subject": "Recorded"}}


def _new_ticket(_: re.Match[str], __: Any) -> dict[str, Any]:
    return {"requester": "main:customer:1", "subject": "x", "body": "y", "first_message": "from_customer"}


READINGS = (
    Reading("PATCH", "/crm/v3/objects/contacts/([0-9]+)", UPDATE_CUSTOMER, _customer, BESIDE),
    Reading("PATCH", "/crm/v3/objects/tickets/([0-9]+)", UPDATE_TICKET, _ticket, BESIDE),
    Reading("POST", "/crm/v3/objects/tickets", CREATE_TICKET, _new_ticket, BESIDE),
)


async def test_every_recorded_reply_is_read() -> None:
    report = await replay(
        trunkline_connector(), READINGS, settings={}, auth="private_app", credentials={"access_token": "pat-none"}
    )
    report.show()
    assert not report.faults
    assert report.read.total() >= 3


REFUSED: dict[int, type[CallError]] = {
    400: InvalidArgumentError,
    404: NotFoundError,
    405: InvalidArgumentError,
    409: ConflictError,
}


async def test_every_recorded_refusal_becomes_a_named_error_without_its_prose() -> None:
    counts: Counter[int] = Counter()
    async with at_sandbox(trunkline_connector()) as bench:
        for exchange in _exchanges():
            status, body = exchange.response.status or 0, exchange.response.body or b""
            if status < 400:
                continue
            bench.fail_next(HttpResponse(status, {}, body, "https://api.hubapi.com/"))
            with pytest.raises(REFUSED[status]) as raised:
                await bench.call(GET_CUSTOMER, customer_id="main:customer:1")
            if body.startswith(b"{"):
                assert orjson.loads(body)["message"] not in str(raised.value)
            counts[status] += 1
    print(f"\nhubspot: refusals read {dict(counts)}")
    assert counts.keys() == REFUSED.keys()


TO = Normalize("main", None)
ABOUT = (Ref("main:customer:1"),)
STAGES = {"1": vendor.Stage.model_validate(STAGE)}
OBJECTS: dict[str, Callable[[Any], Any]] = {
    "contacts": lambda found: TO.customer(vendor.Object[vendor.Contact].model_validate(found)),
    "companies": lambda found: TO.company(vendor.Object[vendor.Company].model_validate(found)),
    "tickets": lambda found: TO.ticket(vendor.Object[vendor.Ticket].model_validate(found), STAGES),
    "notes": lambda found: _activity("note", found),
    "tasks": lambda found: _activity("task", found),
}


def _activity(kind: str, found: Any) -> Any:
    return TO.activity(vendor.KINDS[kind], vendor.Object[vendor.Engagement].model_validate(found), ABOUT)


def test_every_recorded_object_becomes_a_record_whatever_request_it_answered() -> None:
    counts: Counter[str] = Counter()
    for exchange in _exchanges():
        kind = re.search(r"/crm/v3/objects/(\w+)", (exchange.request and exchange.request.url) or "")
        if kind and kind[1] in OBJECTS and exchange.response.body:
            for found in _objects(orjson.loads(exchange.response.body)):
                record = OBJECTS[kind[1]](found)
                assert record.model_validate_json(record.model_dump_json()) == record
                counts[kind[1]] += 1
    print(f"\nhubspot: objects read {dict(counts)}")
    assert counts.keys() == OBJECTS.keys()


def test_recorded_owners_and_pipelines_are_read() -> None:
    owners = [body for path, body in _bodies() if path == "/crm/v3/owners"]
    pipelines = [body for path, body in _bodies() if path.startswith("/crm/v3/pipelines/")]
    assert all(vendor.Owners.model_validate(body).results for body in owners)
    assert all(found.stages for body in pipelines for found in vendor.Pipelines.model_validate(body).results)
    assert owners
    assert pipelines


def test_the_rate_limit_is_in_the_recorded_headers() -> None:
    dialect = trunkline_connector().rate_dialect
    assert dialect
    told = [
        dialect(HttpResponse(200, dict(exchange.response.headers), b"", "https://api.hubapi.com/"))
        for exchange in _exchanges()
        if any(name == "x-hubspot-ratelimit-max" for name, _ in exchange.response.headers or ())
    ]
    assert len(told) >= 3
    assert {state.reset_s for state in told} == {10.0}
    assert all(state.remaining for state in told)


def _exchanges() -> Iterator[Any]:
    require(RECORDINGS)
    exchange_reader()
    from exchanges import iter_exchanges  # noqa: PLC0415 - it lies in the shared folder, found just above

    yield from iter_exchanges(RECORDINGS, vendor="hubspot", tiers=("A", "A-"))


def _bodies() -> Iterator[tuple[str, Any]]:
    for exchange in _exchanges():
        if exchange.request and exchange.request.url and exchange.response.body:
            path = exchange.request.url.partition("?")[0].removeprefix("https://api.hubapi.com")
            if path.startswith("/crm/v3/"):
                yield path, orjson.loads(exchange.response.body)


def _objects(body: Any) -> list[Any]:
    """The objects of an answer: one, or a list of them."""
    if not isinstance(body, dict):
        return []
    found = body.get("results", [body])
    return [one for one in found if "properties" in one]
