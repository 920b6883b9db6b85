"""Chargebee's plugin at its sandbox: customers made and changed, and the fields that the site gave them."""

from dataclasses import replace
from typing import Any

import pytest

from plugins.chargebee.desk import ADA, Answer, Desk, form, path
from support.bench import Bench, reply
from trunkline_chargebee import trunkline_connector
from trunkline_chargebee.fields import described, read_values, written_values
from trunkline_chargebee.vendor_catalog import FieldConfig
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.tools import CREATE_CUSTOMER, FIND_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER
from trunkline_gateway.egress.governed import PreviewOnlyError

NIA = {"given_name": "Nia", "family_name": "Boateng", "email": "nia@boateng.example", "phone": "+12025550198"}


def written(bench: Bench) -> list[str]:
    return [request.url for request in bench.requests if request.method == "POST"]


async def test_a_customer_is_made_with_the_companys_own_id(bench: Bench, desk: Desk) -> None:
    made = await desk.do(CREATE_CUSTOMER, **NIA, external_id="tea-7", company="Boateng Tea")
    assert form(bench) == {
        "id": "tea-7",
        "first_name": "Nia",
        "last_name": "Boateng",
        "email": "nia@boateng.example",
        "phone": "+12025550198",
        "company": "Boateng Tea",
    }
    assert (made.outcome, made.resource.id, made.resource.display_name) == (
        "applied",
        "main:customer:tea-7",
        "Nia Boateng",
    )
    assert (await bench.call(GET_CUSTOMER, **made.verify_with.args)).data.point("email") == NIA["email"]


@pytest.mark.parametrize("key", ["email", "phone", "external_id"])
async def test_whoever_has_a_key_already_is_given_and_nobody_is_made(bench: Bench, desk: Desk, key: str) -> None:
    ada = await desk.customer()
    known = {"email": ADA, "phone": "+12025550101", "external_id": ada.vendor_id}[key]
    found = await desk.do(CREATE_CUSTOMER, **{**NIA, key: known})
    assert (found.outcome, found.resource.id) == ("noop", ada)
    assert [warning.code for warning in found.warnings] == ["duplicate_suspected"]
    assert written(bench) == []


async def test_an_id_that_was_taken_meanwhile_is_a_conflict(bench: Bench, desk: Desk) -> None:
    nobody = reply(200, {"list": []})
    bench.fail_next(nobody, nobody, nobody, reply(400, {"api_error_code": "duplicate_entry", "param": "id"}))
    with pytest.raises(ConflictError, match="duplicate_entry"):
        await desk.do(CREATE_CUSTOMER, **NIA, external_id="tea-7")


async def test_tags_are_refused_for_new_customers_and_old_ones(bench: Bench, desk: Desk) -> None:
    with pytest.raises(UnsupportedError, match="tags"):
        await desk.do(CREATE_CUSTOMER, **NIA, tags=["vip"])
    for change in ({"add_tags": ["vip"]}, {"remove_tags": ["vip"]}):
        with pytest.raises(UnsupportedError, match="tags"):
            await desk.do(UPDATE_CUSTOMER, customer_id="main:customer:c", changes=change)
    assert bench.requests == []


async def test_a_change_sends_only_what_changes_and_is_taken_back(bench: Bench, desk: Desk) -> None:
    ada = await desk.customer()
    changed = await desk.do(
        UPDATE_CUSTOMER, customer_id=ada, changes={"given_name": "Adaeze", "phone": "+12025550177", "language": "fr"}
    )
    assert (path(bench), form(bench)) == (
        f"/customers/{ada.vendor_id}",
        {"first_name": "Adaeze", "phone": "+12025550177", "locale": "fr"},
    )
    assert (changed.outcome, changed.resource.given_name, changed.resource.family_name) == (
        "applied",
        "Adaeze",
        "Okafor",
    )
    back = await desk.take_back(changed)
    assert (back.resource.given_name, back.resource.point("phone"), back.resource.language) == (
        "Ada",
        "+12025550101",
        "en",
    )


