"""Where and when the figures were taken."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.processes import ROOT, is_pinnable

_PACKAGES = ("trunkline", "mcp", "uvicorn", "aiohttp", "starlette", "pydantic")


def facts() -> dict[str, object]:
    """The machine, the versions and the moment."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": _commit(),
        "load_before": os.getloadavg()[0],
        "pinned": is_pinnable(),
    }


def _cpu() -> str:
    names = [
        line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """The commit, with a + where the work tree differs from it."""
    run = subprocess.run
    commit = run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    changed = run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return commit.strip() + ("+" if changed else "")
