"""Time and ids, in one place."""

import time
from datetime import UTC, datetime, timedelta

from uuid_utils import uuid7

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def moment(microseconds: int) -> datetime:
    """The aware time that microseconds since 1970 stand for."""
    return _EPOCH + timedelta(microseconds=microseconds)


def new_id(prefix: str) -> str:
    """A new id, ordered by time: `op_0192…`."""
    return f"{prefix}_{uuid7().hex}"
