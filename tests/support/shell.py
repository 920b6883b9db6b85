"""The command line as a user runs it, in a home of its own."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

TRUNKLINE = str(Path(sys.executable).with_name("trunkline"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sandbox_at_a_socket(app: Any) -> Iterator[str]:
    """A vendor's sandbox on a real socket."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


class Shell:
    """Runs commands in a home of their own."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")},
            "TRUNKLINE_HOME": str(home),
            "TRUNKLINE_ALLOW_LOOPBACK": "true",
        }

    def run(self, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TRUNKLINE, *words], env=self.environment, input=text, capture_output=True, text=True, check=False
        )

    def json(self, *words: str, code: int = 0) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)


def first_answer(url: str, key: str) -> httpx2.Response:
    for _ in range(100):
        try:
            return httpx2.get(url, headers={"Authorization": f"Bearer {key}"})
        except httpx2.ConnectError:
            time.sleep(0.1)
    raise AssertionError("the gateway did not start")
