"""The folders that `make quick` tests: what every change may break, and the plugins that this one touches.

A change that touches no plugin meets one connector all the same, by the conformance kit.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ALWAYS = ("tests/contracts", "tests/gateway", "tests/meta")
_ANY_CASE = "tests/plugins/voucherify/test_conformance.py"
_OF_A_PLUGIN = re.compile(r"(?:tests/plugins|plugins|cassettes)/(\w+)/")


def changed() -> list[str]:
    """The files that differ from the last commit, and those that git does not know yet."""
    listed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [line[3:] for line in listed.stdout.splitlines()]


def folders(files: list[str]) -> list[str]:
    """The folders to test for a change of these files."""
    touched = {match[1] for file in files if (match := _OF_A_PLUGIN.match(file))}
    tested = [f"tests/plugins/{vendor}" for vendor in sorted(touched) if (ROOT / "tests/plugins" / vendor).is_dir()]
    return [*_ALWAYS, *(tested or [_ANY_CASE])]


if __name__ == "__main__":
    print(" ".join(folders(changed())))
