"""`trunkline keys`: the clients that may call."""

from typing import Annotated

import typer

from trunkline_gateway.cli.output import DEFAULT_TENANT, AsJson, Tenant, print_json, say, show

app = typer.Typer(help="The API keys of a tenant's clients.", no_args_is_help=True)

Profile = Annotated[str, typer.Option("--profile", help="One of `trunkline profiles`.")]


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the client is called, such as support-bot.")],
    profile: Profile = "support",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Make a client and print its key: it is shown this once."""
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415 - only this command needs it

    key = with_gateway(
        lambda gateway: gateway.clients.create(tenant, name, profile), as_json=as_json, doing="Making a key"
    )
    if as_json:
        print_json({"name": name, "profile": profile, "tenant": tenant, "key": key})
        return
    say("Keep this key: it is not shown again.")
    typer.echo(key)


@app.command("list")
def list_(tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """List the clients."""
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415
    from trunkline_gateway.clock import moment  # noqa: PLC0415

    found = with_gateway(lambda gateway: gateway.clients.list(tenant), as_json=as_json, doing="Reading the keys")
    rows = [
        {
            "key_id": client.key_id,
            "name": client.name,
            "profile": client.profile,
            "created_at": moment(client.created_at).isoformat(timespec="seconds"),
            "revoked": client.revoked_at is not None,
        }
        for client in found
    ]
    show(f"Keys of {tenant}", rows, as_json=as_json, empty="No keys yet: `trunkline keys create NAME` makes one.")


@app.command("revoke")
def revoke(key_id: str, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """End a key, on every node within a second."""
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415

    with_gateway(lambda gateway: gateway.clients.revoke(tenant, key_id), as_json=as_json, doing="Revoking the key")
    if as_json:
        print_json({"revoked": key_id})
    else:
        say(f"Revoked {key_id}.")