async def test_an_address_keeps_its_other_parts_and_the_tax_number_that_chargebee_would_clear(desk: Desk) -> None:
    address = {
        "line1": "1 Main St",
        "city": "Lagos",
        "state": "Lagos",
        "state_code": "LA",
        "country": "NG",
        "phone": "7",
    }
    tax = {"vat_number": "GB1", "vat_number_prefix": "XI", "registered_for_gst": False}
    answer = Answer({"customer": {"id": "c"}})
    desk.prepare(reply(200, {"customer": {"id": "c", "billing_address": address, **tax}}), answer)
    changed = await desk.do(
        UPDATE_CUSTOMER, customer_id="main:customer:c", changes={"address": {"line1": "2 Main St", "region": "Oyo"}}
    )
    assert answer.requests[0].url.endswith("/customers/c/update_billing_info")
    assert answer.form == {
        "billing_address[line1]": "2 Main St",
        "billing_address[city]": "Lagos",
        "billing_address[state]": "Oyo",
        "billing_address[country]": "NG",
        "billing_address[phone]": "7",
        "vat_number": "GB1",
        "vat_number_prefix": "XI",
        "registered_for_gst": "false",
    }
    assert changed.undo.args["changes"] == {"address": {"line1": "1 Main St", "region": "Lagos"}}


async def test_an_address_is_changed_at_the_sandbox_and_back(desk: Desk) -> None:
    ada = await desk.customer()
    moved = await desk.do(UPDATE_CUSTOMER, customer_id=ada, changes={"address": {"city": "Accra", "country": "GH"}})
    assert (moved.resource.addresses[0].city, moved.resource.addresses[0].country) == ("Accra", "GH")
    back = await desk.take_back(moved)
    assert (back.resource.addresses[0].city, back.resource.addresses[0].country) == ("Lagos", "NG")


async def test_an_address_with_other_changes_is_refused_for_it_would_be_two_writes(bench: Bench, desk: Desk) -> None:
    with pytest.raises(UnsupportedError, match="two calls"):
        await desk.do(
            UPDATE_CUSTOMER, customer_id="main:customer:c", changes={"address": {"city": "Accra"}, "given_name": "A"}
        )
    assert bench.requests == []


async def test_what_was_empty_has_no_undo_and_says_so(bench: Bench, desk: Desk) -> None:
    bench.fail_next(reply(200, {"customer": {"id": "c"}}), reply(200, {"customer": {"id": "c", "locale": "fr"}}))
    changed = await desk.do(UPDATE_CUSTOMER, customer_id="main:customer:c", changes={"language": "fr"})
    assert changed.undo is None
    assert [warning.code for warning in changed.warnings] == ["irreversible"]


async def test_a_customer_who_changed_since_is_not_overwritten(bench: Bench, desk: Desk) -> None:
    ada = await desk.customer()
    seen = (await bench.call(GET_CUSTOMER, customer_id=ada)).data.version
    changed = await desk.do(UPDATE_CUSTOMER, customer_id=ada, changes={"language": "fr"}, if_version=seen)
    assert changed.resource.version != seen
    with pytest.raises(ConflictError, match="read them again"):
        await desk.do(UPDATE_CUSTOMER, customer_id=ada, changes={"language": "de"}, if_version=seen)
    assert len(written(bench)) == 1


