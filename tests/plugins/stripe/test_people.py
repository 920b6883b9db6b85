"""Customers made and changed at Stripe's sandbox."""

from typing import Any

import pytest

from plugins.stripe.asking import ADA, Write, customer_of, form
from support.bench import MARKER, Bench, reply
from trunkline_contracts.errors import ConflictError, NotFoundError, UnsupportedError
from trunkline_contracts.tools import CONTRACTS, CREATE_CUSTOMER, FIND_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER
from trunkline_gateway.egress.governed import PreviewOnlyError

NIA: dict[str, Any] = {
    "given_name": "Nia", "family_name": "Boateng", "email": "nia@boateng.example", "phone": "+12025550198",
    "company": "Boateng Tea",
}  # fmt: skip
PLACE = {"line1": "Kaikatu 4", "city": "Bilbao", "postal_code": "48001", "country": "ES"}


async def test_a_new_customer_is_made_as_told_and_can_be_read(bench: Bench, write: Write) -> None:
    made = await write(bench, CREATE_CUSTOMER, **NIA)
    assert form(bench) == {
        "name": "Nia Boateng", "email": "nia@boateng.example", "phone": "+12025550198",
        "business_name": "Boateng Tea", "metadata[trunkline_op]": MARKER,
    }  # fmt: skip
    assert (made.outcome, made.resource.display_name, made.undo) == ("applied", "Nia Boateng", None)
    assert made.resource.extensions == {"stripe": {"business_name": "Boateng Tea"}}
    read = (await bench.call(GET_CUSTOMER, **made.verify_with.args)).data
    assert read.model_dump(include=set(type(made.resource).model_fields)) == made.resource.model_dump()


async def test_only_what_was_given_is_sent(bench: Bench, write: Write) -> None:
    made = await write(bench, CREATE_CUSTOMER, email="bare@nowhere.example")
    assert form(bench).keys() == {"email", "metadata[trunkline_op]"}
    assert (made.resource.display_name, made.warnings) == ("bare@nowhere.example", ())


@pytest.mark.parametrize(
    "key", [{"email": ADA}, {"phone": "+12025550101"}, {"email": "x@y.example", "phone": "+12025550101"}]
)
async def test_somebody_who_is_there_by_any_exact_key_is_not_made_again(
    bench: Bench, write: Write, key: dict[str, str]
) -> None:
    found = await write(bench, CREATE_CUSTOMER, given_name="Ada", **key)
    assert (found.outcome, found.resource.display_name) == ("noop", "Ada Okafor")
    assert [warning.code for warning in found.warnings] == ["duplicate_suspected"]
    assert {request.method for request in bench.requests} == {"GET"}


@pytest.mark.parametrize(
    ("argument", "value"), [("external_id", "42"), ("tags", ["vip"]), ("custom_fields", {"cups": 2})]
)
async def test_what_a_customer_of_stripes_cannot_hold_is_refused(bench: Bench, argument: str, value: Any) -> None:
    with pytest.raises(UnsupportedError, match=argument):
        await bench.call(CREATE_CUSTOMER, email="x@y.example", **{argument: value})
    assert bench.requests == []


