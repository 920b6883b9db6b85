"""What is particular to Freshdesk's contacts, articles and custom fields."""

from collections.abc import AsyncIterator

import pytest

from trunkline_contracts.errors import InvalidArgumentError, NotFoundError
from trunkline_contracts.testing import Bench, OpenBench, reply
from trunkline_contracts.testing.rewriting import everywhere
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_ARTICLE, GET_CUSTOMER, SEARCH_ARTICLES, UPDATE_TICKET
from trunkline_freshdesk import trunkline_connector

ADA, BRUNO = "main:customer:1001", "main:customer:1002"


@pytest.fixture
async def desk(open_bench: OpenBench) -> AsyncIterator[Bench]:
    async with open_bench(trunkline_connector()) as bench:
        yield bench


@pytest.mark.parametrize(("number", "person"), [("+12025550101", ADA), ("+12025550102", BRUNO)])
async def test_a_number_is_found_under_either_name(desk: Bench, number: str, person: str) -> None:
    (found,) = (await desk.call(FIND_CUSTOMERS, phone=number)).data.items
    assert (found.id, found.point("phone"), found.matched_on) == (person, number, ("phone",))


async def test_two_keys_have_to_be_the_same_persons(desk: Bench) -> None:
    keys = {"email": "ada.okafor@fernway-studio.example", "phone": "+12025550102"}
    assert (await desk.call(FIND_CUSTOMERS, **keys)).data.items == ()


async def test_a_company_is_read_where_it_is_asked_for(desk: Bench) -> None:
    person = (await desk.call(GET_CUSTOMER, customer_id=ADA, include=["company"])).data
    assert (person.company, person.company_details.name) == ("main:company:3001", "Fernway Studio")
    assert (await desk.call(GET_CUSTOMER, customer_id=ADA)).data.company_details is None


async def test_a_company_that_is_gone_does_not_hide_the_person(desk: Bench) -> None:
    desk.rewrite = lambda request, response: reply(404) if "/companies/" in request.url else response
    read = await desk.call(GET_CUSTOMER, customer_id=ADA, include=["company"])
    assert (read.data.id, [warning.code for warning in read.warnings]) == (ADA, ["part_unavailable"])


async def test_a_custom_field_is_called_by_its_name_and_a_decimal_is_a_number(desk: Bench) -> None:
    desk.rewrite = everywhere(
        lambda body: {**body, "custom_fields": {"cups_a_day": "2.5"}} if "custom_fields" in body else body
    )
    assert (await desk.call(GET_CUSTOMER, customer_id=ADA)).data.custom_fields == {"cups_a_day": 2.5}


async def test_a_draft_is_neither_found_nor_read(desk: Bench) -> None:
    (article,) = (await desk.call(SEARCH_ARTICLES, query="refund")).data.items
    draft = {"status": 1}
    desk.rewrite = everywhere(
        lambda body: [{**item, **draft} for item in body] if isinstance(body, list) else {**body, **draft}
    )
    assert (await desk.call(SEARCH_ARTICLES, query="refund")).data.items == ()
    with pytest.raises(NotFoundError):
        await desk.call(GET_ARTICLE, article_id=article.id)


async def test_an_article_is_cut_where_the_caller_says(desk: Bench) -> None:
    desk.rewrite = everywhere(lambda body: {**body, "description_text": "x" * 300})
    article = (await desk.call(GET_ARTICLE, article_id="main:article:5003", max_chars=100)).data
    assert (article.title, article.body_text) == ("Grinder warranty", "x" * 100)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"team": "Nobody"}, NotFoundError), ({"assignee": "Robin"}, InvalidArgumentError),
        ({"assignee": "nobody@beans.example"}, NotFoundError)],
    ids=str,
)  # fmt: skip
async def test_a_name_that_means_nobody_is_refused(
    desk: Bench, changes: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await desk.call(UPDATE_TICKET, ticket_id="main:ticket:1", changes=changes)
    assert [request for request in desk.requests if request.method != "GET"] == []


@pytest.mark.parametrize("agent", ["robin@beans.example", "main:agent:7001"])
async def test_an_agent_is_named_by_an_address_or_an_id(desk: Bench, agent: str) -> None:
    done = await desk.call(UPDATE_TICKET, ticket_id="main:ticket:1", changes={"assignee": agent})
    assert done.resource.assignee.ref == "main:agent:7001"
