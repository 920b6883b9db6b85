"""The cassettes, played through a real gateway: what was recorded is asked for, all of it, and becomes a result."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest

from trunkline_gateway.cassettes.files import read_header

CASSETTES = Path(__file__).parents[1] / "cassettes"
NEVER_THE_SAME = {
    "escalate_to_human": "its note holds the summary in a text of its own, which is scrubbed whole",
    "merge_tickets": "its notes hold the reason in a text of their own, which is scrubbed whole",
}
"""Calls whose scrubbed request no replay makes again."""


class Replay(Protocol):
    """What the fixture `trunkline_replay` is."""

    def __call__(self, cassettes: Path, tape: str) -> AbstractContextManager[Any]: ...


@pytest.mark.parametrize("cassette", sorted(CASSETTES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_cassette_is_played_whole(trunkline_replay: Replay, cassette: Path) -> None:
    header = read_header(cassette)
    if reason := NEVER_THE_SAME.get(header["tool"]):
        pytest.skip(reason)
    with trunkline_replay(CASSETTES, tape=cassette.stem) as gateway:
        asked = f"{gateway.rest_url}/tools/{header['tool']}"
        answer = httpx2.post(asked, headers=gateway.headers, json=header["arguments"])
    assert answer.status_code == 200, answer.text
