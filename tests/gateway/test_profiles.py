"""A tenant's own profiles: exactly the tools they name, for the clients that have them, and for nobody else."""

import asyncio

import pytest

from support.gateway import House
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError
from trunkline_contracts.tools import PROFILES
from trunkline_gateway.access.clients import Caller, Clients
from trunkline_gateway.access.profiles import Profiles
from trunkline_gateway.store.database import Database

REFUNDS = ("find_customers", "find_invoices", "issue_refund")


async def test_a_profile_of_ones_own_has_the_tools_it_names_in_the_catalogues_order(database: Database) -> None:
    profiles = Profiles(database)
    await profiles.save("acme", "refunds", tuple(reversed(REFUNDS)))
    assert await profiles.tools("acme", "refunds") == REFUNDS
    assert set(await profiles.of("acme")) == {*PROFILES, "refunds"}


async def test_another_tenant_has_no_such_profile(database: Database) -> None:
    profiles = Profiles(database)
    await profiles.save("acme", "refunds", REFUNDS)
    assert await profiles.tools("beta", "refunds") == ()
    with pytest.raises(InvalidArgumentError, match="No profile 'refunds'"):
        await Clients(database, profiles).create("beta", "agent", "refunds")


async def test_a_profile_can_be_changed_and_forgotten_and_another_node_sees_it_within_a_second(
    database: Database,
) -> None:
    here, there = Profiles(database), Profiles(database)
    await here.save("acme", "refunds", REFUNDS)
    assert await there.tools("acme", "refunds") == REFUNDS
    await here.save("acme", "refunds", REFUNDS[:1])
    assert await here.tools("acme", "refunds") == REFUNDS[:1]
    await asyncio.sleep(1.05)
    assert await there.tools("acme", "refunds") == REFUNDS[:1]
    await here.remove("acme", "refunds")
    assert await here.tools("acme", "refunds") == ()
    with pytest.raises(NotFoundError):
        await here.remove("acme", "refunds")


@pytest.mark.parametrize("name", ["full", "triage", "Refunds", "", "a b", "../x", "x" * 41])
async def test_a_profile_needs_a_name_of_its_own(database: Database, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="name is"):
        await Profiles(database).save("acme", name, REFUNDS)


async def test_a_profile_names_tools_that_exist_and_at_least_one(database: Database) -> None:
    with pytest.raises(InvalidArgumentError, match="No tool make_coffee"):
        await Profiles(database).save("acme", "refunds", ("make_coffee", *REFUNDS))
    with pytest.raises(InvalidArgumentError, match="at least one"):
        await Profiles(database).save("acme", "refunds", ())


async def test_a_client_with_a_profile_of_its_tenants_own_sees_and_may_use_just_its_tools(town: House) -> None:
    await town.gateway.profiles.save("acme", "refunds", REFUNDS)
    caller = Caller("acme", "agent", "refunds")
    assert tuple(await town.gateway.calls.tools(caller)) == REFUNDS
    allowed = await town.call("find_customers", caller=caller, email="ada.okafor@fernway-studio.example")
    assert allowed.error is None
    refused = await town.call("search_articles", caller=caller, query="refund")
    assert refused.error
    assert refused.error.code == "policy_denied"
    await town.gateway.profiles.remove("acme", "refunds")
    assert await town.gateway.calls.tools(caller) == {}
