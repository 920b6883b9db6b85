"""Writes as the gateway remembers them."""

from typing import Any, Literal

from trunkline_contracts.record import Moment, Record
from trunkline_contracts.results import InDoubt


class OperationError(Record):
    """Why a write failed."""

    code: str
    message: str


class Operation(Record):
    """One write: `confirmed` and `failed` are final, `in_doubt` must not be repeated."""

    id: str
    tool: str
    connection: str
    state: Literal["sending", "confirmed", "failed", "in_doubt"]
    outcome: str | None = None
    resource: dict[str, Any] | None = None
    error: OperationError | None = None
    in_doubt: InDoubt | None = None
    created_at: Moment
    updated_at: Moment
