"""The traps that Intercom sets, each with what would be said of it wrongly."""

from typing import Any

import orjson
import pytest

from support.bench import Bench, reply
from trunkline_contracts.errors import ConflictError, UnsupportedError
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_CONVERSATIONS,
    MERGE_TICKETS,
    REPLY_TO_TICKET,
    SEARCH_TICKETS,
    SEND_MESSAGE,
    SET_CONSENT,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_intercom import API_VERSION, IntercomSettings, trunkline_connector
from trunkline_intercom.sandbox_records import contact_id

ADA_ID = f"main:customer:{contact_id(1)}"
BRUNO_ID = f"main:customer:{contact_id(2)}"


async def thread_of(bench: Bench, customer: str) -> Any:
    (found,) = (await bench.call(SEARCH_TICKETS, requester=customer)).data.items
    return found


def written(bench: Bench) -> list[str]:
    return [item.url for item in bench.requests if item.method != "GET" and not item.url.endswith("/search")]


async def test_trap_02_two_states_of_one_category_are_told_apart_by_their_labels(bench: Bench) -> None:
    ticket = await thread_of(bench, ADA_ID)
    changes = {"status_label": "Waiting for courier"}
    moved = (await bench.call(UPDATE_TICKET, ticket_id=ticket.id, changes=changes)).resource
    assert moved
    assert ticket.status.value == moved.status.value == "open"
    assert ticket.status.raw == moved.status.raw == "in_progress"
    assert (ticket.status.label, moved.status.label) == ("In progress", "Waiting for courier")
    assert moved.status.raw_id == "75"


async def test_trap_02_a_category_without_a_word_of_ours_is_said_to_be_lossy(bench: Bench) -> None:
    state = {"id": "9", "category": "parked", "internal_label": "With the roaster"}
    bench.fail_next(reply(200, {"type": "ticket", "id": "1", "ticket_state": state, "open": True}))
    result = await bench.call(GET_TICKET, ticket_id="main:ticket:1")
    assert (result.data.status.value, result.data.status.raw, result.data.status.lossy) == ("other", "parked", True)
    assert [warning.code for warning in result.warnings] == ["lossy_status"]


@pytest.mark.parametrize("tool", ["reply", "message"])
async def test_trap_05_nothing_public_is_said_to_have_arrived(bench: Bench, tool: str) -> None:
    if tool == "reply":
        thread = await thread_of(bench, BRUNO_ID)
        result = await bench.call(REPLY_TO_TICKET, ticket_id=thread.id, body="Hi.", visibility="public")
    else:
        said: dict[str, Any] = {
            "to": ADA_ID,
            "channel": "email",
            "subject": "Hi",
            "body": "Hi.",
            "purpose": "transactional",
        }
        result = await bench.call(SEND_MESSAGE, **said)
    assert result.outcome == "accepted"
    assert result.resource
    assert result.resource.delivery
    assert (result.resource.delivery.status.value, result.resource.delivery.final) == ("unknown", False)
    assert {"notifies_customer", "async_result"} <= {warning.code for warning in result.warnings}


async def test_trap_06_tickets_and_conversations_are_two_kinds_and_linked_ones_both_stay(bench: Bench) -> None:
    ticket, conversation = await thread_of(bench, ADA_ID), await thread_of(bench, BRUNO_ID)
    kinds = [item.extensions["intercom"]["kind"] for item in (ticket, conversation)]
    assert kinds == ["ticket", "conversation"]
    assert (ticket.conversation_id.kind, conversation.conversation_id.kind) == ("ticket", "conversation")
    (became,) = (await bench.call(LIST_CONVERSATIONS, customer_id=ADA_ID)).data.items
    assert became.ticket == ticket.id, "what became a ticket is worked as that, and found once"


@pytest.mark.parametrize(
    "sign", [{"ticket": {"type": "ticket", "id": 9}}, {"custom_attributes": {"_default_title_": "T"}}]
)
async def test_trap_06_a_conversation_that_is_a_ticket_is_one_thing_in_either_version(
    bench: Bench, sign: dict[str, Any]
) -> None:
    both = {
        "type": "conversation.list",
        "conversations": [{"type": "conversation", "id": "9", "state": "open", **sign}],
    }
    bench.fail_next(reply(200, {"tickets": []}), reply(200, both), reply(200, both))
    assert (await bench.call(SEARCH_TICKETS, requester=ADA_ID)).data.items == ()
    (found,) = (await bench.call(LIST_CONVERSATIONS, customer_id=ADA_ID)).data.items
    assert found.ticket == "main:ticket:9"


async def test_trap_26_what_was_just_made_is_given_by_its_id_and_not_looked_for_again(bench: Bench) -> None:
    made = await bench.call(CREATE_CUSTOMER, email="nia@boateng.example")
    assert written(bench)[-1] == bench.requests[-1].url
    assert made.verify_with
    assert made.verify_with.tool == "get_customer"
    by_key = await bench.call(FIND_CUSTOMERS, email="nobody@nowhere.example")
    assert (by_key.data.items, by_key.freshness.source, by_key.freshness.max_lag_s) == ((), "search_index", 300)
    by_id = await bench.call(FIND_CUSTOMERS, external_id="cust-2")
    assert by_id.freshness.source == "live"


