"""Salesforce's plugin at its sandbox: people, and changes to them."""

import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.bridge import run_sync
from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InternalError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorBugError,
    VendorUnavailableError,
)
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER
from trunkline_salesforce import SalesforceSettings, trunkline_connector
from trunkline_salesforce.sandbox import Org, record_id, served

ADA = "ada.okafor@fernway-studio.example"
MANIFEST = trunkline_connector()


def contact(bench: Bench, number: int) -> str:
    return bench.ref("customer", record_id("Contact", number))


def lead(bench: Bench, number: int) -> str:
    return bench.ref("customer", record_id("Lead", number))


async def names(bench: Bench, **keys: Any) -> list[str]:
    found = await bench.call(FIND_CUSTOMERS, limit=50, **keys)
    return [item.display_name for item in found.data.items]


async def test_a_customer_is_found_by_email_and_read(bench: Bench) -> None:
    (ada,) = (await bench.call(FIND_CUSTOMERS, email=ADA.upper())).data.items
    assert (ada.display_name, ada.matched_on, ada.confidence) == ("Ada Okafor", ("email",), "exact")
    read = (await bench.call(GET_CUSTOMER, customer_id=ada.id)).data
    assert (read.kind, read.given_name, read.point("email")) == ("person", "Ada", ADA)
    assert read.external_ids == {"Shop_Id__c": "shop-1"}
    assert read.lifecycle
    assert (read.lifecycle.value, read.lifecycle.lossy) == ("customer", True)
    assert read.owner
    assert (read.owner.kind, read.owner.name) == ("human_agent", "Noor Aziz")
    assert read.company_details is None


async def test_of_several_telephone_numbers_the_business_one_is_the_first(bench: Bench, org: Org) -> None:
    org.find("Contact", record_id("Contact", 1)).update(MobilePhone="+12025550150", HomePhone="+12025550101")
    read = (await bench.call(GET_CUSTOMER, customer_id=contact(bench, 1))).data
    phones = [(point.value, point.primary) for point in read.contact_points if point.channel == "phone"]
    assert phones == [("+12025550101", True), ("+12025550150", False)]


async def test_the_company_comes_with_a_customer_where_it_is_asked_for(bench: Bench) -> None:
    read = (await bench.call(GET_CUSTOMER, customer_id=contact(bench, 1), include=["company", "billing"])).data
    assert read.company_details
    assert (read.company_details.name, read.company_details.domains) == ("Fernway Studio", ("fernway-studio.example",))
    assert read.company == read.company_details.id
    assert set(read.parts) == {"company"}
    assert len(bench.requests) == 1


async def test_a_lead_is_a_lead(bench: Bench) -> None:
    (jonas,) = (await bench.call(FIND_CUSTOMERS, name="weber")).data.items
    assert (jonas.id, jonas.kind, jonas.confidence) == (lead(bench, 10), "lead", "probable")
    read = (await bench.call(GET_CUSTOMER, customer_id=jonas.id, include=["company"])).data
    assert read.lifecycle
    assert (read.lifecycle.value, read.lifecycle.raw) == ("lead", "Working - Contacted")
    assert read.extensions == {"salesforce": {"company": "Weber Logistik"}}
    assert read.addresses[0].city == "Hamburg"


async def test_of_a_converted_lead_only_the_contact_is_found(bench: Bench) -> None:
    (elif_,) = (await bench.call(FIND_CUSTOMERS, name="Elif Demir")).data.items
    assert elif_.id == contact(bench, 5)


async def test_a_converted_lead_leads_to_its_contact(bench: Bench) -> None:
    read = (await bench.call(GET_CUSTOMER, customer_id=lead(bench, 5))).data
    assert (read.kind, read.merged_into) == ("lead", contact(bench, 5))


async def test_a_merged_contact_leads_to_the_one_it_became(bench: Bench, org: Org) -> None:
    org.find("Contact", record_id("Contact", 2)).update(IsDeleted=True, MasterRecordId=record_id("Contact", 1))
    assert "Bruno Keller" not in await names(bench, name="Bruno")
    assert (await bench.call(GET_CUSTOMER, customer_id=contact(bench, 2))).data.merged_into == contact(bench, 1)
    with pytest.raises(ConflictError) as refused:
        await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 2), changes={"given_name": "Bruno"})
    assert [candidate.id for candidate in refused.value.body.candidates] == [contact(bench, 1)]


