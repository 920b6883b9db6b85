"""`trunkline connect` and `trunkline connections`: the accounts at vendors."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trunkline_gateway.cli.output import (
    DEFAULT_TENANT,
    AsJson,
    Exit,
    Tenant,
    print_json,
    read_pairs,
    say,
    show,
    stop,
)

if TYPE_CHECKING:
    from trunkline_contracts.fields import CustomField
    from trunkline_contracts.manifest import Manifest
    from trunkline_contracts.record import Record
    from trunkline_gateway.gateway import Gateway

app = typer.Typer(help="The accounts that are connected.", invoke_without_command=True)

_PROBE_S = 20.0


def connect(
    vendor: Annotated[str, typer.Argument(help="A vendor of `trunkline plugins`.")],
    name: Annotated[str | None, typer.Option(help="What to call the connection; default: the vendor's name.")] = None,
    auth: Annotated[str | None, typer.Option(help="Which kind of credential, where a vendor takes several.")] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", help="A setting or credential as key=value; what is missing is asked.")
    ] = None,
    loopback: Annotated[str | None, typer.Option(help="A sandbox on this machine instead of the vendor.")] = None,
    test: Annotated[bool, typer.Option(help="Test with one harmless read before saving.")] = True,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Connect an account: asks for what is needed, tests it with one harmless read, then keeps it sealed."""
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415 - only this command needs it
    from trunkline_gateway.plugins import load_plugins  # noqa: PLC0415

    manifest = load_plugins().manifests.get(vendor)
    if manifest is None:
        stop(f"No plugin for '{vendor}': `trunkline plugins` lists them.", Exit.USAGE, as_json=as_json)
    kind = auth or next(iter(manifest.auth))
    if kind not in manifest.auth:
        stop(f"{vendor} takes: {', '.join(manifest.auth)}", Exit.USAGE, as_json=as_json)
    values = read_pairs(given or [])
    settings = dict(_ask(manifest.settings, values, secret=False))
    credentials = dict(_ask(manifest.auth[kind].credentials, values, secret=True))
    if unknown := values.keys() - manifest.settings.model_fields.keys() - credentials.keys():
        stop(f"{vendor} has no setting {', '.join(sorted(unknown))}", Exit.USAGE, as_json=as_json)

    async def work(gateway: "Gateway") -> None:
        built = gateway.connections.build(
            tenant, name or vendor, vendor, settings, credentials, auth=kind, loopback=loopback
        )
        if test:
            await gateway.performer.probe(built, _PROBE_S)
            built = await gateway.discovery.describe(built)
        await gateway.connections.save(built)

    with_gateway(work, as_json=as_json, doing=f"Asking {manifest.title}")
    _told(manifest, name or vendor, tested=test, as_json=as_json)


def _ask(model: "type[Record]", values: Mapping[str, Any], *, secret: bool) -> Iterator[tuple[str, Any]]:
    for field, info in model.model_fields.items():
        if field in values:
            yield field, str(values[field]) if secret else values[field]
        elif info.is_required():
            yield field, typer.prompt(field.replace("_", " "), hide_input=secret, err=True)


def _told(manifest: "Manifest", name: str, *, tested: bool, as_json: bool) -> None:
    if as_json:
        print_json({"connected": name, "vendor": manifest.vendor, "tested": tested})
        return
    say(f"Connected {manifest.title} as {name}{'' if tested else ' (not tested)'}.")
    for note in manifest.notes:
        say(f"  {note}")


@app.callback()
def list_(context: typer.Context, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """List the connected accounts."""
    if context.invoked_subcommand:
        return
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415

    found = with_gateway(lambda gateway: gateway.connections.of(tenant), as_json=as_json, doing="Reading connections")
    rows = [
        {
            "name": item.name,
            "vendor": item.manifest.vendor,
            "category": item.manifest.category.value,
            "auth": item.auth,
            "loopback": item.loopback,
        }
        for item in found.values()
    ]
    empty = "Nothing is connected yet: `trunkline connect VENDOR` does it."
    show(f"Connections of {tenant}", rows, as_json=as_json, empty=empty)


@app.command("refresh")
def refresh(name: str, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """Find out again which custom fields an account has, and list them."""
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415

    async def work(gateway: "Gateway") -> "tuple[CustomField, ...]":
        connection = (await gateway.connections.of(tenant)).get(name)
        if connection is None:
            stop(f"No connection '{name}': `trunkline connections` lists them.", Exit.USAGE, as_json=as_json)
        return (await gateway.discovery.refresh(connection)).fields

    fields = with_gateway(work, as_json=as_json, doing=f"Asking {name}")
    rows = [
        {"record": item.kind, "name": item.name, "type": item.type, "writable": item.writable, "label": item.label}
        for item in fields
    ]
    show(f"Custom fields of {name}", rows, as_json=as_json, empty=f"{name} has no custom fields that can be found out.")


@app.command("remove")
def remove(name: str, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """Forget an account and its credential."""
    from trunkline_gateway.cli.session import with_gateway  # noqa: PLC0415

    with_gateway(lambda gateway: gateway.connections.remove(tenant, name), as_json=as_json, doing="Removing it")
    if as_json:
        print_json({"removed": name})
    else:
        say(f"Removed {name}.")
