"""The tenants' connections: what an operator named, checked against the plugin's own models, and kept sealed."""

import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import SecretStr, TypeAdapter, ValidationError
from sqlalchemy import bindparam, delete, insert, select, update

from trunkline_contracts.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.manifest import Credentials, Manifest, Settings
from trunkline_contracts.record import Record
from trunkline_contracts.refs import CONNECTION_NAME
from trunkline_gateway.clock import now_us
from trunkline_gateway.connections.vault import Vault
from trunkline_gateway.logs import log
from trunkline_gateway.store.database import Database
from trunkline_gateway.store.schema import connections
from trunkline_gateway.store.statements import Row, Statement

_REMEMBER_S = 1.0
_REMEMBERED_TENANTS = 1024
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}")

_FIELDS: TypeAdapter[tuple[CustomField, ...]] = TypeAdapter(tuple[CustomField, ...])

_COLUMNS = connections.c
_ALL = Statement(
    select(
        _COLUMNS.name, _COLUMNS.vendor, _COLUMNS.auth, _COLUMNS.settings, _COLUMNS.credentials, _COLUMNS.loopback,
        _COLUMNS.version, _COLUMNS.fields,
    )
    .where(_COLUMNS.tenant == bindparam("tenant"))
    .order_by(_COLUMNS.name)
)  # fmt: skip
_ADD = Statement(insert(connections))
_DESCRIBE = Statement(
    update(connections)
    .where(
        _COLUMNS.tenant == bindparam("for_tenant"),
        _COLUMNS.name == bindparam("named"),
        _COLUMNS.version == bindparam("of_version"),
    )
    .values(fields=bindparam("found"))
)
_REMOVE = Statement(
    delete(connections)
    .where(_COLUMNS.tenant == bindparam("for_tenant"), _COLUMNS.name == bindparam("named"))
    .returning(_COLUMNS.version)
)


