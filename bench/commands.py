"""How long commands take on the clock: `trunkline plugins` and the demo."""

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench.processes import PYTHON, ROOT, environment
from bench.results import Goal, Section, Table

_TRUNKLINE = str(Path(PYTHON).with_name("trunkline"))
_PLUGINS_S, _DEMO_S = 0.6, 60.0
_PATIENCE_S = 120


def measure(times: int) -> Section:
    """Both commands."""
    section = Section("commands")
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as home:
        plugins = [_seconds(home, "plugins") for _ in range(times + 1)][1:]
        section.data["plugins_s"] = plugins
        section.goals.append(Goal("trunkline plugins, median", statistics.median(plugins), _PLUGINS_S, unit="s"))
        rows: list[tuple[object, ...]] = [
            ("trunkline plugins", f"{min(plugins):.2f}", f"{statistics.median(plugins):.2f}")
        ]
        try:
            demo = _seconds(home, "demo", "--once", "--port", "0")
            section.data["demo_s"] = demo
            section.goals.append(Goal("trunkline demo --once", demo, _DEMO_S, unit="s"))
            rows.append(("trunkline demo --once", f"{demo:.2f}", f"{demo:.2f}"))
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            section.notes.append(f"trunkline demo --once: not measured: {error}")
    section.tables.append(Table("Commands on the clock, in seconds", ("command", "min", "median"), rows))
    return section


def _seconds(home: str, *command: str) -> float:
    started = time.perf_counter()
    env = environment(TRUNKLINE_HOME=home)
    subprocess.run([_TRUNKLINE, *command], cwd=ROOT, env=env, capture_output=True, timeout=_PATIENCE_S, check=True)
    return time.perf_counter() - started
