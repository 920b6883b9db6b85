"""HubSpot's contacts at the sandbox: making one, their custom fields, and their consent."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from plugins.hubspot.asking import ADA, methods, person, sent
from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, OutcomeUnknownError, UnsupportedError
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    CREATE_TICKET,
    FIND_CUSTOMERS,
    GET_CONTACTABILITY,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_DEALS,
    SEARCH_TICKETS,
    SET_CONSENT,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import Sending
from trunkline_hubspot import trunkline_connector, vendor_setup
from trunkline_hubspot.fields import described
from trunkline_hubspot.sandbox_marketing import MARKETING, ONE_TO_ONE
from trunkline_hubspot.sandbox_state import Account

NIA: dict[str, Any] = {"given_name": "Nia", "family_name": "Boateng", "email": "nia@boateng-tea.example"}


async def test_a_contact_is_upserted_by_their_own_id_where_it_is_known(bench: Bench) -> None:
    made = await bench.call(
        CREATE_CUSTOMER, external_id="shop-77", phone="+12025550198", company="Boateng Tea",
        custom_fields={"cups_a_day": 2}, **NIA,
    )  # fmt: skip
    assert bench.requests[-1].url.endswith("/crm/v3/objects/contacts/batch/upsert")
    assert sent(bench) == {
        "inputs": [
            {
                "idProperty": "shop_id", "id": "shop-77",
                "properties": {
                    "firstname": "Nia", "lastname": "Boateng", "email": NIA["email"], "phone": "+12025550198",
                    "company": "Boateng Tea", "shop_id": "shop-77", "cups_a_day": "2",
                },
            }
        ]
    }  # fmt: skip
    nia = made.resource
    assert (made.outcome, nia.display_name, nia.external_ids) == ("applied", "Nia Boateng", {"shop_id": "shop-77"})
    assert nia.custom_fields["cups_a_day"] == 2
    read = (await bench.call(GET_CUSTOMER, **made.verify_with.args)).data
    assert (read.point("email"), read.point("phone")) == (NIA["email"], "+12025550198")


async def test_without_an_id_of_ours_the_email_is_the_key_and_a_second_request_makes_no_second_contact(
    bench: Bench, account: Account
) -> None:
    before = len(account.objects["contacts"])
    made = await bench.call(CREATE_CUSTOMER, **NIA)
    assert sent(bench)["inputs"][0]["idProperty"] == "email"
    upsert = bench.requests[-1]
    again = await bench.wire.send(upsert, Sending(5.0, fresh=False))
    assert orjson.loads(again.body)["results"][0]["id"] == made.resource.id.vendor_id
    assert orjson.loads(again.body)["results"][0]["new"] is False
    assert len(account.objects["contacts"]) == before + 1


@pytest.mark.parametrize(
    "key", [{"email": ADA}, {"external_id": "shop-1"}, {"email": "new@x.example", "phone": "+12025550101"}]
)
async def test_who_has_one_of_the_keys_is_given_and_nothing_is_made(
    bench: Bench, account: Account, key: dict[str, Any]
) -> None:
    before = len(account.objects["contacts"])
    found = await bench.call(CREATE_CUSTOMER, family_name="Okafor", **key)
    assert (found.outcome, found.resource.display_name) == ("noop", "Ada Okafor")
    assert [warning.code for warning in found.warnings] == ["duplicate_suspected"]
    assert bench.writes_sent == 0
    assert len(account.objects["contacts"]) == before


async def test_a_number_that_only_looks_alike_stops_nobody(bench: Bench, account: Account) -> None:
    account.add("contacts", {"firstname": "Twin", "phone": "+442025550198"})
    made = await bench.call(CREATE_CUSTOMER, phone="+12025550198", **NIA)
    assert made.outcome == "applied"


@pytest.mark.parametrize("keys", [{"phone": "+12025550198"}, {"family_name": "Boateng"}])
async def test_without_a_key_that_one_contact_has_nothing_is_made(bench: Bench, keys: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError, match="email or external_id"):
        await bench.call(CREATE_CUSTOMER, **keys)
    assert bench.requests == []


async def test_tags_are_refused_because_contacts_have_none(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="tags"):
        await bench.call(CREATE_CUSTOMER, tags=["vip"], **NIA)


async def test_a_contact_who_appeared_meanwhile_is_said(bench: Bench) -> None:
    def old(_: HttpRequest, answer: HttpResponse) -> HttpResponse:
        body = answer.body.replace(b'"new":true', b'"new":false')
        return HttpResponse(answer.status, answer.headers, body, answer.url)

    bench.rewrite = old
    made = await bench.call(CREATE_CUSTOMER, **NIA)
    assert [warning.code for warning in made.warnings] == ["duplicate_suspected"]


async def test_a_dry_run_looks_for_the_person_and_shows_who_would_be_made(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(CREATE_CUSTOMER, phone="+12025550198", dry_run=True, **NIA)
    assert shown.value.preview.body["inputs"][0]["id"] == NIA["email"]
    assert bench.writes_sent == 0
    assert [request.url.rsplit("/", 1)[-1] for request in bench.requests if request.method == "POST"] == ["search"]
    assert (await bench.call(FIND_CUSTOMERS, email=NIA["email"])).data.items == ()


async def test_a_contact_without_a_clear_answer_is_unknown(bench: Bench) -> None:
    bench.fail_next_write(reply(502))
    with pytest.raises(OutcomeUnknownError):
        await bench.call(CREATE_CUSTOMER, **NIA)
    assert bench.writes_sent == 1


async def test_the_custom_fields_are_the_accounts_own_with_their_types(bench: Bench) -> None:
    shown = [(field.kind, field.key, field.label, field.type, field.writable) for field in bench.fields]
    assert shown == [
        ("customer", "shop_id", "shop_id", "text", True),
        ("customer", "cups_a_day", "Cups a day", "number", True),
        ("customer", "favourite_roast", "Favourite roast", "choice", True),
        ("ticket", "order_number", "Order number", "text", True),
        ("ticket", "product", "Product", "choice", True),
        ("deal", "machines", "Machines", "number", True),
    ]
    assert [choice.value for choice in bench.fields[2].choices] == ["Light", "Dark"]


def _property(**values: Any) -> vendor_setup.PropertyDefinition:
    return vendor_setup.PropertyDefinition.model_validate({"name": "x", "label": "X", "type": "string", **values})


@pytest.mark.parametrize(
    ("values", "field_type"),
    [
        ({"type": "string"}, "text"), ({"type": "phone_number"}, "text"), ({"type": "number"}, "number"),
        ({"type": "bool", "fieldType": "booleancheckbox"}, "boolean"), ({"type": "date"}, "date"),
        ({"type": "datetime"}, "datetime"), ({"type": "enumeration", "fieldType": "radio"}, "choice"),
        ({"type": "enumeration", "fieldType": "checkbox"}, "choices"),
    ],
)  # fmt: skip
def test_a_propertys_type_says_what_its_values_are(values: dict[str, str], field_type: str) -> None:
    (field,) = described("deal", [_property(**values)])
    assert field.type == field_type


@pytest.mark.parametrize("values", [{"hubspotDefined": True}, {"archived": True}, {"hidden": True}])
def test_hubspots_own_and_what_nobody_sees_is_no_custom_field(values: dict[str, bool]) -> None:
    assert described("deal", [_property(**values)]) == []


@pytest.mark.parametrize("values", [{"calculated": True}, {"modificationMetadata": {"readOnlyValue": True}}])
def test_what_cannot_be_written_says_so(values: dict[str, Any]) -> None:
    (field,) = described("deal", [_property(**values)])
    assert not field.writable


def _add(account: Account, kind: str, **values: Any) -> None:
    account.properties[kind].append({**account.properties[kind][0], "hubspotDefined": False, **values})


async def test_a_custom_value_has_the_type_of_its_field_wherever_it_is_read(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    _add(account, "contacts", name="vip", type="bool", fieldType="booleancheckbox")
    _add(account, "contacts", name="likes", type="enumeration", fieldType="checkbox")
    _add(account, "contacts", name="score", type="number", calculated=True)
    _add(account, "contacts", name="born", type="date")
    bench.connection = replace(bench.connection, fields=await bench.describe())
    values = {"vip": True, "likes": ["tea", "milk"], "born": "1990-02-03"}
    await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes={"custom_fields": values})
    assert sent(bench) == {"properties": {"vip": "true", "likes": "tea;milk", "born": "1990-02-03"}}
    account.objects["contacts"][ada.vendor_id]["properties"]["score"] = "4.25"
    wanted = {"shop_id": "shop-1", "cups_a_day": 1, "score": 4.25, **values}
    assert (await bench.call(GET_CUSTOMER, customer_id=ada)).data.custom_fields == wanted
    (found,) = (await bench.call(FIND_CUSTOMERS, name="Okafor")).data.items
    assert found.custom_fields == wanted
    with pytest.raises(InvalidArgumentError, match="can be written"):
        await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes={"custom_fields": {"score": 1}})


async def test_a_tickets_custom_fields_are_written_read_and_found(bench: Bench) -> None:
    ada = await person(bench)
    fields = {"order_number": "1002", "product": "Grinder"}
    made = await bench.call(
        CREATE_TICKET, requester=ada, subject="Grinder", body="Loud.", first_message="internal", custom_fields=fields
    )
    assert made.resource.custom_fields == fields
    assert (await bench.call(GET_TICKET, ticket_id=made.resource.id)).data.custom_fields == fields
    for found in (await bench.call(SEARCH_TICKETS, requester=ada), await bench.call(SEARCH_TICKETS, text="Grinder")):
        assert fields in [ticket.custom_fields for ticket in found.data.items]
    emptied = await bench.call(UPDATE_TICKET, ticket_id=made.resource.id, changes={"custom_fields": {"product": None}})
    assert emptied.resource.custom_fields == {"order_number": "1002"}


async def test_a_deals_custom_fields_are_read(bench: Bench, account: Account) -> None:
    for deal in account.objects["deals"].values():
        deal["properties"]["machines"] = "3"
    (deal,) = (await bench.call(LIST_DEALS, about=await person(bench))).data.items
    assert deal.custom_fields == {"machines": 3}


async def test_contactability_says_what_they_want_and_hides_the_address(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    (unasked,) = (await bench.call(GET_CONTACTABILITY, customer_id=ada)).data.items
    assert (unasked.channel, unasked.address_masked, unasked.marketing, unasked.suppressed) == (
        "email", "a…@fernway-studio.example", "unknown", None,
    )  # fmt: skip
    account.consents[ADA, ONE_TO_ONE] = "UNSUBSCRIBED"
    account.consents[ADA, MARKETING] = "SUBSCRIBED"
    (wanting,) = (await bench.call(GET_CONTACTABILITY, customer_id=ada, channel="email")).data.items
    assert wanting.marketing == "opted_in", "the other subscription is not about marketing"
    account.opted_out.add(ADA)
    (out,) = (await bench.call(GET_CONTACTABILITY, customer_id=ada)).data.items
    assert (out.marketing, out.suppressed.reason) == ("opted_out", "unsubscribe")
    assert out.suppressed.since


async def test_a_contact_without_an_address_can_be_reached_by_none(bench: Bench, account: Account) -> None:
    nobody = bench.ref("customer", account.add("contacts", {"lastname": "Phone only"}))
    assert (await bench.call(GET_CONTACTABILITY, customer_id=nobody)).data.items == ()
    with pytest.raises(ConflictError, match="address"):
        await bench.call(
            SET_CONSENT, customer_id=nobody, channel="email", marketing="opted_in", evidence="asked in chat"
        )


async def test_consent_is_set_with_its_evidence_and_taken_back(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    consent: dict[str, Any] = {"customer_id": ada, "channel": "email", "evidence": "asked in chat"}
    agreed = await bench.call(SET_CONSENT, marketing="opted_in", **consent)
    assert sent(bench) == {
        "subscriptionId": MARKETING, "channel": "EMAIL", "statusState": "SUBSCRIBED",
        "legalBasis": "CONSENT_WITH_NOTICE", "legalBasisExplanation": "asked in chat",
    }  # fmt: skip
    assert agreed.resource.marketing == "opted_in"
    assert agreed.undo is None, "they had said nothing before, and nothing cannot be said"
    refused = await bench.call(SET_CONSENT, marketing="opted_out", **consent)
    assert sent(bench) == {
        "subscriptionId": MARKETING, "channel": "EMAIL", "statusState": "UNSUBSCRIBED",
        "legalBasisExplanation": "asked in chat",
    }  # fmt: skip
    await bench.call(SET_CONSENT, **refused.undo.args)
    assert account.consents[ADA, MARKETING] == "SUBSCRIBED"


@pytest.mark.parametrize("answer", [{"results": [], "numErrors": 1}, {"results": []}])
async def test_consent_that_hubspot_did_not_set_is_a_conflict(bench: Bench, answer: dict[str, Any]) -> None:
    ada = await person(bench)
    bench.rewrite = lambda request, old: reply(200, answer) if request.method == "POST" else old
    with pytest.raises(ConflictError, match="did not set"):
        await bench.call(SET_CONSENT, customer_id=ada, channel="email", marketing="opted_in", evidence="asked")


async def test_without_a_marketing_subscription_consent_is_refused_and_read_where_all_agree() -> None:
    manifest = trunkline_connector()
    sandbox = manifest.open_sandbox(COMPANY)
    settings = {**sandbox.settings, "marketing_subscription_id": None}
    async with at_sandbox(manifest, sandbox=replace(sandbox, settings=settings)) as bench:
        ada = await person(bench)
        with pytest.raises(UnsupportedError, match="operator"):
            await bench.call(SET_CONSENT, customer_id=ada, channel="email", marketing="opted_in", evidence="asked")
        assert set(methods(bench)) == {"GET"}
        status = {"subscriptionId": 1, "status": "SUBSCRIBED"}
        bench.rewrite = lambda request, old: (
            reply(200, {"results": [status, {**status, "subscriptionId": 2}]}) if "?" in request.url
            and "/unsubscribe-all" not in request.url and "communication" in request.url else old
        )  # fmt: skip
        (found,) = (await bench.call(GET_CONTACTABILITY, customer_id=ada)).data.items
        assert found.marketing == "opted_in"


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "chat"])
async def test_channels_other_than_email_are_refused(bench: Bench, channel: str) -> None:
    with pytest.raises(UnsupportedError, match="channel"):
        await bench.call(GET_CONTACTABILITY, customer_id=bench.ref("customer", "1"), channel=channel)
    assert bench.requests == []
