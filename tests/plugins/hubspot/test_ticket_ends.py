"""HubSpot's tickets at the sandbox: merging, handing over, and the articles that may spare one."""

from typing import Any

import orjson
import pytest

from plugins.hubspot.asking import BRUNO, methods, person, sent, thread_of, ticket_of
from support.bench import MARKER, Bench, reply
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError, OutcomeUnknownError, UnsupportedError
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import (
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    GET_TICKET,
    MERGE_TICKETS,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)
from trunkline_gateway.calls.validate import validate
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_hubspot.sandbox_state import OWNER, Account

HANDOFF: dict[str, Any] = {"summary": "Third broken grinder.", "reason": "angry_customer"}


async def another(bench: Bench) -> Ref:
    """One more ticket of Ada's."""
    made = await bench.call(
        CREATE_TICKET, requester=await person(bench), subject="Again", body="Same.", first_message="from_customer"
    )
    bench.wire.exchanges.clear()
    ref: Ref = made.resource.id
    return ref


async def test_duplicates_are_merged_one_by_one_and_the_reason_is_noted(bench: Bench) -> None:
    ticket, first, second = await ticket_of(bench), await another(bench), await another(bench)
    merged = await bench.call(MERGE_TICKETS, into=ticket, duplicates=[first, second], reason="same request")
    assert (merged.outcome, merged.resource.id, merged.undo) == ("applied", ticket, None)
    assert "irreversible" in [warning.code for warning in merged.warnings]
    asked = [sent(bench, place) for place in (0, 1)]
    assert asked == [{"primaryObjectId": ticket.vendor_id, "objectIdToMerge": one.vendor_id} for one in (first, second)]
    note = f"Merged {first.vendor_id}, {second.vendor_id}. same request<br><br>[{MARKER}]"
    assert sent(bench)["properties"]["hs_note_body"] == note
    left = (await bench.call(SEARCH_TICKETS, requester=await person(bench))).data.items
    assert [one.id for one in left] == [ticket]


