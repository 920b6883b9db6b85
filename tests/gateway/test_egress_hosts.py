"""Where a request may go: declared names, https, public addresses; and nowhere else."""

import socket
import ssl
from typing import Any

import pytest

from support.fault_stub import HOST, account_at, connection_at, fault_stub
from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import InternalError, VendorUnavailableError
from trunkline_contracts.http import HttpRequest
from trunkline_gateway.egress.hosts import NotPublicError, PublicResolver, check_url, is_public
from trunkline_gateway.egress.wire import NotSentError, Sending, SocketWire
from trunkline_gateway.settings import GatewaySettings

NOT_PUBLIC = {
    "loopback": ("127.0.0.1", "127.255.255.254", "::1", "0.0.0.0", "::"),  # noqa: S104 - addresses to be refused
    "private": ("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    "shared (CGNAT)": ("100.64.0.1", "100.127.255.255"),
    "metadata": (
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "fd00:ec2::254",
    ),
    "IPv4 in IPv6": ("::ffff:169.254.169.254", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::169.254.169.254"),
    "NAT64": ("64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1"),
    "6to4": ("2002:a9fe:a9fe::", "2002:7f00:1::", "192.88.99.1"),
    "Teredo and other protocols": ("2001::1", "2001:0:a9fe:a9fe::", "2001:10::1", "2001:20::1", "2001:2::1"),
    "link-local": ("169.254.0.1", "fe80::1", "fe80::1%eth0", "febf::1"),
    "ULA and site-local": ("fc00::1", "fdff::1", "fec0::1"),
    "multicast": ("224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"),
    "reserved and broadcast": ("240.0.0.1", "255.255.255.255"),
    "documentation and tests": ("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "2001:db8::1", "3fff::1"),
    "IPv6 that nobody was given": ("1::1", "4000::1", "5f00::1", "100::1"),
    "no address, or an odd spelling": (
        "",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "\u0661\u0662\u0667.0.0.1",
    ),
}
PUBLIC = ("8.8.8.8", "1.1.1.1", "104.16.51.111", "::ffff:8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001::1")


@pytest.mark.parametrize("address", [item for group in NOT_PUBLIC.values() for item in group])
def test_an_address_that_is_not_on_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_let_through(address: str) -> None:
    assert is_public(address)


class Names:
    """The world's name service, as far as these tests know it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self.asked = 0
        self.addresses = addresses
        monkeypatch.setattr(socket, "getaddrinfo", self._answer)

    def _answer(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        self.asked += 1
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in self.addresses
        ]


@pytest.mark.parametrize(
    "address", [item for kind, group in NOT_PUBLIC.items() if "odd" not in kind for item in group if "%" not in item]
)
async def test_a_name_that_leads_to_such_an_address_is_not_reached(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    Names(monkeypatch, address)
    with pytest.raises(NotPublicError, match=HOST):
        await PublicResolver().resolve(HOST, 443)


async def test_of_several_addresses_only_the_public_ones_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, "10.0.0.1", "8.8.8.8", "64:ff9b::a9fe:a9fe")
    assert [found["host"] for found in await PublicResolver().resolve(HOST, 443)] == ["8.8.8.8"]


async def test_a_name_on_this_machine_is_refused_by_the_wire_and_proves_that_nothing_was_sent() -> None:
    wire = SocketWire(ssl.create_default_context())
    with pytest.raises(NotSentError) as refused:
        await wire.send(HttpRequest("PUT", "https://localhost/"), Sending(5, fresh=True))
    await wire.close()
    assert refused.value.advice == "localhost does not lead to a public address; an operator must check it."


@pytest.mark.parametrize("write_class", [None, WriteClass.UNMARKED])
async def test_a_name_that_leads_inside_is_told_to_the_caller_and_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, write_class: WriteClass | None
) -> None:
    names = Names(monkeypatch, "169.254.169.254")
    async with account_at(None) as account:
        http = await account.http(write_class)
        with pytest.raises(VendorUnavailableError, match="public address"):
            await http.send(HttpRequest("POST", f"https://{HOST}/"))
    assert names.asked == 1
    assert [exchange.sent for exchange in http.trace] == [False]


HOSTS = (HOST, "127.0.0.1", "::1", "[::1]", "8.8.8.8", "2130706433", "0x7f.1", "127.1", "0x7f000001", "8.8.8.8.")


@pytest.mark.parametrize(
    "url", [f"https://{HOST}/v1?x=1", f"https://{HOST}:443/", f"https://{HOST.upper()}", f"https://{HOST}"]
)
def test_a_declared_host_may_be_called(url: str) -> None:
    check_url(url, HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/",
        f"ftp://{HOST}/",
        f"file://{HOST}/etc/passwd",
        f"//{HOST}/",
        f"/{HOST}/",
        "",
        f"https:{HOST}/",
        f"https:///{HOST}/",
        f"https://{HOST}:80/",
        f"https://{HOST}:8443/",
        f"https://{HOST}:0/",
        f"https://{HOST}:99999/",
        f"https://{HOST}:x/",
        f"https://{HOST}:-1/",
        f"https://user@{HOST}/",
        f"https://@{HOST}/",
        f"https://:secret@{HOST}/",
        f"https://{HOST}@evil.example/",
        f"https://{HOST}\\@evil.example/",
        f"https://{HOST}#@evil.example:1/".replace("#", "%23"),
        f"https://{HOST}.evil.example/",
        f"https://evil.example/{HOST}",
        f"https://evil.example?{HOST}",
        f"https://evil.example\\.{HOST}/",
        f"https://x.{HOST}/",
        f"https://{HOST}./",
        f"https://{HOST.replace('.', '%2e')}/",
        f"https://{HOST.replace('.', '。')}/",
        f"https://{HOST}%00.evil.example/",
        "https://[/",
        "https://[::1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://8.8.8.8/",
        "https://8.8.8.8./",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://127.1/",
    ],
)
def test_whatever_else_a_plugin_asks_for_is_refused(url: str) -> None:
    with pytest.raises(InternalError, match="manifest does not declare"):
        check_url(url, HOSTS)


async def test_an_undeclared_host_is_refused_before_anything_is_sent() -> None:
    async with fault_stub() as stub, account_at(stub.url) as account:
        for http in (
            await account.http(),
            await account.http(WriteClass.NATIVE_KEY),
            await account.http(WriteClass.UNMARKED, dry_run=True),
        ):
            with pytest.raises(InternalError):
                await http.send(HttpRequest("POST", "https://evil.example/"))
            assert http.trace == []
        assert stub.connections == 0


def test_a_setting_fills_a_declared_host_and_cannot_leave_it() -> None:
    assert connection_at(None, hosts=("api.vendor.example", "{host}")).hosts == ("api.vendor.example", HOST)


def test_production_refuses_loopback_and_replay(tmp_path: Any) -> None:
    for forbidden in ({"allow_loopback": True}, {"replay": tmp_path}):
        with pytest.raises(ValueError, match="production refuses"):
            GatewaySettings(environment="production", **forbidden)
    assert GatewaySettings(environment="production").allow_loopback is False
