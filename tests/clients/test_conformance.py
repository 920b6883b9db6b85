"""The MCP conformance suite against the gateway's own guard, session manager and server.

The suite cannot send a bearer header, so its caller is fixed, and it calls names that only a fixture has:
`support/conformance.py` says which. Its lists of required scenarios are frozen with the revisions.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from clients.running import Finished, run, running
from support.conformance import anyone, conformance_server
from support.gateway import TESTER
from support.judges import NODE, node_package, node_program, require_judge
from trunkline_gateway.app import Surfaces
from trunkline_gateway.gateway import Gateway
from trunkline_gateway.surfaces.mcp import McpSurface

pytestmark = [
    pytest.mark.slow,
    # The older revision asks for logging and sampling, which the SDK deprecates.
    pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning"),
]

NEEDS_A_SESSION = {
    "tools-call-sampling",
    "tools-call-elicitation",
    "elicitation-sep1034-defaults",
    "elicitation-sep1330-enums",
    "server-sse-multiple-streams",
}
"""Scenarios of 2025-11-25 in which a server asks its client something during a call, or gives it a session's id."""


def _surfaces(*, stateless: bool) -> Any:
    def build(gateway: Gateway) -> Surfaces:
        return Surfaces(gateway, conformance_server(McpSurface(gateway.calls)), stateless=stateless)

    return build


def _required(revision: str) -> set[str]:
    listed = node_package("@modelcontextprotocol/conformance") / "requirements" / f"{revision}.yaml"
    return set(yaml.safe_load(listed.read_text())["server"])


def _failed(results: Path, scenario: str) -> list[str]:
    """What the suite's own record says went wrong in a scenario, a warning and a skipped check among it.

    A scenario without a record or without a success failed too.
    """
    checks = [check for folder in results.iterdir() if _scenario(folder) == scenario for check in _checks(folder)]
    if not any(check["status"] == "SUCCESS" for check in checks):
        return ["nothing was checked"]
    bad = [check for check in checks if check["status"] not in {"SUCCESS", "INFO"}]
    return [f"{check['id']} {check['status']}: {check.get('errorMessage')}" for check in bad]


def _scenario(folder: Path) -> str:
    return re.sub(r"^server-|-\d{4}-\d{2}-\d{2}T.*$", "", folder.name)


def _checks(folder: Path) -> list[dict[str, Any]]:
    checks: list[dict[str, Any]] = json.loads((folder / "checks.json").read_text())
    return checks


async def _judge(folder: Path, revision: str, *, stateless: bool) -> tuple[Finished, Path]:
    require_judge(NODE)
    guard = {"authenticate": anyone(TESTER)}
    async with running(folder, surfaces=_surfaces(stateless=stateless), guard=guard) as gateway:
        results = folder / "results"
        suite = [*node_program("conformance"), "server", "--url", gateway.mcp, "--requirements", revision]
        return await run([*suite, "-o", str(results)]), results


@pytest.mark.parametrize(("revision", "count", "stateless"), [("2026-07-28", 37, True), ("2025-11-25", 30, False)])
async def test_every_scenario_that_the_revision_requires_passes(
    tmp_path: Path, revision: str, count: int, stateless: bool
) -> None:
    finished, results = await _judge(tmp_path, revision, stateless=stateless)
    required = _required(revision)
    failed = {scenario: faults for scenario in required if (faults := _failed(results, scenario))}
    print(f"{revision}: {len(required) - len(failed)} of {len(required)} required scenarios passed")
    assert not failed, f"{failed}\n{finished.told}"
    assert (finished.code, len(required)) == (0, count), finished.told


async def test_as_we_serve_it_the_older_revision_lacks_only_what_needs_a_session(tmp_path: Path) -> None:
    _, results = await _judge(tmp_path, "2025-11-25", stateless=True)
    required = _required("2025-11-25")
    failed = {scenario for scenario in required if _failed(results, scenario)}
    print(f"2025-11-25 without sessions: {len(required) - len(failed)} of {len(required)} required scenarios passed")
    assert failed == NEEDS_A_SESSION
