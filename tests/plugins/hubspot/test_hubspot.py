"""HubSpot's contacts at the sandbox, judged by HubSpot's OpenAPI files."""

from typing import Any

import orjson
import pytest

from support.bench import MARKER, Bench, reply
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
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import ADD_NOTE, FIND_CUSTOMERS, GET_CUSTOMER, LIST_ACTIVITIES, UPDATE_CUSTOMER
from trunkline_gateway.calls.validate import validate
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import LostAnswerError
from trunkline_hubspot import trunkline_connector
from trunkline_hubspot.sandbox_state import Account

ADA = "ada.okafor@fernway-studio.example"
BRUNO = "bruno.keller@keller-bakery.example"


async def person(bench: Bench, email: str = ADA) -> Ref:
    (found,) = (await bench.call(FIND_CUSTOMERS, email=email)).data.items
    bench.wire.exchanges.clear()
    ref: Ref = found.id
    return ref


def sent(bench: Bench) -> dict[str, Any]:
    """The body of the last request."""
    body: dict[str, Any] = orjson.loads(bench.requests[-1].body)
    return body


async def test_an_email_is_read_from_the_database_and_not_searched(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, email=ADA)
    (ada,) = found.data.items
    assert (ada.display_name, ada.matched_on, ada.confidence) == ("Ada Okafor", ("email",), "exact")
    assert found.freshness.source == "live"
    assert [request.method for request in bench.requests] == ["GET"]
    assert "idProperty=email" in bench.requests[0].url


async def test_the_companys_own_id_finds_a_contact_by_the_property_of_the_settings(bench: Bench) -> None:
    (dev,) = (await bench.call(FIND_CUSTOMERS, external_id="shop-4")).data.items
    assert (dev.display_name, dev.external_ids, dev.confidence) == ("Dev Patel", {"shop_id": "shop-4"}, "exact")
    assert (await bench.call(FIND_CUSTOMERS, external_id="nobody")).data.items == ()


async def test_a_phone_number_is_searched_and_says_how_old_the_answer_can_be(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, phone="+12025550101")
    (ada,) = found.data.items
    assert (ada.display_name, ada.confidence) == ("Ada Okafor", "exact")
    assert (found.freshness.source, found.freshness.max_lag_s) == ("search_index", 60)


async def test_a_number_that_only_looks_alike_is_probable(bench: Bench, account: Account) -> None:
    twin = account.add("contacts", {"firstname": "Twin", "phone": "+442025550101"})
    found = {item.id.vendor_id: item.confidence for item in await everybody(bench, phone="+12025550101")}
    assert found.pop(twin) == "probable"
    assert list(found.values()) == ["exact"]


async def test_a_number_is_found_too_where_hubspot_kept_its_country_code(bench: Bench, account: Account) -> None:
    """Recorded: of `+1 555-1234` it keeps `15551234`."""
    zoe = account.add("contacts", {"firstname": "Zoe", "phone": "+1 202-555-0177"})
    account.objects["contacts"][zoe]["properties"]["hs_searchable_calculated_phone_number"] = "12025550177"
    (found,) = (await bench.call(FIND_CUSTOMERS, phone="+12025550177")).data.items
    assert (found.display_name, found.confidence) == ("Zoe", "exact")


async def everybody(bench: Bench, **keys: Any) -> list[Any]:
    """Every match, page by page."""
    found: list[Any] = []
    cursor = None
    while True:
        page = (await bench.call(FIND_CUSTOMERS, limit=2, cursor=cursor, **keys)).data
        found += page.items
        if not (cursor := page.next_cursor):
            return found


async def further(bench: Bench, cursor: str, **keys: Any) -> Any:
    """A page that begins at HubSpot's own cursor, which an agent never sees."""
    sealed = bench.cursors.seal(cursor, "bench", validate(FIND_CUSTOMERS, orjson.dumps(keys)))
    return await bench.call(FIND_CUSTOMERS, cursor=sealed, **keys)


@pytest.mark.parametrize("name", ["Ada Okafor", "okafor ada", "Okafor"])
async def test_a_name_is_found_in_any_order_and_case_and_is_probable(bench: Bench, name: str) -> None:
    (ada,) = (await bench.call(FIND_CUSTOMERS, name=name)).data.items
    assert (ada.display_name, ada.confidence) == ("Ada Okafor", "probable")


