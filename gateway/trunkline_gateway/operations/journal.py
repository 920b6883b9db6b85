"""The journal of writes: every write's key, its state and its answer.

    received -> sending -> confirmed | failed | in_doubt

A write that is received is claimed and marked `sending` in one commit, before its first byte; what became of it
follows in a second. A key is kept as a hash; the same key with other arguments is refused.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.clock import now_us
from trunkline_gateway.store.database import Database
from trunkline_gateway.store.schema import operations
from trunkline_gateway.store.statements import Bound, Row, Statement


class State(StrEnum):
    """Where a write stands."""

    SENDING = "sending"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


_C = operations.c
_FIELDS = (_C.operation_id, _C.fingerprint, _C.write_class, _C.state, _C.answer, _C.send_deadline)

# The unique key decides who sends: an insert that meets an earlier row changes nothing and returns nothing.
# SQLite reads PostgreSQL's form of it as it stands.
_CLAIM = Statement(insert(operations).on_conflict_do_nothing().returning(_C.operation_id))
_FIND = Statement(
    select(*_FIELDS).where(
        _C.tenant == bindparam("tenant"),
        _C.client == bindparam("client"),
        _C.tool == bindparam("tool"),
        _C.key_hash == bindparam("key_hash"),
    )
)
_LOOK_UP = Statement(
    select(_C.tool, _C.connection, _C.state, _C.answer, _C.created_at, _C.updated_at).where(
        _C.tenant == bindparam("tenant"), _C.operation_id == bindparam("operation")
    )
)
_SETTLE = Statement(
    update(operations)
    .where(_C.operation_id == bindparam("operation"), (_C.state == State.SENDING) | (_C.state == State.IN_DOUBT))
    .values(state=bindparam("new_state"), answer=bindparam("new_answer"), updated_at=bindparam("now"))
)
_ABANDONED = Statement(select(func.count()).where(_C.state == State.SENDING, _C.send_deadline < bindparam("now")))
_DOUBT_ABANDONED = Statement(
    update(operations)
    .where(_C.state == State.SENDING, _C.send_deadline < bindparam("now"))
    .values(state=State.IN_DOUBT, updated_at=bindparam("now"))
    .returning(_C.operation_id)
)


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that somebody wants: its identity is (tenant, client, tool, key)."""

    operation_id: str
    caller: Caller
    tool: str
    key: str
    connection: str
    write_class: WriteClass
    fingerprint: bytes
    send_deadline: int

    @property
    def key_hash(self) -> bytes:
        """The key as it is stored."""
        return hashlib.sha256(self.key.encode()).digest()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A write as the journal has it."""

    operation_id: str
    fingerprint: bytes
    write_class: WriteClass
    state: State
    answer: bytes | None
    send_deadline: int

    @property
    def is_under_way(self) -> bool:
        """Whether its sender may still be waiting for the vendor."""
        return self.state is State.SENDING and self.send_deadline >= now_us()


class Journal:
    """The operations of all tenants."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, intent: Intent, audited: Bound) -> Recorded | None:
        """Record an intent as sending, with its audit record, in one commit.

        Returns None where the caller may send, or the earlier write of the same key. Raises InvalidArgumentError
        for a key that was used with other arguments.
        """
        claimed, _ = await self._database.commit(self._claim(intent), audited)
        if claimed:
            return None
        earlier = await self._find(intent)
        if earlier.fingerprint != intent.fingerprint:
            raise InvalidArgumentError("This idempotency key was used with other arguments: use a new key.")
        return earlier

    def _claim(self, intent: Intent) -> Bound:
        now = now_us()
        return _CLAIM(
            operation_id=intent.operation_id,
            tenant=intent.caller.tenant,
            client=intent.caller.client,
            tool=intent.tool,
            key_hash=intent.key_hash,
            fingerprint=intent.fingerprint,
            connection=intent.connection,
            write_class=intent.write_class,
            state=State.SENDING,
            answer=None,
            send_deadline=intent.send_deadline,
            created_at=now,
            updated_at=now,
        )

    async def _find(self, intent: Intent) -> Recorded:
        caller = intent.caller
        rows = await self._database.fetch(
            _FIND(tenant=caller.tenant, client=caller.client, tool=intent.tool, key_hash=intent.key_hash)
        )
        return _recorded(rows[0])

    async def look_up(self, tenant: str, operation_id: str) -> Row | None:
        """One operation of a tenant: tool, connection, state, answer, when it was made and last changed."""
        rows = await self._database.fetch(_LOOK_UP(tenant=tenant, operation=operation_id))
        return rows[0] if rows else None

    async def settle(self, operation_id: str, state: State, answer: bytes, audited: Bound) -> None:
        """Record what became of a write, with its audit record, in one commit."""
        settled = _SETTLE(operation=operation_id, new_state=state, new_answer=answer, now=now_us())
        await self._database.commit(settled, audited)

    async def doubt_abandoned(self) -> int:
        """Mark writes whose sender died as in doubt; how many there were."""
        now = now_us()
        ((count,),) = await self._database.fetch(_ABANDONED(now=now))
        if not count:
            return 0
        (marked,) = await self._database.commit(_DOUBT_ABANDONED(now=now))
        return len(marked)


def _recorded(row: Row) -> Recorded:
    operation_id, fingerprint, write_class, state, answer, send_deadline = row
    return Recorded(
        operation_id,
        bytes(fingerprint),
        WriteClass(write_class),
        State(state),
        bytes(answer) if answer is not None else None,
        send_deadline,
    )