@dataclass(frozen=True)
class Connection:
    """One tenant's authorised account at a vendor; `described` is the stored text of its custom fields."""

    tenant: str
    name: str
    manifest: Manifest
    auth: str
    settings: Settings
    version: int
    loopback: str | None
    sealed: bytes = field(repr=False)
    fields: tuple[CustomField, ...] = ()
    described: str = ""

    @property
    def identity(self) -> tuple[str, str, int]:
        """What a pool, a breaker or a limit hangs on; a new version is a new account."""
        return (self.tenant, self.name, self.version)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The only hosts that this connection may speak to."""
        values = self.settings.model_dump()
        return tuple(template.format_map(values).lower() for template in self.manifest.hosts)


class Connections:
    """The connections of all tenants."""

    def __init__(self, database: Database, vault: Vault, manifests: Mapping[str, Manifest], *, loopback: bool) -> None:
        self._database = database
        self._vault = vault
        self._manifests = manifests
        self._loopback = loopback
        self._remembered: OrderedDict[str, tuple[float, dict[str, Connection]]] = OrderedDict()

    async def of(self, tenant: str) -> Mapping[str, Connection]:
        """A tenant's connections by name; the answer may be a second old."""
        known = self._remembered.get(tenant)
        if known and known[0] > time.monotonic():
            return known[1]
        rows = await self._database.fetch(_ALL(tenant=tenant))
        current = self._read(tenant, rows, known[1] if known else {})
        self._remembered[tenant] = (time.monotonic() + _REMEMBER_S, current)
        self._remembered.move_to_end(tenant)
        if len(self._remembered) > _REMEMBERED_TENANTS:
            self._remembered.popitem(last=False)
        return current

    async def names(self, tenant: str) -> frozenset[str]:
        """The names of all of a tenant's connections, also of those that cannot be used here."""
        return frozenset(row[0] for row in await self._database.fetch(_ALL(tenant=tenant)))

    def _read(self, tenant: str, rows: list[Row], known: dict[str, Connection]) -> dict[str, Connection]:
        """Rows into connections; unchanged ones stay the same objects, and a vendor without its plugin is left out."""
        read = (
            old if (old := known.get(row[0])) and _is_same(old, row) else self._connection(tenant, row)
            for row in rows
            if row[1] in self._manifests and (row[5] is None or self._loopback)
        )
        current = {connection.name: connection for connection in read if connection}
        return known if current == known else current

    def _connection(self, tenant: str, row: Row) -> Connection | None:
        """A row as a connection; None where today's plugin cannot read it: that must not take the others along."""
        name, vendor, auth, settings, sealed, loopback, version, described = row
        manifest = self._manifests[vendor]
        try:
            values = manifest.settings.model_validate_json(settings)
        except ValidationError as error:
            log.error("connection_unreadable", tenant=tenant, connection=name, faults=error.error_count())
            return None
        fields = _FIELDS.validate_json(described or "[]")
        return Connection(
            tenant, name, manifest, auth, values, version, loopback, bytes(sealed), fields, described or ""
        )

    def headers(self, connection: Connection) -> dict[str, str]:
        """The credential, as the headers to add to each request: for egress alone."""
        secret = self._vault.unseal(connection.sealed, _place(connection.tenant, connection.name, connection.version))
        try:
            auth = connection.manifest.auth[connection.auth]
            return auth.headers(connection.settings, auth.credentials.model_validate_json(secret))
        except (KeyError, ValidationError):  # The error's text would show the credential.
            told = f"The credential of {connection.name} does not fit today's {connection.manifest.vendor} plugin"
            raise PermissionDeniedError(f"{told}: an operator must connect it again.") from None

    def build(
        self,
        tenant: str,
        name: str,
        vendor: str,
        settings: Mapping[str, Any],
        credentials: Mapping[str, Any] | None,
        *,
        auth: str | None = None,
        loopback: str | None = None,
    ) -> Connection:
        """Check what an operator gave; raises InvalidArgumentError naming the fields, never their values.

        `credentials` is None for an account that only tapes will ever answer for.
        """
        manifest = self._manifests.get(vendor)
        if manifest is None:
            raise InvalidArgumentError(f"No plugin for '{vendor}'; installed: {', '.join(sorted(self._manifests))}.")
        if not CONNECTION_NAME.fullmatch(name):
            raise InvalidArgumentError(
                "A connection's name is 1 to 40 lower-case letters, digits or _, after a letter."
            )
        self._check_loopback(loopback)
        kind = auth or next(iter(manifest.auth))
        if kind not in manifest.auth:
            raise InvalidArgumentError(f"{vendor} has no auth '{kind}'; choose one of {', '.join(manifest.auth)}.")
        version = now_us() % 2_000_000_000
        model = manifest.auth[kind].credentials
        secret = b"{}" if credentials is None else orjson.dumps(_revealed(_model(model, credentials)))
        sealed = self._vault.seal(secret, _place(tenant, name, version))
        return Connection(tenant, name, manifest, kind, _model(manifest.settings, settings), version, loopback, sealed)

    def _check_loopback(self, loopback: str | None) -> None:
        if loopback is not None and not self._loopback:
            raise InvalidArgumentError("Loopback is off: set TRUNKLINE_ALLOW_LOOPBACK=true (never in production).")
        if loopback is not None and not _LOOPBACK.fullmatch(loopback):
            raise InvalidArgumentError("A loopback address looks like http://127.0.0.1:9001.")

    async def save(self, connection: Connection) -> None:
        """Keep a connection, in place of one of the same name."""
        row = {
            "tenant": connection.tenant,
            "name": connection.name,
            "vendor": connection.manifest.vendor,
            "auth": connection.auth,
            "settings": connection.settings.model_dump_json(),
            "credentials": connection.sealed,
            "loopback": connection.loopback,
            "version": connection.version,
            "created_at": now_us(),
            "fields": _described(connection.fields),
        }
        await self._database.commit(_REMOVE(for_tenant=connection.tenant, named=connection.name), _ADD(**row))
        self._remembered.pop(connection.tenant, None)

    async def describe(self, connection: Connection, fields: tuple[CustomField, ...]) -> None:
        """Keep what custom fields a connection has."""
        place = {"for_tenant": connection.tenant, "named": connection.name, "of_version": connection.version}
        await self._database.commit(_DESCRIBE(**place, found=_described(fields)))
        self._remembered.pop(connection.tenant, None)

    async def remove(self, tenant: str, name: str) -> None:
        """Forget a connection and its credential; raises NotFoundError."""
        (removed,) = await self._database.commit(_REMOVE(for_tenant=tenant, named=name))
        self._remembered.pop(tenant, None)
        if not removed:
            raise NotFoundError(f"No connection '{name}'; `trunkline connections` lists them.")


def _is_same(known: Connection, row: Row) -> bool:
    return known.version == row[6] and known.described == (row[7] or "")


def _described(fields: tuple[CustomField, ...]) -> str:
    return _FIELDS.dump_json(fields, exclude_none=True).decode() if fields else ""


def _place(tenant: str, name: str, version: int) -> str:
    return f"{tenant}|{name}|{version}"


def _model(model: type[Record], values: Mapping[str, Any]) -> Any:
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise InvalidArgumentError(f"Check these fields: {faults}.") from None


def _revealed(credentials: Credentials) -> dict[str, Any]:
    return {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in credentials}
