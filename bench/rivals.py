"""The peers that the gateway is compared with, each in an environment of its own under .judges: their pins conflict."""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from bench.processes import LOAD_CPU, PYTHON, ROOT, SERVER_CPU, await_port, free_port, started

_REQUIREMENTS = ROOT / "bench/requirements"
_SERVERS = ROOT / "bench/servers"
_START_S = 90.0


@dataclass(frozen=True)
class Rival:
    """One peer: its environment, and the Python versions that it runs on, the preferred one first."""

    name: str
    pythons: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Its environment."""
        return ROOT / ".judges" / f"bench-{self.name}"

    def program(self, name: str) -> str:
        """A program of the environment."""
        return str(self.folder / "bin" / name)

    def is_ready(self) -> bool:
        """Whether the environment is there and made from the present pins."""
        made_from = self.folder / ".made-from"
        return made_from.is_file() and made_from.read_text() == self._digest()

    def _digest(self) -> str:
        return hashlib.sha256(self._pins().read_bytes()).hexdigest()

    def _pins(self) -> Path:
        return _REQUIREMENTS / f"{self.name}.txt"

    def make(self) -> None:
        """Make the environment; raises RuntimeError or CalledProcessError where it cannot be made."""
        shutil.rmtree(self.folder, ignore_errors=True)
        uv = str(Path(PYTHON).with_name("uv"))
        settings = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(self.folder)}
        for command in (
            [uv, "venv", "--quiet", "--python", self._python(), str(self.folder)],
            [uv, "pip", "install", "--quiet", "--require-hashes", "-r", str(self._pins())],
        ):
            subprocess.run(command, env=settings, check=True)
        (self.folder / ".made-from").write_text(self._digest())

    def _python(self) -> str:
        if not self.pythons:
            return PYTHON
        found = [path for version in self.pythons for path in _interpreters(version)]
        if not found:
            raise RuntimeError(f"{self.name} needs Python {' or '.join(self.pythons)}, which is not here")
        return found[0]


def _interpreters(version: str) -> Iterator[str]:
    """Interpreters of a version that really run; a shim of pyenv may not."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    for folder in [*folders, *sorted(Path.home().glob(f".pyenv/versions/{version}*/bin"))]:
        path = folder / f"python{version}"
        if path.is_file() and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            yield str(path)


FASTMCP = Rival("fastmcp")
CONTEXTFORGE = Rival("contextforge", pythons=("3.13", "3.12"))
LITELLM = Rival("litellm")
RIVALS = (FASTMCP, CONTEXTFORGE, LITELLM)


def set_up() -> None:
    """Make the environments that are missing; one that cannot be made is said so."""
    for rival in RIVALS:
        if rival.is_ready():
            continue
        print(f"making {rival.folder} …", file=sys.stderr, flush=True)
        try:
            rival.make()
        except (subprocess.CalledProcessError, RuntimeError, OSError) as error:
            print(f"{rival.name} CANNOT BE MADE: {error}", file=sys.stderr)


@dataclass(frozen=True)
class Serving:
    """A peer that runs: its process, its port, and how its tool is called."""

    pid: int
    port: int
    path: str
    tool: str
    token: str | None = None


@contextmanager
def fastmcp(stub: str, _: Path) -> Iterator[Serving]:
    """The tool on FastMCP."""
    port = free_port()
    command = [FASTMCP.program("python"), str(_SERVERS / "fastmcp_tool.py"), str(port), stub]
    with started(command, cpu=SERVER_CPU) as process:
        await_port(process, port)
        yield Serving(process.pid, port, "/mcp", "list_points_transactions")


@contextmanager
def contextforge(stub: str, folder: Path) -> Iterator[Serving]:
    """ContextForge as documented for a laptop, SQLite and one worker, its limiter off; the tool is a REST call."""
    port, key, password = free_port(), secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    env = {**os.environ, **_contextforge_settings(folder, key, password)}
    command = [CONTEXTFORGE.program("mcpgateway"), "--host", "127.0.0.1", "--port", str(port)]
    with started(command, cpu=SERVER_CPU, env=env, log=folder / "contextforge.log", cwd=folder) as process:
        _await_answer(process, f"http://127.0.0.1:{port}/health")
        token = _contextforge_token(key, env, folder)
        yield Serving(process.pid, port, _contextforge_server(port, token, stub), "list-points-transactions", token)


def _contextforge_settings(folder: Path, key: str, password: str) -> dict[str, str]:
    on = ("MCPGATEWAY_ADMIN_API_ENABLED", "SSRF_ALLOW_LOCALHOST", "SSRF_ALLOW_PRIVATE_NETWORKS")
    off = ("REQUIRE_USER_IN_DB", "PASSWORD_CHANGE_ENFORCEMENT_ENABLED", "RATE_LIMITING_ENABLED")
    passwords = ("PLATFORM_ADMIN_PASSWORD", "BASIC_AUTH_PASSWORD", "DEFAULT_USER_PASSWORD")
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'contextforge.db'}",
        "CACHE_TYPE": "memory",
        "JWT_SECRET_KEY": key,
        "AUTH_ENCRYPTION_SECRET": secrets.token_urlsafe(32),
        **dict.fromkeys(on, "true"),
        **dict.fromkeys(off, "false"),
        **dict.fromkeys(passwords, f"Aa1-{password}"),
    }


def _contextforge_token(key: str, env: dict[str, str], folder: Path) -> str:
    module = ["-m", "mcpgateway.utils.create_jwt_token", "--username", "admin@example.com", "--admin"]
    command = [CONTEXTFORGE.program("python"), *module, "--exp", "1000", "--secret", key]
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def _contextforge_server(port: int, token: str, stub: str) -> str:
    """Register the tool and a server that has it; gives the server's path."""
    schema = {"type": "object", "properties": {"limit": {"type": "integer"}}}
    url = f"{stub}/v1/loyalties/members/COFFEE-0001/transactions"
    tool = {"name": "list_points_transactions", "url": url, "integration_type": "REST", "request_type": "GET"}
    base = f"http://127.0.0.1:{port}"
    made = _post(f"{base}/tools", token, {"tool": {**tool, "input_schema": schema}})
    server = _post(f"{base}/servers", token, {"server": {"name": "bench", "associated_tools": [made["id"]]}})
    return f"/servers/{server['id']}/mcp"


def _post(url: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, orjson.dumps(body), headers)  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
        answer: dict[str, Any] = orjson.loads(reply.read())
        return answer


@contextmanager
def litellm(stub: str, folder: Path) -> Iterator[Serving]:
    """LiteLLM's MCP gateway without a database, in front of the bare tool, which runs on the load's core."""
    upstream, port, key = free_port(), free_port(), f"sk-{secrets.token_hex(16)}"
    config = folder / "litellm.yaml"
    config.write_text(
        f"general_settings: {{master_key: {key}}}\n"
        f"mcp_servers: {{up: {{url: 'http://127.0.0.1:{upstream}/mcp', transport: http}}}}\n"
    )
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    bare = [PYTHON, str(_SERVERS / "mcp_tool.py"), str(upstream), stub]
    command = [LITELLM.program("litellm"), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    log = folder / "litellm.log"
    with started(bare, cpu=LOAD_CPU), started(command, cpu=SERVER_CPU, env=env, log=log, cwd=folder) as process:
        _await_answer(process, f"http://127.0.0.1:{port}/health/liveliness")
        yield Serving(process.pid, port, "/mcp/", "up-list_points_transactions", key)


def _await_answer(process: "subprocess.Popen[str]", url: str) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own loopback address
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"{process.args!r} does not answer")
