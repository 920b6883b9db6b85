"""API keys: `tl_<key id>_<secret>`. The store holds a hash; a lookup takes the same time for every wrong key."""

import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_keep

from trunkline_contracts.errors import InvalidArgumentError, NotFoundError, UnauthenticatedError
from trunkline_gateway.access.profiles import Profiles
from trunkline_gateway.clock import now_us
from trunkline_gateway.store.database import Database
from trunkline_gateway.store.schema import clients, tenants
from trunkline_gateway.store.statements import Statement

_KEY = re.compile(r"tl_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_REMEMBER_S = 1.0
"""A revoked key is dead on every node within this time."""
_REMEMBERED = 4096

_FIND = Statement(
    select(clients.c.tenant, clients.c.name, clients.c.secret_hash, clients.c.profile).where(
        clients.c.key_id == bindparam("key_id"), clients.c.revoked_at.is_(None)
    )
)
# SQLite reads PostgreSQL's form of it as it stands.
_ADD_TENANT = Statement(insert_or_keep(tenants).on_conflict_do_nothing())
_ADD = Statement(insert(clients))
_LIST = Statement(
    select(clients.c.key_id, clients.c.name, clients.c.profile, clients.c.created_at, clients.c.revoked_at)
    .where(clients.c.tenant == bindparam("tenant"))
    .order_by(clients.c.created_at)
)
_REVOKE = Statement(
    update(clients)
    .where(
        clients.c.tenant == bindparam("for_tenant"),
        clients.c.key_id == bindparam("key"),
        clients.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now"))
    .returning(clients.c.key_id)
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: one client of one tenant, and the tools that its profile gives it."""

    tenant: str
    client: str
    profile: str


@dataclass(frozen=True, slots=True)
class Client:
    """A client as an operator sees it: never its secret."""

    key_id: str
    name: str
    profile: str
    created_at: int
    revoked_at: int | None


class Clients:
    """The clients of all tenants."""

    def __init__(self, database: Database, profiles: Profiles) -> None:
        self._database = database
        self._profiles = profiles
        self._remembered: dict[bytes, tuple[float, Caller]] = {}

    async def authenticate(self, credential: str | None) -> Caller:
        """The caller whom a credential proves; raises UnauthenticatedError, always with the same words."""
        if credential and (match := _KEY.fullmatch(credential)):
            digest = _digest(credential)
            if caller := self._recall(digest):
                return caller
            if caller := await self._verify(match[1], digest):
                self._remember(digest, caller)
                return caller
        raise UnauthenticatedError(
            "No valid API key: send `Authorization: Bearer tl_…` with a key of `trunkline keys`."
        )

    def _recall(self, digest: bytes) -> Caller | None:
        known = self._remembered.get(digest)
        return known[1] if known and known[0] > time.monotonic() else None

    def _remember(self, digest: bytes, caller: Caller) -> None:
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = (time.monotonic() + _REMEMBER_S, caller)

    async def _verify(self, key_id: str, digest: bytes) -> Caller | None:
        rows = await self._database.fetch(_FIND(key_id=key_id))
        tenant, name, expected, profile = rows[0] if rows else ("", "", bytes(32), "")
        # The comparison runs for an unknown key too, so that timing does not tell which ids exist.
        return Caller(tenant, name, profile) if hmac.compare_digest(digest, bytes(expected)) and rows else None

    async def create(self, tenant: str, name: str, profile: str) -> str:
        """Make a client and its tenant; returns the key, which is shown this once."""
        known = await self._profiles.of(tenant)
        if profile not in known:
            raise InvalidArgumentError(f"No profile '{profile}'; choose one of {', '.join(known)}.")
        if not (_NAME.fullmatch(tenant) and _NAME.fullmatch(name)):
            raise InvalidArgumentError(
                "Names are 1 to 63 lower-case letters, digits, - or _, not starting with - or _."
            )
        key_id, now = secrets.token_hex(8), now_us()
        key = f"tl_{key_id}_{secrets.token_urlsafe(32)}"
        row = {"key_id": key_id, "tenant": tenant, "name": name, "profile": profile, "created_at": now}
        await self._database.commit(
            _ADD_TENANT(tenant=tenant, created_at=now), _ADD(**row, secret_hash=_digest(key), revoked_at=None)
        )
        return key

    async def list(self, tenant: str) -> list[Client]:
        """The clients of a tenant, oldest first."""
        return [Client(*row) for row in await self._database.fetch(_LIST(tenant=tenant))]

    async def revoke(self, tenant: str, key_id: str) -> None:
        """End a key; raises NotFoundError where the tenant has no such live key."""
        (revoked,) = await self._database.commit(_REVOKE(for_tenant=tenant, key=key_id, now=now_us()))
        self._remembered.clear()
        if not revoked:
            raise NotFoundError(f"No live key '{key_id}'; `trunkline keys list` shows them.")


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode()).digest()
