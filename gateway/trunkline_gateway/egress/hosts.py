"""Which hosts and addresses may be reached: declared names only, https only, public addresses only."""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from trunkline_contracts.errors import InternalError

# Python calls these global, but they embed or lead to other addresses (NAT64, 6to4, Teredo, IETF protocol use), are
# kept for documentation, or are a cloud's own service: 168.63.129.16 is Azure's, and it hands out machines' secrets.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/23", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20",
        "168.63.129.16/32",
    )
)  # fmt: skip
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet; whatever is unclear is not."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if ip.version == 6 and ip.ipv4_mapped:  # noqa: PLR2004 - IP version 6
        return is_public(str(ip.ipv4_mapped))
    if any(ip.version == network.version and ip in network for network in _NOT_PUBLIC):
        return False
    if ip.version == 6 and ip not in _GLOBAL_UNICAST:  # noqa: PLR2004
        return False
    return ip.is_global and not ip.is_multicast


def check_url(url: str, hosts: tuple[str, ...]) -> None:
    """Raise InternalError for a URL that a plugin may not call: a fault of the plugin, not of the caller."""
    if not _is_allowed(url, hosts):
        raise InternalError(
            "A plugin tried to reach a host that its manifest does not declare; report it to its author."
        )


def _is_allowed(url: str, hosts: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    named = host in hosts and not _is_address(host)
    return named and parts.scheme == "https" and port in {None, 443} and parts.username is None


def _is_address(host: str) -> bool:
    """Whether a host is an address, which no resolver would ever check; no name ends in a number or holds a colon."""
    return ":" in host or host.rstrip(".").rsplit(".", 1)[-1][:1].isdigit()


class NotPublicError(Exception):
    """A name that leads to no public address; the message says so to an operator."""


class PublicResolver(AbstractResolver):
    """Resolves a name once and gives only addresses that are public; the connection then goes to just these."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The public addresses of a name; raises NotPublicError where there is none."""
        found = await self._resolver.resolve(host, port, family)
        public = [result for result in found if is_public(result["host"])]
        if not public:
            raise NotPublicError(f"{host} does not lead to a public address; an operator must check it.")
        return public

    async def close(self) -> None:
        """Nothing is held."""

    def __repr__(self) -> str:
        return "PublicResolver()"


def forwarded(url: str, loopback: str) -> str:
    """The same request, at a sandbox on this machine."""
    parts: Any = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{loopback}{parts.path}{query}"
