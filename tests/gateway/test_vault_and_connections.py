"""The vault and the tenants' connections: a secret opens in its own place only, and is shown to nobody."""

import os
import stat
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from support.fault_stub import CREDENTIAL, FaultySettings, Token, faulty
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError
from trunkline_contracts.manifest import BasicAuth, Credentials, HeaderAuth, Manifest, Settings
from trunkline_gateway.connections import registry as module
from trunkline_gateway.connections.registry import Connection, Connections
from trunkline_gateway.connections.vault import Vault, VaultError, open_vault
from trunkline_gateway.egress.egress import Egress, socket_wires
from trunkline_gateway.settings import GatewaySettings
from trunkline_gateway.store.database import Database
from trunkline_gateway.store.schema import connections as table
from trunkline_gateway.store.sqlite import SqliteDatabase
from trunkline_gateway.store.statements import Statement

SECRET = "canary-secret-93c1"
KEY = bytes(range(32))


# The vault.


@pytest.fixture
def vault() -> Vault:
    return Vault(KEY)


def test_what_was_sealed_for_a_place_opens_there(vault: Vault) -> None:
    sealed = vault.seal(SECRET.encode(), "acme|main|1")
    assert SECRET.encode() not in sealed
    assert Vault(KEY).unseal(sealed, "acme|main|1") == SECRET.encode()


def test_the_same_secret_is_sealed_differently_each_time(vault: Vault) -> None:
    assert len({vault.seal(b"x", "p") for _ in range(100)}) == 100


@pytest.mark.parametrize("place", ["beta|main|1", "acme|other|1", "acme|main|2", "acme|main|1 ", ""])
def test_what_was_sealed_for_one_place_opens_in_no_other(vault: Vault, place: str) -> None:
    with pytest.raises(VaultError, match="master key"):
        vault.unseal(vault.seal(SECRET.encode(), "acme|main|1"), place)


def test_a_changed_byte_is_noticed_wherever_it_is(vault: Vault) -> None:
    sealed = vault.seal(SECRET.encode(), "p")
    for position in range(len(sealed)):
        changed = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        with pytest.raises(VaultError):
            vault.unseal(changed, "p")
    for cut in (b"", sealed[:5], sealed[:12], sealed[:-1]):
        with pytest.raises(VaultError):
            vault.unseal(cut, "p")


def test_another_key_opens_nothing(vault: Vault) -> None:
    with pytest.raises(VaultError, match="is this the master key"):
        Vault(bytes(32)).unseal(vault.seal(b"x", "p"), "p")


def test_the_vault_shows_no_key(vault: Vault) -> None:
    assert all(shown not in repr(vault) + str(vault) for shown in (repr(KEY), KEY.hex(), b64encode(KEY).decode()))


def test_each_purpose_has_its_own_key(vault: Vault) -> None:
    keys = {vault.subkey("audit"), vault.subkey("cursors"), KEY}
    assert len(keys) == 3
    assert vault.subkey("audit") == Vault(KEY).subkey("audit")


@pytest.mark.parametrize(
    "key", ["", "short", "not base64 !", b64encode(bytes(31)).decode(), b64encode(bytes(33)).decode(), "ä" * 44]
)
def test_a_master_key_that_is_none_is_refused_without_being_shown(tmp_path: Path, key: str) -> None:
    (tmp_path / "master.key").write_text(key)
    with pytest.raises(VaultError, match="master key") as refused:
        open_vault(GatewaySettings(home=tmp_path))
    assert not key or key not in str(refused.value)


def test_a_master_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    home = tmp_path / "new"
    before = os.umask(0)
    try:
        sealed = open_vault(GatewaySettings(home=home)).seal(b"x", "p")
    finally:
        os.umask(before)
    assert open_vault(GatewaySettings(home=home)).unseal(sealed, "p") == b"x"
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in home.iterdir()] == [("master.key", 0o600)]


def test_gateways_that_start_at_once_agree_on_one_master_key(tmp_path: Path) -> None:
    settings = GatewaySettings(home=tmp_path)
    with ThreadPoolExecutor(16) as threads:
        vaults = list(threads.map(lambda _: open_vault(settings), range(64)))
    assert len({vault.subkey("p") for vault in vaults}) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]


def test_a_master_key_in_the_settings_wins_and_leaves_no_file(tmp_path: Path) -> None:
    settings = GatewaySettings(home=tmp_path, master_key=SecretStr(f" {b64encode(KEY).decode()}\n"))
    assert open_vault(settings).subkey("p") == Vault(KEY).subkey("p")
    assert list(tmp_path.iterdir()) == []


# Connections.


Opened = Callable[..., Connections]


@pytest.fixture
def opened(database: Database) -> Opened:
    """Another gateway over the same store."""

    def opened(*manifests: Manifest, key: bytes = KEY, loopback: bool = True) -> Connections:
        known = {manifest.vendor: manifest for manifest in manifests or (faulty(),)}
        return Connections(database, Vault(key), known, loopback=loopback)

    return opened


