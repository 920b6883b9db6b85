"""`trunkline new-plugin`: for authors of plugins."""

from pathlib import Path
from typing import Annotated

import typer

from trunkline_gateway.cli.output import AsJson, Exit, print_json, say, stop

_HERE = Path()


def new_plugin(
    vendor: Annotated[str, typer.Argument(help="The vendor's name as commands will have it, such as acme.")],
    category: Annotated[str, typer.Option(help="crm, helpdesk, billing, loyalty or comms.")],
    title: Annotated[str | None, typer.Option(help="The vendor's name as people write it.")] = None,
    to: Annotated[Path, typer.Option(help="The folder in which the plugin's own is made.")] = _HERE,
    as_json: AsJson = False,
) -> None:
    """Write a new plugin: it installs, has one tool done whole, and its checks name what is missing."""
    from trunkline_gateway.scaffold.new_plugin import (  # noqa: PLC0415 - only this command needs it
        NewPlugin,
        NewPluginError,
        title_of,
        write_plugin,
    )

    try:
        written = write_plugin(NewPlugin(vendor, category, title or title_of(vendor)), to)
    except NewPluginError as error:
        stop(str(error), Exit.USAGE, as_json=as_json)
    if as_json:
        print_json({"vendor": vendor, "files": [str(path) for path in written]})
        return
    say(f"Wrote {len(written)} files to {to / vendor}. Next:")
    say(f"  cd {to / vendor} && python -m pip install -e . && trunkline plugins && python -m pytest")
