"""How one connection is doing: its breaker, its pauses, its budget for retries."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from purgatory.domain.model import Context, OpenedState

from trunkline_contracts.errors import RateLimitedError, VendorBugError, VendorUnavailableError
from trunkline_contracts.manifest import RateState
from trunkline_gateway.egress.wire import LostAnswerError, NotSentError

_FAILURES = 5
_OPEN_S = 30.0
_LONGEST_PAUSE_S = 300.0
_RETRIES_SAVED = 10.0
_RETRIES_AT_START = 3.0
_RETRIES_EARNED = 0.2
"""A retry for every five calls: a storm is not fed."""


class FailingError(Exception):
    """The vendor failed by its own account."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Health:
    """The state that all calls of one connection share."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._breaker = Context(name, _FAILURES, _OPEN_S)
        self._probing = False
        self._paused_until = 0.0
        self._retries = _RETRIES_AT_START

    @contextmanager
    def watched(self, *, is_write: bool) -> Iterator[None]:
        """Let a request through, or raise at once where the vendor is known to be down.

        A vendor that fails, cannot be reached or gives no whole answer counts as a failure. What came to no end, for
        the caller left or the fault is ours, is neither good nor bad news of it. After a pause one read goes first;
        until it is answered, the others are refused: a breaker that lets all of them through at once is a second
        outage.
        """
        is_probe = self._breaker.state != "closed"
        if is_probe and (self._probing or is_write):
            raise self._down()
        try:
            self._breaker.handle_new_request()
        except OpenedState:
            raise self._down() from None
        self._probing = self._probing or is_probe
        try:
            yield
        except (FailingError, LostAnswerError, NotSentError) as error:
            if not (isinstance(error, NotSentError) and error.advice):
                self._breaker.handle_exception(error)
            raise
        except VendorBugError:
            self._breaker.handle_end_request()
            raise
        else:
            self._breaker.handle_end_request()
        finally:
            self._breaker.messages.clear()
            if is_probe:
                self._probing = False

    def _down(self) -> VendorUnavailableError:
        return VendorUnavailableError(
            f"{self._name} fails again and again, so nothing was sent: try again later.", retry_after_s=_OPEN_S
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

    @property
    def has_retry(self) -> bool:
        """Whether the budget holds a retry."""
        return self._retries >= 1

    def spend_retry(self) -> bool:
        """Take a retry out of the budget; False where none is left."""
        if not self.has_retry:
            return False
        self._retries -= 1
        return True
