"""Structured logs: one JSON object a line; an exception is its type and its place, never its values."""

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_DEEPEST = 6


def _place_of_exception(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Frames as `file:line`: an exception's text, and a frame's variables, can hold what nobody may read here."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event.update(_place(error))
    return event


def _place(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    return {
        "exc_type": type(error).__name__,
        "at": [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames],
    }


class _Foreign(logging.Formatter):
    """What a library logs: its text without the values that were to be put in, and an exception's place."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object."""
        error = record.exc_info[1] if record.exc_info else None
        told = {"event": str(record.msg), "logger": record.name, "level": record.levelname.lower()}
        return json.dumps({**told, **(_place(error) if error else {})})


def capture_libraries() -> None:
    """Let libraries' warnings come out as ours do: theirs would show exceptions whole."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Foreign())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def configure_logs(level: str = "info") -> None:
    """Log to standard error from a level on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _place_of_exception,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


configure_logs()
log: Any = structlog.get_logger()
