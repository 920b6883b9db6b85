"""The fixture for tests of agents: a real gateway that answers from cassettes, for real clients."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
import yaml
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_gateway.cassettes.files import CassetteError
from trunkline_gateway.testing.replay import ReplayedGateway, UnplayedError

ROOT = Path(__file__).parents[2]
CASSETTES = ROOT / "cassettes" / "zendesk"
TICKET = {"ticket_id": "main:ticket:1"}
Replay = Callable[..., AbstractContextManager[ReplayedGateway]]


def ask(gateway: ReplayedGateway) -> httpx2.Response:
    url = f"{gateway.rest_url}/tools/get_ticket"
    return httpx2.post(url, json=TICKET, headers=gateway.headers, timeout=30)


async def ask_by_mcp(gateway: ReplayedGateway) -> str:
    async with (
        httpx2.AsyncClient(headers=gateway.headers, timeout=30) as http,
        Client(streamable_http_client(gateway.mcp_url, http_client=http)) as client,
    ):
        answer = await client.call_tool("get_ticket", TICKET)
    assert answer.structured_content
    return str(answer.structured_content["data"]["id"])


def test_a_rest_client_is_answered_from_the_tape(trunkline_replay: Replay) -> None:
    with trunkline_replay(CASSETTES, tape="get_ticket") as gateway:
        assert ask(gateway).json()["data"]["id"] == "main:ticket:1"


async def test_an_mcp_client_is_answered_from_the_tape_in_a_test_with_a_loop(trunkline_replay: Replay) -> None:
    with trunkline_replay(CASSETTES, tape="get_ticket") as gateway:
        assert await ask_by_mcp(gateway) == "main:ticket:1"


def two_tapes(folder: Path) -> Path:
    """The same call on two tapes, with another answer on each."""
    text = (CASSETTES / "get_ticket.yaml").read_text("utf-8")
    for name in ("low", "urgent"):
        document = yaml.safe_load(text)
        body = document["interactions"][0]["response"]["body"]
        body["string"] = body["string"].replace('"priority":"high"', f'"priority":"{name}"')
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document), "utf-8")
    return folder


async def test_two_clients_play_two_tapes_at_one_gateway_at_once(trunkline_replay: Replay, tmp_path: Path) -> None:
    with trunkline_replay(two_tapes(tmp_path)) as gateway:

        async def priority(tape: str, *, by_mcp: bool) -> str:
            headers = {**gateway.headers, "Trunkline-Tape": tape}
            async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
                if by_mcp:
                    async with Client(streamable_http_client(gateway.mcp_url, http_client=http)) as client:
                        answer = (await client.call_tool("get_ticket", TICKET)).structured_content
                else:
                    answer = (await http.post(f"{gateway.rest_url}/tools/get_ticket", json=TICKET)).json()
            assert answer
            return str(answer["data"]["priority"]["raw"])

        asked = [(tape, by_mcp) for tape in ("low", "urgent") for by_mcp in (True, False)] * 3
        told = await asyncio.gather(*(priority(tape, by_mcp=by_mcp) for tape, by_mcp in asked))
    assert told == [tape for tape, _ in asked]


def test_a_tape_that_was_not_wholly_played_fails_the_test(trunkline_replay: Replay) -> None:
    with (
        pytest.raises(UnplayedError, match=r"get_ticket: GET /api/v2/tickets/1\.json"),
        trunkline_replay(CASSETTES, tape="get_ticket"),
    ):
        pass
    with trunkline_replay(CASSETTES, tape="get_ticket", allow_unplayed=True):
        pass


def test_a_failing_test_fails_for_its_own_reason(trunkline_replay: Replay) -> None:
    with pytest.raises(ZeroDivisionError), trunkline_replay(CASSETTES, tape="get_ticket"):
        raise ZeroDivisionError


def test_an_unknown_tape_and_a_bad_cassette_are_named_before_anything_starts(
    trunkline_replay: Replay, tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgumentError, match=r"the tapes are .*get_ticket"), trunkline_replay(CASSETTES, "none"):
        pass
    with pytest.raises(CassetteError, match="no cassette"), trunkline_replay(tmp_path):
        pass
    assert [thread.name for thread in threading.enumerate() if thread.name == "trunkline-replay"] == []


def test_it_stops_within_a_second_though_a_client_holds_on(trunkline_replay: Replay) -> None:
    with trunkline_replay(CASSETTES, tape="get_ticket", allow_unplayed=True) as gateway:
        address = urlsplit(gateway.url)
        holding = socket.create_connection((address.hostname, address.port))
        # A request whose body never comes to its end.
        head = f"POST /v1/tools/get_ticket HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 100\r\n"
        holding.sendall(f"{head}Authorization: {gateway.headers['Authorization']}\r\n\r\n{{".encode())
        assert ask(gateway).status_code == 200
        left = time.monotonic()
    assert time.monotonic() - left < 3, "a second, and what a busy machine adds"
    holding.close()
    assert [thread.name for thread in threading.enumerate() if thread.name == "trunkline-replay"] == []
    with pytest.raises(httpx2.ConnectError):
        ask(gateway)


EXAMPLE = """
import httpx2


def my_agent(url, headers):
    answer = httpx2.post(f"{url}/tools/get_ticket", json={"ticket_id": "main:ticket:1"}, headers=headers, timeout=30)
    assert answer.json()["data"]["id"] == "main:ticket:1"


def test_my_agent(trunkline_replay):
    with trunkline_replay("CASSETTES", tape="get_ticket") as gateway:
        my_agent(gateway.rest_url, gateway.headers)


def test_an_agent_that_does_nothing(trunkline_replay):
    with trunkline_replay("CASSETTES", tape="get_ticket") as gateway:
        assert gateway.mcp_url
"""


@pytest.mark.slow
def test_a_project_of_its_own_needs_three_lines(tmp_path: Path) -> None:
    (tmp_path / "test_agent.py").write_text(EXAMPLE.replace("CASSETTES", str(CASSETTES)), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "trunkline_gateway.testing.plugin", "-p", "no:cacheprovider"]
    run = subprocess.run([*command, "test_agent.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed" in run.stdout, run.stdout + run.stderr
    assert "UnplayedError: never played: get_ticket: GET /api/v2/tickets/1.json" in run.stdout
