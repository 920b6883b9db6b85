"""Zendesk's plugin at its sandbox, judged by Zendesk's OpenAPI file: what it writes about people."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
)
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.testing.bench import WireFault
from trunkline_contracts.tools import CREATE_CUSTOMER, FIND_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER
from trunkline_zendesk import trunkline_connector

ADA, ADA_ID = "ada.okafor@fernway-studio.example", "main:customer:900000001"
BRUNO = "bruno.keller@keller-bakery.example"
NIA: dict[str, Any] = {"given_name": "Nia", "family_name": "Boateng", "email": "nia@boateng-tea.example"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


def sent(request: HttpRequest) -> Any:
    return orjson.loads(request.body)["user"]


def codes(result: Any) -> list[str]:
    return [warning.code for warning in result.warnings]


async def change(bench: Bench, customer: str = ADA_ID, **changes: Any) -> Any:
    return await bench.call(UPDATE_CUSTOMER, customer_id=customer, changes=changes)


def writes(bench: Bench) -> list[tuple[str, str]]:
    """The method and the path's end of every request that changes something."""
    return [(item.method, item.url.partition("/api/v2")[2]) for item in bench.requests if item.method != "GET"]


# Making somebody


async def test_a_new_customer_has_all_that_was_asked_for_and_gets_no_mail(bench: Bench) -> None:
    made = await bench.call(
        CREATE_CUSTOMER, **NIA, phone="+12025550198", external_id="shop-99", company="fernway studio", tags=["vip"]
    )
    assert sent(bench.requests[-1]) == {
        "name": "Nia Boateng",
        "email": "nia@boateng-tea.example",
        "phone": "+12025550198",
        "external_id": "shop-99",
        "organization_id": 800000001,
        "tags": ["vip"],
        "role": "end-user",
        "skip_verify_email": True,
    }
    assert (made.outcome, codes(made), made.undo) == ("applied", ["value_coerced"], None)
    read = (await bench.call(GET_CUSTOMER, customer_id=made.resource.id)).data
    assert (read.display_name, read.point("email"), read.point("phone")) == (
        "Nia Boateng",
        NIA["email"],
        "+12025550198",
    )
    assert (read.company, read.tags, read.external_ids) == (
        "main:company:800000001",
        ("vip",),
        {"external_id": "shop-99"},
    )


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({"family_name": "Boateng"}, "Boateng"),
        ({"email": "nia@boateng-tea.example"}, "nia@boateng-tea.example"),
        ({"phone": "+12025550198"}, "+12025550198"),
        ({"external_id": "shop-99"}, "shop-99"),
    ],
)
async def test_who_has_no_name_is_called_by_their_key(bench: Bench, keys: dict[str, Any], name: str) -> None:
    made = await bench.call(CREATE_CUSTOMER, **keys)
    assert made.resource.display_name == name


@pytest.mark.parametrize("key", [{"email": ADA}, {"phone": "+12025550101"}, {"external_id": "shop-1"}])
async def test_who_is_there_already_is_given_and_nothing_is_made(bench: Bench, key: dict[str, Any]) -> None:
    given = await bench.call(CREATE_CUSTOMER, family_name="Somebody", **key)
    assert (given.outcome, given.resource.id, codes(given)) == ("noop", ADA_ID, ["duplicate_suspected"])
    assert writes(bench) == []


async def test_keys_of_two_people_are_ambiguous(bench: Bench) -> None:
    with pytest.raises(AmbiguousError) as shown:
        await bench.call(CREATE_CUSTOMER, email=ADA, external_id="shop-2")
    assert {item.id for item in shown.value.body.candidates} == {ADA_ID, "main:customer:900000002"}
    assert writes(bench) == []


async def test_a_name_alone_is_no_key(bench: Bench) -> None:
    made = await bench.call(CREATE_CUSTOMER, given_name="Ada", family_name="Okafor")
    assert made.outcome == "applied"
    assert [request.method for request in bench.requests] == ["POST"]


async def test_who_is_too_new_for_the_index_is_a_conflict_and_not_a_second_customer(bench: Bench) -> None:
    bench.fail_next(reply(200, {"users": []}))
    with pytest.raises(ConflictError, match="too new") as shown:
        await bench.call(CREATE_CUSTOMER, email=ADA)
    assert shown.value.body.supported_alternatives == ("find_customers",)
    assert len((await bench.call(FIND_CUSTOMERS, email=ADA)).data.items) == 1


