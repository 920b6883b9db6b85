"""`trunkline plugins`, `tools`, `call`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from trunkline_gateway.cli.output import (
    DEFAULT_TENANT,
    AsJson,
    Exit,
    Tenant,
    print_json,
    print_table,
    read_pairs,
    say,
    stop,
)

if TYPE_CHECKING:
    from trunkline_gateway.calls.request import Answer
    from trunkline_gateway.gateway import Gateway
    from trunkline_gateway.plugins import Plugin

ToolName = Annotated[str, typer.Argument(help="A tool of `trunkline tools`.")]
Arguments = Annotated[list[str] | None, typer.Argument(help="key=value …; a value may be JSON.", metavar="KEY=VALUE")]


def plugins(as_json: AsJson = False) -> None:
    """List the plugins that are installed; a broken one is one line that says why."""
    from trunkline_gateway.plugins import load_plugins  # noqa: PLC0415 - only this command needs it

    found = load_plugins().found
    if as_json:
        print_json([_described(plugin) for plugin in found])
    else:
        columns = ("plugin", "vendor", "category", "tools", "api version", "state")
        print_table("Plugins", columns, [_row(plugin) for plugin in found], empty="No plugins are installed.")
    if any(plugin.failure for plugin in found):
        raise typer.Exit(Exit.CALL_FAILED)


def _described(plugin: "Plugin") -> dict[str, Any]:
    told: dict[str, Any] = {"plugin": plugin.name, "origin": plugin.origin}
    if plugin.manifest is None:
        return {**told, "failure": plugin.failure}
    sheet = [
        {
            "tool": item.contract.name,
            "support": item.support,
            "write_class": item.write_class,
            "note": item.note,
            "unverified": item.unverified,
        }
        for item in plugin.manifest.capabilities
    ]
    manifest = plugin.manifest
    facts = {"vendor": manifest.vendor, "title": manifest.title, "category": manifest.category.value}
    return {**told, **facts, "api_version": manifest.api_version, "capabilities": sheet, "notes": list(manifest.notes)}


def _row(plugin: "Plugin") -> list[object]:
    if plugin.manifest is None:
        return [plugin.name, "", "", "", "", plugin.failure]
    manifest = plugin.manifest
    count = len(manifest.capabilities)
    return [plugin.name, manifest.vendor, manifest.category.value, count, manifest.api_version, "ok"]


def tools(
    profile: Annotated[str, typer.Option(help="triage, support, retention or full.")] = "full",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """List the tools that the connected accounts can carry out."""
    from trunkline_gateway.access.clients import Caller  # noqa: PLC0415
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415

    caller = Caller(tenant, "cli", profile)
    found = with_gateway(lambda gateway: gateway.calls.tools(caller), as_json=as_json, doing="Reading the tools")
    listed = list(found.values())
    if as_json:
        print_json([{"name": tool.contract.name, "input_schema": tool.input_schema} for tool in listed])
        return
    rows = [[tool.contract.name, tool.contract.risk.value, tool.contract.summary] for tool in listed]
    print_table(
        f"Tools of {tenant}",
        ("tool", "risk", "what it does"),
        rows,
        empty="No tools yet: `trunkline connect VENDOR` brings some.",
    )


def call(
    tool: ToolName,
    arguments: Arguments = None,
    key: Annotated[str | None, typer.Option(help="An idempotency key: the same key is the same write.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Call a tool. Exit code 0: done; 1: a named error; 3: a write is in doubt and must not be repeated."""
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415

    values = read_pairs(arguments or [])
    answer = with_gateway(
        lambda gateway: _call(gateway, tenant, tool, values, key), as_json=as_json, doing=f"Calling {tool}"
    )
    tell(answer, as_json=as_json)


async def _call(gateway: "Gateway", tenant: str, tool: str, values: dict[str, Any], key: str | None) -> "Answer":
    import orjson  # noqa: PLC0415

    from trunkline_gateway.access.clients import Caller  # noqa: PLC0415
    from trunkline_gateway.calls.request import CallRequest  # noqa: PLC0415

    request = CallRequest(Caller(tenant, "cli", "full"), "cli", tool, orjson.dumps(values), key)
    return await gateway.calls.run(request)


def tell(answer: "Answer", *, as_json: bool) -> None:
    """Print a result, or end the command with the error's advice."""
    if answer.error is not None or answer.result is None:
        body = answer.error.body.model_dump(mode="json", exclude_defaults=True) if answer.error else {}
        for candidate in body.get("candidates", []) if not as_json else []:
            say(f"  {candidate['id']}  {candidate.get('label', '')}")
        stop(body.pop("message", "no answer"), Exit.CALL_FAILED, as_json=as_json, **body, call_id=answer.call_id)
    print_json(answer.result.data)
    if answer.outcome == "in_doubt":
        raise typer.Exit(Exit.IN_DOUBT)
