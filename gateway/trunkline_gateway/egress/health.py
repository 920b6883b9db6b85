"""How one connection is doing: its breaker, its pauses, its budget for retries."""

import time
from asyncio import CancelledError
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from trunkline_contracts.errors import CallError, RateLimitedError, VendorUnavailableError
from trunkline_contracts.manifest import RateState

_FAILURES = 5
_OPEN_S = 30.0
_LONGEST_PAUSE_S = 300.0
_RETRIES_SAVED = 10.0
_RETRIES_AT_START = 3.0
_RETRIES_EARNED = 0.2
"""A retry for every five calls: a storm is not fed."""


class FailingError(Exception):
    """What the breaker counts: the vendor could not be reached, or failed by its own account."""


class Health:
    """The state that all calls of one connection share."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=_FAILURES, default_ttl=_OPEN_S, exclude=[CallError, CancelledError]
        )
        self._probing = False
        self._paused_until = 0.0
        self._retries = _RETRIES_AT_START

    @asynccontextmanager
    async def watched(self, *, is_write: bool) -> AsyncIterator[None]:
        """Let a request through, or raise at once where the vendor is known to be down.

        FailingError inside counts as a failure. After a pause one read goes first; until it is answered, the
        others are refused: a breaker that lets all of them through at once is a second outage.
        """
        breaker = await self._breakers.get_breaker(self._name)
        is_probe = breaker.context.state != "closed"
        if is_probe and (self._probing or is_write):
            raise self._down(_OPEN_S)
        self._probing = self._probing or is_probe
        try:
            async with breaker:
                yield
        except OpenedState:
            raise self._down(_OPEN_S) from None
        finally:
            if is_probe:
                self._probing = False

    def _down(self, seconds: float) -> VendorUnavailableError:
        return VendorUnavailableError(
            f"{self._name} fails again and again, so nothing was sent: try again later.", retry_after_s=seconds
        )

    def check_pause(self) -> None:
        """Raise RateLimitedError while the vendor asked to be left alone."""
        left = self._paused_until - time.monotonic()
        if left > 0:
            raise RateLimitedError(
                f"{self._name} is over the vendor's rate limit, so nothing was sent: wait {left:.0f} s.",
                retry_after_s=round(left, 1),
            )

    def pause(self, seconds: float) -> None:
        """Send nothing for a while."""
        self._paused_until = max(self._paused_until, time.monotonic() + min(seconds, _LONGEST_PAUSE_S))

    def observe(self, state: RateState) -> None:
        """Take in what the vendor says of its limit: with nothing left, wait for the next window."""
        if state.remaining == 0 and state.reset_s:
            self.pause(state.reset_s)

    def earn(self) -> None:
        """A call went well: a part of a retry is earned."""
        self._retries = min(self._retries + _RETRIES_EARNED, _RETRIES_SAVED)

    def spend_retry(self) -> bool:
        """Take a retry out of the budget; False where none is left."""
        if self._retries < 1:
            return False
        self._retries -= 1
        return True
