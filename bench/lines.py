"""How long the plugins are: lines of each, without its sandbox and its tables, and per tool.

python bench/lines.py
"""

import sys
from pathlib import Path

from trunkline_gateway.plugins import load_plugins

ROOT = Path(__file__).parents[1]
_TABLES = {"vendor", "wire", "words", "sheet", "terms", "shop"}


def is_counted(file: Path) -> bool:
    """Whether a module is code of the plugin: its sandbox, its tables and its models of the wire are not."""
    name = file.stem
    return not name.startswith(("sandbox", "vendor_")) and name not in _TABLES


def main() -> None:
    """Print a line a vendor."""
    print("vendor        lines  modules  tools  lines a tool   all lines with sandbox and tables")
    for vendor, manifest in sorted(load_plugins().manifests.items()):
        files = sorted((ROOT / "plugins" / vendor / f"trunkline_{vendor}").glob("*.py"))
        sizes = {file: len(file.read_text("utf-8").splitlines()) for file in files}
        counted = {file: size for file, size in sizes.items() if is_counted(file)}
        lines, tools = sum(counted.values()), len(manifest.capabilities)
        print(f"{vendor:12} {lines:6} {len(counted):8} {tools:6} {lines / tools:13.0f} {sum(sizes.values()):12}")


if __name__ == "__main__":
    sys.exit(main())
