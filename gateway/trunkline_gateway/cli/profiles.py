"""`trunkline profiles`: which tools a client is given."""

from typing import Annotated

import typer

from trunkline_gateway.cli.output import DEFAULT_TENANT, AsJson, Tenant, print_json, say, show

app = typer.Typer(help="The sets of tools that clients are given.", invoke_without_command=True)


@app.callback()
def list_(context: typer.Context, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """List the profiles: those that come with the gateway, and the tenant's own."""
    if context.invoked_subcommand:
        return
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415 - only this command needs it

    found = with_gateway(lambda gateway: gateway.profiles.of(tenant), as_json=as_json, doing="Reading the profiles")
    rows = [{"name": name, "tools": len(tools), "names": ", ".join(tools)} for name, tools in found.items()]
    show(f"Profiles of {tenant}", rows, as_json=as_json, empty="No profiles.")


@app.command("save")
def save(
    name: Annotated[str, typer.Argument(help="What the profile is called, such as refunds.")],
    tools: Annotated[list[str], typer.Argument(help="The names of its tools.")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Define a profile of your own, or change it: clients that have it see the change within a second."""
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415

    with_gateway(lambda gateway: gateway.profiles.save(tenant, name, tools), as_json=as_json, doing="Saving it")
    if as_json:
        print_json({"profile": name, "tools": tools})
    else:
        say(f"Saved {name}: `trunkline keys create NAME --profile {name}` makes a client that has it.")


@app.command("remove")
def remove(name: str, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """Forget a profile of your own: clients that have it see no tools any more."""
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415

    with_gateway(lambda gateway: gateway.profiles.remove(tenant, name), as_json=as_json, doing="Removing it")
    if as_json:
        print_json({"removed": name})
    else:
        say(f"Removed {name}.")