async def test_a_search_pages_to_the_end_and_its_total_is_an_estimate(bench: Bench, account: Account) -> None:
    ids = {account.add("contacts", {"firstname": "Zoe", "lastname": f"Number{number}"}) for number in range(5)}
    found = await everybody(bench, name="Zoe")
    assert {item.id.vendor_id for item in found} == ids
    assert len(found) == 5
    total = (await bench.call(FIND_CUSTOMERS, name="Zoe")).data.total
    assert total
    assert (total.value, total.exact) == (5, False)


async def test_a_search_ends_where_hubspot_does_and_says_so(bench: Bench) -> None:
    row = {"id": "1", "properties": {"firstname": "Zoe"}, "createdAt": None, "updatedAt": None}
    bench.fail_next(reply(200, {"total": 12_000, "results": [row], "paging": {"next": {"after": "10000"}}}))
    found = await further(bench, "9995", name="Zoe")
    assert found.data.next_cursor is None
    assert [warning.code for warning in found.warnings] == ["truncated"]


async def test_a_page_never_reaches_beyond_hubspots_window(bench: Bench) -> None:
    await further(bench, "9995", name="Zoe", limit=50)
    assert (sent(bench)["after"], sent(bench)["limit"]) == ("9995", 5)


async def test_further_keys_narrow_what_the_first_one_found(bench: Bench) -> None:
    assert len((await bench.call(FIND_CUSTOMERS, email=ADA, name="Okafor", phone="+12025550101")).data.items) == 1
    assert (await bench.call(FIND_CUSTOMERS, email=ADA, name="Keller")).data.items == ()
    assert (await bench.call(FIND_CUSTOMERS, email=ADA, phone="+12025550102")).data.items == ()
    assert (await bench.call(FIND_CUSTOMERS, email=ADA, external_id="shop-2")).data.items == ()


async def test_a_second_key_is_compared_whatever_spelling_the_number_has(bench: Bench, account: Account) -> None:
    account.add("contacts", {"email": "zoe@x.example", "phone": "(0)202 555-0177", "shop_id": "shop-99"})
    keys: tuple[dict[str, Any], ...] = ({"email": "zoe@x.example"}, {"external_id": "shop-99"})
    for key in keys:
        (zoe,) = (await bench.call(FIND_CUSTOMERS, phone="+12025550177", **key)).data.items
        assert zoe.confidence == "exact"
        assert (await bench.call(FIND_CUSTOMERS, phone="+12025550178", **key)).data.items == ()


@pytest.mark.parametrize("name", ["*", "* *", "--"])
async def test_a_name_without_a_letter_is_refused(bench: Bench, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="letter"):
        await bench.call(FIND_CUSTOMERS, name=name)
    assert bench.requests == []


async def test_a_star_in_a_name_stands_for_nothing(bench: Bench) -> None:
    assert (await bench.call(FIND_CUSTOMERS, name="A* *")).data.items == ()
    assert b"*" not in bench.requests[-1].body


@pytest.mark.parametrize("cursor", ["abc", "10000", "-1"])
async def test_a_cursor_that_is_none_is_refused(bench: Bench, cursor: str) -> None:
    with pytest.raises(InvalidArgumentError, match="no cursor"):
        await further(bench, cursor, name="Ada")


async def test_a_customer_is_read_with_their_company(bench: Bench) -> None:
    ada = (await bench.call(GET_CUSTOMER, customer_id=await person(bench), include=["company"])).data
    assert (ada.point("email"), ada.point("phone"), ada.language) == (ADA, "+12025550101", "en")
    assert ada.owner
    assert ada.owner.ref == "main:agent:70001"
    assert ada.lifecycle
    assert (ada.lifecycle.value, ada.lifecycle.lossy) == ("customer", False)
    assert ada.company_details
    assert (ada.company_details.name, ada.company_details.id) == ("Fernway Studio", ada.company)


