"""`trunkline up` and `trunkline demo`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from trunkline_gateway.cli.output import AsJson, Exit, stop


def up(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.")] = None,
    stdio: Annotated[bool, typer.Option("--stdio", help="Speak MCP on standard input and output instead.")] = False,
    replay: Annotated[Path | None, typer.Option(help="Serve vendors from the cassettes of this folder.")] = None,
    allow_unplayed: Annotated[
        bool, typer.Option("--allow-unplayed", help="After a replay: exit with 0 anyway.")
    ] = False,
) -> None:
    """Serve MCP at /mcp and REST at /v1 until it is stopped."""
    from trunkline_gateway.cli.session import load_settings  # noqa: PLC0415 - only this command needs it

    settings = load_settings(host=host, port=port, replay=replay)
    if stdio:
        from trunkline_gateway.surfaces.stdio import serve_stdio  # noqa: PLC0415

        serve_stdio(settings)
        return
    if settings.replay:
        from trunkline_gateway.cli.recording import serve_replayed  # noqa: PLC0415 - vcrpy is slow to import

        serve_replayed(settings, allow_unplayed=allow_unplayed)
        return
    from trunkline_gateway.cli.serving import serve_clients  # noqa: PLC0415

    serve_clients(settings)


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the journeys.")] = False,
    port: Annotated[int, typer.Option(help="The gateway's port; 0 takes a free one.")] = 7210,
    as_json: AsJson = False,
) -> None:
    """Watch an agent save, refund and hand over customers across five vendors: sandboxes, no account anywhere."""
    from trunkline_gateway.demo.play import play  # noqa: PLC0415

    stays = not once and not as_json and sys.stdout.isatty()
    if not play(port=port, stays=stays, as_json=as_json):
        stop("A step did not give what it should.", Exit.CALL_FAILED)