async def test_a_deleted_contact_is_not_found(bench: Bench, org: Org) -> None:
    org.find("Contact", record_id("Contact", 2))["IsDeleted"] = True
    for number in (2, 99):
        with pytest.raises(NotFoundError):
            await bench.call(GET_CUSTOMER, customer_id=contact(bench, number))


@pytest.mark.parametrize("stored", ["+12025550104", "12025550104", "0012025550104", "(202) 555-0104"])
@pytest.mark.parametrize("field", ["Phone", "MobilePhone", "HomePhone", "OtherPhone"])
async def test_a_telephone_number_is_found_in_its_usual_spellings(
    bench: Bench, org: Org, stored: str, field: str
) -> None:
    org.find("Contact", record_id("Contact", 4)).update({"Phone": None, field: stored})
    assert await names(bench, phone="+12025550104") == ["Dev Patel"]


async def test_a_customer_is_found_by_the_companys_own_id(bench: Bench) -> None:
    assert await names(bench, external_id="shop-4") == ["Dev Patel"]
    assert await names(bench, external_id="nobody") == []
    assert all("Lead" not in request.url for request in bench.requests)


async def test_without_a_field_for_it_an_own_id_is_refused(org: Org) -> None:
    sandbox = served(org)
    plain = replace(sandbox, settings={"my_domain": "beans"})
    async with at_sandbox(MANIFEST, sandbox=plain) as bench:
        with pytest.raises(UnsupportedError, match="external_id"):
            await bench.call(FIND_CUSTOMERS, external_id="shop-4")
        assert await names(bench, email=ADA) == ["Ada Okafor"]
        assert "Shop_Id__c" not in bench.requests[0].url


async def test_all_keys_must_fit(bench: Bench, org: Org) -> None:
    org.find("Contact", record_id("Contact", 3))["MailingPostalCode"] = "10121"
    org.find("Lead", record_id("Lead", 10))["PostalCode"] = "10121"
    assert await names(bench, postal_code="10121") == ["Chiara Rossi", "Jonas Weber"]
    assert await names(bench, postal_code="10121", name="ros") == ["Chiara Rossi"]
    assert await names(bench, email=ADA, name="Rossi") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 11, 12])
async def test_a_search_pages_through_contacts_and_leads_to_the_end(bench: Bench, limit: int) -> None:
    found, cursor = [], None
    while True:
        page = (await bench.call(FIND_CUSTOMERS, name="e", limit=limit, cursor=cursor)).data
        found += [item.display_name for item in page.items]
        assert 1 <= len(page.items) <= limit
        if not (cursor := page.next_cursor):
            break
    assert found == await names(bench, name="e")
    assert found[-1] == "Jonas Weber"
    assert len(found) == len(set(found)) == 8


@pytest.mark.parametrize(
    "name",
    ["' OR Name LIKE '", "%", "_", "\\", "\\' OR Id != '", "{0}", "{name:literal}", "') LIMIT 200 --", '"', "%' --"],
)
async def test_a_hostile_name_finds_nobody(bench: Bench, name: str) -> None:
    assert await names(bench, name=name) == []
    assert await names(bench, external_id=name) == []
    assert await names(bench, postal_code=name) == []


async def test_signs_that_soql_knows_are_found_where_they_stand(bench: Bench, org: Org) -> None:
    org.find("Contact", record_id("Contact", 1))["Name"] = "Ada O'Kafor 100%_\\"
    for name in ("O'Kafor", "100%", "%_", "_\\"):
        assert await names(bench, name=name) == ["Ada O'Kafor 100%_\\"]