async def test_a_dry_run_of_a_new_customer_shows_the_form_and_makes_nobody(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(CREATE_CUSTOMER, dry_run=True, **NIA)
    assert shown.value.preview.body["last_name"] == "Boateng"
    assert (await bench.call(FIND_CUSTOMERS, email=NIA["email"])).data.items == ()


async def test_the_sites_fields_are_found_out_with_their_types_and_choices(bench: Bench) -> None:
    cups, roast = await bench.describe()
    assert (cups.key, cups.name, cups.type, cups.writable) == ("cf_cups_a_day", "cups_a_day", "number", True)
    assert (roast.key, roast.type, [choice.value for choice in roast.choices]) == (
        "cf_favourite_roast",
        "choice",
        ["Light", "Dark"],
    )
    assert bench.requests[-1].url.endswith("/custom_field_configs?entity_type=customer&limit=100")


async def test_fields_are_found_out_page_by_page(bench: Bench) -> None:
    row = {"custom_field_config": {"api_name": "cf_one", "display_name": "One"}}
    other = {"custom_field_config": {"api_name": "cf_two", "display_name": "Two"}}
    bench.fail_next(reply(200, {"list": [row], "next_offset": '["1"]'}), reply(200, {"list": [other]}))
    assert [field.name for field in await bench.describe()] == ["one", "two"]


async def test_custom_fields_are_sent_under_chargebees_names_and_taken_back(bench: Bench, desk: Desk) -> None:
    bench.connection = replace(bench.connection, fields=await bench.describe())
    ada = await desk.customer()
    values = {"cups_a_day": 3, "favourite_roast": "Dark"}
    changed = await desk.do(UPDATE_CUSTOMER, customer_id=ada, changes={"custom_fields": values})
    assert form(bench) == {"cf_cups_a_day": "3", "cf_favourite_roast": "Dark"}
    assert changed.resource.custom_fields == values
    assert (await bench.call(GET_CUSTOMER, customer_id=ada)).data.custom_fields == values
    made = await desk.do(CREATE_CUSTOMER, **NIA, custom_fields={"cups_a_day": 5})
    assert made.resource.custom_fields == {"cups_a_day": 5}
    assert changed.undo.args["changes"]["custom_fields"] == {"cups_a_day": None, "favourite_roast": None}
    back = await desk.take_back(changed)
    assert form(bench) == {"cf_cups_a_day": "", "cf_favourite_roast": ""}
    assert back.resource.custom_fields == {}


async def test_a_field_that_nobody_described_is_read_under_chargebees_name(bench: Bench) -> None:
    bench.fail_next(reply(200, {"customer": {"id": "c", "cf_note": "x", "cf_none": None, "other": 1}}))
    assert (await bench.call(GET_CUSTOMER, customer_id="main:customer:c")).data.custom_fields == {"cf_note": "x"}


def config(**fields: Any) -> FieldConfig:
    return FieldConfig(**{"api_name": "cf_x", "display_name": "X", "field_datatype": "string", **fields})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"field_datatype": "double"}, "number"),
        ({"field_datatype": "timestamp"}, "datetime"),
        ({"field_datatype": "date"}, "date"),
        ({"field_datatype": "email"}, "text"),
        ({"edit_ui": "check_box"}, "boolean"),
        ({"edit_ui": "drop_down", "props": '{"options": ["a", "b"]}'}, "choice"),
        ({"edit_ui": "drop_down", "props": "no JSON"}, "text"),
        ({"edit_ui": "drop_down", "props": "[1]"}, "text"),
        ({"edit_ui": "text_area", "props": None}, "text"),
    ],
)
def test_a_field_has_the_type_that_its_values_have(fields: dict[str, Any], kind: str) -> None:
    (field,) = described([config(**fields)])
    assert field.type == kind


def test_masked_and_archived_fields_are_left_out_and_files_are_not_written() -> None:
    found = list(described([config(edit_ui="password"), config(status="archived"), config(edit_ui="file")]))
    assert [field.writable for field in found] == [False]


def a_field(kind: Any) -> CustomField:
    return CustomField(kind="customer", key="cf_x", name="x", label="X", type=kind)


@pytest.mark.parametrize(
    ("kind", "raw", "ours"),
    [
        ("boolean", "True", True),
        ("boolean", "False", False),
        ("datetime", 1781856403, "2026-06-19T08:06:43+00:00"),
        ("date", "2026-06-19", "2026-06-19"),
        ("text", "x", "x"),
        ("number", 4, 4),
    ],
)
def test_a_value_goes_both_ways(kind: str, raw: Any, ours: Any) -> None:
    field = a_field(kind)
    assert read_values({"cf_x": raw}, [field]) == {"cf_x": ours}
    assert written_values({"cf_x": ours}, [field]) == {"cf_x": raw}


def test_numbers_in_texts_are_numbers_and_what_nobody_described_stays() -> None:
    assert read_values({"cf_x": "1.5", "cf_y": "1.5"}, [a_field("number")]) == {"cf_x": 1.5, "cf_y": "1.5"}
    assert written_values({"cf_x": 1.5, "cf_y": None}, []) == {"cf_x": "1.5", "cf_y": ""}


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="cf_x"):
        written_values({"cf_x": "soon"}, [a_field("datetime")])


def test_the_manifest_names_the_kind_that_has_fields() -> None:
    assert trunkline_connector().custom_fields == ("customer",)
