"""What the gateway does itself: telling what became of a write, and comparing what somebody says they are."""

import asyncio
from typing import Any

import pytest

from support.gateway import House
from trunkline_contracts.refs import Ref
from trunkline_contracts.testing.bench import WireFault
from trunkline_contracts.tools.crm import CustomerView, VerifyCustomer
from trunkline_contracts.values import ContactPoint
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.clock import now_us
from trunkline_gateway.people import verify

ADA = "ada.okafor@fernway-studio.example"
PHONE = "+12025550101"


async def ada(town: House) -> str:
    return str((await town.result("find_customers", email=ADA))["data"]["items"][0]["id"])


async def verified(town: House, **facts: str) -> dict[str, Any]:
    told = await town.result("verify_customer", customer_id=await ada(town), facts=facts)
    return dict(told["resource"])


# Operations.


async def test_what_became_of_a_write_can_be_asked_by_its_operation(town: House) -> None:
    ticket = (await town.result("search_tickets", requester=await ada(town)))["data"]["items"][0]["id"]
    done = await town.result("reply_to_ticket", ticket_id=ticket, body="We look into it.", visibility="internal")
    told = (await town.result("get_operation", operation_id=done["receipt"]["operation_id"]))["data"]
    assert told["state"] == "confirmed"
    assert told["tool"] == "reply_to_ticket"
    assert told["connection"] == "desk"
    assert told["resource"]["id"] == done["resource"]["id"]


async def test_a_failed_write_tells_why_and_one_in_doubt_tells_not_to_repeat_it(town: House) -> None:
    ticket = (await town.result("search_tickets", requester=await ada(town)))["data"]["items"][0]["id"]
    town.wires["desk"].write_faults = [WireFault.LOST_ANSWER]
    lost = await town.result("reply_to_ticket", ticket_id=ticket, body="Hello.", visibility="internal")
    assert lost["outcome"] == "in_doubt"
    told = (await town.result("get_operation", operation_id=lost["receipt"]["operation_id"]))["data"]
    assert (told["state"], told["outcome"], told["in_doubt"]["retry"]) == ("in_doubt", "in_doubt", "never")


@pytest.mark.parametrize("caller", [Caller("beta", "tester", "full"), Caller("acme", "tester", "full")])
async def test_an_operation_of_somebody_else_and_one_of_nobody_are_the_same(town: House, caller: Caller) -> None:
    ticket = (await town.result("search_tickets", requester=await ada(town)))["data"]["items"][0]["id"]
    done = await town.result("reply_to_ticket", ticket_id=ticket, body="Hello.", visibility="internal")
    known = done["receipt"]["operation_id"] if caller.tenant == "beta" else "op_" + "0" * 32
    await town.gateway.profiles.of("beta")
    answer = await town.call("get_operation", caller=caller, operation_id=known)
    assert answer.error
    assert answer.error.code == "not_found"


# Facts.


async def test_facts_that_are_all_right_pass_and_no_value_is_told(town: House) -> None:
    told = await verified(town, email=ADA, family_name="okafor", phone=PHONE)
    assert told["result"] == "passed"
    assert told["assurance"] == "medium"
    assert sorted(told["matched"]) == ["email", "family_name", "phone"]
    assert ADA not in str(told)
    assert PHONE not in str(told)


async def test_two_facts_are_low_assurance(town: House) -> None:
    assert (await verified(town, email=ADA, family_name="Okafor"))["assurance"] == "low"


async def test_one_wrong_fact_fails_all_of_them(town: House) -> None:
    told = await verified(town, email=ADA, phone="+12025550199")
    assert (told["result"], told["assurance"], told["matched"]) == ("failed", "none", ["email"])
    assert told["attempts_left"] == 4


async def test_facts_that_the_system_lacks_prove_nothing(town: House) -> None:
    told = await verified(town, email=ADA, external_id="no-such-id-anywhere")
    assert told["result"] == "failed"


async def test_a_number_without_digits_is_no_proof_though_the_system_has_such_a_one(town: House) -> None:
    unknown = ContactPoint(channel="phone", value="unknown")
    customer = CustomerView(id=Ref(await ada(town)), display_name="Ada Okafor", contact_points=(unknown,))
    facts = {"phone": "none", "given_name": "Ada"}
    request = VerifyCustomer.model_validate({"customer_id": customer.id, "facts": facts})
    told = await verify.Verifier(town.gateway.database, b"key").compare(request, customer, "acme")
    assert told.resource
    assert told.resource.result == "failed"


@pytest.mark.parametrize("facts", [{"email": ADA}, {"given_name": "Ada", "family_name": "Okafor"}])
async def test_too_few_or_too_weak_facts_are_not_even_compared(town: House, facts: dict[str, str]) -> None:
    answer = await town.call("verify_customer", customer_id=await ada(town), facts=facts)
    assert answer.error
    assert answer.error.code == "invalid_argument"
    assert "at least two facts" in str(answer.error)


async def test_after_five_attempts_the_customer_is_locked_even_for_the_right_facts(town: House) -> None:
    for left in (4, 3, 2, 1, 0):
        assert (await verified(town, email=ADA, phone="+12025550199"))["attempts_left"] == left
    told = await verified(town, email=ADA, phone=PHONE)
    assert (told["result"], told["assurance"]) == ("locked", "none")


async def test_guesses_made_at_once_count_like_guesses_in_turn(town: House) -> None:
    customer = await ada(town)
    guesses = [{"email": ADA, "phone": f"+1202555{number:04d}"} for number in range(300, 320)]
    told = await asyncio.gather(
        *(town.result("verify_customer", customer_id=customer, facts=guess) for guess in guesses)
    )
    results = [item["resource"]["result"] for item in told]
    assert results.count("failed") == verify.ATTEMPTS
    assert results.count("locked") == len(guesses) - verify.ATTEMPTS


async def test_a_success_forgives_earlier_failures_and_the_lock_ends(
    town: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        await verified(town, email=ADA, phone="+12025550199")
    assert (await verified(town, email=ADA, phone=PHONE))["result"] == "passed"
    assert (await verified(town, email=ADA, phone="+12025550199"))["attempts_left"] == 4
    for _ in range(4):
        await verified(town, email=ADA, phone="+12025550199")
    assert (await verified(town, email=ADA, phone=PHONE))["result"] == "locked"
    now = now_us()
    monkeypatch.setattr(verify, "now_us", lambda: now + 16 * 60 * 1_000_000)
    assert (await verified(town, email=ADA, phone=PHONE))["result"] == "passed"
