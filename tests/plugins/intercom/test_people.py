"""Intercom's contacts: making them, their fields, and whether they may be written to."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from support.bench import MARKER, Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    UnsupportedError,
)
from trunkline_contracts.fields import CustomField
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    CREATE_TICKET,
    FIND_CUSTOMERS,
    GET_CONTACTABILITY,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    SEARCH_TICKETS,
    SET_CONSENT,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_intercom import trunkline_connector
from trunkline_intercom.sandbox_records import ROBIN, contact_id

ADA_ID = f"main:customer:{contact_id(1)}"
BRUNO_ID = f"main:customer:{contact_id(2)}"
NIA: dict[str, Any] = {
    "given_name": "Nia",
    "family_name": "Boateng",
    "email": "nia@boateng.example",
    "phone": "+12025550198",
}


def writes(bench: Bench) -> list[tuple[str, str, Any]]:
    """Method, path and body of what was written, but for searches."""
    return [
        (item.method, item.url.partition(".io")[2], orjson.loads(item.body or b"null"))
        for item in bench.requests
        if item.method != "GET" and not item.url.endswith("/search")
    ]


async def test_a_new_customer_is_a_user_with_company_and_tags(bench: Bench) -> None:
    more: dict[str, Any] = {
        "external_id": "cust-99",
        "company": "Keller Bakery",
        "tags": ["VIP"],
        "custom_fields": {"Cups a day": 3},
    }
    result = await bench.call(CREATE_CUSTOMER, **NIA, **more)
    made = result.resource
    assert made
    assert (result.outcome, result.undo, result.warnings) == ("applied", None, ())
    assert (made.display_name, made.point("email"), made.tags) == ("Nia Boateng", "nia@boateng.example", ("vip",))
    assert made.custom_fields == {"Cups a day": 3}
    creation, joining, tagging = writes(bench)
    assert creation == (
        "POST",
        "/contacts",
        {
            "role": "user",
            "external_id": "cust-99",
            "email": "nia@boateng.example",
            "phone": "+12025550198",
            "name": "Nia Boateng",
            "custom_attributes": {"Cups a day": 3},
        },
    )
    assert joining[1:] == (f"/contacts/{made.id.vendor_id}/companies", {"id": "66c000000000000000000002"})
    assert tagging[1] == f"/contacts/{made.id.vendor_id}/tags"
    view = (await bench.call(GET_CUSTOMER, customer_id=made.id, include=["company"])).data
    assert view.company_details
    assert (view.company, view.company_details.name, view.tags) == (made.company, "Keller Bakery", ("vip",))


@pytest.mark.parametrize(
    "key", [{"email": "ada.okafor@fernway-studio.example"}, {"external_id": "cust-1"}, {"phone": "+12025550101"}]
)
async def test_a_customer_who_is_there_is_given_and_nothing_is_made(bench: Bench, key: dict[str, Any]) -> None:
    result = await bench.call(CREATE_CUSTOMER, **{"email": "other@fernway.example", **key})
    assert (result.outcome, [warning.code for warning in result.warnings]) == ("noop", ["duplicate_suspected"])
    assert result.resource
    assert result.resource.id == ADA_ID
    assert writes(bench) == []


async def test_keys_of_two_customers_name_neither(bench: Bench) -> None:
    with pytest.raises(AmbiguousError) as told:
        await bench.call(CREATE_CUSTOMER, email="ada.okafor@fernway-studio.example", phone="+12025550102")
    assert {item.id for item in told.value.body.candidates} == {ADA_ID, BRUNO_ID}


async def test_a_customer_without_a_key_that_intercom_keeps_unique_is_refused(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="external id"):
        await bench.call(CREATE_CUSTOMER, given_name="Nia", phone="+12025550198")
    assert bench.requests == []


@pytest.mark.parametrize("more", [{"company": "No Such Company"}, {"tags": ["vip", "nonsense"]}])
async def test_what_a_new_customer_is_to_have_has_to_exist(bench: Bench, more: dict[str, Any]) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(CREATE_CUSTOMER, **NIA, **more)
    assert writes(bench) == []


async def test_one_whom_only_intercom_knows_of_is_a_conflict_and_no_second_user(bench: Bench) -> None:
    bench.fail_next(reply(200, {"data": []}), reply(409), reply(200, {"data": []}))
    with pytest.raises(ConflictError, match="too new to be found"):
        await bench.call(CREATE_CUSTOMER, **NIA)


async def test_one_who_was_made_meanwhile_is_given(bench: Bench) -> None:
    bench.fail_next(reply(404), reply(409))
    result = await bench.call(CREATE_CUSTOMER, external_id="cust-1")
    assert (result.outcome, result.resource and result.resource.id) == ("noop", ADA_ID)


async def test_a_user_whose_tag_was_refused_is_there_in_part(bench: Bench) -> None:
    plain = bench.wire.send

    async def refusing(request: Any, sending: Any) -> Any:
        bench.wire.faults = [reply(404)] if request.method == "POST" and request.url.endswith("/tags") else []
        return await plain(request, sending)

    bench.wire.send = refusing  # type: ignore[method-assign]
    result = await bench.call(CREATE_CUSTOMER, external_id="cust-99", tags=["vip"])
    assert (result.outcome, result.resource and result.resource.tags) == ("partial", ())
    assert "1 of 2" in result.warnings[0].message


async def test_a_dry_run_of_a_new_customer_looks_them_up_first(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(CREATE_CUSTOMER, **NIA, dry_run=True)
    assert shown.value.preview.body["email"] == "nia@boateng.example"
    assert [item.url.rpartition("/")[2] for item in bench.requests] == ["search"]


async def test_an_id_that_would_be_a_step_of_the_path_is_nobodys(bench: Bench) -> None:
    for external_id in (".", ".."):
        assert (await bench.call(FIND_CUSTOMERS, external_id=external_id)).data.items == ()
    assert bench.requests == []


async def test_a_name_is_given_as_it_is_said_and_not_as_html(bench: Bench) -> None:
    contact = {"type": "contact", "id": contact_id(1), "name": "Phone &amp; SMS"}
    bench.fail_next(reply(200, contact))
    view = (await bench.call(GET_CUSTOMER, customer_id=ADA_ID)).data
    assert (view.display_name, view.family_name) == ("Phone & SMS", "& SMS")
    bench.fail_next(reply(200, contact))
    await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"given_name": "Mail"})
    assert writes(bench)[0][2] == {"name": "Mail & SMS"}


async def test_a_tag_is_known_by_its_name_whatever_its_case(bench: Bench) -> None:
    result = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"add_tags": ["VIP"]})
    assert result.resource
    assert result.resource.tags == ("vip",)
    bench.key = "another-key-0000000"
    again = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"add_tags": ["Vip"]})
    assert again.undo is None, "it was there before"


FIELDS = {
    "Cups a day": ("customer", "cups_a_day", "number", ()),
    "Favourite roast": ("customer", "favourite_roast", "choice", ("Light", "Dark")),
    "Order number": ("ticket", "order_number", "text", ()),
    "Product": ("ticket", "product", "choice", ("Beans", "Grinder")),
}


async def test_the_fields_of_contacts_tickets_and_conversations_are_found(bench: Bench) -> None:
    found = {
        field.key: (field.kind, field.name, field.type, tuple(choice.value for choice in field.choices))
        for field in await bench.describe()
    }
    assert found == FIELDS
    assert [item.url.partition(".io/")[2] for item in bench.requests] == [
        "data_attributes?model=contact",
        "ticket_types",
        "conversations/attributes",
    ]


async def test_what_is_no_custom_field_is_left_out(bench: Bench) -> None:
    own = {"data_type": "string", "api_writable": False}
    contacts = [
        {"name": "email", "data_type": "string", "custom": False},
        {"name": "old", "custom": True, "archived": True, **own},
        {"name": "Plan", "custom": True, **own},
        {"name": "born", "custom": True, "data_type": "date"},
    ]
    options = {"name": "Level", "data_type": "list", "input_options": None}
    kinds = [{"ticket_type_attributes": {"ticket_type_attributes": [options]}}, {"ticket_type_attributes": None}]
    conversations = [{"name": "Upload", "data_type": "files"}, {"name": "Level", "data_type": "string"}]
    bench.fail_next(*(reply(200, {"data": data}) for data in (contacts, kinds, conversations)))
    found = {field.key: (field.type, field.writable) for field in await bench.describe()}
    assert found == {"Plan": ("text", False), "born": ("datetime", True), "Level": ("choice", False)}


@pytest.fixture
async def known() -> AsyncIterator[Bench]:
    """A workspace whose fields were found out."""
    fields = (
        CustomField(kind="customer", key="Cups a day", name="cups_a_day", label="Cups a day", type="number"),
        CustomField(kind="customer", key="Seen at", name="seen_at", label="Seen at", type="datetime"),
        CustomField(kind="ticket", key="Seen at", name="seen_at", label="Seen at", type="datetime"),
    )
    async with at_sandbox(trunkline_connector(), fields=fields, judged=False) as bench:
        yield bench


async def test_only_fields_of_the_workspace_are_read_and_seconds_are_moments(known: Bench) -> None:
    attributes = {"Seen at": 1_700_000_000, "Cups a day": None, "Has attachments": True}
    known.fail_next(reply(200, {"type": "contact", "id": contact_id(1), "custom_attributes": attributes}))
    view = (await known.call(GET_CUSTOMER, customer_id=ADA_ID)).data
    assert view.custom_fields == {"seen_at": "2023-11-14T22:13:20+00:00"}
    known.fail_next(reply(200, {"type": "conversation", "id": "1", "custom_attributes": attributes}))
    ticket = (await known.call(GET_TICKET, ticket_id="main:ticket:conversation-1")).data
    assert ticket.custom_fields == {"seen_at": "2023-11-14T22:13:20+00:00"}


@pytest.mark.parametrize("given", ["2023-11-14T22:13:20+00:00", "2023-11-14T22:13:20"])
async def test_moments_are_written_in_seconds(known: Bench, given: str) -> None:
    (thread,) = (await known.call(SEARCH_TICKETS, requester=BRUNO_ID)).data.items
    await known.call(UPDATE_TICKET, ticket_id=thread.id, changes={"custom_fields": {"seen_at": given}})
    assert writes(known)[-1][2] == {"custom_attributes": {"Seen at": 1_700_000_000}}


async def test_a_field_that_intercom_does_not_keep_is_told_of(bench: Bench) -> None:
    (ticket,) = (await bench.call(SEARCH_TICKETS, requester=ADA_ID)).data.items
    bench.wire.faults = [
        lambda _: reply(200, {"type": "ticket", "id": "1", "ticket_type": {"id": "41"}}),
        lambda _: reply(200, {"type": "ticket", "id": "1", "ticket_attributes": {}}),
    ]
    result = await bench.call(UPDATE_TICKET, ticket_id=ticket.id, changes={"custom_fields": {"Order number": "1001"}})
    assert [(warning.code, warning.field) for warning in result.warnings if warning.code == "field_dropped"] == [
        ("field_dropped", "Order number")
    ]


async def test_a_field_is_emptied_by_null(bench: Bench) -> None:
    (ticket,) = (await bench.call(SEARCH_TICKETS, requester=ADA_ID)).data.items
    await bench.call(UPDATE_TICKET, ticket_id=ticket.id, changes={"custom_fields": {"Order number": None}})
    assert writes(bench)[-1][2]["ticket_attributes"] == {"Order number": None}


async def test_a_new_ticket_has_its_custom_fields(bench: Bench) -> None:
    new: dict[str, Any] = {"requester": ADA_ID, "subject": "Grinder", "body": "Loud.", "first_message": "from_customer"}
    result = await bench.call(CREATE_TICKET, **new, custom_fields={"Order number": "1001"})
    assert result.resource
    assert result.resource.custom_fields == {"Order number": "1001"}
    assert writes(bench)[0][2]["ticket_attributes"] == {
        "Order number": "1001",
        "_default_title_": "Grinder",
        "_default_description_": "Loud.",
    }


GRINDER = "de1825a0-0164-4070-8ca6-000000000001"


async def test_what_is_chosen_on_a_ticket_is_written_by_its_id_and_on_a_conversation_by_its_label() -> None:
    async with at_sandbox(trunkline_connector()) as finding:
        fields = await finding.describe()
    async with at_sandbox(trunkline_connector(), fields=fields) as bench:
        (ticket,) = (await bench.call(SEARCH_TICKETS, requester=ADA_ID)).data.items
        (conversation,) = (await bench.call(SEARCH_TICKETS, requester=BRUNO_ID)).data.items
        for number, (thread, key) in enumerate([(ticket, "ticket"), (conversation, "custom")]):
            bench.key = f"another-key-000000{number}"
            changes = {"custom_fields": {"product": "Grinder"}}
            result = await bench.call(UPDATE_TICKET, ticket_id=thread.id, changes=changes)
            assert result.resource
            assert result.resource.custom_fields == {"product": "Grinder"}
            written = {"Product": GRINDER if key == "ticket" else "Grinder"}
            assert writes(bench)[-1][2][f"{key}_attributes"] == written
        new: dict[str, Any] = {
            "requester": ADA_ID,
            "subject": "Grinder",
            "body": "Loud.",
            "first_message": "from_customer",
        }
        made = await bench.call(CREATE_TICKET, **new, custom_fields={"product": "Grinder"})
        assert made.resource
        assert made.resource.custom_fields == {"product": "Grinder"}
        assert writes(bench)[-1][2]["ticket_attributes"]["Product"] == GRINDER


async def test_an_option_that_a_type_of_ticket_lacks_is_refused() -> None:
    field = CustomField(kind="ticket", key="Product", name="product", label="Product", type="choice")
    async with at_sandbox(trunkline_connector(), fields=(field,)) as known:
        (ticket,) = (await known.call(SEARCH_TICKETS, requester=ADA_ID)).data.items
        with pytest.raises(InvalidArgumentError, match="Product"):
            await known.call(UPDATE_TICKET, ticket_id=ticket.id, changes={"custom_fields": {"product": "Kettle"}})
        assert writes(known) == []


async def test_a_custom_field_that_the_workspace_lacks_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError):
        await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"custom_fields": {"nonsense": 1}})


async def test_who_did_not_unsubscribe_need_not_have_agreed(bench: Bench) -> None:
    (found,) = (await bench.call(GET_CONTACTABILITY, customer_id=ADA_ID)).data.items
    assert (found.channel, found.address_masked) == ("email", "a…@fernway-studio.example")
    assert (found.transactional, found.marketing, found.suppressed) == ("allowed", "unknown", None)


@pytest.mark.parametrize(
    ("flags", "chosen", "expected"),
    [
        ({}, [("opt_in", "email")], ("allowed", "opted_in", None)),
        ({}, [("opt_in", "sms_message"), ("opt_out", "email")], ("allowed", "unknown", None)),
        ({"unsubscribed_from_emails": True}, [("opt_in", "email")], ("unknown", "opted_out", None)),
        ({"has_hard_bounced": True}, [], ("blocked", "unknown", "bounce")),
        ({"marked_email_as_spam": True}, [], ("blocked", "unknown", "complaint")),
    ],
)
async def test_what_intercom_knows_of_an_address_is_told(
    bench: Bench, flags: dict[str, bool], chosen: list[tuple[str, str]], expected: tuple[str, str, str | None]
) -> None:
    contact = {"type": "contact", "id": contact_id(1), "email": "ada@fernway.example", **flags}
    kinds = [{"consent_type": consent, "content_types": [content]} for consent, content in chosen]
    bench.fail_next(reply(200, contact), reply(200, {"data": kinds}))
    (found,) = (await bench.call(GET_CONTACTABILITY, customer_id=ADA_ID)).data.items
    assert (found.transactional, found.marketing, found.suppressed and found.suppressed.reason) == expected


async def test_who_has_no_address_cannot_be_reached_nor_asked(bench: Bench) -> None:
    nobody = {"type": "contact", "id": contact_id(1)}
    bench.fail_next(reply(200, nobody), reply(200, nobody))
    assert (await bench.call(GET_CONTACTABILITY, customer_id=ADA_ID)).data.items == ()
    with pytest.raises(ConflictError, match="no e-mail"):
        await bench.call(
            SET_CONSENT, customer_id=ADA_ID, channel="email", marketing="opted_out", evidence="asked in chat"
        )
    assert writes(bench) == []


async def test_consent_is_a_flag_and_its_evidence_a_note(bench: Bench) -> None:
    said: dict[str, Any] = {"customer_id": ADA_ID, "channel": "email", "evidence": "asked in chat"}
    result = await bench.call(SET_CONSENT, **said, marketing="opted_out")
    assert result.resource
    assert (result.outcome, result.resource.marketing) == ("applied", "opted_out")
    flag, note = writes(bench)
    assert flag == ("PUT", f"/contacts/{contact_id(1)}", {"unsubscribed_from_emails": True})
    assert note[2] == {
        "body": f"Marketing by e-mail: opted out. Evidence: asked in chat<br><br>[{MARKER}]",
        "admin_id": ROBIN,
    }
    assert len((await bench.call(LIST_ACTIVITIES, about=ADA_ID)).data.items) == 1
    assert result.undo
    bench.key = "another-key-0000000"
    back = await bench.call(SET_CONSENT, **result.undo.args)
    assert [warning.code for warning in back.warnings] == ["lossy_status"]
    (found,) = (await bench.call(GET_CONTACTABILITY, customer_id=ADA_ID)).data.items
    assert found.marketing == "unknown"
