"""What each vendor's calls say otherwise than the kit's common scenarios."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def otherwise(vendor: str) -> dict[str, dict[str, Any]]:
    """`OTHERWISE` of tests/plugins/VENDOR/otherwise.py, by tool; empty where there is no such file."""
    if find_spec(f"plugins.{vendor}.otherwise") is None:
        return {}
    found: dict[str, dict[str, Any]] = import_module(f"plugins.{vendor}.otherwise").OTHERWISE
    return found