async def test_a_company_that_is_not_there_is_refused_before_anybody_is_made(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="organisation"):
        await bench.call(CREATE_CUSTOMER, **NIA, company="Nobody Ltd")
    assert writes(bench) == []
    made = await bench.call(CREATE_CUSTOMER, **NIA, company="main:company:800000002")
    assert made.resource.company == "main:company:800000002"


async def test_a_deleted_user_does_not_stand_in_the_way(bench: Bench) -> None:
    gone = {"id": 5, "name": "Gone", "email": NIA["email"], "active": False}
    bench.fail_next(reply(200, {"users": [gone]}))
    assert (await bench.call(CREATE_CUSTOMER, **NIA)).outcome == "applied"


# Changing somebody


async def test_a_change_is_made_and_can_be_taken_back(bench: Bench) -> None:
    await change(bench, add_tags=["old"])
    before = (await bench.call(GET_CUSTOMER, customer_id=ADA_ID)).data
    changed = await change(
        bench,
        given_name="Adaeze",
        family_name="Eze",
        email="ada@new.example",
        phone="+12025550177",
        language="fr",
        add_tags=["vip"],
        remove_tags=["old"],
    )
    assert (changed.outcome, changed.resource.display_name, changed.resource.tags) == (
        "applied",
        "Adaeze Eze",
        ("vip",),
    )
    after = (await bench.call(GET_CUSTOMER, customer_id=ADA_ID)).data
    assert (after.point("email"), after.point("phone"), after.language) == ("ada@new.example", "+12025550177", "fr")
    assert changed.undo
    await bench.call(UPDATE_CUSTOMER, **changed.undo.args)
    kept = {"version", "updated_at"}
    back = (await bench.call(GET_CUSTOMER, customer_id=ADA_ID)).data
    assert back.model_dump(exclude=kept) == before.model_dump(exclude=kept)


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"given_name": "Adaeze"}, "Adaeze Okafor"), ({"family_name": "de la Eze"}, "Ada de la Eze")],
)
async def test_the_part_of_a_name_that_is_not_given_stays(bench: Bench, changes: dict[str, Any], name: str) -> None:
    changed = await change(bench, **changes)
    assert (changed.resource.display_name, codes(changed)) == (name, ["value_coerced"])
    assert sent(bench.requests[-1]) == {"name": name}


async def test_another_address_takes_the_place_of_the_primary_one_and_is_not_one_more(bench: Bench) -> None:
    changed = await change(bench, email="ada@new.example")
    (write,) = writes(bench)
    assert write[0] == "PUT"
    assert write[1].startswith("/users/900000001/identities/")
    assert orjson.loads(bench.requests[-1].body) == {"identity": {"value": "ada@new.example"}}
    assert (changed.resource.point("email"), codes(changed)) == ("ada@new.example", ["notifies_customer"])
    assert (await bench.call(GET_CUSTOMER, customer_id=ADA_ID)).data.point("email") == "ada@new.example"
    assert (await bench.call(FIND_CUSTOMERS, email=ADA)).data.items == ()


async def test_an_address_that_the_customer_has_already_becomes_the_primary_one(bench: Bench) -> None:
    listed = [
        {"id": 11, "type": "email", "value": ADA, "primary": True},
        {"id": 12, "type": "email", "value": "ada@new.example", "primary": False},
    ]
    user = {"id": 900000001, "name": "Ada", "email": ADA, "role": "end-user"}
    bench.fail_next(reply(200, {"user": user}), reply(200, {"identities": listed}))
    asked: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        return reply(200, {"identities": listed})

    bench.wire.faults.append(answer)
    changed = await change(bench, email="ADA@new.example")
    assert asked[0].url.endswith("/users/900000001/identities/12/make_primary.json")
    assert (changed.outcome, changed.resource.point("email")) == ("applied", "ada@new.example")


async def test_a_first_address_goes_with_the_rest(bench: Bench) -> None:
    made = await bench.call(CREATE_CUSTOMER, phone="+12025550198")
    changed = await change(bench, made.resource.id, email="nia@boateng-tea.example", given_name="Nia")
    assert sent(bench.requests[-1]) == {"name": "Nia", "email": "nia@boateng-tea.example"}
    assert changed.resource.point("email") == "nia@boateng-tea.example"


