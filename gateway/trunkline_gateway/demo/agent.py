"""The demo's agent: a real MCP client that follows a script, and shows each call as it happens."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from mcp import Client

from trunkline_gateway.access.clients import Caller
from trunkline_gateway.audit.log import AuditLog

Result = dict[str, Any]
Check = Callable[[Result], bool]
Line = Callable[[Result], str]


@dataclass(frozen=True)
class Step:
    """One call of a journey, as it went."""

    journey: str
    tool: str
    vendor_requests: int
    duration_ms: float
    told: str
    passed: bool


@dataclass
class Agent:
    """Calls tools and keeps what happened; `show` gets each step as soon as it is over."""

    client: Client
    audit: AuditLog
    caller: Caller
    show: Callable[[Step], None]
    journey: str = ""
    steps: list[Step] = field(default_factory=list)

    async def call(self, tool: str, check: Check, line: Line, **arguments: Any) -> Result:
        """Call a tool: `check` says whether it gave what it should, `line` tells the result in one line."""
        started = time.perf_counter()
        answer = await self.client.call_tool(tool, arguments)
        elapsed = (time.perf_counter() - started) * 1000
        result: Result = answer.structured_content or {}
        passed, told = _judged(answer.is_error or False, answer.content, result, check, line)
        step = Step(self.journey, tool, await self._vendor_requests(), elapsed, told, passed)
        self.steps.append(step)
        self.show(step)
        if not passed:
            raise StepFailedError(f"{tool}: {told}")
        return result

    async def _vendor_requests(self) -> int:
        """How many requests the last call made at vendors: the audit log knows."""
        (record,) = await self.audit.latest(self.caller.tenant, 1)
        return len(orjson.loads(record["vendor_requests"] or b"[]"))


class StepFailedError(Exception):
    """A step of a journey did not give what it should; the journey ends."""


def _judged(is_error: bool, content: list[Any], result: Result, check: Check, line: Line) -> tuple[bool, str]:
    if is_error:
        return False, " ".join(getattr(part, "text", "") for part in content)[:160]
    try:
        return check(result), line(result)
    except (KeyError, IndexError, TypeError) as error:
        return False, f"the result lacks {error}"