async def test_trap_31_a_merge_has_a_direction_a_kind_and_no_way_back(bench: Bench) -> None:
    ticket, conversation = await thread_of(bench, ADA_ID), await thread_of(bench, BRUNO_ID)
    with pytest.raises(UnsupportedError, match="conversation-"):
        await bench.call(MERGE_TICKETS, into=ticket.id, duplicates=[conversation.id], reason="same request")
    assert written(bench) == []
    result = await bench.call(MERGE_TICKETS, into=conversation.id, duplicates=[ticket.id], reason="same request")
    assert written(bench)[0].endswith(f"/conversations/{ticket.id.vendor_id}/merge")
    assert result.undo is None
    assert "irreversible" in {warning.code for warning in result.warnings}


MERGED = {"type": "error.list", "errors": [{"code": "contact_merged", "message": "merged"}]}
GONE = reply(410, MERGED, link=f'</contacts/{contact_id(2)}>; rel="canonical"')


async def test_trap_31_a_merged_contact_is_read_as_the_one_who_took_its_place(bench: Bench) -> None:
    bench.fail_next(GONE)
    result = await bench.call(GET_CUSTOMER, customer_id=ADA_ID)
    assert (result.data.id, result.data.display_name) == (BRUNO_ID, "Bruno Keller")
    assert [warning.field for warning in result.warnings] == ["customer_id"]


async def test_trap_31_a_merged_contact_is_never_written_to(bench: Bench) -> None:
    bench.fail_next(GONE)
    with pytest.raises(ConflictError) as told:
        await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"phone": "+12025550199"})
    assert [item.id for item in told.value.body.candidates] == [BRUNO_ID]
    bench.fail_next(GONE)
    with pytest.raises(ConflictError):
        await bench.call(
            SET_CONSENT, customer_id=ADA_ID, channel="email", marketing="opted_out", evidence="asked in chat"
        )
    assert written(bench) == []


@pytest.mark.parametrize(
    ("rating", "score", "bucket"),
    [
        ({"rating": 1, "remark": ""}, "1/5", "bad"),
        ({"rating": 3}, "3/5", "neutral"),
        ({"rating": 4}, "4/5", "good"),
        ({"rating": None, "created_at": 1_700_000_000}, None, "offered"),
        (None, None, "none"),
    ],
)
async def test_trap_36_a_rating_keeps_its_scale(bench: Bench, rating: Any, score: str | None, bucket: str) -> None:
    bench.fail_next(reply(200, {"type": "conversation", "id": "1", "conversation_rating": rating}))
    found = (await bench.call(GET_TICKET, ticket_id="main:ticket:conversation-1", include=["csat"])).data.csat
    assert found
    assert (found.score, found.bucket, found.comment) == (score, bucket, None)


async def test_trap_36_a_ticket_without_ratings_says_so(bench: Bench) -> None:
    ticket = await thread_of(bench, ADA_ID)
    result = await bench.call(GET_TICKET, ticket_id=ticket.id, include=["csat", "sla"])
    assert result.data.csat is None
    assert [(item.code, item.field) for item in result.warnings] == [
        ("part_unavailable", "csat"),
        ("part_unavailable", "sla"),
    ]


async def test_trap_39_what_somebody_changed_meanwhile_is_not_overwritten(bench: Bench) -> None:
    for customer in (ADA_ID, BRUNO_ID):
        read = await thread_of(bench, customer)
        bench.key = f"another-key-{customer[-8:]}"
        await bench.call(UPDATE_TICKET, ticket_id=read.id, changes={"subject": "Changed meanwhile"})
        bench.wire.exchanges.clear()
        with pytest.raises(ConflictError):
            await bench.call(UPDATE_TICKET, ticket_id=read.id, changes={"subject": "Mine"}, if_version=read.version)
        assert written(bench) == []
    sheet = trunkline_connector().capability(UPDATE_TICKET)
    assert sheet
    assert "if_version is checked just before" in (sheet.note or "")


async def test_trap_42_every_request_says_which_version_it_speaks(bench: Bench) -> None:
    await bench.call(GET_CUSTOMER, customer_id=ADA_ID)
    await bench.call(CREATE_CUSTOMER, email="nia@boateng.example")
    await bench.describe()
    assert {item.headers.get("Intercom-Version") for item in bench.requests} == {API_VERSION}


@pytest.mark.parametrize("state", ["in_progress", {"id": "7", "category": "in_progress", "internal_label": "Busy"}])
async def test_trap_42_a_state_is_read_in_the_form_of_either_version(bench: Bench, state: Any) -> None:
    bench.fail_next(reply(200, {"type": "ticket", "id": "1", "ticket_state": state, "open": True}))
    ticket = (await bench.call(GET_TICKET, ticket_id="main:ticket:1")).data
    assert (ticket.status.value, ticket.status.raw) == ("open", "in_progress")


class Answering:
    """An `Http` that answers as one version of the API."""

    def __init__(self, version: str) -> None:
        self.call = CallContext("main")
        self._version = version

    async def send(self, request: HttpRequest) -> HttpResponse:
        body = orjson.dumps({"type": "admin.list", "admins": [{"id": "7"}]})
        return HttpResponse(200, {"intercom-version": self._version}, body, request.url)


async def test_trap_42_the_probe_finds_out_that_another_version_answers() -> None:
    settings = IntercomSettings(admin_id="7")
    await trunkline_connector().probe(settings, Answering(API_VERSION))
    with pytest.raises(UnsupportedError, match=API_VERSION):
        await trunkline_connector().probe(settings, Answering("2.11"))