@pytest.fixture
def registry(opened: Opened) -> Connections:
    return opened()


@pytest.fixture
def builder() -> Connections:
    """A registry that is only asked to check and to build."""
    return Connections(SqliteDatabase("unused"), Vault(KEY), {"faulty": faulty()}, loopback=True)


async def add(registry: Connections, name: str = "main", tenant: str = "acme", **other: Any) -> None:
    await registry.save(registry.build(tenant, name, "faulty", {}, {"token": SECRET}, **other))


async def test_a_connection_is_kept_and_gives_its_credential_as_headers(registry: Connections, opened: Opened) -> None:
    await add(registry)
    for node in (registry, opened()):
        connection = (await node.of("acme"))["main"]
        assert (connection.manifest.vendor, connection.settings) == ("faulty", FaultySettings())
        assert node.headers(connection) == {"Authorization": f"Bearer {SECRET}"}


async def test_no_secret_is_in_the_store_or_in_what_is_shown(registry: Connections, database: Database) -> None:
    await add(registry)
    (row,) = await database.fetch(Statement(select(table))())
    connection = (await registry.of("acme"))["main"]
    shown = repr(row) + repr([bytes(item) for item in row if isinstance(item, bytes)]) + repr(connection)
    assert SECRET not in shown
    assert SECRET.encode().hex() not in shown


async def test_a_tenant_sees_its_own_connections_only(registry: Connections) -> None:
    await add(registry, "one")
    await add(registry, "two")
    await add(registry, "one", "beta")
    assert (set(await registry.of("acme")), set(await registry.of("beta"))) == ({"one", "two"}, {"one"})
    assert await registry.of("gamma") == {}


@pytest.mark.parametrize("change", [{"tenant": "beta"}, {"name": "other"}, {"version": 7}])
async def test_a_credential_moved_to_another_row_opens_nothing(
    registry: Connections, opened: Opened, database: Database, change: dict[str, Any]
) -> None:
    await add(registry)
    await database.commit(Statement(update(table).values(**change))())
    node = opened()
    (moved,) = (await node.of(change.get("tenant", "acme"))).values()
    with pytest.raises(VaultError):
        node.headers(moved)


async def test_another_master_key_opens_no_credential(registry: Connections, opened: Opened) -> None:
    await add(registry)
    node = opened(key=bytes(32))
    with pytest.raises(VaultError):
        node.headers((await node.of("acme"))["main"])


async def test_a_connection_replaced_has_a_new_identity_and_so_a_new_line(registry: Connections) -> None:
    await add(registry)
    egress = Egress(registry.headers, socket_wires())
    first = await egress.line((await registry.of("acme"))["main"])
    await registry.save(registry.build("acme", "main", "faulty", {}, {"token": "another"}))
    second = await egress.line((await registry.of("acme"))["main"])
    assert (first.headers, second.headers) == (
        {"Authorization": f"Bearer {SECRET}"},
        {"Authorization": "Bearer another"},
    )
    assert first.wire is not second.wire
    assert len(await registry.of("acme")) == 1


async def test_a_connection_removed_is_gone_here_at_once_and_its_row_too(
    registry: Connections, database: Database
) -> None:
    await add(registry)
    await registry.of("acme")
    await registry.remove("acme", "main")
    assert await registry.of("acme") == {}
    assert await database.fetch(Statement(select(table))()) == []
    with pytest.raises(NotFoundError, match="main"):
        await registry.remove("acme", "main")


async def test_another_tenants_connection_cannot_be_removed(registry: Connections) -> None:
    await add(registry)
    with pytest.raises(NotFoundError):
        await registry.remove("beta", "main")
    assert set(await registry.of("acme")) == {"main"}


