"""Distributions that are installed beside the environment, in a folder of their own, which stays as it was."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
_HOW = ("--python", sys.executable, "--offline", "--no-deps", "--no-build-isolation", "--quiet")


@dataclass(frozen=True)
class Beside:
    """A folder of installed distributions, and a way to run programs that see them."""

    site: Path

    def install(self, *sources: Path) -> None:
        """Build and install them, as a stranger's plugin is."""
        built = self.run(BIN / "uv", "pip", "install", *_HOW, "--target", self.site, *sources)
        assert built.returncode == 0, built.stderr

    def run(self, *command: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, (str(self.site), os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200"}
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
