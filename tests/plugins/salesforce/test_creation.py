"""Salesforce's plugin at its sandbox: new contacts."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from plugins.salesforce.people import BRUNO, contact, lead
from support.bench import MARKER, Bench, at_sandbox
from trunkline_contracts.errors import AmbiguousError, InvalidArgumentError, NotFoundError, UnsupportedError
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import CREATE_CUSTOMER, FIND_CUSTOMERS, UPDATE_CUSTOMER
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_salesforce import trunkline_connector
from trunkline_salesforce.sandbox import Org, record_id, served

NIA: dict[str, Any] = {
    "given_name": "Nia",
    "family_name": "Boateng",
    "email": "nia@boateng-tea.example",
    "phone": "+12025550198",
}
ADA = "ada.okafor@fernway-studio.example"


def writes(bench: Bench) -> list[tuple[str, str, Any]]:
    return [
        (request.method, request.url.partition("/v67.0/")[2], orjson.loads(request.body))
        for request in bench.requests
        if request.method != "GET"
    ]


async def test_a_new_contact_is_made_and_read_back(bench: Bench) -> None:
    made = await bench.call(CREATE_CUSTOMER, **NIA, company="Fernway Studio")
    assert writes(bench) == [
        (
            "POST",
            "sobjects/Contact/",
            {
                "FirstName": "Nia",
                "LastName": "Boateng",
                "Email": "nia@boateng-tea.example",
                "Phone": "+12025550198",
                "AccountId": record_id("Account", 1),
                "Description": f"[{MARKER}]",
            },
        )
    ]
    assert made.resource
    assert (made.resource.display_name, made.resource.company) == (
        "Nia Boateng",
        bench.ref("company", record_id("Account", 1)),
    )
    (found,) = (await bench.call(FIND_CUSTOMERS, email=NIA["email"])).data.items
    assert found.id == made.resource.id


@pytest.mark.parametrize("key", [{"email": ADA}, {"phone": "+12025550101"}, {"external_id": "shop-1"}])
async def test_who_is_there_by_any_exact_key_is_given_instead(bench: Bench, key: dict[str, Any]) -> None:
    there = await bench.call(CREATE_CUSTOMER, family_name="Other", **key)
    assert (there.outcome, [warning.code for warning in there.warnings]) == ("noop", ["duplicate_suspected"])
    assert there.resource
    assert there.resource.id == contact(bench)
    assert writes(bench) == []


async def test_trap_29_a_lead_is_the_same_human_and_a_contact_comes_first(bench: Bench, org: Org) -> None:
    jonas = org.find("Lead", record_id("Lead", 10))
    there = await bench.call(CREATE_CUSTOMER, family_name="Weber", email=jonas["Email"])
    assert there.resource
    assert (there.outcome, there.resource.id, there.resource.kind) == ("noop", lead(bench), "lead")
    org.find("Contact", record_id("Contact", BRUNO))["Email"] = jonas["Email"]
    there = await bench.call(CREATE_CUSTOMER, family_name="Weber", email=jonas["Email"])
    assert there.resource
    assert (there.resource.id, there.resource.kind) == (contact(bench, BRUNO), "person")


async def test_keys_of_several_people_are_for_the_caller_to_settle(bench: Bench) -> None:
    with pytest.raises(AmbiguousError) as told:
        await bench.call(CREATE_CUSTOMER, family_name="Okafor", email=ADA, phone="+12025550102")
    assert [item.id for item in told.value.body.candidates] == [contact(bench), contact(bench, BRUNO)]
    assert writes(bench) == []


async def test_under_an_external_id_a_contact_is_upserted(bench: Bench) -> None:
    made = await bench.call(CREATE_CUSTOMER, **NIA, external_id="shop-99")
    ((method, path, fields),) = writes(bench)
    assert (method, path) == ("PATCH", "sobjects/Contact/Shop_Id__c/shop-99")
    assert "Shop_Id__c" not in fields
    assert made.resource
    assert made.resource.external_ids == {"Shop_Id__c": "shop-99"}
    assert made.warnings == ()


async def test_whoever_was_made_in_the_meantime_is_told_of(bench: Bench, org: Org) -> None:
    real = bench.wire.send

    async def met(request: Any, sending: Any) -> Any:
        if request.method == "PATCH":
            org.find("Contact", record_id("Contact", BRUNO))["Shop_Id__c"] = "shop-99"
        return await real(request, sending)

    bench.wire.send = met  # type: ignore[method-assign]
    made = await bench.call(CREATE_CUSTOMER, **NIA, external_id="shop-99")
    assert [warning.code for warning in made.warnings] == ["duplicate_suspected"]


@pytest.mark.parametrize("external_id", ["..", ".", "a/../b", "a b", "ü", "a?b=c", "%2e%2e"])
async def test_an_external_id_is_never_a_path(bench: Bench, external_id: str) -> None:
    made = await bench.call(CREATE_CUSTOMER, **NIA, external_id=external_id)
    ((method, path, fields),) = writes(bench)
    assert (method, path, fields["Shop_Id__c"]) == ("POST", "sobjects/Contact/", external_id)
    assert made.resource
    assert made.resource.external_ids == {"Shop_Id__c": external_id}


async def test_without_a_field_for_it_an_external_id_is_refused() -> None:
    sandbox = served(Org(COMPANY))
    plain = replace(sandbox, settings={**sandbox.settings, "external_id_field": None})
    async with at_sandbox(trunkline_connector(), sandbox=plain) as bench:
        with pytest.raises(UnsupportedError, match="external_id"):
            await bench.call(CREATE_CUSTOMER, **NIA, external_id="shop-99")
        assert bench.requests == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"email": "nia@boateng-tea.example"}, InvalidArgumentError),
        ({**NIA, "company": "No Such Company"}, NotFoundError),
        ({**NIA, "tags": ["vip"]}, UnsupportedError),
        ({**NIA, "custom_fields": {"LeadSource": "Web"}}, InvalidArgumentError),
    ],
)
async def test_a_contact_that_cannot_be_made_is_refused(bench: Bench, arguments: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        await bench.call(CREATE_CUSTOMER, **arguments)
    assert writes(bench) == []


async def test_a_dry_run_looks_for_the_person_and_shows_the_creation(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(CREATE_CUSTOMER, dry_run=True, **NIA)
    assert shown.value.preview.body["LastName"] == "Boateng"
    assert len(bench.requests) == 2


async def test_custom_fields_are_found_written_and_read() -> None:
    sandbox = served(Org(COMPANY))
    async with at_sandbox(trunkline_connector(), sandbox=sandbox) as asking:
        fields = await asking.describe()
    described = {(field.kind, field.name): field for field in fields}
    cups = described["customer", "cups_a_day"]
    assert (cups.key, cups.label, cups.type, cups.writable) == ("Cups_a_day__c", "Cups a day", "number", True)
    assert [item.value for item in described["ticket", "product"].choices] == ["Beans", "Grinder"]
    # The field that holds the company's own id is external_ids, not a custom field.
    assert not any(field.key == "Shop_Id__c" for field in fields)
    async with at_sandbox(trunkline_connector(), sandbox=sandbox, fields=fields) as bench:
        made = await bench.call(CREATE_CUSTOMER, **NIA, custom_fields={"Cups_a_day__c": 3})
        assert made.resource
        # The gateway gives them the names that agents know.
        assert made.resource.custom_fields == {"cups_a_day": 3}
        changes = {"custom_fields": {"Cups_a_day__c": 4, "Favourite_roast__c": "Dark"}}
        written = await bench.call(UPDATE_CUSTOMER, customer_id=made.resource.id, changes=changes)
        assert written.resource
        assert written.resource.custom_fields == {"cups_a_day": 4, "favourite_roast": "Dark"}
        assert written.undo
        await bench.call(UPDATE_CUSTOMER, **written.undo.args)
        (found,) = (await bench.call(FIND_CUSTOMERS, email=NIA["email"])).data.items
    assert found.custom_fields == {"cups_a_day": 3}


async def test_a_leads_own_fields_are_not_asked_for(bench: Bench) -> None:
    async with at_sandbox(trunkline_connector(), sandbox=served(Org(COMPANY)), fields=await bench.describe()) as full:
        (found,) = (await full.call(FIND_CUSTOMERS, name="Jonas")).data.items
    assert found.custom_fields == {}


async def test_an_org_without_cases_has_no_fields_of_cases(bench: Bench, org: Org) -> None:
    org.absent.add("Case")
    assert {field.kind for field in await bench.describe()} == {"customer", "deal"}


async def test_on_a_person_account_a_custom_field_has_another_ending() -> None:
    async with at_sandbox(trunkline_connector(), sandbox=served(Org(COMPANY, person_accounts=True))) as bench:
        changes = {"custom_fields": {"Cups_a_day__c": 2}}
        await bench.call(UPDATE_CUSTOMER, customer_id=contact(bench), changes=changes)
        assert orjson.loads(bench.requests[-1].body) == {"Cups_a_day__pc": 2}
