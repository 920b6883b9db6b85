"""Salesforce's plugin at its sandbox: cases, and what was said on them."""

from typing import Any

import pytest

from plugins.salesforce.people import ADAS_CASE, BRUNO, LIAM, LIAMS_CASE, case, contact, lead
from support.bench import Bench, reply
from trunkline_contracts.errors import NotFoundError, UnsupportedError
from trunkline_contracts.tools import (
    CREATE_TICKET,
    GET_CONVERSATION,
    GET_TICKET,
    LIST_CONVERSATIONS,
    REPLY_TO_TICKET,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)
from trunkline_salesforce.sandbox import Org, record_id


async def subjects(bench: Bench, **filters: Any) -> list[str | None]:
    return [item.subject for item in (await bench.call(SEARCH_TICKETS, limit=50, **filters)).data.items]


async def test_a_contacts_cases_are_read_from_the_database(bench: Bench) -> None:
    found = await bench.call(SEARCH_TICKETS, requester=contact(bench))
    (ticket,) = found.data.items
    assert (ticket.id, ticket.number, ticket.subject) == (case(bench), "00001010", "Please cancel my subscription")
    assert (ticket.requester, ticket.channel, ticket.type) == (contact(bench), "email", None)
    assert ticket.assignee
    assert ticket.assignee.name == "Noor Aziz"
    assert ticket.priority
    assert (ticket.priority.value, ticket.priority.raw) == ("high", "High")
    assert found.freshness.source == "live"


async def test_a_lead_has_no_cases_and_nobody_is_asked(bench: Bench) -> None:
    assert await subjects(bench, requester=lead(bench)) == []
    assert (await bench.call(LIST_CONVERSATIONS, customer_id=lead(bench))).data.items == ()
    assert bench.requests == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (["closed"], ["Thank you!"]),
        (["solved"], []),
        (["pending_customer"], ["Invoice address"]),
        (["new", "closed"], ["Do you deliver to Izmir?", "Thank you!"]),
        (["on_hold"], []),
    ],
)
async def test_a_status_is_looked_up_in_the_orgs_own_words(
    bench: Bench, status: list[str], expected: list[str]
) -> None:
    assert sorted(filter(None, await subjects(bench, status=status))) == sorted(expected)


async def test_an_owner_is_found_by_name_or_id(bench: Bench, org: Org) -> None:
    org.find("Case", record_id("Case", ADAS_CASE))["OwnerId"] = record_id("Group", 1)
    assert await subjects(bench, team="Tier 2") == ["Please cancel my subscription"]
    assert await subjects(bench, team=record_id("Group", 1)) == ["Please cancel my subscription"]
    assert "Please cancel my subscription" not in await subjects(bench, assignee="Noor Aziz")
    read = (await bench.call(GET_TICKET, ticket_id=case(bench))).data
    assert read.assignee is None
    assert read.team
    assert (read.team.id, read.team.name) == (bench.ref("team", record_id("Group", 1)), "Tier 2")


async def test_words_are_looked_for_in_the_index_together_with_the_filters(bench: Bench) -> None:
    found = await bench.call(SEARCH_TICKETS, text="cancel subscription", requester=contact(bench))
    assert [item.id for item in found.data.items] == [case(bench)]
    assert (found.freshness.source, found.freshness.max_lag_s) == ("search_index", 900)
    assert await subjects(bench, text="cancel", requester=contact(bench, BRUNO)) == []


async def test_an_order_that_is_asked_for_is_kept_over_the_pages(bench: Bench) -> None:
    whole = await subjects(bench, sort="oldest")
    seen, cursor = [], None
    while True:
        page = (await bench.call(SEARCH_TICKETS, sort="oldest", limit=2, cursor=cursor)).data
        seen += [item.subject for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == whole
    assert len(whole) == 6


async def test_only_closed_or_not_is_certain_of_an_orgs_own_words(bench: Bench, org: Org) -> None:
    row = org.find("Case", record_id("Case", ADAS_CASE))
    row["Status"] = "Brewing"
    status = (await bench.call(GET_TICKET, ticket_id=case(bench))).data.status
    assert (status.value, status.raw, status.lossy) == ("open", "Brewing", True)
    row["IsClosed"] = True
    status = (await bench.call(GET_TICKET, ticket_id=case(bench))).data.status
    assert (status.value, status.raw, status.lossy) == ("closed", "Brewing", False)


async def test_a_ticket_comes_with_its_newest_messages_where_they_are_asked_for(bench: Bench) -> None:
    assert (await bench.call(GET_TICKET, ticket_id=case(bench))).data.messages == ()
    (message,) = (await bench.call(GET_TICKET, ticket_id=case(bench), include=["messages"])).data.messages
    assert (message.direction, message.channel, message.visibility) == ("inbound", "email", "public")


async def test_emails_and_comments_are_one_list_newest_first(bench: Bench) -> None:
    await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="A private thought.", visibility="internal")
    await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="A public word.", visibility="public")
    said = (await bench.call(GET_CONVERSATION, conversation_id=case(bench))).data.items
    assert [(item.body_text[:9], item.visibility, item.direction) for item in said] == [
        ("A public ", "public", "outbound"),
        ("A private", "internal", "internal"),
        ("I have to", "public", "inbound"),
    ]
    first = (await bench.call(GET_CONVERSATION, conversation_id=case(bench), limit=2)).data
    second = (await bench.call(GET_CONVERSATION, conversation_id=case(bench), limit=2, cursor=first.next_cursor)).data
    assert (*first.items, *second.items) == said
    assert second.next_cursor is None