@pytest.mark.parametrize("status", [404, 403])
async def test_a_company_that_cannot_be_read_does_not_hide_the_customer(bench: Bench, status: int) -> None:
    ada = await person(bench)
    bench.rewrite = lambda request, answer: reply(status) if "/companies/" in request.url else answer
    read = await bench.call(GET_CUSTOMER, customer_id=ada, include=["company"])
    assert (read.data.display_name, read.data.company_details) == ("Ada Okafor", None)
    assert [warning.code for warning in read.warnings] == ["part_unavailable"]


@pytest.mark.parametrize(
    ("stage", "value", "lossy"),
    [("salesqualifiedlead", "lead", True), ("subscriber", "prospect", True), ("98765", "other", True)],
)
async def test_a_lifecycle_stage_says_where_it_means_something_else(
    bench: Bench, account: Account, stage: str, value: str, lossy: bool
) -> None:
    lead = account.add("contacts", {"email": "lead@x.example", "lifecyclestage": stage})
    read = (await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", lead))).data
    assert read.lifecycle
    assert (read.lifecycle.value, read.lifecycle.raw, read.lifecycle.lossy) == (value, stage, lossy)


async def test_a_change_gives_back_the_whole_customer_and_the_way_back(bench: Bench) -> None:
    ada = await person(bench)
    changes = {"given_name": "Adaeze", "address": {"line1": "1 Quay", "line2": "Flat 2", "city": "Abuja"}}
    written = await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes=changes)
    assert sent(bench) == {"properties": {"firstname": "Adaeze", "address": "1 Quay, Flat 2", "city": "Abuja"}}
    assert written.resource
    assert (written.resource.display_name, written.resource.point("email")) == ("Adaeze Okafor", ADA)
    assert written.undo is None, "no street was there before, and none cannot be written"
    back = await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes={"given_name": "Ada"})
    assert back.undo
    assert back.undo.args["changes"] == {"given_name": "Adaeze"}


async def test_a_custom_property_is_written_by_its_name_and_taken_back(bench: Bench) -> None:
    ada = await person(bench)
    changes = {"custom_fields": {"cups_a_day": 4, "favourite_roast": "Dark"}}
    written = await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes=changes)
    assert sent(bench) == {"properties": {"cups_a_day": "4", "favourite_roast": "Dark"}}
    assert written.resource.custom_fields == {"cups_a_day": 4, "favourite_roast": "Dark", "shop_id": "shop-1"}
    assert written.undo.args["changes"] == {"custom_fields": {"cups_a_day": 1, "favourite_roast": None}}
    back = await bench.call(UPDATE_CUSTOMER, **written.undo.args)
    assert sent(bench) == {"properties": {"cups_a_day": "1", "favourite_roast": ""}}
    assert back.resource.custom_fields == {"cups_a_day": 1, "shop_id": "shop-1"}


@pytest.mark.parametrize("name", ["lifecyclestage", "no_such_one", "Email", "../contacts"])
async def test_a_custom_field_is_never_hubspots_own_nor_a_path(bench: Bench, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="custom_fields"):
        await bench.call(UPDATE_CUSTOMER, customer_id=await person(bench), changes={"custom_fields": {name: "x"}})
    assert all(request.method == "GET" for request in bench.requests)


async def test_tags_are_refused_because_contacts_have_none(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="add_tags"):
        await bench.call(UPDATE_CUSTOMER, customer_id=await person(bench), changes={"add_tags": ["vip"]})
    assert bench.requests == []


async def test_an_email_that_is_anothers_is_a_conflict(bench: Bench) -> None:
    with pytest.raises(ConflictError, match="CONFLICT"):
        await bench.call(UPDATE_CUSTOMER, customer_id=await person(bench), changes={"email": BRUNO})


async def test_an_older_version_is_a_conflict_and_nothing_is_written(bench: Bench) -> None:
    ada = await person(bench)
    version = (await bench.call(GET_CUSTOMER, customer_id=ada)).data.version
    changes = {"given_name": "Adaeze"}
    written = await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes=changes, if_version=version)
    assert [warning.code for warning in written.warnings] == ["not_atomic"]
    bench.wire.exchanges.clear()
    with pytest.raises(ConflictError, match="changed"):
        await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes=changes, if_version="2020-01-01T00:00:00+00:00")
    assert [request.method for request in bench.requests] == ["GET"]


