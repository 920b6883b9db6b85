"""Audit records: one when a call is let through, one when it is answered; no arguments, no answers, no people.

Arguments are kept as an HMAC only: equal calls can be recognised, nothing can be read back.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select

from trunkline_gateway.access.clients import Caller
from trunkline_gateway.clock import new_id, now_us
from trunkline_gateway.egress.governed import Exchange
from trunkline_gateway.store.database import Database
from trunkline_gateway.store.schema import audit
from trunkline_gateway.store.statements import Bound, Statement

_ADD = Statement(insert(audit))
_LIST = Statement(
    select(audit).where(audit.c.tenant == bindparam("tenant")).order_by(audit.c.record_id.desc()).limit(
        bindparam("most")
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """What one call's records have in common."""

    call_id: str
    caller: Caller
    surface: str
    tool: str
    arguments_hash: bytes
    started_us: int


class AuditLog:
    """Writes records; each is durable when its transaction is committed."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    def entry(self, caller: Caller, surface: str, tool: str, arguments: bytes) -> Entry:
        """Begin a call's records; the name of a tool that does not exist is the caller's text, so it is cut."""
        digest = hmac.digest(self._key, arguments, hashlib.sha256)
        return Entry(new_id("call"), caller, surface, tool[:64], digest, now_us())

    def asked(self, entry: Entry, connection: str | None, operation_id: str | None = None) -> Bound:
        """The record that must be durable before the first byte to a vendor."""
        return self._record(entry, "asked", connection=connection, operation_id=operation_id)

    def answered(
        self,
        entry: Entry,
        outcome: str,
        connection: str | None = None,
        trace: Sequence[Exchange] = (),
        operation_id: str | None = None,
    ) -> Bound:
        """The record that must be durable before the answer leaves."""
        made = [[item.method, item.host, item.status, round(item.duration_ms, 1)] for item in trace]
        return self._record(
            entry,
            "answered",
            outcome=outcome,
            connection=connection,
            operation_id=operation_id,
            vendor_requests=orjson.dumps(made).decode() if made else None,
            duration_us=now_us() - entry.started_us,
        )

    def _record(self, entry: Entry, phase: str, **details: Any) -> Bound:
        row = {
            "record_id": new_id("rec"),
            "tenant": entry.caller.tenant,
            "client": entry.caller.client,
            "call_id": entry.call_id,
            "phase": phase,
            "at": now_us(),
            "surface": entry.surface,
            "tool": entry.tool,
            "arguments_hash": entry.arguments_hash,
            "connection": None,
            "outcome": None,
            "operation_id": None,
            "vendor_requests": None,
            "duration_us": None,
        }
        return _ADD(**{**row, **details})

    async def keep(self, record: Bound) -> None:
        """Make a record durable."""
        await self._database.commit(record)

    async def latest(self, tenant: str, most: int) -> list[dict[str, Any]]:
        """A tenant's newest records."""
        rows = await self._database.fetch(_LIST(tenant=tenant, most=most))
        return [dict(zip(audit.c.keys(), row, strict=True)) for row in rows]