@pytest.mark.parametrize(("visibility", "expected"), [("internal", ["Private."]), ("public", ["I have too much"])])
async def test_only_what_may_be_shown_is_read_where_that_is_asked_for(
    bench: Bench, visibility: str, expected: list[str]
) -> None:
    await bench.call(REPLY_TO_TICKET, ticket_id=case(bench), body="Private.", visibility="internal")
    said = (await bench.call(GET_CONVERSATION, conversation_id=case(bench), visibility=visibility)).data.items
    assert [item.body_text[:15] for item in said] == expected


async def test_what_a_portals_user_wrote_is_the_customers(bench: Bench, org: Org) -> None:
    org.put("User", 9, Name="Ada Okafor", UserType="CspLitePortal", IsActive=True)
    org.put("CaseComment", 1, ParentId=record_id("Case", ADAS_CASE), CommentBody="Still waiting.", IsPublished=True,
        CreatedById=record_id("User", 9), CreatedDate=org.now)  # fmt: skip
    comment = (await bench.call(GET_CONVERSATION, conversation_id=case(bench))).data.items[0]
    assert comment.author
    assert (comment.author.kind, comment.direction, comment.delivery) == ("customer", "inbound", None)


async def test_a_case_without_a_word_is_empty_and_no_case_is_not_found(bench: Bench, org: Org) -> None:
    org.tables["EmailMessage"].clear()
    assert (await bench.call(GET_CONVERSATION, conversation_id=case(bench))).data.items == ()
    with pytest.raises(NotFoundError):
        await bench.call(GET_CONVERSATION, conversation_id=case(bench, 999))


async def test_a_contacts_cases_are_conversations(bench: Bench) -> None:
    (found,) = (await bench.call(LIST_CONVERSATIONS, customer_id=contact(bench, LIAM))).data.items
    assert (found.id, found.ticket) == (
        bench.ref("conversation", record_id("Case", LIAMS_CASE)),
        case(bench, LIAMS_CASE),
    )
    assert (found.channel, found.state) == ("email", "closed")
    assert (await bench.call(LIST_CONVERSATIONS, customer_id=contact(bench, LIAM), channel="web")).data.items == ()


async def test_a_merged_case_leads_to_the_one_it_became_and_a_deleted_one_is_gone(bench: Bench, org: Org) -> None:
    row = org.find("Case", record_id("Case", ADAS_CASE))
    row.update(IsDeleted=True, MasterRecordId=record_id("Case", LIAMS_CASE))
    assert (await bench.call(GET_TICKET, ticket_id=case(bench))).data.merged_into == case(bench, LIAMS_CASE)
    row["MasterRecordId"] = None
    with pytest.raises(NotFoundError):
        await bench.call(GET_TICKET, ticket_id=case(bench))


@pytest.mark.parametrize(
    ("contract", "arguments"),
    [
        (SEARCH_TICKETS, {"text": "grinder"}),
        (SEARCH_TICKETS, {"status": ["open"]}),
        (GET_TICKET, {"ticket_id": "{case}"}),
        (LIST_CONVERSATIONS, {"customer_id": "{contact}"}),
        (GET_CONVERSATION, {"conversation_id": "{case}"}),
        (CREATE_TICKET, {"requester": "{contact}", "subject": "a", "body": "b", "first_message": "internal"}),
        (UPDATE_TICKET, {"ticket_id": "{case}", "changes": {"subject": "a"}}),
        (REPLY_TO_TICKET, {"ticket_id": "{case}", "body": "a", "visibility": "internal"}),
    ],
)
async def test_an_org_without_service_cloud_says_so(bench: Bench, org: Org, contract: Any, arguments: Any) -> None:
    org.absent |= {"Case", "CaseComment", "CaseStatus"}
    ids = {"{case}": case(bench), "{contact}": contact(bench)}
    filled: dict[str, Any] = {
        name: ids.get(value, value) if isinstance(value, str) else value for name, value in arguments.items()
    }
    with pytest.raises(UnsupportedError, match="no Service Cloud"):
        await bench.call(contract, **filled)


async def test_an_org_without_emails_on_cases_says_so(bench: Bench) -> None:
    absent = reply(400, [{"errorCode": "INVALID_TYPE", "message": "…"}])
    bench.fail_next(reply(200, {"totalSize": 0, "done": True, "records": []}), absent)
    with pytest.raises(UnsupportedError, match="email_messages"):
        await bench.call(GET_CONVERSATION, conversation_id=case(bench))
