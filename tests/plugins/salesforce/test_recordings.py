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
from support.recordings import Arguments, Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.api import refuse
from trunkline_contracts.errors import CallError, InvalidArgumentError, NotFoundError, PermissionDeniedError
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.tools import (
    CREATE_TICKET,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_CONVERSATIONS,
    LIST_DEALS,
    SEARCH_TICKETS,
)
from trunkline_contracts.tools.crm import CustomerChanges, FindCustomers
from trunkline_contracts.values import Address
from trunkline_salesforce import SalesforceSettings, case_reads, deals, soql, tasks, trunkline_connector, vendor
from trunkline_salesforce.changes import Changes
from trunkline_salesforce.client import ERRORS, AbsentError, Client, error_code
from trunkline_salesforce.connector import Salesforce
from trunkline_salesforce.custom_fields import CustomFields
from trunkline_salesforce.custom_fields import described as described_fields
from trunkline_salesforce.normalize import Normalize
from trunkline_salesforce.sandbox_fields import FIELDS
from trunkline_salesforce.vendor_sales import TASK_PRIORITIES, Opportunity
from trunkline_salesforce.vendor_service import CASE_STATUSES, ORIGINS, PRIORITIES

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


def of(kind: str, **arguments: Any) -> Arguments:
    """A recorded query for a kind of record that names ids, as ours does; none of them was narrowed."""

    def asked_for(_: re.Match[str], exchange: Any) -> dict[str, Any] | None:
        match = re.match(r"select id\b.* from (\w+)( order by \w+ asc)?$", asked(exchange), re.IGNORECASE)
        return arguments if match and match[1].lower() == kind else None

    return asked_for


CONTACT, CASE = "main:customer:003000000000001AAA", "main:ticket:500000000000001AAA"
NEW_CASE = {"subject": "a", "body": "b", "first_message": "internal", "priority": "high"}
NO_ROWS: dict[str, Any] = {"totalSize": 0, "done": True, "records": []}
READINGS = (
    Reading("GET", QUERY, FIND_CUSTOMERS, find),
    Reading("GET", QUERY, GET_CUSTOMER, get),
    Reading("GET", QUERY, SEARCH_TICKETS, of("case", sort="oldest", limit=50)),
    Reading("GET", QUERY, GET_TICKET, of("case", ticket_id=CASE)),
    Reading("GET", QUERY, LIST_CONVERSATIONS, of("case", customer_id=CONTACT)),
    Reading("GET", QUERY, LIST_DEALS, of("opportunity", about=CONTACT)),
    Reading(
        "GET",
        r"/services/data/v67.0/sobjects/Case/describe",
        CREATE_TICKET,
        lambda *_: {"requester": CONTACT, **NEW_CASE},
        {"POST .*/sobjects/Case": {"id": "500000000000001AAA", "success": True}, "GET .*/query": NO_ROWS},
    ),
)


def one_version(url: str) -> str:
    path = re.sub(r"/services/data/v[^/]+/", "/services/data/v67.0/", urlsplit(url).path)
    return path.rstrip("/").replace("/queryAll", "/query")


async def test_every_recorded_reply_that_a_tool_would_read_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "path_of", one_version)
    report = await replay(
        trunkline_connector(), READINGS, settings=SETTINGS, auth="oauth", credentials={"access_token": "x"}
    )
    report.show()
    assert not report.faults
    assert report.read["find_customers: a record"] >= 5
    assert {what: count for what, count in report.read.items() if "customer" not in what} == {
        "search_tickets: a record": 1,
        "get_ticket: a record": 1,
        "list_conversations: a record": 1,
        "list_deals: a record": 5,
        "create_ticket: a record": 1,
    }


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


def test_recorded_deals_without_their_status_line_are_read() -> None:
    (body,) = (item.response.body for item in exchanges("A-") if item.path.endswith("/query/deals.json"))
    rows = [Opportunity.model_validate(row) for row in orjson.loads(body)["records"]]
    settings = SalesforceSettings(**SETTINGS, currency="EUR")
    read = [Normalize("main", settings, CustomFields()).deal(row) for row in rows]
    assert [deal.amount and deal.amount.amount_minor for deal in read] == [
        *(1_000_000, 12_000_000, 1_300_000, None, 1_300_000, 1_200_000)
    ]
    assert {deal.stage and deal.stage.id for deal in read} > {"Qualify", "Closed Won"}


def test_recorded_upserts_are_read() -> None:
    bodies = [
        item.response.body
        for item in exchanges("A-")
        if re.search(r"/(upsert-record|update-record-by-external-id)\.test\.json$", item.path)
    ]
    assert {vendor.Upserted.model_validate_json(body).created for body in bodies} == {True, False}