def refused(status: int, code: str, **headers: str) -> HttpResponse:
    return reply(status, [{"message": "secret prose about Ada", "errorCode": code, "fields": ["Email"]}], **headers)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (refused(401, "INVALID_SESSION_ID"), PermissionDeniedError),
        (refused(403, "API_DISABLED_FOR_ORG"), PermissionDeniedError),
        (refused(403, "REQUEST_LIMIT_EXCEEDED"), RateLimitedError),
        (refused(429, "TOO_MANY"), RateLimitedError),
        (refused(400, "INVALID_FIELD"), PermissionDeniedError),
        (refused(400, "INVALID_TYPE"), PermissionDeniedError),
        (refused(400, "MALFORMED_QUERY"), InternalError),
        (refused(400, "QUERY_TIMEOUT"), VendorUnavailableError),
        (refused(404, "NOT_FOUND"), NotFoundError),
        (reply(503, b"<html>down for maintenance</html>"), VendorUnavailableError),
        (reply(200, b"<html>maintenance</html>"), VendorBugError),
        (reply(200, b""), VendorBugError),
        (reply(200, []), VendorBugError),
        (reply(200, {"done": True}), VendorBugError),
        (reply(200, {"records": [{"Id": 5, "Email": "secret"}]}), VendorBugError),
    ],
)
async def test_a_refusal_becomes_the_error_that_says_what_to_do(
    bench: Bench, fault: HttpResponse, expected: type[CallError]
) -> None:
    bench.fail_next(*[fault] * 3)
    with pytest.raises(expected) as raised:
        await bench.call(GET_CUSTOMER, customer_id=contact(bench, 1))
    assert type(raised.value).code == expected.code
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_the_headers_that_count_calls_are_read() -> None:
    assert MANIFEST.rate_dialect
    for header, remaining in {
        "api-usage=18/5000": 4982,
        "api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)": 4975,
        "api-usage=5100/5000": 0,
        "": None,
    }.items():
        assert MANIFEST.rate_dialect(HttpResponse(200, {"sforce-limit-info": header}, b"", "")).remaining == remaining


@pytest.mark.parametrize(
    ("my_domain", "host"),
    [
        ("acme", "acme.my.salesforce.com"),
        ("acme--uat.sandbox", "acme--uat.sandbox.my.salesforce.com"),
        ("acme-dev-ed.develop", "acme-dev-ed.develop.my.salesforce.com"),
    ],
)
def test_an_org_is_reached_at_its_own_domain(my_domain: str, host: str) -> None:
    settings = SalesforceSettings(my_domain=my_domain)
    assert [template.format_map(settings.model_dump()) for template in MANIFEST.hosts] == [host]


@pytest.mark.parametrize(
    "my_domain",
    [
        "",
        "evil.com/",
        "evil.com#",
        "a@b",
        "acme.evil",
        "a.b.sandbox",
        "-acme",
        "acme\n",
        "ACME",
        "acme:443",
        "{x}",
        "é",
    ],
)
def test_a_hostile_domain_is_refused(my_domain: str) -> None:
    with pytest.raises(ValidationError):
        SalesforceSettings(my_domain=my_domain)


@pytest.mark.parametrize("value", ["Email FROM User", "Id", "X__c, Y__c", "X__r.Y__c", "X'__c", ""])
def test_a_field_name_in_the_settings_cannot_be_a_query(value: str) -> None:
    with pytest.raises(ValidationError):
        SalesforceSettings(my_domain="acme", external_id_field=value)


async def test_the_probe_reads_one_contact(bench: Bench) -> None:
    class Recording:
        call = CallContext("main")

        async def send(self, request: HttpRequest) -> HttpResponse:
            assert "SELECT+Id+FROM+Contact+LIMIT+1" in request.url
            return refused(401, "INVALID_SESSION_ID")

    with pytest.raises(PermissionDeniedError):
        await MANIFEST.probe(bench.connection.settings, Recording())


async def test_an_operators_own_code_gets_the_sdk_over_the_gateway(bench: Bench) -> None:
    assert MANIFEST.native
    sent: list[HttpRequest] = []

    class Answering:
        call = CallContext("main")

        async def send(self, request: HttpRequest) -> HttpResponse:
            sent.append(request)
            return reply(200, {"records": [{"Id": "003x"}], "done": True})

    client = MANIFEST.native_client(bench.connection.settings, Answering())
    records = await run_sync(lambda: list(client.query_all_iter("SELECT Id FROM Contact")))
    assert records == [{"Id": "003x"}]
    assert sent[0].url.startswith("https://beans.my.salesforce.com/services/data/v67.0/query/")


def test_the_manifest_is_read_without_the_sdk() -> None:
    code = (
        "import sys, trunkline_salesforce as it; it.trunkline_connector();"
        "sys.exit(bool({'simple_salesforce', 'requests', 'starlette'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("vendor_id", ["001000000000001", "003", "003000000000001A", "003000000000001'OR", "../003"])
def test_an_id_of_another_kind_is_no_customers(vendor_id: str) -> None:
    assert not re.fullmatch(MANIFEST.ids["customer"], vendor_id)
    assert re.fullmatch(MANIFEST.ids["customer"], "003000000000001")
    assert re.fullmatch(MANIFEST.ids["customer"], "00Q000000000001AAA")
