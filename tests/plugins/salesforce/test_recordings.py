"""Salesforce's recorded replies: read by the plugin, and its own descriptions of the fields that we use.

Nobody recorded our very queries, so the versions of the addresses are made equal and only queries that ask for what
we read are fed in.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from support import recordings
from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.api import refuse
from trunkline_contracts.errors import CallError, InvalidArgumentError, NotFoundError, PermissionDeniedError
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER
from trunkline_contracts.tools.crm import CustomerChanges, FindCustomers
from trunkline_contracts.values import Address
from trunkline_salesforce import SalesforceSettings, soql, trunkline_connector, vendor
from trunkline_salesforce.changes import Changes
from trunkline_salesforce.client import ERRORS, error_code
from trunkline_salesforce.connector import Salesforce
from trunkline_salesforce.sandbox import FIELDS

SETTINGS = {"my_domain": "acme"}
QUERY = r"/services/data/v67.0/query"


def exchanges(*tiers: str) -> Iterator[Any]:
    require(RECORDINGS)
    exchange_reader()
    from exchanges import iter_exchanges  # noqa: PLC0415 - it lies in the shared folder, found just above

    yield from iter_exchanges(RECORDINGS, vendor="salesforce", tiers=tiers)


def asked(exchange: Any) -> str:
    query: dict[str, list[str]] = parse_qs(urlsplit(exchange.request.url).query)
    return query.get("q", [""])[0]


def find(_: re.Match[str], exchange: Any) -> dict[str, Any] | None:
    """A recorded query for contacts that names their ids, as ours does; none of them was narrowed."""
    return (
        {"name": "e", "limit": 1} if re.match(r"select id\b.* from contact$", asked(exchange), re.IGNORECASE) else None
    )


def get(match: re.Match[str], exchange: Any) -> dict[str, Any] | None:
    return {"customer_id": "main:customer:003000000000001AAA"} if find(match, exchange) else None


def one_version(url: str) -> str:
    path = re.sub(r"/services/data/v[^/]+/", "/services/data/v67.0/", urlsplit(url).path)
    return path.rstrip("/").replace("/queryAll", "/query")


async def test_every_recorded_reply_that_a_tool_would_read_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "path_of", one_version)
    readings = (Reading("GET", QUERY, FIND_CUSTOMERS, find), Reading("GET", QUERY, GET_CUSTOMER, get))
    report = await replay(
        trunkline_connector(), readings, settings=SETTINGS, auth="oauth", credentials={"access_token": "x"}
    )
    report.show()
    assert not report.faults
    assert report.read["find_customers: a record"] >= 5


class Answering:
    """An `Http` that gives one recorded reply."""

    call = CallContext("main")

    def __init__(self, status: int, body: bytes) -> None:
        self._answer = HttpResponse(status, {}, body, "https://acme.my.salesforce.com/")

    async def send(self, _: HttpRequest) -> HttpResponse:
        return self._answer


async def test_contacts_recorded_without_their_status_line_are_read_with_account_and_owner() -> None:
    bodies = [item.response.body for item in exchanges("A-") if item.path.endswith("/query/contacts.json")]
    assert len(bodies) == 1
    rows = orjson.loads(bodies[0])["records"]
    connector = Salesforce(SalesforceSettings(**SETTINGS), Answering(200, bodies[0]))
    request = FindCustomers(name="e", limit=len(rows) - 1)
    people = (await connector.find_customers(request)).data
    assert len(people.items) == len(rows) - 1 >= 20
    for row, person in zip(rows, people.items, strict=False):
        assert (person.id.vendor_id, person.family_name, person.version is None) == (row["Id"], row["LastName"], False)
        assert person.owner
        assert person.owner.name == row["Owner"]["Name"]
    accounts = [vendor.Person.model_validate(row).account for row in rows if row["Account"]]
    assert all(account and account.name for account in accounts)


def test_the_answers_to_recorded_creations_are_read() -> None:
    bodies = [
        item.response.body for item in exchanges("A-") if re.search(r"/(create-account|create-lead)\.json$", item.path)
    ]
    assert [vendor.Saved.model_validate_json(body).id[:3] for body in bodies] == ["001", "00Q"]


def recorded_refusals() -> Iterator[tuple[int, bytes]]:
    for exchange in exchanges("A", "A-"):
        request, response = exchange.request, exchange.response
        if request and "/services/data/" in (request.url or "") and (response.status or 0) >= 300:
            yield response.status, response.body


async def test_a_recorded_refusal_is_named() -> None:
    refusals = list(recorded_refusals())
    assert len(refusals) == 3
    for status, body in refusals:
        with pytest.raises(PermissionDeniedError, match="INVALID_SESSION_ID"):
            await Salesforce(SalesforceSettings(**SETTINGS), Answering(status, body)).probe()


@pytest.mark.parametrize(
    ("file", "status", "expected"),
    [
        ("expired_session_response.json", 401, PermissionDeniedError),
        ("delete_error_response.json", 404, NotFoundError),
        ("query_error_response.json", 400, InvalidArgumentError),
        ("write_error_response.json", 400, InvalidArgumentError),
        ("search_error_response.json", 400, InvalidArgumentError),
    ],
)
def test_a_refusal_that_others_keep_by_hand_is_named(file: str, status: int, expected: type[CallError]) -> None:
    (body,) = (item.response.body for item in exchanges("C") if item.path.endswith(f"/{file}"))
    with pytest.raises(expected) as raised:
        refuse(HttpResponse(status, {}, body, "https://acme.my.salesforce.com/"), error_code, ERRORS)
    assert orjson.loads(body)[0]["errorCode"] in str(raised.value)


@cache
def described() -> Mapping[str, dict[str, Any]]:
    """The fields of each object in every recorded description of it: only what all orgs have."""
    found: dict[str, dict[str, Any]] = {}
    for exchange in exchanges("A", "A-"):
        match = re.search(r"/sobjects/(\w+)/describe", exchange.request.url or "") if exchange.request else None
        if match and exchange.response.body and (exchange.response.status or 200) == 200:
            fields = {field["name"]: field for field in orjson.loads(exchange.response.body)["fields"]}
            common = found.get(match[1], fields)
            found[match[1]] = {name: field for name, field in common.items() if name in fields}
    return found


LOOKUPS = {"Owner": "OwnerId", "CreatedBy": "CreatedById", "Account": "AccountId"}
QUERIED = (soql.CONTACTS, soql.LEADS, soql.TASKS, soql.EVENTS)


@pytest.mark.parametrize("kind", QUERIED, ids=lambda kind: kind.name)
def test_the_fields_that_we_ask_for_exist(kind: soql.People | soql.History) -> None:
    fields = described()[kind.name]
    for field in (*kind.fields, *(soql.COMPANY if kind is soql.CONTACTS else ())):
        lookup, _, name = field.rpartition(".")
        assert LOOKUPS.get(lookup, name) in fields
        if lookup == "Account":
            assert name in described()["Account"]


@pytest.mark.parametrize("kind", QUERIED, ids=lambda kind: kind.name)
def test_the_fields_that_we_filter_and_sort_by_can_be(kind: soql.People | soql.History) -> None:
    fields = described()[kind.name]
    conditions = kind.conditions.values() if isinstance(kind, soql.People) else kind.conditions
    text = " ".join([*conditions, *(soql.TASKS_OF.values() if kind is soql.TASKS else ())])
    filtered = {*re.findall(r"(\w+) (?:=|!=|IN|LIKE) ", text), "Id"}
    sorted_by = {kind.at if isinstance(kind, soql.History) else "Id", "Id"}
    assert len(filtered) >= 3
    assert {name for name in filtered | sorted_by if not fields[name]["filterable"]} == set()
    assert {name for name in sorted_by if not fields[name]["sortable"]} == set()


@pytest.mark.parametrize("prefix", ["003", "00Q"])
def test_the_fields_that_we_change_can_be_changed(prefix: str) -> None:
    address = Address(line1="a", line2="b", city="c", region="d", postal_code="e", country="f")
    asked_for = CustomerChanges(given_name="a", family_name="b", email="a@b.c", phone="+12025550101", address=address)
    person = vendor.Person(id=f"{prefix}000000000001")
    changed = Changes(asked_for).fields(person, country_codes=False)
    fields = described()["Lead" if person.is_lead else "Contact"]
    assert len(changed) == 9
    assert {name for name in changed if not fields[name]["updateable"]} == set()


@pytest.mark.parametrize("name", ["Contact", "Lead", "Account", "Task", "Event"])
def test_the_sandbox_knows_no_field_that_salesforce_does_not(name: str) -> None:
    standard = {field for field in FIELDS[name] if not field.endswith("__c")}
    assert standard <= described()[name].keys()


def test_the_words_of_tasks_are_salesforces() -> None:
    fields = described()["Task"]
    words = {name: {item["value"] for item in fields[name]["picklistValues"]} for name in ("TaskSubtype", "CallType")}
    assert words["TaskSubtype"] >= vendor.TASK_TYPES.keys()
    assert words["CallType"] == vendor.CALL_DIRECTIONS.keys()
    assert SalesforceSettings(**SETTINGS).completed_status in {
        item["value"] for item in fields["Status"]["picklistValues"]
    }
    assert {
        name for name in ("WhoId", "Subject", "Description", "Status", "ActivityDate") if not fields[name]["createable"]
    } == set()