async def test_another_node_sees_a_change_as_soon_as_it_asks_again(
    registry: Connections, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module._REMEMBER_S <= 1
    monkeypatch.setattr(module, "_REMEMBER_S", 0)  # The second is over.
    node = opened()
    assert await node.of("acme") == {}
    await add(registry)
    assert set(await node.of("acme")) == {"main"}
    same = (await node.of("acme"))["main"]
    await add(registry, "second")
    assert set(await node.of("acme")) == {"main", "second"}
    assert (await node.of("acme"))["main"] is same, "what did not change stays the same object"
    await registry.remove("acme", "main")
    assert set(await node.of("acme")) == {"second"}


async def test_tenants_that_are_remembered_do_not_grow_for_ever(
    registry: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_REMEMBERED_TENANTS", 3)
    for number in range(8):
        await registry.of(f"tenant-{number}")
    assert len(registry._remembered) == 3


async def test_a_connection_whose_plugin_is_gone_is_left_out_and_comes_back_with_it(
    registry: Connections, opened: Opened
) -> None:
    await add(registry)
    assert await opened(faulty(vendor="another")).of("acme") == {}
    assert set(await opened().of("acme")) == {"main"}


class Stricter(Settings):
    """Tomorrow's settings: a field more than what was stored."""

    region: str


async def test_a_connection_that_todays_plugin_cannot_read_does_not_take_the_others_along(
    registry: Connections, opened: Opened
) -> None:
    await add(registry, "old")
    other = opened(faulty(), faulty(vendor="second"))
    await other.save(other.build("acme", "fine", "second", {}, {"token": "t"}))
    assert set(await opened(faulty(settings=Stricter), faulty(vendor="second")).of("acme")) == {"fine"}


class TwoTokens(Credentials):
    """Tomorrow's credential: a field more than what was sealed."""

    token: SecretStr
    second: SecretStr


@pytest.mark.parametrize("auth", [{"token": HeaderAuth(TwoTokens, {})}, {"oauth": HeaderAuth(Token, {})}])
async def test_a_credential_that_todays_plugin_cannot_read_has_to_be_given_again(
    registry: Connections, opened: Opened, auth: dict[str, HeaderAuth]
) -> None:
    await add(registry)
    node = opened(faulty(auth=auth))
    with pytest.raises(PermissionDeniedError, match="connect it again") as refused:
        node.headers((await node.of("acme"))["main"])
    assert SECRET not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_credential_can_be_headers_or_a_pair(builder: Connections) -> None:
    auth = {"pair": BasicAuth(Token, "{host}/token", "{token}"), "key": HeaderAuth(Token, {"X-Key": "k {token}"})}
    manifest = faulty(auth=auth)
    vendor = Connections(builder._database, Vault(KEY), {"faulty": manifest}, loopback=False)
    headers = [
        vendor.headers(vendor.build("acme", "main", "faulty", {"host": "h"}, {"token": "s"}, auth=kind))
        for kind in (None, "pair", "key")
    ]
    basic = {"Authorization": "Basic " + b64encode(b"h/token:s").decode()}
    assert headers == [basic, basic, {"X-Key": "k s"}]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"vendor": "nobody"}, "No plugin for 'nobody'; installed: faulty"),
        ({"name": "Main"}, "lower-case"),
        ({"name": ""}, "lower-case"),
        ({"name": "a|b"}, "lower-case"),
        ({"name": "a:b"}, "lower-case"),
        ({"name": "a" * 41}, "lower-case"),
        ({"auth": "oauth"}, "choose one of token"),
        ({"credentials": {}}, "token: Field required"),
        ({"credentials": {"token": SECRET, "extra": SECRET}}, "extra: "),
        ({"credentials": {"token": [SECRET]}}, "token: "),
        ({"settings": {"host": {"x": SECRET}}}, "host: "),
        ({"settings": {"hots": SECRET}}, "hots: "),
    ],
)
def test_what_an_operator_gave_wrong_is_named_and_not_shown(
    builder: Connections, change: dict[str, Any], told: str
) -> None:
    given = {
        "vendor": "faulty",
        "name": "main",
        "settings": {},
        "credentials": {"token": SECRET},
        "auth": None,
        **change,
    }
    with pytest.raises(InvalidArgumentError, match=told) as refused:
        builder.build("acme", **given)
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(refused.value.body)


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1:80",
        "http://169.254.169.254:80",
        "https://127.0.0.1:80",
        "http://127.0.0.1",
        "http://127.0.0.1:80/path",
        "http://127.0.0.1:80@evil.example",
        "http://127.0.0.1:80\n",
        "http://localhost.evil.example:80",
        "http://user@127.0.0.1:80",
        "",
    ],
)
def test_loopback_means_this_machine_and_nothing_else(builder: Connections, address: str) -> None:
    with pytest.raises(InvalidArgumentError, match="looks like"):
        builder.build("acme", "main", "faulty", {}, {"token": "t"}, loopback=address)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9001", "http://localhost:1", "http://[::1]:65535"])
async def test_loopback_is_off_unless_it_is_allowed_and_what_was_stored_is_then_left_out(
    registry: Connections, opened: Opened, address: str
) -> None:
    await add(registry, loopback=address)
    strict = opened(loopback=False)
    assert (set(await registry.of("acme")), set(await strict.of("acme"))) == ({"main"}, set())
    with pytest.raises(InvalidArgumentError, match="TRUNKLINE_ALLOW_LOOPBACK"):
        strict.build("acme", "main", "faulty", {}, {"token": "t"}, loopback=address)


async def test_a_line_opens_its_credential_once_and_shows_it_nowhere(registry: Connections) -> None:
    await add(registry)
    times: list[str] = []

    def headers(connection: Connection) -> dict[str, str]:
        times.append(connection.name)
        return registry.headers(connection)

    egress = Egress(headers, socket_wires())
    connection = (await registry.of("acme"))["main"]
    for _ in range(3):
        line = await egress.line(connection)
    assert times == ["main"]
    assert SECRET not in repr(line.connection)
    assert CREDENTIAL.keys() == line.headers.keys()


def test_a_sealed_credential_is_not_part_of_what_a_connection_shows(builder: Connections) -> None:
    connection = builder.build("acme", "main", "faulty", {}, {"token": SECRET})
    assert "sealed" not in repr(connection)
    assert "sealed" not in repr(replace(connection, name="x"))
