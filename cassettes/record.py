"""Records the cassettes of all plugins at their sandboxes: one call of every tool, scrubbed as a live one is.

Each says `source: sandbox` in its first lines: an imitation answered, not a vendor. `trunkline record` with an account
replaces one by a live one. Names of fields that were replaced although they look harmless are printed: an author who
agrees puts them into the plugin's `cassette_fields`.

    python cassettes/record.py            # all vendors; VENDOR … for some
"""

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from plugins.scenarios import otherwise  # noqa: E402 - the tests' folder is put on the path above
from trunkline_contracts.manifest import Manifest  # noqa: E402
from trunkline_contracts.testing.scenarios import Scenarios  # noqa: E402
from trunkline_contracts.tools import CONTRACTS  # noqa: E402
from trunkline_gateway.cassettes.record import Recording  # noqa: E402
from trunkline_gateway.plugins import load_plugins  # noqa: E402
from trunkline_gateway.testing.bench import open_bench  # noqa: E402


async def record(manifest: Manifest, tool: str) -> set[str]:
    """Write the cassette of one call; the names of fields that look harmless and were replaced."""
    async with open_bench(manifest) as bench:
        arguments = await Scenarios(bench, otherwise(manifest.vendor)).prepared(tool)
        recording = Recording(bench.connection, "sandbox", default=tool)
        line = await bench.performer.line(bench.connection)
        line.wire = recording.over(bench.wire)
        await bench.call(CONTRACTS[tool], key="cassette-key-00000000", **arguments)
        recording.write(ROOT / "cassettes" / manifest.vendor, tool, arguments)
        return recording.scrubber.suspects


async def main(vendors: list[str]) -> None:
    """Record some vendors, or all."""
    manifests = load_plugins().manifests
    for vendor in vendors or sorted(manifests):
        found = [await record(manifests[vendor], sheet.contract.name) for sheet in manifests[vendor].capabilities]
        sys.stdout.write(f"{vendor}: {len(found)} cassettes; replaced, though harmless by the look of it: ")
        sys.stdout.write(f"{', '.join(sorted(set().union(*found))) or 'nothing'}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
