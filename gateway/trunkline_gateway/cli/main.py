"""The commands, assembled."""

import typer

from trunkline_gateway.cli import authoring, calls, cassettes, connections, keys, profiles, serve

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
app.add_typer(profiles.app, name="profiles")
app.command("record")(cassettes.record)
app.command("replay")(cassettes.replay)
app.command("import-cassette")(cassettes.import_cassette)
app.command("new-plugin")(authoring.new_plugin)


def main() -> None:
    """Run the command line."""
    app()
