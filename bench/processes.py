"""Processes on a core of their own, and what they cost by the kernel's own account, so on Linux only."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
SERVER_CPU, LOAD_CPU = 0, 1
"""The server under test has one core for itself; the vendor's stub and the load share the other."""
_TICKS = os.sysconf("SC_CLK_TCK")
_END_S = 5.0

Command = list[str]


def is_pinnable() -> bool:
    """Whether this machine has the two cores."""
    return {SERVER_CPU, LOAD_CPU} <= os.sched_getaffinity(0)


@contextmanager
def on_cpu(cpu: int) -> Iterator[None]:
    """Stay on one core; what is started here stays there too."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu} if is_pinnable() else before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def environment(**more: str) -> dict[str, str]:
    """The environment of our own processes: without settings of whoever runs this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    return {**kept, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", **more}


@contextmanager
def started(
    command: Command, *, cpu: int, env: Mapping[str, str] | None = None, log: Path | None = None, cwd: Path = ROOT
) -> Iterator["subprocess.Popen[str]"]:
    """A process that ends with this context; its pipes are open, its errors go to the log or to ours."""
    errors: IO[str] | None = log.open("w") if log else None
    with on_cpu(cpu):
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env or environment(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=errors or subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield process
    finally:
        _end(process)
        if errors:
            errors.close()


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        for pid in family(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        process.wait(_END_S)
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def await_port(process: "subprocess.Popen[str]", port: int, seconds: float = 20.0) -> None:
    """Wait until a process listens; raises RuntimeError where it ended or never does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen on {port}")


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            children.extend(int(child) for child in path.read_text().split())
    return [pid, *(each for child in children for each in family(child))]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, of its descendants, and of those that it has buried."""
    return sum(_own_seconds(member) + _buried_seconds(member) for member in family(pid))


def _own_seconds(pid: int) -> float:
    # The kernel's clock of another process, clock_getcpuclockid(3): what /proc/PID/stat rounds to 10 ms.
    with suppress(OSError):
        return time.clock_gettime((~pid << 3) | 2)
    return 0.0


def _buried_seconds(pid: int) -> float:
    with suppress(OSError):
        # The name in parentheses may hold blanks; the times are fields 16 and 17 of proc(5).
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(int(field) for field in fields[13:15]) / _TICKS
    return 0.0


def answer_of(module: str, *arguments: str, cpu: int = SERVER_CPU) -> dict[str, object]:
    """Run a module of ours to its end; what it prints is one JSON object."""
    with on_cpu(cpu):
        done = subprocess.run(
            [PYTHON, "-m", module, *arguments],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
