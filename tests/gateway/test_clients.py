"""Clients: a key proves one client of one tenant, is shown once, and is dead when it is revoked."""

import asyncio
import re

import pytest
from sqlalchemy import insert, select

from trunkline_contracts.errors import InvalidArgumentError, NotFoundError, UnauthenticatedError
from trunkline_gateway.access import clients as module
from trunkline_gateway.access.clients import Caller, Clients
from trunkline_gateway.access.profiles import Profiles
from trunkline_gateway.store.database import Database, open_database
from trunkline_gateway.store.schema import clients as table
from trunkline_gateway.store.schema import tenants
from trunkline_gateway.store.statements import Statement


@pytest.fixture
def clients(database: Database) -> Clients:
    return Clients(database, Profiles(database))


async def test_a_key_proves_its_client_its_tenant_and_its_profile(clients: Clients) -> None:
    key = await clients.create("acme", "agent", "support")
    assert re.fullmatch(r"tl_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", key)
    assert await clients.authenticate(key) == Caller("acme", "agent", "support")
    assert await clients.authenticate(key) == Caller("acme", "agent", "support")


async def test_two_clients_of_one_name_in_two_tenants_are_two(clients: Clients) -> None:
    keys = [await clients.create(tenant, "agent", "full") for tenant in ("acme", "beta")]
    assert [(await clients.authenticate(key)).tenant for key in keys] == ["acme", "beta"]


async def test_whatever_is_no_live_key_is_refused_in_the_same_words(clients: Clients) -> None:
    key = await clients.create("acme", "agent", "full")
    other = await clients.create("acme", "other", "full")
    revoked = await clients.create("acme", "gone", "full")
    await clients.revoke("acme", revoked.split("_")[1])
    wrong = [
        None,
        "",
        "tl_",
        key[:-1],
        key + "x",
        key + "\n",
        " " + key,
        key.upper(),
        key[:-1] + ("A" if key[-1] != "A" else "B"),
        "_".join(["tl", key.split("_")[1], other.split("_", 2)[2]]),
        "tl_" + "0" * 16 + "_" + "A" * 43,
        "tl_" + "\u0660" * 16 + "_" + "A" * 43,
        "tl_' OR 1=1 --____" + "A" * 43,
        revoked,
    ]
    told = set()
    for credential in wrong:
        with pytest.raises(UnauthenticatedError) as refused:
            await clients.authenticate(credential)
        told.add(str(refused.value))
    assert len(told) == 1


async def test_the_store_holds_no_key_but_a_hash_of_it(clients: Clients, database: Database) -> None:
    key = await clients.create("acme", "agent", "full")
    (row,) = await database.fetch(Statement(select(table))())
    secret = key.split("_", 2)[2]
    assert not any(secret in item for item in row if isinstance(item, str))
    assert not any(secret.encode() in bytes(item) for item in row if isinstance(item, bytes))


async def test_the_list_shows_a_tenants_clients_and_never_a_secret(clients: Clients) -> None:
    keys = [await clients.create("acme", name, "triage") for name in ("one", "two")]
    await clients.create("beta", "three", "full")
    listed = await clients.list("acme")
    assert [(client.name, client.profile, client.revoked_at) for client in listed] == [
        ("one", "triage", None),
        ("two", "triage", None),
    ]
    assert [client.key_id for client in listed] == [key.split("_")[1] for key in keys]
    assert not any(key.split("_", 2)[2] in repr(listed) for key in keys)


async def test_a_revoked_key_is_dead_at_once_here(clients: Clients) -> None:
    key = await clients.create("acme", "agent", "full")
    await clients.authenticate(key)
    await clients.revoke("acme", key.split("_")[1])
    with pytest.raises(UnauthenticatedError):
        await clients.authenticate(key)
    assert (await clients.list("acme"))[0].revoked_at


async def test_a_revoked_key_is_dead_on_another_node_as_soon_as_that_one_asks_again(
    clients: Clients, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module._REMEMBER_S <= 1
    monkeypatch.setattr(module, "_REMEMBER_S", 0)  # The second is over.
    node = open_database(url)
    await node.open()
    elsewhere = Clients(node, Profiles(node))
    key = await clients.create("acme", "agent", "full")
    assert await elsewhere.authenticate(key)
    await clients.revoke("acme", key.split("_")[1])
    with pytest.raises(UnauthenticatedError):
        await elsewhere.authenticate(key)
    await node.close()


class Asked(Clients):
    """Knows how often the store was asked."""

    times = 0

    async def _verify(self, key_id: str, digest: bytes) -> Caller | None:
        self.times += 1
        return await super()._verify(key_id, digest)


async def test_a_key_is_remembered_for_a_moment_and_a_wrong_one_never(database: Database) -> None:
    clients = Asked(database, Profiles(database))
    key = await clients.create("acme", "agent", "full")
    for _ in range(5):
        await clients.authenticate(key)
        with pytest.raises(UnauthenticatedError):
            await clients.authenticate(key[:-4] + "AAAA")
    assert clients.times == 1 + 5


async def test_what_is_remembered_does_not_grow_for_ever(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 3)
    for number in range(8):
        await clients.authenticate(await clients.create("acme", f"agent-{number}", "full"))
    assert len(clients._remembered) <= 3


@pytest.mark.parametrize("revoked", ["0" * 16, "", "'; --"])
async def test_a_key_that_is_not_there_cannot_be_revoked(clients: Clients, revoked: str) -> None:
    await clients.create("acme", "agent", "full")
    with pytest.raises(NotFoundError, match="No live key"):
        await clients.revoke("acme", revoked)


async def test_a_key_cannot_be_revoked_twice_or_by_another_tenant(clients: Clients) -> None:
    key = await clients.create("acme", "agent", "full")
    with pytest.raises(NotFoundError):
        await clients.revoke("beta", key.split("_")[1])
    assert await clients.authenticate(key)
    await clients.revoke("acme", key.split("_")[1])
    with pytest.raises(NotFoundError):
        await clients.revoke("acme", key.split("_")[1])


async def test_keys_made_at_once_for_a_new_tenant_are_all_made(clients: Clients, url: str) -> None:
    node = open_database(url)
    await node.open()
    both = (clients, Clients(node, Profiles(node)))
    keys = await asyncio.gather(*(both[number % 2].create("acme", "agent", "full") for number in range(20)))
    assert len(set(keys)) == len(await clients.list("acme")) == 20
    await node.close()


async def test_a_client_of_a_known_tenant_is_made_beside_the_others(clients: Clients, database: Database) -> None:
    await database.commit(Statement(insert(tenants))(tenant="acme", created_at=1))
    assert await clients.authenticate(await clients.create("acme", "agent", "full"))


@pytest.mark.parametrize(
    ("tenant", "name", "profile", "told"),
    [
        ("Acme", "agent", "full", "lower-case"),
        ("acme", "", "full", "lower-case"),
        ("acme", "-agent", "full", "lower-case"),
        ("acme", "a" * 64, "full", "lower-case"),
        ("acme\n", "agent", "full", "lower-case"),
        ("a|b", "agent", "full", "lower-case"),
        ("acme", "agent", "admin", "choose one of"),
    ],
)
async def test_a_client_that_cannot_be_is_refused(
    clients: Clients, tenant: str, name: str, profile: str, told: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=told):
        await clients.create(tenant, name, profile)
    assert await clients.list(tenant) == []
