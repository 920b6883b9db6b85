"""Where the judges' material lies: vendors' specs and recorded traffic, beside the repository, never in it."""

import os
import sys
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2].parent / "shared"
SPECS = SHARED / "specs"
RECORDINGS = SHARED / "recordings"


def require(folder: Path) -> None:
    """Skip loudly where a judge's material is absent; in CI that is a failure."""
    if folder.is_dir():
        return
    message = f"NOT JUDGED: {folder.name}/ is not beside the repository"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def exchange_reader() -> None:
    """Make the shared reader of recordings importable as `exchanges`."""
    tools = str(SHARED / "tools")
    if tools not in sys.path:
        sys.path.append(tools)
