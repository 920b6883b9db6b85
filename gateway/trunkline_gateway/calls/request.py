"""What a surface hands in, and what it gets back."""

from dataclasses import dataclass

from trunkline_contracts.errors import CallError
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.calls.shape import Shaped


@dataclass(frozen=True, slots=True)
class CallRequest:
    """One tool call: `arguments` is JSON text; the key and the time limit may come beside the arguments."""

    caller: Caller
    surface: str
    tool: str
    arguments: bytes
    idempotency_key: str | None = None
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to: a result, or an error."""

    call_id: str
    result: Shaped | None = None
    error: CallError | None = None

    @property
    def outcome(self) -> str:
        """One word for logs: the outcome of a write, `ok`, or an error's code."""
        if self.error is not None:
            return self.error.body.code
        return str(self.result.data.get("outcome", "ok")) if self.result else "internal"
