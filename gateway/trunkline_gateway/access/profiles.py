"""Profiles: which tools a client is given. Four come with the gateway; a tenant can define more."""

import re
import time
from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from trunkline_contracts.errors import InvalidArgumentError, NotFoundError
from trunkline_contracts.tools import CONTRACTS, PROFILES
from trunkline_gateway.clock import now_us
from trunkline_gateway.store.database import Database
from trunkline_gateway.store.schema import profiles
from trunkline_gateway.store.statements import Statement

Tools = tuple[str, ...]

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_REMEMBER_S = 1.0
_REMEMBERED_TENANTS = 1024
_BUILT_IN: Mapping[str, Tools] = {name: tuple(tool.name for tool in tools) for name, tools in PROFILES.items()}

_C = profiles.c
_OF = Statement(select(_C.name, _C.tools).where(_C.tenant == bindparam("tenant")).order_by(_C.name))
_ADD = insert(profiles)
# SQLite reads PostgreSQL's form of it as it stands.
_SAVE = Statement(_ADD.on_conflict_do_update(index_elements=[_C.tenant, _C.name], set_={"tools": _ADD.excluded.tools}))
_REMOVE = Statement(
    delete(profiles).where(_C.tenant == bindparam("for_tenant"), _C.name == bindparam("named")).returning(_C.name)
)


class Profiles:
    """The profiles of all tenants."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[str, tuple[float, Mapping[str, Tools]]] = {}

    async def tools(self, tenant: str, name: str) -> Tools:
        """The names of a profile's tools; none where the tenant has no such profile any more."""
        return _BUILT_IN[name] if name in _BUILT_IN else (await self._own(tenant)).get(name, ())

    async def of(self, tenant: str) -> Mapping[str, Tools]:
        """Every profile that a tenant's clients can have."""
        return {**_BUILT_IN, **await self._own(tenant)}

    async def _own(self, tenant: str) -> Mapping[str, Tools]:
        known = self._remembered.get(tenant)
        if known and known[0] > time.monotonic():
            return known[1]
        rows = await self._database.fetch(_OF(tenant=tenant))
        own = {name: tuple(tool for tool in orjson.loads(tools) if tool in CONTRACTS) for name, tools in rows}
        if len(self._remembered) >= _REMEMBERED_TENANTS:
            self._remembered.clear()
        self._remembered[tenant] = (time.monotonic() + _REMEMBER_S, own)
        return own

    async def save(self, tenant: str, name: str, tools: Sequence[str]) -> None:
        """Define a profile, or change it; raises InvalidArgumentError."""
        if name in _BUILT_IN or not _NAME.fullmatch(name):
            raise InvalidArgumentError(
                f"A profile's name is 1 to 40 lower-case letters, digits, - or _, and none of {', '.join(_BUILT_IN)}."
            )
        if unknown := sorted(set(tools) - CONTRACTS.keys()):
            raise InvalidArgumentError(f"No tool {', '.join(unknown)}: `trunkline tools` lists them.")
        if not tools:
            raise InvalidArgumentError("A profile has at least one tool.")
        ordered = [tool for tool in CONTRACTS if tool in tools]
        row = {"tenant": tenant, "name": name, "tools": orjson.dumps(ordered).decode(), "created_at": now_us()}
        await self._database.commit(_SAVE(**row))
        self._remembered.pop(tenant, None)

    async def remove(self, tenant: str, name: str) -> None:
        """Forget a profile: clients that have it see no tools any more. Raises NotFoundError."""
        (removed,) = await self._database.commit(_REMOVE(for_tenant=tenant, named=name))
        self._remembered.pop(tenant, None)
        if not removed:
            raise NotFoundError(f"No profile '{name}' of your own: `trunkline profiles` lists them.")
