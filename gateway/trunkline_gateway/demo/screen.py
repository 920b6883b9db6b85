"""What the demo shows: a line for each call as it happens, a table at the end, and how to connect to it."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trunkline_contracts.manifest import Manifest
from trunkline_gateway.demo.agent import Step
from trunkline_gateway.plugins import Plugin

_ENOUGH_COLUMNS = 100


class Screen:
    """The terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Console(quiet=quiet)
        if not self._console.is_terminal:
            self._console.width = max(self._console.width, _ENOUGH_COLUMNS)

    def opening(self) -> None:
        """Say what this is."""
        self._console.print("[bold]Trunkline demo[/]: one gateway, five vendors, one agent.")
        self._console.print("The vendors are sandboxes on this machine: imitations, no accounts, nothing leaves it.\n")

    def connected(self, manifest: Manifest) -> None:
        """A vendor is connected."""
        tools = len(manifest.capabilities)
        self._console.print(f"  connected [bold]{manifest.title}[/] ({manifest.category.value}, {tools} tools)")

    def failed(self, plugin: Plugin) -> None:
        """A plugin could not be loaded."""
        self._console.print(f"  [red]plugin {escape(plugin.name)} failed: {escape(plugin.failure or '')}[/]")

    def journey(self, name: str, about: str) -> None:
        """A journey begins."""
        self._console.print(f"\n[bold]{name}[/]\n[dim]{about}[/]")

    def step(self, step: Step) -> None:
        """A call is over."""
        mark = "[green]✓[/]" if step.passed else "[red]✗[/]"
        noun = "request" if step.vendor_requests == 1 else "requests"
        cost = f"{step.vendor_requests} vendor {noun}, {step.duration_ms:.0f} ms"
        self._console.print(f"  {mark} [cyan]{step.tool:<20}[/] {escape(step.told)}  [dim]{cost}[/]", soft_wrap=True)

    def closing(self, steps: Sequence[Step], url: str, key: str, *, complete: bool, stays: bool) -> None:
        """The table of all calls, and the two lines that connect another client."""
        table = Table("journey", "calls", "vendor requests", "time", "result", title="\nWhat happened")
        for name in dict.fromkeys(step.journey for step in steps):
            own = [step for step in steps if step.journey == name]
            good = all(step.passed for step in own)
            total = f"{sum(step.duration_ms for step in own):.0f} ms"
            requests = sum(step.vendor_requests for step in own)
            table.add_row(name, str(len(own)), str(requests), total, "[green]done[/]" if good else "[red]failed[/]")
        self._console.print(table)
        if not complete:
            self._console.print("[red]A step did not give what it should.[/]")
        if stays:
            self._console.print("\nThe gateway is still running. Connect your own MCP client to it:")
            self._console.print(f"  URL             {url}/mcp", soft_wrap=True)
            self._console.print(f"  Authorization   Bearer {key}", soft_wrap=True)
            self._console.print("[dim]Ctrl-C ends it.[/]")
