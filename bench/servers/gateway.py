"""The gateway as `trunkline up` serves it: one tenant connected to the stub; its key is left in the folder.

`TENANTS` more tenants, each with five connections and a client, are put beside it. SQLite only.
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trunkline_gateway.app import Application
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.gateway import open_gateway
from trunkline_gateway.settings import GatewaySettings
from trunkline_gateway.surfaces.server import serve

CONNECTIONS_EACH = 5


async def prepare(settings: GatewaySettings, stub: str) -> tuple[str, Connection]:
    """Connect the stub and make a key."""
    async with open_gateway(settings) as gateway:
        keys = {"app_id": "stub-app-id", "app_token": "stub-app-token"}
        connection = gateway.connections.build(
            "bench", "points", "voucherify", {"campaign": "Coffee"}, keys, loopback=stub
        )
        await gateway.connections.save(connection)
        return await gateway.clients.create("bench", "load", "full"), connection


def _others(connection: Connection, tenants: int) -> Iterator[tuple[Any, ...]]:
    """Rows of other tenants' connections: the secret may be the same, for nobody opens it."""
    settings = connection.settings.model_dump_json()
    for number in range(tenants * CONNECTIONS_EACH):
        tenant, name = f"tenant{number // CONNECTIONS_EACH:05d}", f"points{number % CONNECTIONS_EACH}"
        yield tenant, name, "voucherify", connection.auth, settings, connection.sealed, connection.loopback, 1, 0


def crowd(path: Path, connection: Connection, tenants: int) -> None:
    """Fill the store."""
    names = [f"tenant{number:05d}" for number in range(tenants)]
    with sqlite3.connect(path) as store:
        store.executemany("INSERT INTO tenants (tenant, created_at) VALUES (?, 0)", ((name,) for name in names))
        clients = ((f"{number:016x}", name, "load", os.urandom(32), "full") for number, name in enumerate(names))
        columns = "key_id, tenant, name, secret_hash, profile, created_at"
        store.executemany(f"INSERT INTO clients ({columns}) VALUES (?, ?, ?, ?, ?, 0)", clients)  # noqa: S608 - our own columns
        columns = "tenant, name, vendor, auth, settings, credentials, loopback, version, created_at"
        rows = _others(connection, tenants)
        store.executemany(f"INSERT INTO connections ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 - our own columns
    store.close()


def main() -> None:
    """Serve on PORT with the store in FOLDER (or at BENCH_DATABASE_URL), the stub at STUB, beside TENANTS more."""
    port, folder, stub, tenants = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    url = os.environ.get("BENCH_DATABASE_URL")
    settings = GatewaySettings(home=folder, allow_loopback=True, database_url=url)
    key, connection = asyncio.run(prepare(settings, stub))
    crowd(folder / "trunkline.db", connection, tenants) if tenants else None
    (folder / "key").write_text(key)
    serve(Application(settings), "127.0.0.1", port)


if __name__ == "__main__":
    main()
