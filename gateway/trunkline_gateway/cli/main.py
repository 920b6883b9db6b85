"""The commands, assembled."""

import typer

from trunkline_gateway.cli import calls, connections, keys, serve

app = typer.Typer(
    name="trunkline",
    help="One line into every system of record: a gateway between agents and customer systems.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("up")(serve.up)
app.command("demo")(serve.demo)
app.command("connect")(connections.connect)
app.add_typer(connections.app, name="connections")
app.command("plugins")(calls.plugins)
app.command("tools")(calls.tools)
app.command("call")(calls.call)
app.add_typer(keys.app, name="keys")
app.command("record")(calls.record)
app.command("replay")(calls.replay)


def main() -> None:
    """Run the command line."""
    app()