def test_a_recorded_search_is_read() -> None:
    bodies = [item.response.body for item in exchanges("A-") if "/parameterizedSearch" in _url(item)]
    assert [vendor.FoundBySearch.model_validate_json(body).search_records for body in bodies] == [[]]


async def test_the_part_of_a_recorded_composite_answer_that_failed_is_named() -> None:
    bodies = [item.response.body for item in exchanges("A") if _url(item).endswith("/composite")]
    answers = [body for body in bodies if b"errorCode" in body]
    assert len(answers) == 1
    client = Client(SalesforceSettings(**SETTINGS), Answering(200, answers[0]))
    with pytest.raises(AbsentError, match="INVALID_TYPE"):
        await client.together()


async def test_every_recorded_description_is_read() -> None:
    read = 0
    for exchange in exchanges("A", "A-"):
        if not re.search(r"/sobjects/\w+/describe$", _url(exchange)) or not exchange.response.body:
            continue
        if exchange.response.status in (None, 200):
            description = vendor.Description.model_validate_json(exchange.response.body)
            fields = described_fields("customer", description, None)
            assert [field.key for field in fields] == [field.name for field in description.fields if field.custom]
            read += 1
    print(f"salesforce: {read} descriptions read")
    assert read >= 80


def _url(exchange: Any) -> str:
    return (exchange.request.url or "") if exchange.request else ""


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


@pytest.mark.parametrize(
    ("name", "asked_for"), [("Case", case_reads.FIELDS), ("Opportunity", deals.FIELDS), ("Task", tasks.FIELDS)]
)
def test_the_fields_of_cases_deals_and_tasks_exist(name: str, asked_for: tuple[str, ...]) -> None:
    fields = described()[name]
    plain = [field for field in asked_for if not field.startswith("(")]
    assert [field for field in plain if LOOKUPS.get(field.partition(".")[0], field) not in fields] == []
    for field in {"Id", "CreatedDate", "LastModifiedDate", "OwnerId"} & fields.keys():
        assert fields[field]["filterable"]
        assert fields[field]["sortable"]


WRITTEN = {
    "Case": ("ContactId", "Subject", "Description", "Comments", "Priority", "Type", "OwnerId", "ParentId", "Status",
        "IsEscalated"),
    "Opportunity": ("Name", "AccountId", "Amount", "StageName", "CloseDate", "Description"),
    "Task": ("WhoId", "WhatId", "Subject", "Description", "OwnerId", "ActivityDate", "Priority", "Status"),
    "OpportunityContactRole": ("OpportunityId", "ContactId"),
    "Contact": ("FirstName", "LastName", "Email", "Phone", "AccountId", "Description"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_the_fields_that_we_write_can_be_written(name: str) -> None:
    fields = described()[name]
    assert [field for field in WRITTEN[name] if not fields[field]["createable"]] == []
    assert [field for field in WRITTEN[name] if not fields[field]["updateable"]] in ([], ["OpportunityId"])


def test_a_cases_comments_are_internal_and_an_amount_has_two_decimals() -> None:
    assert described()["Case"]["Comments"]["label"] == "Internal Comments"
    assert described()["Opportunity"]["Amount"]["scale"] == 2


def test_the_usual_words_are_salesforces() -> None:
    def words(name: str, field: str) -> set[str]:
        return {item["value"] for item in described()[name][field]["picklistValues"]}

    assert words("Task", "Priority") == TASK_PRIORITIES.keys()
    assert words("Case", "Priority") <= PRIORITIES.keys()
    assert words("Case", "Origin") <= ORIGINS.keys()
    assert {word for word in words("Case", "Status") if word.casefold() in CASE_STATUSES} == {"New", "Working"}


@pytest.mark.parametrize("prefix", ["003", "00Q"])
def test_the_fields_that_we_change_can_be_changed(prefix: str) -> None:
    address = Address(line1="a", line2="b", city="c", region="d", postal_code="e", country="f")
    asked_for = CustomerChanges(given_name="a", family_name="b", email="a@b.c", phone="+12025550101", address=address)
    person = vendor.Person(id=f"{prefix}000000000001")
    changed = Changes(asked_for).fields(person, country_codes=False)
    fields = described()["Lead" if person.is_lead else "Contact"]
    assert len(changed) == 9
    assert {name for name in changed if not fields[name]["updateable"]} == set()


# A new org's administrator has to show these to people first, so descriptions of such orgs lack them.
HIDDEN_AT_FIRST = {"HasOptedOutOfEmail", "DoNotCall"}


@pytest.mark.parametrize(
    "name", ["Contact", "Lead", "Account", "Task", "Event", "Case", "Opportunity", "OpportunityContactRole"]
)
def test_the_sandbox_knows_no_field_that_salesforce_does_not(name: str) -> None:
    standard = {field for field in FIELDS[name] if not field.endswith("__c")} - HIDDEN_AT_FIRST
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
