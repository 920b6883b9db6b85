"""Records the cassettes of all plugins at their sandboxes: one call of every tool, scrubbed as a live one is.

Each says `source: sandbox` in its first lines: an imitation answered, not a vendor. `trunkline record` with an account
replaces one by a live one.

    python cassettes/record.py            # all vendors; VENDOR … for some
"""

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from plugins.scenarios import PHONE, arguments_of, perform  # noqa: E402 - the tests' folder is put on the path above
from support.bench import at_sandbox  # noqa: E402
from trunkline_contracts.manifest import Manifest  # noqa: E402
from trunkline_contracts.tools import CONTRACTS  # noqa: E402
from trunkline_gateway.egress.cassettes import RecordingWire  # noqa: E402
from trunkline_gateway.plugins import load_plugins  # noqa: E402


async def record(manifest: Manifest, tool: str) -> None:
    """Write the cassette of one call."""
    async with at_sandbox(manifest, judged=False) as bench:
        if tool == "resume_subscription":
            await perform(bench, "pause_subscription")
        by_number = manifest.vendor == "twilio" and tool == "find_customers"
        arguments = {"phone": PHONE} if by_number else await arguments_of(bench, tool)
        line = await bench.performer.line(bench.connection)
        line.wire = recorder = RecordingWire(bench.wire)
        bench.key = "cassette-key-00000000"
        await bench.call(CONTRACTS[tool], **arguments)
        place = ROOT / "cassettes" / manifest.vendor / f"{tool}.yaml"
        recorder.write(place, bench.connection, tool, arguments, source="sandbox")


async def main(vendors: list[str]) -> None:
    """Record some vendors, or all."""
    manifests = load_plugins().manifests
    for vendor in vendors or sorted(manifests):
        for sheet in manifests[vendor].capabilities:
            await record(manifests[vendor], sheet.contract.name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