async def test_the_ticket_that_hubspot_answers_is_the_one_that_goes_on(bench: Bench) -> None:
    def renumbered(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        body = {"id": "555", "properties": {"subject": "Merged", "hs_pipeline_stage": "3"}}
        return reply(200, body) if request.url.endswith("/merge") else answer

    ticket, first, second = await ticket_of(bench), await another(bench), await another(bench)
    bench.rewrite = renumbered
    merged = await bench.call(MERGE_TICKETS, into=ticket, duplicates=[first, second], reason="same request")
    assert merged.resource.id == "main:ticket:555"
    assert merged.verify_with.args["ticket_id"] == "main:ticket:555"
    assert sent(bench, 1)["primaryObjectId"] == "555"


async def test_a_merge_that_stops_half_way_is_partial_and_says_what_is_left(bench: Bench) -> None:
    ticket, first = await ticket_of(bench), await another(bench)
    gone = bench.ref("ticket", "1")
    merged = await bench.call(MERGE_TICKETS, into=ticket, duplicates=[first, gone], reason="same request")
    assert merged.outcome == "partial"
    assert any(gone in warning.message and first not in warning.message for warning in merged.warnings)
    assert f"Merged {first.vendor_id}. same" in sent(bench)["properties"]["hs_note_body"]


async def test_a_merge_of_what_is_not_there_is_refused(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(
            MERGE_TICKETS, into=await ticket_of(bench), duplicates=[bench.ref("ticket", "1")], reason="same request"
        )
    assert "notes" not in [request.url.rsplit("/", 1)[-1] for request in bench.requests]


async def test_a_merge_whose_reason_could_not_be_noted_is_partial(bench: Bench) -> None:
    ticket, first = await ticket_of(bench), await another(bench)
    bench.rewrite = lambda request, answer: reply(403) if request.url.endswith("/notes") else answer
    merged = await bench.call(MERGE_TICKETS, into=ticket, duplicates=[first], reason="same request")
    assert (merged.outcome, merged.warnings[-1].field) == ("partial", "reason")


async def test_a_dry_run_of_a_merge_shows_the_first_and_merges_none(bench: Bench, account: Account) -> None:
    ticket, first = await ticket_of(bench), await another(bench)
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(MERGE_TICKETS, into=ticket, duplicates=[first], reason="same request", dry_run=True)
    assert shown.value.preview.body["objectIdToMerge"] == first.vendor_id
    assert first.vendor_id in account.objects["tickets"]


async def test_a_ticket_is_handed_over_by_a_note_and_to_the_owner_of_the_settings(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    handed = await bench.call(ESCALATE_TO_HUMAN, subject=ticket, urgency="urgent", **HANDOFF)
    note, change = sent(bench, 0), sent(bench, 1)
    assert note["properties"]["hs_note_body"] == (
        f"Handed over to a human. Reason: angry customer.<br><br>Third broken grinder.<br><br>[{MARKER}]"
    )
    assert change == {"properties": {"hubspot_owner_id": OWNER["id"], "hs_ticket_priority": "URGENT"}}
    handoff = handed.resource
    assert (handoff.ticket, handoff.state, handoff.target.ref) == (ticket, "assigned", f"main:agent:{OWNER['id']}")
    assert [warning.code for warning in handed.warnings] == ["emulated"]
    read = (await bench.call(GET_TICKET, **handed.verify_with.args)).data
    assert (read.assignee.ref, read.messages[0].visibility) == (f"main:agent:{OWNER['id']}", "internal")


async def test_a_closed_ticket_is_opened_when_it_is_handed_over(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"status": "closed"})
    await bench.call(ESCALATE_TO_HUMAN, subject=ticket, **HANDOFF)
    assert sent(bench)["properties"]["hs_pipeline_stage"] == "1"


async def test_a_customer_is_handed_over_with_a_new_ticket(bench: Bench) -> None:
    bruno = await person(bench, BRUNO)
    handed = await bench.call(ESCALATE_TO_HUMAN, subject=bruno, **HANDOFF)
    assert bench.writes_sent == 1
    body = sent(bench)
    assert body["properties"]["hubspot_owner_id"] == OWNER["id"]
    assert "Third broken grinder." in body["properties"]["content"]
    assert body["associations"][0]["to"] == {"id": bruno.vendor_id}
    assert handed.resource.state == "assigned"
    assert (await bench.call(GET_TICKET, ticket_id=handed.resource.ticket)).data.requester == bruno


async def test_a_conversation_is_handed_over_with_its_ticket_or_with_a_new_one(bench: Bench, account: Account) -> None:
    thread, ticket = await thread_of(bench), await ticket_of(bench)
    handed = await bench.call(ESCALATE_TO_HUMAN, subject=thread, **HANDOFF)
    assert (handed.resource.ticket, handed.resource.conversation) == (ticket, thread)
    account.threads[thread.vendor_id]["threadAssociations"] = {}
    opened = await bench.call(ESCALATE_TO_HUMAN, subject=thread, **HANDOFF)
    assert opened.resource.ticket != ticket
    assert (await bench.call(GET_TICKET, ticket_id=opened.resource.ticket)).data.requester == await person(bench)


async def test_a_hand_over_to_nobody_says_so(bench: Bench) -> None:
    settings = bench.connection.settings.model_copy(update={"escalation_owner": None})
    object.__setattr__(bench.connection, "settings", settings)
    handed = await bench.call(ESCALATE_TO_HUMAN, subject=await ticket_of(bench), **HANDOFF)
    assert (handed.resource.state, handed.resource.target) == ("unconfirmed", None)
    assert [warning.code for warning in handed.warnings] == ["emulated", "emulated"]


async def test_a_hand_over_whose_ticket_could_not_be_changed_is_partial(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    bench.rewrite = lambda request, answer: reply(403) if request.method == "PATCH" else answer
    handed = await bench.call(ESCALATE_TO_HUMAN, subject=ticket, **HANDOFF)
    assert (handed.outcome, handed.resource.state) == ("partial", "unconfirmed")


async def test_a_hand_over_to_a_team_is_refused(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="team"):
        await bench.call(ESCALATE_TO_HUMAN, subject=bench.ref("ticket", "1"), team="Support", **HANDOFF)
    assert bench.requests == []


async def test_a_hand_over_without_a_clear_answer_is_unknown(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    bench.fail_next_write(reply(500))
    with pytest.raises(OutcomeUnknownError):
        await bench.call(ESCALATE_TO_HUMAN, subject=ticket, **HANDOFF)
    assert bench.writes_sent == 1


async def test_a_related_ticket_is_associated_after_the_new_one_is_made(bench: Bench, account: Account) -> None:
    ada, ticket = await person(bench), await ticket_of(bench)
    made = await bench.call(
        CREATE_TICKET, requester=ada, subject="More", body="See before.", first_message="internal", related=ticket
    )
    assert made.outcome == "applied"
    assert methods(bench)[-2:] == ["POST", "PUT"]
    assert account.linked("tickets", made.resource.id.vendor_id, "tickets") == [ticket.vendor_id]


async def test_articles_are_searched_and_shown_without_markup(bench: Bench) -> None:
    found = await bench.call(SEARCH_ARTICLES, query="refund", locale="en")
    (article,) = found.data.items
    assert (article.id, article.title, article.section, article.locale) == (
        "main:article:2", "Refunds for lost parcels", "Orders", "en",
    )  # fmt: skip
    assert article.snippet.startswith("If a parcel is lost")
    assert (found.freshness.source, found.data.total.exact) == ("search_index", False)
    assert "type=KNOWLEDGE_ARTICLE" in bench.requests[-1].url


async def test_articles_are_paged_to_the_end(bench: Bench) -> None:
    titles: list[str] = []
    cursor = None
    while True:
        page = (await bench.call(SEARCH_ARTICLES, query="is", limit=1, cursor=cursor)).data
        titles += [one.title for one in page.items]
        if not (cursor := page.next_cursor):
            break
    assert len(titles) == len(set(titles)) == page.total.value > 1


async def test_a_cursor_that_is_none_is_refused(bench: Bench) -> None:
    asked: dict[str, Any] = {"query": "refund"}
    sealed = bench.cursors.seal("-1", "bench", validate(SEARCH_ARTICLES, orjson.dumps(asked)))
    with pytest.raises(InvalidArgumentError, match="no cursor"):
        await bench.call(SEARCH_ARTICLES, cursor=sealed, **asked)