async def test_a_note_is_made_for_all_it_is_about_in_one_request_and_found_again(bench: Bench) -> None:
    ada, bruno = await person(bench), await person(bench, BRUNO)
    text = "Likes <b>dark</b> roast & tea.\nNo milk."
    written = await bench.call(ADD_NOTE, about=[ada, bruno], body=text)
    assert len(bench.trace) == 1
    assert written.resource
    assert (written.resource.body_text, written.resource.about) == (text, (ada, bruno))
    for about in (ada, bruno):
        (note,) = (await bench.call(LIST_ACTIVITIES, about=about)).data.items
        assert note.id == written.resource.id
        assert note.body_text == f"{text}\n[{MARKER}]"
        assert (note.type, note.direction, note.visibility) == ("note", "internal", "internal")


async def test_a_note_about_nobody_is_refused_by_hubspot_and_not_kept(bench: Bench, account: Account) -> None:
    with pytest.raises(InvalidArgumentError, match="VALIDATION_ERROR"):
        await bench.call(ADD_NOTE, about=[bench.ref("customer", "1")], body="Hello.")
    assert account.objects.get("notes", {}) == {}


def history(account: Account, contact: str) -> None:
    """One of each kind, and each an hour before the next."""
    for hour, (kind, properties) in enumerate(
        [
            ("notes", {"hs_note_body": "<p>First</p>"}),
            ("calls", {"hs_call_title": "Call", "hs_call_body": "Hi", "hs_call_direction": "INBOUND"}),
            ("emails", {"hs_email_subject": "Mail", "hs_email_text": "Hi", "hs_email_direction": "INCOMING_EMAIL"}),
            ("meetings", {"hs_meeting_title": "Meeting", "hubspot_owner_id": "70001"}),
        ]
    ):
        at = {"hs_timestamp": f"2026-01-01T0{hour}:00:00.000Z"}
        account.link("contacts", contact, kind, account.add(kind, {**at, **properties}))
    due = {"hs_task_subject": "Task", "hs_timestamp": "2020-01-01T00:00:00.000Z"}
    account.link("contacts", contact, "tasks", account.add("tasks", due))


