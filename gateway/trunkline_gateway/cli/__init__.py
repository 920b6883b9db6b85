"""The command line: `trunkline …`. What a command needs is imported when it runs, so that every command starts fast."""

from trunkline_gateway.cli.main import main

__all__ = ["main"]