async def test_an_address_that_somebody_else_has_is_a_conflict_and_nothing_else_is_changed(bench: Bench) -> None:
    with pytest.raises(ConflictError, match="DuplicateValue"):
        await change(bench, email=BRUNO, phone="+12025550177")
    assert (await bench.call(GET_CUSTOMER, customer_id=ADA_ID)).data.point("phone") == "+12025550101"


async def test_a_change_of_which_the_rest_is_refused_is_partial_and_says_what_was_done(bench: Bench) -> None:
    asked = 0

    def refuse_the_user(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        nonlocal asked
        asked += request.method == "PUT"
        return reply(422, {"error": "RecordInvalid"}) if asked == 2 else response

    bench.rewrite = refuse_the_user
    changed = await change(bench, email="ada@new.example", language="xx")
    assert (changed.outcome, codes(changed), changed.undo) == ("partial", ["not_atomic"], None)
    assert changed.resource.point("email") == "ada@new.example"
    assert "RecordInvalid" in changed.warnings[0].message


async def test_a_rest_without_an_answer_is_unknown(bench: Bench) -> None:
    user = {"id": 900000001, "name": "Ada", "email": ADA, "role": "end-user"}
    identity = {"id": 11, "type": "email", "value": ADA, "primary": True}
    bench.fail_next(
        reply(200, {"user": user}), reply(200, {"identities": [identity]}), reply(200, {"identity": identity})
    )
    bench.fail_next_write(WireFault.LOST_ANSWER)
    with pytest.raises(OutcomeUnknownError):
        await change(bench, email="ada@new.example", given_name="Adaeze")


async def test_a_change_of_nothing_sends_nothing(bench: Bench) -> None:
    same = await change(bench, given_name="Ada", email=ADA, phone="+12025550101", remove_tags=["none"])
    assert (same.outcome, same.undo) == ("noop", None)
    assert writes(bench) == []


async def test_what_zendesk_wrote_in_another_way_is_said(bench: Bench) -> None:
    user = {"id": 900000001, "name": "Ada", "phone": "+12025550101", "locale": "en-US", "role": "end-user"}
    bench.fail_next(reply(200, {"user": user}), reply(200, {"user": user}))
    changed = await change(bench, phone="+12025550177", language="tlh")
    assert [(warning.code, warning.field) for warning in changed.warnings] == [
        ("value_coerced", "phone"),
        ("value_coerced", "language"),
    ]


async def test_a_value_that_was_not_there_before_cannot_be_taken_back(bench: Bench) -> None:
    made = await bench.call(CREATE_CUSTOMER, family_name="Boateng")
    assert (await change(bench, made.resource.id, phone="+12025550177")).undo is None


async def test_an_address_of_brick_is_refused_before_anything_is_asked(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="postal"):
        await change(bench, given_name="Adaeze", address={"city": "Lagos"})
    assert bench.requests == []


@pytest.mark.parametrize("changes", [{"email": "mine@evil.example"}, {"given_name": "Robina"}])
async def test_nobody_of_the_staff_is_a_customer_to_be_changed(bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError, match="staff"):
        await change(bench, "main:customer:700000001", **changes)
    assert writes(bench) == []


async def test_a_deleted_customer_is_not_changed(bench: Bench) -> None:
    bench.fail_next(reply(200, {"user": {"id": 5, "name": "Gone", "role": "end-user", "active": False}}))
    with pytest.raises(NotFoundError, match="deleted"):
        await change(bench, "main:customer:5", given_name="Back")


async def test_a_primary_address_that_zendesk_does_not_show_is_not_guessed(bench: Bench) -> None:
    bench.fail_next(
        reply(200, {"user": {"id": 5, "name": "A", "email": "a@b.example", "role": "end-user"}}),
        reply(200, {"identities": [{"id": 1, "type": "google", "value": "a@b.example"}]}),
    )
    with pytest.raises(ConflictError, match="primary"):
        await change(bench, "main:customer:5", email="c@d.example")


async def test_what_zendesk_would_not_store_is_an_invalid_argument(bench: Bench) -> None:
    bench.fail_next_write(reply(422, {"error": "RecordInvalid", "details": {"phone": [{"error": "InvalidFormat"}]}}))
    with pytest.raises(InvalidArgumentError, match="RecordInvalid"):
        await change(bench, phone="+12025550177")