async def test_the_history_merges_all_kinds_newest_first_and_pages_to_the_end(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    history(account, ada.vendor_id)
    first = (await bench.call(LIST_ACTIVITIES, about=ada, limit=3)).data
    rest = (await bench.call(LIST_ACTIVITIES, about=ada, limit=3, cursor=first.next_cursor)).data
    types = [item.type for item in (*first.items, *rest.items)]
    assert types == ["task", "meeting", "email", "call", "note"], "a task stands at its creation, not when it is due"
    assert rest.next_cursor is None
    meeting, email = first.items[1], first.items[2]
    assert meeting.author
    assert meeting.author.ref == "main:agent:70001"
    assert (email.direction, email.visibility, email.body_text) == ("inbound", "public", "Hi")
    assert email.author
    assert email.author.kind == "customer"


async def test_a_time_in_milliseconds_is_read_too(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    note = account.add("notes", {"hs_note_body": "Old", "hs_timestamp": "1710000000000"})
    account.link("contacts", ada.vendor_id, "notes", note)
    (read,) = (await bench.call(LIST_ACTIVITIES, about=ada)).data.items
    assert read.at.isoformat() == "2024-03-09T16:00:00+00:00"


@pytest.mark.parametrize(("held", "read"), [("12", 12), ("", None), ("11-50", None)])
async def test_a_number_of_employees_that_is_none_does_not_hide_the_company(
    bench: Bench, account: Account, held: str, read: int | None
) -> None:
    ada = await person(bench)
    for company in account.objects["companies"].values():
        company["properties"]["numberofemployees"] = held
    found = (await bench.call(GET_CUSTOMER, customer_id=ada, include=["company"])).data.company_details
    assert found
    assert found.employee_count == read


async def test_the_history_can_be_narrowed_by_kind_and_time(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    history(account, ada.vendor_id)
    kept = await bench.call(
        LIST_ACTIVITIES, about=ada, types=["call", "email", "note"], since="2026-01-01T01:00:00+00:00"
    )
    assert [item.type for item in kept.data.items] == ["email", "call"]
    with pytest.raises(UnsupportedError, match="types"):
        await bench.call(LIST_ACTIVITIES, about=ada, types=["sms"])


async def test_more_than_a_batch_is_read_in_batches(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    for _ in range(130):
        account.link("contacts", ada.vendor_id, "notes", account.add("notes", {"hs_note_body": "x"}))
    page = (await bench.call(LIST_ACTIVITIES, about=ada, types=["note"], limit=50)).data
    assert len(page.items) == 50
    batches = [orjson.loads(request.body)["inputs"] for request in bench.requests if request.method == "POST"]
    assert [len(batch) for batch in batches] == [100, 30]


async def test_what_hubspot_will_not_give_or_was_not_looked_at_is_said(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    account.link("contacts", ada.vendor_id, "notes", "999999")
    listed = await bench.call(LIST_ACTIVITIES, about=ada, types=["note"])
    assert [warning.code for warning in listed.warnings] == ["part_unavailable"]
    for _ in range(501):
        account.link("contacts", ada.vendor_id, "calls", account.add("calls", {"hs_call_title": "x"}))
    listed = await bench.call(LIST_ACTIVITIES, about=ada, types=["call"])
    assert [warning.code for warning in listed.warnings] == ["truncated"]


async def test_a_cursor_of_a_record_that_is_gone_is_refused(bench: Bench) -> None:
    request = validate(LIST_ACTIVITIES, orjson.dumps({"about": await person(bench)}))
    with pytest.raises(InvalidArgumentError, match="gone"):
        await bench.call(LIST_ACTIVITIES, about=await person(bench), cursor=bench.cursors.seal("4", "bench", request))


async def test_a_dry_run_shows_the_note_and_writes_none(bench: Bench, account: Account) -> None:
    ada = await person(bench)
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(ADD_NOTE, about=[ada], body="Hello.", dry_run=True)
    (association,) = shown.value.preview.body["associations"]
    assert association["to"] == {"id": ada.vendor_id}
    assert "notes" not in account.objects


def refusal(status: int, category: str | None, **headers: str) -> Any:
    """HubSpot's form of a refusal, with prose that must not get out."""
    named = {"category": category} if category else {}
    body = {"status": "error", "message": "Contact already exists. Existing ID: 4711", "correlationId": "a", **named}
    return reply(status, body, **headers)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (refusal(401, "INVALID_AUTHENTICATION"), PermissionDeniedError),
        (refusal(403, "MISSING_SCOPES"), PermissionDeniedError),
        (refusal(404, "OBJECT_NOT_FOUND"), NotFoundError),
        (refusal(404, None), NotFoundError),
        (refusal(409, "CONFLICT"), ConflictError),
        (refusal(400, "VALIDATION_ERROR"), InvalidArgumentError),
        (refusal(400, "OBJECT_NOT_FOUND"), NotFoundError),
        (refusal(422, None), InvalidArgumentError),
        (refusal(429, "RATE_LIMITS", retry_after="60"), RateLimitedError),
        (reply(200, b"<html>maintenance</html>"), VendorBugError),
        (reply(200, b""), VendorBugError),
    ],
)
async def test_a_refusal_becomes_the_error_that_says_what_to_do(
    bench: Bench, fault: Any, expected: type[CallError]
) -> None:
    bench.fail_next(fault)
    with pytest.raises(expected) as raised:
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "1"))
    assert "4711" not in str(raised.value)


@pytest.mark.parametrize("fault", [reply(500), reply(502, b"<html>"), reply(302), LostAnswerError("reset")])
async def test_a_note_without_a_clear_answer_is_unknown_and_sent_once(bench: Bench, fault: Any) -> None:
    ada = await person(bench)
    bench.fail_next(fault)
    with pytest.raises(OutcomeUnknownError):
        await bench.call(ADD_NOTE, about=[ada], body="Hello.")
    assert len(bench.trace) == 1


def test_the_rate_limit_is_read_from_hubspots_own_headers() -> None:
    dialect = trunkline_connector().rate_dialect
    assert dialect
    headers = {"x_hubspot_ratelimit_remaining": "108", "x_hubspot_ratelimit_interval_milliseconds": "10000"}
    told = dialect(reply(200, **headers))
    assert (told.remaining, told.reset_s) == (108, 10.0)
    assert dialect(reply(200, x_hubspot_ratelimit_remaining="many")).remaining is None
