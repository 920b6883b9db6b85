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

from support.bench import Bench, at_sandbox
from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.errors import CallError, ConflictError, InvalidArgumentError, NotFoundError
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import (
    ADD_NOTE,
    CREATE_TICKET,
    GET_CUSTOMER,
    SAVE_DEAL,
    SAVE_TASK,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_hubspot import HubspotSettings, trunkline_connector, vendor, vendor_setup
from trunkline_hubspot.connector import Hubspot
from trunkline_hubspot.fields import CustomFields, described
from trunkline_hubspot.normalize import Normalize
from trunkline_hubspot.pipelines import PipelineSet, deal_status

STAGE = {"id": "1", "label": "New", "metadata": {"ticketState": "OPEN"}}
SALE = {"id": "qualifiedtobuy", "label": "Qualified", "metadata": {"isClosed": "false", "probability": "0.4"}}
BESIDE = {
    "GET /crm/v3/pipelines/tickets": {"results": [{"id": "0", "label": "Support", "stages": [STAGE]}]},
    "GET /crm/v3/pipelines/deals": {"results": [{"id": "default", "label": "Sales", "stages": [SALE]}]},
    "GET /account-info/v3/details": {"companyCurrency": "EUR"},
    "GET /crm/v3/objects/": {"id": "1", "properties": {"hs_pipeline": "0", "hs_pipeline_stage": "1"}},
}


def _customer(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"customer_id": f"main:customer:{match[1]}", "changes": {"given_name": "Recorded"}}


def _ticket(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"ticket_id": f"main:ticket:{match[1]}", "changes": {"subject": "Recorded"}}


def _task(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"task_id": f"main:task:{match[1]}", "subject": "Recorded"}


def _deal(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"deal_id": f"main:deal:{match[1]}", "name": "Recorded"}


def _new_task(_: re.Match[str], __: Any) -> dict[str, Any]:
    return {"subject": "Recorded"}


def _new_deal(_: re.Match[str], __: Any) -> dict[str, Any]:
    return {"name": "Recorded", "amount": {"amount_minor": 1_000_000, "currency": "EUR"}}


def _note(_: re.Match[str], __: Any) -> dict[str, Any]:
    return {"about": ["main:customer:1"], "body": "Recorded"}


def _whom(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"customer_id": f"main:customer:{match[1]}"}


def _new_ticket(_: re.Match[str], __: Any) -> dict[str, Any]:
    return {"requester": "main:customer:1", "subject": "x", "body": "y", "first_message": "from_customer"}


READINGS = (
    Reading("PATCH", "/crm/v3/objects/contacts/([0-9]+)", UPDATE_CUSTOMER, _customer, BESIDE),
    Reading("PATCH", "/crm/v3/objects/tickets/([0-9]+)", UPDATE_TICKET, _ticket, BESIDE),
    Reading("POST", "/crm/v3/objects/tickets", CREATE_TICKET, _new_ticket, BESIDE),
    Reading("PATCH", "/crm/v3/objects/tasks/([0-9]+)", SAVE_TASK, _task, BESIDE),
    Reading("POST", "/crm/v3/objects/tasks", SAVE_TASK, _new_task, BESIDE),
    Reading("PATCH", "/crm/v3/objects/deals/([0-9]+)", SAVE_DEAL, _deal, BESIDE),
    Reading("POST", "/crm/v3/objects/deals", SAVE_DEAL, _new_deal, BESIDE),
    Reading("POST", "/crm/v3/objects/notes", ADD_NOTE, _note, BESIDE),
    Reading("GET", "/crm/v3/objects/contacts/([0-9]+)", GET_CUSTOMER, _whom),
)


async def test_every_recorded_reply_is_read() -> None:
    report = await replay(
        trunkline_connector(), READINGS, settings={}, auth="private_app", credentials={"access_token": "pat-none"}
    )
    report.show()
    assert not report.faults
    assert report.read.total() >= 6


async def test_a_recorded_body_without_its_status_is_read_as_the_success_that_it_shows() -> None:
    counts: Counter[str] = Counter()
    async with at_sandbox(trunkline_connector(), judged=False) as bench:
        for exchange in _exchanges():
            if exchange.request and exchange.response.status is None and exchange.response.body:
                await _read_body(bench, exchange, counts)
    print(f"\nhubspot: bodies without a status read {dict(counts)}")
    assert counts == {"update_customer": 2, "get_customer": 3, "save_deal": 1, "add_note": 1}


async def _read_body(bench: Bench, exchange: Any, counts: Counter[str]) -> None:
    for row in READINGS:
        match = re.fullmatch(row.path, exchange.request.url)
        if match and row.method == exchange.request.method:
            bench.rewrite = _recorded(exchange)
            result = await bench.call(row.contract, **(row.arguments(match, exchange) or {}))
            written = result.model_dump_json()
            assert type(result).model_validate_json(written).model_dump_json() == written
            counts[row.contract.name] += 1


def _recorded(exchange: Any) -> Callable[[HttpRequest, HttpResponse], HttpResponse]:
    """Answers the exchange's body to its request, and what is asked beside it with the fillers."""

    def rewrite(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        asked = f"{request.method} {request.url.partition('?')[0].removeprefix('https://api.hubapi.com')}"
        if asked == f"{exchange.request.method} {exchange.request.url}":
            return HttpResponse(200, {}, exchange.response.body, request.url)
        filler = next((body for pattern, body in BESIDE.items() if re.match(pattern, asked)), None)
        return response if filler is None else HttpResponse(200, {}, orjson.dumps(filler), request.url)

    return rewrite


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


class Nobody:
    """A way out that nothing takes."""

    call = CallContext("main")

    async def send(self, _: HttpRequest) -> HttpResponse:
        raise AssertionError("what was recorded is read, not asked for again")


CONNECTOR = Hubspot(HubspotSettings(), Nobody())
TO = Normalize("main", None, CustomFields(()))
ABOUT = (Ref("main:customer:1"),)
STAGES = {"1": vendor_setup.Stage.model_validate(STAGE)}
OBJECTS: dict[str, Callable[[Any], Any]] = {
    "contacts": lambda found: TO.customer(vendor.Object[vendor.Contact].model_validate(found)),
    "companies": lambda found: TO.company(vendor.Object[vendor.Company].model_validate(found)),
    "tickets": lambda found: TO.ticket(vendor.Object[vendor.Ticket].model_validate(found), STAGES),
    "notes": lambda found: _activity("note", found),
    "tasks": lambda found: CONNECTOR._task(vendor.Object[vendor.Task].model_validate(found), ()),
    "deals": lambda found: CONNECTOR._deal(
        vendor.Object[vendor.Deal].model_validate(found), PipelineSet([], deal_status), "EUR", ()
    ),
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
    assert all(vendor_setup.Owners.model_validate(body).results for body in owners)
    assert all(found.stages for body in pipelines for found in vendor_setup.Pipelines.model_validate(body).results)
    assert owners
    assert pipelines


def test_of_the_recorded_deal_stages_one_is_won_and_one_lost() -> None:
    (body,) = [body for path, body in _bodies() if path == "/crm/v3/pipelines/deal"]
    pipelines = PipelineSet(vendor_setup.Pipelines.model_validate(body).results, deal_status)
    assert (pipelines.with_states(["won"]), pipelines.with_states(["lost"])) == (["closedwon"], ["closedlost"])
    assert pipelines.first_open("default") == "appointmentscheduled"


def test_of_the_recorded_properties_none_of_hubspots_own_is_a_custom_field() -> None:
    (body,) = [body for path, body in _bodies() if path == "/crm/v3/properties/deals"]
    found = vendor_setup.PropertyDefinitions.model_validate(body).results
    assert len(found) > 150
    assert described("deal", found) == []
    (made,) = [body for path, body in _bodies() if path == "/crm/v3/properties/companies"]
    (field,) = described("deal", [vendor_setup.PropertyDefinition.model_validate(made)])
    assert (field.name, field.type, field.writable) == ("my_cool_company_property", "choice", True)
    assert [(choice.value, choice.label) for choice in field.choices] == [("A", "Option A"), ("B", "Option B")]


def test_the_recorded_account_tells_its_currency() -> None:
    bodies = [exchange.response.body for exchange in _exchanges() if _path(exchange) == "/account-info/v3/details"]
    assert [vendor_setup.AccountDetails.model_validate_json(body).company_currency for body in bodies] == ["USD"]


def _path(exchange: Any) -> str:
    url = (exchange.request and exchange.request.url) or ""
    return str(url).partition("?")[0].removeprefix("https://api.hubapi.com")


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
            path = _path(exchange)
            if path.startswith("/crm/v3/"):
                yield path, orjson.loads(exchange.response.body)


def _objects(body: Any) -> list[Any]:
    """The objects of an answer: one, or a list of them."""
    if not isinstance(body, dict):
        return []
    found = body.get("results", [body])
    return [one for one in found if "properties" in one]
