"""Salesforce's plugin at its sandbox: changes to people."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorBugError,
)
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER
from trunkline_contracts.tools.crm import CustomerChanges
from trunkline_contracts.values import Address
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import LostAnswerError
from trunkline_salesforce import trunkline_connector, vendor
from trunkline_salesforce.addresses import address
from trunkline_salesforce.changes import Changes
from trunkline_salesforce.sandbox import Org, record_id, served

ADA = "ada.okafor@fernway-studio.example"
MANIFEST = trunkline_connector()


def contact(bench: Bench, number: int) -> str:
    return bench.ref("customer", record_id("Contact", number))


def lead(bench: Bench, number: int) -> str:
    return bench.ref("customer", record_id("Lead", number))


@pytest.fixture
async def person_accounts() -> AsyncIterator[Bench]:
    org = Org(COMPANY, person_accounts=True)
    async with at_sandbox(MANIFEST, sandbox=served(org)) as bench:
        yield bench


async def test_names_and_reach_are_changed_and_can_be_changed_back(bench: Bench) -> None:
    changes = {"given_name": "Adaeze", "email": "ada@new.example", "phone": "+12025550199"}
    written = await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes=changes)
    assert written.outcome == "applied"
    assert written.resource
    assert (written.resource.display_name, written.resource.point("phone")) == ("Adaeze Okafor", "+12025550199")
    assert written.resource.version is None
    assert orjson.loads(bench.requests[-1].body) == {
        "FirstName": "Adaeze",
        "Email": "ada@new.example",
        "Phone": "+12025550199",
    }
    assert written.undo
    assert written.verify_with
    assert (await bench.call(GET_CUSTOMER, **written.verify_with.args)).data.given_name == "Adaeze"
    await bench.call(UPDATE_CUSTOMER, **written.undo.args)
    back = (await bench.call(GET_CUSTOMER, customer_id=contact(bench, 1))).data
    assert (back.given_name, back.point("email"), back.point("phone")) == ("Ada", ADA, "+12025550101")


async def test_of_an_address_only_the_given_parts_change(bench: Bench) -> None:
    first = {"address": {"line1": "1 Marina", "line2": "Floor 3", "city": "Lagos Island", "region": None}}
    await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes=first)
    assert orjson.loads(bench.requests[-1].body) == {
        "MailingCity": "Lagos Island",
        "MailingStreet": "1 Marina\nFloor 3",
    }
    second = {"address": {"line1": "2 Marina", "country": "Nigeria"}}
    written = await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes=second)
    (home,) = (await bench.call(GET_CUSTOMER, customer_id=contact(bench, 1))).data.addresses
    assert home.model_dump(exclude_none=True) == {"line1": "2 Marina", "city": "Lagos Island", "country": "Nigeria"}
    assert written.resource
    assert written.resource.addresses == (home,)
    assert written.undo
    assert written.undo.args["changes"] == {"address": {"line1": "1 Marina", "line2": "Floor 3", "country": "NG"}}
    third = await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes={"address": {"line1": "3 Marina"}})
    assert third.undo
    assert third.undo.args["changes"] == {"address": {"line1": "2 Marina"}}


async def test_a_leads_address_has_other_field_names(bench: Bench) -> None:
    changes = {"family_name": "Weber-Lind", "address": {"postal_code": "20095"}}
    await bench.call(UPDATE_CUSTOMER, customer_id=lead(bench, 10), changes=changes)
    assert orjson.loads(bench.requests[-1].body) == {"LastName": "Weber-Lind", "PostalCode": "20095"}
    assert bench.requests[-1].url.endswith(f"/sobjects/Lead/{record_id('Lead', 10)}")


async def test_where_the_org_has_country_codes_a_country_is_written_as_one(org: Org) -> None:
    sandbox = served(org)
    coded = replace(sandbox, settings={**sandbox.settings, "country_codes": True})
    changes = {"address": {"country": "CH"}}
    async with at_sandbox(MANIFEST, sandbox=coded) as bench:
        with pytest.raises(PreviewOnlyError) as shown:
            await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 2), changes=changes, dry_run=True)
    assert shown.value.preview.body == {"MailingCountryCode": "CH"}


async def test_a_country_code_stays_where_only_the_city_changes() -> None:
    home = vendor.Address(city="Basel", country="Switzerland", country_code="CH")
    before = vendor.Person(id="003000000000001", mailing_address=home)
    city = Changes(CustomerChanges(address=Address(city="Zug"))).after(before)
    country = Changes(CustomerChanges(address=Address(country="LI"))).after(before)
    assert [address(person.home).country for person in (city, country) if person.home] == ["CH", "LI"]


async def test_custom_fields_go_by_their_api_names(bench: Bench, org: Org) -> None:
    written = await bench.call(
        UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes={"custom_fields": {"Vip__c": True}}
    )
    assert org.find("Contact", record_id("Contact", 1))["Vip__c"] is True
    assert written.undo is None
    changes = {"custom_fields": {"Nothing__c": 1}}
    with pytest.raises(InvalidArgumentError, match="INVALID_FIELD"):
        await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes=changes)


@pytest.mark.parametrize(
    "fields", [{"OwnerId": "005000000000000"}, {"Vip__c/../x": 1}, {"Vip__c": ["a"]}, {"Vip__c": {}}, {"": 1}]
)
async def test_other_fields_than_custom_ones_are_refused(bench: Bench, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match="custom_fields"):
        await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes={"custom_fields": fields})
    assert bench.requests == []


@pytest.mark.parametrize("changes", [{"language": "it"}, {"add_tags": ["vip"]}, {"remove_tags": ["vip"]}])
async def test_what_salesforce_has_no_place_for_is_refused_not_dropped(bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError, match=next(iter(changes))):
        await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes={"given_name": "Ada", **changes})
    assert bench.requests == []


@pytest.mark.parametrize("changes", [{"email": None}, {"address": {}}, {"custom_fields": {}}])
async def test_no_change_is_refused_and_a_null_empties_nothing(bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match="Nothing to change"):
        await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes=changes)


async def test_a_converted_lead_is_not_changed_and_its_contact_is_named(bench: Bench) -> None:
    with pytest.raises(ConflictError) as refused:
        await bench.call(UPDATE_CUSTOMER, customer_id=lead(bench, 5), changes={"given_name": "Elif"})
    assert [candidate.id for candidate in refused.value.body.candidates] == [contact(bench, 5)]
    assert {request.method for request in bench.requests} == {"GET"}


async def test_a_version_guards_against_somebody_elses_change(bench: Bench) -> None:
    version = (await bench.call(GET_CUSTOMER, customer_id=contact(bench, 1))).data.version
    change: Any = {"customer_id": contact(bench, 1), "changes": {"given_name": "Adaeze"}, "if_version": version}
    written = await bench.call(UPDATE_CUSTOMER, **change)
    assert [warning.code for warning in written.warnings] == ["not_atomic"]
    with pytest.raises(ConflictError, match="changed since"):
        await bench.call(UPDATE_CUSTOMER, **change)


async def test_a_change_between_our_read_and_our_write_is_refused_by_salesforce(bench: Bench, org: Org) -> None:
    row = org.find("Contact", record_id("Contact", 1))
    read = (await bench.call(GET_CUSTOMER, customer_id=contact(bench, 1))).data
    reads = [exchange[1] for exchange in bench.wire.exchanges]
    org.touch(row)
    bench.fail_next(reads[-1])  # our read sees the record as it was
    change = {"given_name": "Adaeze"}
    with pytest.raises(ConflictError, match="PRECONDITION_FAILED"):
        await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes=change, if_version=read.version)
    assert row["FirstName"] == "Ada"


async def test_a_person_account_is_one_customer_and_written_through_its_account(person_accounts: Bench) -> None:
    bench = person_accounts
    (ada,) = (await bench.call(FIND_CUSTOMERS, email=ADA)).data.items
    assert (ada.kind, ada.company) == ("account_person", None)
    changes = {
        "given_name": "Adaeze",
        "email": "ada@new.example",
        "address": {"city": "Abuja"},
        "phone": "+12025550199",
    }
    written = await bench.call(
        UPDATE_CUSTOMER, customer_id=ada.id, changes={**changes, "custom_fields": {"Vip__pc": True}}
    )
    assert bench.requests[-1].url.endswith(f"/sobjects/Account/{record_id('Account', 1)}")
    assert orjson.loads(bench.requests[-1].body) == {
        "FirstName": "Adaeze",
        "PersonEmail": "ada@new.example",
        "Phone": "+12025550199",
        "PersonMailingCity": "Abuja",
        "Vip__pc": True,
    }
    read = (await bench.call(GET_CUSTOMER, customer_id=ada.id, include=["company"])).data
    assert written.resource
    assert (read.display_name, read.point("email")) == (written.resource.display_name, "ada@new.example")
    assert read.company_details is None


async def test_a_dry_run_of_a_change_writes_nothing(bench: Bench, org: Org) -> None:
    change = {"given_name": "Adaeze"}
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes=change, dry_run=True)
    assert (shown.value.preview.method, shown.value.preview.body) == ("PATCH", {"FirstName": "Adaeze"})
    assert org.find("Contact", record_id("Contact", 1))["FirstName"] == "Ada"


def refused(status: int, code: str, **headers: str) -> HttpResponse:
    return reply(status, [{"message": "secret prose about Ada", "errorCode": code, "fields": ["Email"]}], **headers)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (refused(400, "DUPLICATES_DETECTED"), ConflictError),
        (refused(400, "UNABLE_TO_LOCK_ROW"), ConflictError),
        (refused(400, "CANNOT_UPDATE_CONVERTED_LEAD"), ConflictError),
        (refused(400, "INVALID_FIELD"), InvalidArgumentError),
        (refused(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"), InvalidArgumentError),
        (refused(400, "INSUFFICIENT_ACCESS_OR_READONLY"), PermissionDeniedError),
        (refused(404, "ENTITY_IS_DELETED"), NotFoundError),
        (refused(412, "PRECONDITION_FAILED"), ConflictError),
        (refused(403, "REQUEST_LIMIT_EXCEEDED"), RateLimitedError),
        (reply(500, b""), OutcomeUnknownError),
        (reply(302, b"", location="https://beans.my.salesforce.com/"), OutcomeUnknownError),
        (LostAnswerError("ServerDisconnected"), OutcomeUnknownError),
        (reply(200, b"<html>log in</html>"), VendorBugError),
    ],
)
async def test_a_change_that_fails_is_sent_once_and_named(
    bench: Bench, fault: HttpResponse | Exception, expected: type[CallError]
) -> None:
    read = (await bench.call(GET_CUSTOMER, customer_id=contact(bench, 1))).data
    assert read
    bench.fail_next(bench.wire.exchanges[-1][1], fault)
    with pytest.raises(expected) as raised:
        await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench, 1), changes={"email": "ada@new.example"})
    assert "secret" not in str(raised.value)
    assert [exchange.method for exchange in bench.trace] == ["GET", "PATCH"]
