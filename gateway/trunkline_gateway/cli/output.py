"""How commands speak: tables for people, JSON for programs, exit codes that mean something."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Annotated, Any, NoReturn

import orjson
import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Tenant = Annotated[str, typer.Option("--tenant", envvar="TRUNKLINE_TENANT", help="The company whose stack it is.")]
DEFAULT_TENANT = "default"


class Exit(IntEnum):
    """What an exit code means."""

    OK = 0
    CALL_FAILED = 1
    USAGE = 2
    IN_DOUBT = 3
    CANNOT_START = 4


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """A table, or one line where there is nothing to show."""
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    if not rows:
        console.print(empty)
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text, not markup: what a vendor or a plugin wrote must not style a terminal.
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)


def show(title: str, rows: Sequence[dict[str, Any]], *, as_json: bool, empty: str) -> None:
    """Rows as JSON, or as a table whose columns are their keys."""
    if as_json:
        print_json(rows)
        return
    columns = list(rows[0]) if rows else []
    print_table(title, columns, [list(row.values()) for row in rows], empty=empty)


def say(text: str) -> None:
    """A line for people."""
    typer.echo(text, err=True)


def stop(message: str, exit_code: Exit, /, *, as_json: bool = False, **details: Any) -> NoReturn:
    """End the command with a message that says what to do."""
    if as_json:
        print_json({"error": {"message": message, **details}})
    else:
        typer.secho(message, fg=typer.colors.RED, err=True)
    raise typer.Exit(exit_code)


@contextlib.contextmanager
def working(what: str, *, quiet: bool = False) -> Iterator[None]:
    """Show that something is under way, on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status(what):
        yield


def read_pairs(pairs: Sequence[str]) -> dict[str, Any]:
    """`key=value` words into arguments: a value that is JSON is taken as JSON, any other as text."""
    arguments: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"'{pair}' is not key=value")
        arguments[name] = _value(value)
    return arguments


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
