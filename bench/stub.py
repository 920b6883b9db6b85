"""The vendor's stub: constant answers, straight over asyncio, so that it is never the limit.

`stub.py PORT` gives one answer to everything; `stub.py PORT FILE` those of a recording, in turn for each path.
"""

import asyncio
import json
import sys
from itertools import cycle
from pathlib import Path
from typing import Any, cast

import uvloop

BODY = (
    b'{"object":"list","data_ref":"data","data":[{"id":"vtx_1","source_id":"op_1","reason":"goodwill",'
    b'"type":"POINTS_ADDITION","details":{"balance":{"points":100,"balance":1350}},'
    b'"created_at":"2026-11-22T10:00:00.000Z"}],"has_more":false}'
)
_END = b"\r\n\r\n"


def reply(status: int, headers: dict[str, str], body: bytes) -> bytes:
    """An HTTP/1.1 response as bytes."""
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


CONSTANT = reply(200, {"Content-Type": "application/json"}, BODY)


class Answers:
    """Finds the answer to a request line."""

    def __init__(self, recorded: list[dict[str, Any]]) -> None:
        by_line: dict[str, list[bytes]] = {}
        for item in recorded:
            raw = reply(item["status"], item["headers"], item["body"].encode())
            by_line.setdefault(_without_query(item["line"]), []).append(raw)
        self._by_line = {line: cycle(replies) for line, replies in by_line.items()}

    def answer(self, head: bytes) -> bytes:
        """The next answer that was recorded for this method and path."""
        if not self._by_line:
            return CONSTANT
        line = _without_query(" ".join(head.split(b"\r\n", 1)[0].decode().split(" ")[:2]))
        found = self._by_line.get(line)
        return next(found) if found else reply(599, {}, line.encode())


def _without_query(line: str) -> str:
    return line.split("?", 1)[0]


class Stub(asyncio.Protocol):
    """Answers requests one after the other."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer, once a request is whole."""
        self._received += data
        head, found, body = self._received.partition(_END)
        if found and len(body) >= _length(head):
            self._received = b""
            self._transport.write(self._answers.answer(head))


def _length(head: bytes) -> int:
    lower = head.lower()
    return int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) if b"content-length:" in lower else 0


async def main(port: int, recorded: list[dict[str, Any]]) -> None:
    """Serve until killed."""
    answers = Answers(recorded)
    server = await asyncio.get_running_loop().create_server(lambda: Stub(answers), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()) if len(sys.argv) > 2 else []))
