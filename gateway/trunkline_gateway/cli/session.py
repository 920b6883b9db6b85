"""A gateway for the length of one command, on the store that the settings name."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from trunkline_contracts.errors import CallError
from trunkline_gateway.cli.output import Exit, stop, working
from trunkline_gateway.connections.vault import VaultError
from trunkline_gateway.gateway import Gateway, open_gateway
from trunkline_gateway.logs import capture_libraries, configure_logs
from trunkline_gateway.settings import GatewaySettings

T = TypeVar("T")


def load_settings(**overrides: Any) -> GatewaySettings:
    """The settings of the environment, with what the command line says; stops with what to correct."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = GatewaySettings(**given)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'settings'}: {item['msg']}" for item in error.errors())
        stop(f"Settings: {faults}", Exit.CANNOT_START)
    configure_logs(settings.log_level)
    capture_libraries()
    return settings


def with_gateway(work: Callable[[Gateway], Awaitable[T]], *, as_json: bool, doing: str, **overrides: Any) -> T:
    """Run work on a gateway; a named error ends the command with its advice."""
    settings = load_settings(**overrides)

    async def run() -> T:
        async with open_gateway(settings) as gateway:
            return await work(gateway)

    try:
        with working(doing, quiet=as_json):
            return asyncio.run(run())
    except CallError as error:
        details = error.body.model_dump(mode="json", exclude_defaults=True, exclude={"message"})
        stop(str(error), Exit.CALL_FAILED, as_json=as_json, **details)
    except (VaultError, ValueError, OSError) as error:
        stop(f"Cannot start: {error}", Exit.CANNOT_START, as_json=as_json)
