"""`trunkline record`, `replay`, `import-cassette`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from trunkline_gateway.cli.calls import Arguments, tell
from trunkline_gateway.cli.output import DEFAULT_TENANT, AsJson, Tenant, read_pairs

Connection = Annotated[str, typer.Option("--connection", help="A connection of `trunkline connections`.")]
Tool = Annotated[str | None, typer.Argument(help="A tool to call once; without one, clients are served.")]
Host = Annotated[str | None, typer.Option(help="The address to listen on.")]
Port = Annotated[int | None, typer.Option(help="The port to listen on.")]
Unplayed = Annotated[bool, typer.Option("--allow-unplayed", help="Exit with 0 though not all was played.")]


def record(
    connection: Connection,
    to: Annotated[Path, typer.Option("--to", help="The folder to write; each tape is a file.")],
    tool: Tool = None,
    arguments: Arguments = None,
    host: Host = None,
    port: Port = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Keep what one connection exchanges as cassettes, without people and secrets: of one call, or until Ctrl-C."""
    from trunkline_gateway.cli import recording  # noqa: PLC0415 - only this command needs it

    if tool is None:
        recording.record_clients(connection, to, tenant, host=host, port=port, as_json=as_json)
    else:
        answer = recording.record_call(connection, to, tool, read_pairs(arguments or []), tenant, as_json=as_json)
        tell(answer, as_json=as_json)


def replay(
    cassettes: Annotated[Path, typer.Argument(help="A cassette, or a folder of them.")],
    tool: Tool = None,
    arguments: Arguments = None,
    host: Host = None,
    port: Port = None,
    allow_unplayed: Unplayed = False,
    as_json: AsJson = False,
) -> None:
    """Answer from cassettes, one call or until Ctrl-C: no account, no network, and no loose matching."""
    from trunkline_gateway.cli import recording  # noqa: PLC0415

    if tool is None:
        recording.replay_clients(cassettes, host=host, port=port, allow_unplayed=allow_unplayed)
    else:
        tell(recording.replay_call(cassettes, tool, read_pairs(arguments or []), as_json=as_json), as_json=as_json)


def import_cassette(
    file: Annotated[Path, typer.Argument(help="A cassette that vcrpy wrote, as YAML or JSON.")],
    vendor: Annotated[str, typer.Option("--vendor", help="A vendor of `trunkline plugins`.")],
    connection: Annotated[str, typer.Option("--connection", help="The name that its account gets.")],
    source: Annotated[Literal["live", "vendor-example"], typer.Option("--source", help="Who answered.")],
    to: Annotated[Path, typer.Option("--to", help="The cassette to write.")],
    given: Annotated[list[str] | None, typer.Option("--set", help="A setting of the account, key=value.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take over what vcrpy recorded elsewhere: the vendor's exchanges, scrubbed and scanned, under our header."""
    from trunkline_gateway.cli.recording import imported  # noqa: PLC0415

    imported(file, vendor, connection, read_pairs(given or []), source, to, as_json=as_json)
