"""The command line, run as a user runs it, against a sandbox on a real socket."""

import asyncio
import json
import subprocess
from collections.abc import Iterator

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from support.shell import TRUNKLINE, Shell, first_answer, free_port, sandbox_at_a_socket
from trunkline_contracts.sandbox import COMPANY
from trunkline_voucherify import trunkline_connector
from trunkline_voucherify.sandbox import APP_ID, APP_TOKEN, sandbox
from trunkline_voucherify.sandbox_v1 import CAMPAIGN

ADA = "ada.okafor@fernway-studio.example"
pytestmark = pytest.mark.slow

OFFERED = {item.contract.name for item in trunkline_connector().capabilities} | {"get_operation", "verify_customer"}
"""What a tenant with one loyalty system is shown: the vendor's tools, and the gateway's own."""


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    """A sandbox on a real socket."""
    with sandbox_at_a_socket(sandbox(COMPANY).app) as url:
        yield url


@pytest.fixture(scope="module")
def shell(vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A home with one connection."""
    shell = Shell(tmp_path_factory.mktemp("home"))
    keys = ("--set", f"app_id={APP_ID}", "--set", f"app_token={APP_TOKEN}", "--set", f"campaign={CAMPAIGN}")
    told = shell.json("connect", "voucherify", "--name", "points", "--loopback", vendor, *keys)
    assert told == {"connected": "points", "vendor": "voucherify", "tested": True}
    return shell


def test_plugins_are_listed_with_what_they_can_do(shell: Shell) -> None:
    found = {plugin["plugin"]: plugin for plugin in shell.json("plugins")}
    assert set(found) >= {"salesforce", "zendesk", "stripe", "voucherify", "twilio"}
    assert {"tool": "grant_points", "write_class": "D"}.items() <= next(
        item.items() for item in found["voucherify"]["capabilities"] if item["tool"] == "grant_points"
    )


def test_connect_refuses_a_wrong_credential_and_keeps_nothing(shell: Shell, vendor: str) -> None:
    wrong = ("--set", f"app_id={APP_ID}", "--set", "app_token=wrong-secret", "--set", f"campaign={CAMPAIGN}")
    told = shell.json("connect", "voucherify", "--name", "broken", "--loopback", vendor, *wrong, code=1)
    assert told["error"]["code"] == "permission"
    assert "wrong-secret" not in json.dumps(told)
    assert [item["name"] for item in shell.json("connections")] == ["points"]


def test_connect_asks_for_what_is_missing(shell: Shell, vendor: str) -> None:
    done = shell.run(
        "connect", "voucherify", "--name", "asked", "--loopback", vendor, "--set", f"campaign={CAMPAIGN}",
        "--set", f"app_id={APP_ID}", text=f"{APP_TOKEN}\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert APP_TOKEN not in done.stdout + done.stderr
    assert shell.json("connections", "remove", "asked") == {"removed": "asked"}


def test_a_production_gateway_refuses_loopback(shell: Shell) -> None:
    shell.environment["TRUNKLINE_ENVIRONMENT"] = "production"
    try:
        done = shell.run("tools")
    finally:
        del shell.environment["TRUNKLINE_ENVIRONMENT"]
    assert done.returncode == 4
    assert "production refuses allow_loopback" in done.stderr


def test_tools_are_those_of_the_connected_vendor(shell: Shell) -> None:
    names = {tool["name"] for tool in shell.json("tools")}
    assert names == OFFERED


def test_a_call_prints_its_result_and_a_failed_one_says_what_to_do(shell: Shell) -> None:
    found = shell.json("call", "find_customers", f"email={ADA}")
    assert found["data"]["items"][0]["display_name"] == "Ada Okafor"
    told = shell.json("call", "get_loyalty_account", "customer_id=points:customer:nobody", code=1)
    assert told["error"]["code"] == "not_found"
    assert shell.run("call", "find_customers", "no-equals-sign").returncode == 2


def test_one_key_is_one_write_across_commands(shell: Shell) -> None:
    grant = ("account_id=points:loyalty_account:COFFEE-0006", "points=5", "reason=goodwill")
    first = shell.json("call", "grant_points", *grant, "--key", "cli-test-key-000001")
    again = shell.json("call", "grant_points", *grant, "--key", "cli-test-key-000001")
    assert again["receipt"]["replayed"] is True
    assert again["receipt"]["operation_id"] == first["receipt"]["operation_id"]


def test_keys_are_made_listed_and_revoked(shell: Shell) -> None:
    made = shell.json("keys", "create", "bot", "--profile", "triage")
    assert made["key"].startswith("tl_")
    listed = next(item for item in shell.json("keys", "list") if item["name"] == "bot")
    assert made["key"] not in json.dumps(listed)
    assert shell.json("keys", "revoke", listed["key_id"]) == {"revoked": listed["key_id"]}
    assert shell.json("keys", "revoke", listed["key_id"], code=1)["error"]["code"] == "not_found"
    assert shell.json("keys", "create", "bot", "--profile", "king", code=1)["error"]["code"] == "invalid_argument"


def test_up_serves_until_it_is_told_to_stop(shell: Shell) -> None:
    key = shell.json("keys", "create", "web", "--profile", "full")["key"]
    port = free_port()
    with subprocess.Popen([TRUNKLINE, "up", "--port", str(port)], env=shell.environment, stderr=subprocess.PIPE) as up:
        try:
            answer = first_answer(f"http://127.0.0.1:{port}/v1/tools", key)
        finally:
            up.terminate()
        assert up.wait(10) == 0
    assert "grant_points" in {tool["name"] for tool in answer.json()}


async def test_a_client_can_start_the_gateway_over_stdio(shell: Shell) -> None:
    key = (await asyncio.to_thread(shell.json, "keys", "create", "desktop", "--profile", "full"))["key"]
    server = StdioServerParameters(
        command=TRUNKLINE, args=["up", "--stdio"], env={**shell.environment, "TRUNKLINE_API_KEY": key}
    )
    async with Client(stdio_client(server)) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == OFFERED
        answer = await client.call_tool("find_customers", {"email": ADA})
    assert answer.structured_content
    assert answer.structured_content["data"]["items"][0]["display_name"] == "Ada Okafor"


def test_every_command_explains_itself(shell: Shell) -> None:
    for command in (
        "up",
        "demo",
        "connect",
        "connections",
        "plugins",
        "tools",
        "call",
        "keys",
        "record",
        "replay",
        "import-cassette",
    ):
        done = shell.run(command, "--help")
        assert done.returncode == 0
        assert "Usage" in done.stdout
