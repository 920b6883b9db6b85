"""Structured logs: one JSON object a line; an exception is its type and its place, never its values."""

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
        frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
        event["exc_type"] = type(error).__name__
        event["at"] = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
    return event


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
