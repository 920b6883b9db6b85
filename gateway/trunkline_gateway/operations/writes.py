"""Carries out writes: intent first, one request, then what became of it. No write is ever sent twice.

The vendor is called in a task of its own, which outlives the caller: a client that hangs up changes nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import orjson

from trunkline_contracts.errors import CallError, ConflictError, ErrorBody, OutcomeUnknownError, restore
from trunkline_contracts.results import InDoubt, Receipt, WriteResult
from trunkline_gateway.audit.log import AuditLog, Entry
from trunkline_gateway.calls.perform import Situation
from trunkline_gateway.calls.route import Route
from trunkline_gateway.clock import moment, now_us
from trunkline_gateway.logs import log
from trunkline_gateway.operations.journal import Intent, Journal, Recorded, State
from trunkline_gateway.operations.proof import not_applied

Perform = Callable[[Situation], Awaitable[WriteResult[Any]]]
_CHECK_AFTER_S = 60
_RESOLVE_WITHIN_US = 24 * 3600 * 1_000_000
_SEEN_LATE_US = 2_000_000
_TELL_CUSTOMER = "We are making sure that this went through; we will confirm it shortly."


@dataclass(frozen=True)
class Write:
    """One write: who wants it, where it goes, and how to carry it out."""

    entry: Entry
    intent: Intent
    chosen: Route
    perform: Perform


class Writes:
    """Runs writes through the journal."""

    def __init__(self, journal: Journal, audit: AuditLog) -> None:
        self._journal = journal
        self._audit = audit
        self._under_way: set[asyncio.Task[WriteResult[Any]]] = set()

    async def run(self, write: Write, deadline: float) -> WriteResult[Any]:
        """Carry a write out, or give what became of the earlier one with its key."""
        asked = self._audit.asked(write.entry, write.chosen.connection.name, write.intent.operation_id)
        try:
            earlier = await self._journal.claim(write.intent, asked)
            again = _first_answer(write, earlier) if earlier else None
        except CallError as error:
            await self._answered_again(write, error.body.code)
            raise
        if again is not None:
            await self._answered_again(write, again.outcome)
            return again
        return await asyncio.shield(self._start(self._carry_out(write, deadline)))

    async def _answered_again(self, write: Write, outcome: str) -> None:
        await self._audit.keep(self._audit.answered(write.entry, outcome, write.chosen.connection.name))

    def _start(self, work: Coroutine[Any, Any, WriteResult[Any]]) -> asyncio.Task[WriteResult[Any]]:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[WriteResult[Any]]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, CallError):
            log.error("write_failed_in_gateway", exc_type=type(error).__name__)

    async def _carry_out(self, write: Write, deadline: float) -> WriteResult[Any]:
        intent, capability = write.intent, write.chosen.capability
        how = Situation(deadline, intent.key, intent.operation_id, capability.write_class)
        try:
            if now_us() > intent.send_deadline:
                raise ConflictError("The time to send this was up before it began: use a new idempotency key.")
            result = await write.perform(how)
        except CallError as error:
            if not_applied(how.trace, capability) and not isinstance(error, OutcomeUnknownError):
                await self._failed(write, how, error)
                raise
            return await self._in_doubt(write, how)
        return await self._confirmed(write, how, result)

    async def _confirmed(self, write: Write, how: Situation, result: WriteResult[Any]) -> WriteResult[Any]:
        receipt = Receipt(operation_id=write.intent.operation_id, idempotency_key=write.intent.key)
        told = result.model_copy(update={"receipt": receipt})
        await self._settle(write, how, State.CONFIRMED, told.outcome, told.model_dump_json(exclude_none=True).encode())
        return told

    async def _failed(self, write: Write, how: Situation, error: CallError) -> None:
        await self._settle(write, how, State.FAILED, error.body.code, error.body.model_dump_json().encode())

    async def _in_doubt(self, write: Write, how: Situation) -> WriteResult[Any]:
        told = doubt(write.intent, replayed=False)
        await self._settle(write, how, State.IN_DOUBT, told.outcome, told.model_dump_json(exclude_none=True).encode())
        return told

    async def _settle(self, write: Write, how: Situation, state: State, outcome: str, answer: bytes) -> None:
        name, operation_id = write.chosen.connection.name, write.intent.operation_id
        answered = self._audit.answered(write.entry, outcome, name, how.trace, operation_id)
        try:
            await self._journal.settle(operation_id, state, answer, answered)
        except Exception as error:  # noqa: BLE001 - whatever the store's fault: the vendor has been asked
            log.error("write_not_settled", operation_id=operation_id, exc_type=type(error).__name__)
            raise OutcomeUnknownError(
                f"DO NOT RETRY. What became of {operation_id} could not be recorded: ask again with the same key."
            ) from None

    async def close(self, patience_s: float) -> None:
        """Let the writes under way come to their end."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=patience_s)


def _first_answer(write: Write, earlier: Recorded) -> WriteResult[Any]:
    """The first answer again: a key is one write, whatever became of it."""
    if earlier.is_under_way:
        raise ConflictError("This write is still being carried out: ask again with the same key.", retry_after_s=2)
    if earlier.state is State.FAILED:
        first = restore(ErrorBody.model_validate_json(earlier.answer or b"{}"))
        raise type(first)(f"{first.body.message} (The first answer to this key; use a new key to try again.)")
    if earlier.state is not State.CONFIRMED or earlier.answer is None:
        return doubt(replace(write.intent, operation_id=earlier.operation_id), replayed=True)
    return _replayed(write, earlier.answer)


def _replayed(write: Write, answer: bytes) -> WriteResult[Any]:
    gives: type[WriteResult[Any]] = write.chosen.capability.contract.gives
    stored = orjson.loads(answer)
    stored["receipt"]["replayed"] = True
    return gives.model_validate_json(orjson.dumps(stored))


def doubt(intent: Intent, *, replayed: bool) -> WriteResult[Any]:
    """What a caller is told of a write in doubt: it is no error, for an error invites a second try."""
    tool = intent.tool.replace("_", " ")
    return WriteResult[Any](
        outcome="in_doubt",
        message=f"DO NOT RETRY. This {tool} may already have been made: {intent.connection} gave no clear answer.",
        receipt=Receipt(operation_id=intent.operation_id, idempotency_key=intent.key, replayed=replayed),
        in_doubt=InDoubt(
            retry="never",
            check_after_s=_CHECK_AFTER_S,
            resolve_by=moment(now_us() + _RESOLVE_WITHIN_US),
            what_to_tell_customer=_TELL_CUSTOMER,
        ),
    )


def send_deadline(deadline: float) -> int:
    """The moment after which a write that is still `sending` has lost its sender."""
    return now_us() + max(int((deadline - time.monotonic()) * 1_000_000), 0) + _SEEN_LATE_US
