"""Zendesk's plugin at its sandbox, judged by Zendesk's OpenAPI file: merging tickets."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import ConflictError, NotFoundError, PermissionDeniedError
from trunkline_contracts.sandbox import COMPANY, SeedTicket
from trunkline_contracts.tools import GET_CONVERSATION, GET_TICKET, MERGE_TICKETS, UPDATE_TICKET
from trunkline_zendesk import trunkline_connector

FIRST, SECOND, THIRD, BRUNOS = (f"main:ticket:{number}" for number in (1, 2, 3, 4))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """The company, to which Ada wrote three times."""
    ada, *others = COMPANY.people
    more = tuple(SeedTicket(f"Again {number}", "Did you get my mail?") for number in (2, 3))
    people = (replace(ada, tickets=(*ada.tickets, *more)), *others)
    async with at_sandbox(trunkline_connector(), replace(COMPANY, people=people)) as bench:
        yield bench


async def merge(bench: Bench, *duplicates: str, into: str = FIRST) -> Any:
    return await bench.call(MERGE_TICKETS, into=into, duplicates=list(duplicates), reason="same request")


async def test_duplicates_are_merged_by_and_by_and_the_answer_says_how_to_verify_it(bench: Bench) -> None:
    merged = await merge(bench, SECOND, THIRD)
    assert bench.requests[-1].url.endswith("/tickets/1/merge.json")
    assert orjson.loads(bench.requests[-1].body) == {
        "ids": [2, 3],
        "target_comment": "Merged #2, #3 into this ticket. Reason: same request",
        "target_comment_is_public": False,
        "source_comment": "Merged into #1. Reason: same request",
        "source_comment_is_public": False,
    }
    assert (merged.outcome, merged.resource.id, merged.undo) == ("accepted", FIRST, None)
    assert [warning.code for warning in merged.warnings] == ["async_result", "irreversible"]
    assert merged.extensions["zendesk"]["job_status"].startswith("V3-")
    verified = (await bench.call(GET_TICKET, **merged.verify_with.args)).data
    assert (verified.id, verified.status.value, verified.merged_into) == (SECOND, "closed", FIRST)


async def test_the_customer_is_told_of_nothing(bench: Bench) -> None:
    await merge(bench, SECOND)
    for ticket in (FIRST, SECOND):
        newest = (await bench.call(GET_CONVERSATION, conversation_id=ticket)).data.items[0]
        assert (newest.visibility, "same request" in newest.body_text) == ("internal", True)


async def test_tickets_of_different_customers_are_not_merged(bench: Bench) -> None:
    with pytest.raises(ConflictError, match="different customers"):
        await merge(bench, BRUNOS)
    assert [request.method for request in bench.requests] == ["GET"]


@pytest.mark.parametrize(
    ("closed", "message"), [(FIRST, "open one that follows"), (SECOND, "Ticket 2 is closed already")]
)
async def test_a_closed_ticket_is_neither_merged_nor_merged_into(bench: Bench, closed: str, message: str) -> None:
    await bench.call(UPDATE_TICKET, ticket_id=closed, changes={"status": "closed"})
    asked = len(bench.requests)
    with pytest.raises(ConflictError, match=message):
        await merge(bench, SECOND)
    assert [request.method for request in bench.requests[asked:]] == ["GET"]


async def test_a_ticket_that_is_not_there_is_named(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="no ticket 99"):
        await merge(bench, SECOND, "main:ticket:99")
    assert [request.method for request in bench.requests] == ["GET"]


@pytest.mark.parametrize("status", ["failed", "killed"])
async def test_a_job_that_failed_is_no_success(bench: Bench, status: str) -> None:
    bench.fail_next_write(reply(200, {"job_status": {"id": "V3-1", "status": status}}))
    with pytest.raises(ConflictError, match="could not merge"):
        await merge(bench, SECOND)


async def test_an_agent_who_may_not_merge_is_told_so(bench: Bench) -> None:
    bench.fail_next_write(reply(403, {"error": "Forbidden"}))
    with pytest.raises(PermissionDeniedError):
        await merge(bench, SECOND)


@pytest.mark.parametrize(
    ("tags", "author", "body", "into"),
    [
        (["closed_by_merge"], "agent", 'This request was closed and merged into request #35 "Help".', "main:ticket:35"),
        (["closed_by_merge"], "agent", "Merged into #35. Reason: twice", "main:ticket:35"),
        (["closed_by_merge"], "agent", "Done.", None),
        (["closed_by_merge"], "end-user", "merged into #35", None),
        ([], "agent", "Merged into #35.", None),
    ],
)
async def test_what_a_ticket_was_merged_into_is_read_from_its_last_comment_unless_a_customer_wrote_it(
    bench: Bench, tags: list[str], author: str, body: str, into: str | None
) -> None:
    comment = {"id": 1, "author_id": 5, "body": body, "public": False}
    bench.fail_next(reply(200, {"ticket": {"id": 9, "status": "closed", "tags": tags}}))
    if tags:
        bench.fail_next(reply(200, {"comments": [comment], "users": [{"id": 5, "role": author}]}))
    read = (await bench.call(GET_TICKET, ticket_id="main:ticket:9")).data
    assert (read.merged_into, read.messages) == (into, ())