async def test_a_dry_run_of_a_new_customer_looks_and_makes_none(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(CREATE_CUSTOMER, dry_run=True, **NIA)
    assert shown.value.preview.body["name"] == "Nia Boateng"
    assert {request.method for request in bench.requests} == {"GET"}
    assert (await bench.call(FIND_CUSTOMERS, email=NIA["email"])).data.items == ()


async def test_each_part_of_a_customer_is_set_alone(bench: Bench, write: Write) -> None:
    ada = await customer_of(bench, ADA)
    changes = {"given_name": "Adaeze", "email": "ada@okafor.example", "language": "eu"}
    done = await write(bench, UPDATE_CUSTOMER, customer_id=ada, changes=changes)
    sent = {key: value for key, value in form(bench).items() if not key.startswith("metadata")}
    assert sent == {"name": "Adaeze Okafor", "email": "ada@okafor.example", "preferred_locales[0]": "eu"}
    person = done.resource
    assert (person.display_name, person.point("email"), person.language) == (
        "Adaeze Okafor",
        "ada@okafor.example",
        "eu",
    )
    assert person.point("phone") == "+12025550101"


async def test_the_undo_of_a_change_brings_back_what_was_there(bench: Bench, write: Write) -> None:
    ada = await customer_of(bench, ADA)
    before = (await bench.call(GET_CUSTOMER, customer_id=ada)).data
    changes = {
        "family_name": "Obi",
        "email": "ada@obi.example",
        "phone": "+12025550188",
        "language": "eu",
        "address": PLACE,
    }
    done = await write(bench, UPDATE_CUSTOMER, customer_id=ada, changes=changes)
    assert done.resource.addresses[0].line1 == "Kaikatu 4"
    await write(bench, CONTRACTS[done.undo.tool], **done.undo.args)
    assert (await bench.call(GET_CUSTOMER, customer_id=ada)).data == before


async def test_what_was_empty_before_cannot_be_emptied_again(bench: Bench, write: Write) -> None:
    bare = (await write(bench, CREATE_CUSTOMER, email="bare@nowhere.example")).resource.id
    done = await write(bench, UPDATE_CUSTOMER, customer_id=bare, changes={"phone": "+12025550177"})
    assert (done.undo, done.verify_with.tool) == (None, "get_customer")


async def test_an_address_is_replaced_whole_so_that_no_street_stays_in_another_town(bench: Bench, write: Write) -> None:
    ada = await customer_of(bench, ADA)
    await write(bench, UPDATE_CUSTOMER, customer_id=ada, changes={"address": PLACE})
    done = await write(bench, UPDATE_CUSTOMER, customer_id=ada, changes={"address": {"city": "Basel", "country": "CH"}})
    assert form(bench)["address[line1]"] == form(bench)["address[state]"] == ""
    (place,) = done.resource.addresses
    assert (place.line1, place.city, place.postal_code) == (None, "Basel", None)


async def test_the_other_languages_of_a_customer_stay(bench: Bench) -> None:
    customer = {"id": "cus_1", "object": "customer", "preferred_locales": ["de", "fr", "it"]}
    bench.fail_next(reply(200, customer), reply(200, customer))
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(
            UPDATE_CUSTOMER, dry_run=True, customer_id=bench.ref("customer", "cus_1"), changes={"language": "fr"}
        )
    sent = shown.value.preview.body
    assert [sent[key] for key in sorted(sent) if "locales" in key] == ["fr", "it"]


@pytest.mark.parametrize("changes", [{"add_tags": ["vip"]}, {"remove_tags": ["vip"]}, {"custom_fields": {"cups": 2}}])
async def test_changes_that_stripe_cannot_hold_are_refused_before_anything_is_sent(
    bench: Bench, changes: dict[str, Any]
) -> None:
    with pytest.raises(UnsupportedError, match="no tags"):
        await bench.call(
            UPDATE_CUSTOMER, customer_id=bench.ref("customer", "cus_1"), changes={"given_name": "A", **changes}
        )
    assert bench.requests == []


async def test_a_version_is_refused_and_nobody_unknown_is_changed(bench: Bench) -> None:
    changes = {"given_name": "Adaeze"}
    with pytest.raises(UnsupportedError, match="if_version"):
        await bench.call(UPDATE_CUSTOMER, customer_id="main:customer:cus_1", changes=changes, if_version="1")
    with pytest.raises(NotFoundError):
        await bench.call(UPDATE_CUSTOMER, customer_id="main:customer:cus_1", changes=changes)
    bench.fail_next(reply(200, {"id": "cus_1", "object": "customer", "deleted": True}))
    with pytest.raises(NotFoundError, match="deleted"):
        await bench.call(UPDATE_CUSTOMER, customer_id="main:customer:cus_1", changes=changes)


async def test_another_change_under_the_same_key_is_a_conflict(bench: Bench) -> None:
    ada = await customer_of(bench, ADA)
    await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes={"phone": "+12025550177"})
    with pytest.raises(ConflictError, match="idempotency_error"):
        await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes={"phone": "+12025550178"})
