"""Cassettes: recorded vendor traffic in vcrpy's format, written by a wire and served by one.

A cassette's first lines say where it comes from (`live`, `vendor-example` or `sandbox`), when, and of which API
version. Nothing is matched loosely: method, host, path, query and body have to be the recorded ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import orjson
import yaml
from vcr.serialize import deserialize
from vcr.serializers import yamlserializer

from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.egress import WireFactory
from trunkline_gateway.egress.scrub import Scrubber
from trunkline_gateway.egress.wire import NotSentError, Sending, Wire

Source = Literal["live", "vendor-example", "sandbox"]


class CassetteError(Exception):
    """A cassette that cannot be read; the message names the file and what to do."""


class NoRecordingError(NotSentError):
    """No cassette holds the answer to this request."""

    def __init__(self, request: HttpRequest, nearest: str | None) -> None:
        parts = urlsplit(request.url)
        near = f" The nearest recording is {nearest}." if nearest else ""
        advice = f"No recording for {request.method} {parts.hostname}{parts.path} with these arguments.{near}"
        super().__init__(advice, advice)


@dataclass(frozen=True)
class Interaction:
    """One recorded exchange."""

    file: str
    request: HttpRequest
    response: HttpResponse


@dataclass(eq=False)
class Tape:
    """The interactions of some cassettes; each is played in its turn, and the last one again and again."""

    interactions: list[Interaction]
    _played: set[int] = field(default_factory=set)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The recorded answer; raises NoRecordingError."""
        wanted = _identity(request)
        fitting = [index for index, item in enumerate(self.interactions) if _identity(item.request) == wanted]
        if not fitting:
            raise NoRecordingError(request, self._nearest(request))
        index = next((index for index in fitting if index not in self._played), fitting[-1])
        self._played.add(index)
        return self.interactions[index].response

    @property
    def unplayed(self) -> list[Interaction]:
        """The interactions that nobody asked for yet."""
        return [item for index, item in enumerate(self.interactions) if index not in self._played]

    def _nearest(self, request: HttpRequest) -> str | None:
        path = urlsplit(request.url).path
        scores = [(_common(path, urlsplit(item.request.url).path), item) for item in self.interactions]
        best = max(scores, key=lambda score: score[0], default=None)
        return f"{best[1].request.method} {urlsplit(best[1].request.url).path} in {best[1].file}" if best else None


def _common(one: str, other: str) -> int:
    return next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


_MARKER = re.compile(rb"op_[0-9a-f]{32}")


def _identity(request: HttpRequest) -> tuple[Any, ...]:
    parts = urlsplit(request.url)
    query = tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    # A marker names one operation; every replay is another one.
    return (request.method, parts.hostname, parts.path, query, _meaning(_MARKER.sub(b"op_", request.body)))


def _meaning(body: bytes) -> Any:
    """What a body says, whatever the order of its fields."""
    try:
        return repr(orjson.loads(orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS))) if body else ""
    except orjson.JSONDecodeError:
        return tuple(sorted(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))


def read_cassettes(folder: Path) -> list[Interaction]:
    """Every interaction below a folder, or of one file; raises CassetteError."""
    files = sorted(folder.rglob("*.yaml")) if folder.is_dir() else [folder]
    if not files or not files[0].exists():
        raise CassetteError(f"{folder}: no cassette (*.yaml) here: record one with `trunkline record`.")
    return [interaction for file in files for interaction in _read(file)]


def _read(file: Path) -> list[Interaction]:
    try:
        requests, responses = deserialize(file.read_text("utf-8"), yamlserializer)
    except Exception as error:  # noqa: BLE001 - whatever the reader of the format stumbles over is the file's fault
        raise CassetteError(f"{file}: not a whole cassette ({type(error).__name__}): record it again.") from None
    pairs = zip(requests, responses, strict=True)
    return [Interaction(file.name, _request(request), _response(request, response)) for request, response in pairs]


@dataclass(frozen=True)
class RecordedConnection:
    """The account that a cassette was recorded from: all of it but the credential."""

    name: str
    vendor: str
    settings: Mapping[str, Any]


def connections_in(folder: Path) -> list[RecordedConnection]:
    """The accounts that the cassettes of a folder name; raises CassetteError."""
    read_cassettes(folder)
    files = sorted(folder.rglob("*.yaml")) if folder.is_dir() else [folder]
    named = {item["connection"]: item for item in map(read_header, files) if "connection" in item}
    return [RecordedConnection(name, item["vendor"], item["settings"]) for name, item in named.items()]


def read_header(file: Path) -> dict[str, Any]:
    """What a cassette says of itself: vendor, source, connection, tool, arguments; empty where it says nothing."""
    header: dict[str, Any] = yaml.safe_load(file.read_text("utf-8")).get("trunkline") or {}
    return header


def _request(recorded: Any) -> HttpRequest:
    body = recorded.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    return HttpRequest(recorded.method, recorded.uri, dict(recorded.headers), content)


def _response(request: Any, recorded: Mapping[str, Any]) -> HttpResponse:
    headers = {name.lower(): values[0] for name, values in recorded["headers"].items() if values}
    body = recorded["body"]["string"]
    content = body.encode() if isinstance(body, str) else body
    return HttpResponse(recorded["status"]["code"], headers, content, request.uri)


@dataclass(eq=False)
class ReplayWire:
    """Serves one connection from a tape: no socket is ever opened."""

    tape: Tape

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:  # noqa: ARG002 - a tape takes no time
        """The recorded answer."""
        return self.tape.answer(request)

    async def close(self) -> None:
        """Nothing is held."""


def replay_wires(folder: Path) -> WireFactory:
    """Wires that serve every connection from the cassettes of a folder."""
    tape = Tape(read_cassettes(folder))
    return lambda _: ReplayWire(tape)


@dataclass(eq=False)
class RecordingWire:
    """Passes requests on, and keeps scrubbed copies of what was exchanged."""

    wire: Wire
    scrubber: Scrubber = field(default_factory=Scrubber)
    kept: list[tuple[HttpRequest, HttpResponse]] = field(default_factory=list)

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        """Exchange, and keep."""
        response = await self.wire.send(request, sending)
        self.kept.append((self.scrubber.request(request), self.scrubber.response(response)))
        return response

    async def close(self) -> None:
        """Close the wire below."""
        await self.wire.close()

    def write(
        self, file: Path, connection: Connection, tool: str, arguments: Mapping[str, Any], *, source: Source
    ) -> None:
        """Write the cassette of one call, whole or not at all."""
        manifest = connection.manifest
        header = {
            "vendor": manifest.vendor,
            "source": source,
            "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "api_version": manifest.api_version,
            "connection": connection.name,
            # Settings stand in addresses: they are scrubbed as those are, or the two would not fit.
            "settings": self.scrubber.value("", connection.settings.model_dump(mode="json", exclude_none=True)),
            "tool": tool,
            "arguments": self.scrubber.value("", dict(arguments)),
        }
        interactions = [_written(request, response) for request, response in self.kept]
        text = yaml.safe_dump({"trunkline": header, "version": 1, "interactions": interactions}, sort_keys=False)
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_text(f"# Source: {source}\n{text}", "utf-8")
        partial.replace(file)


def _written(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    return {
        "request": {
            "method": request.method,
            "uri": request.url,
            "body": request.body.decode("utf-8", "replace"),
            "headers": {name: [value] for name, value in request.headers.items()},
        },
        "response": {
            "status": {"code": response.status, "message": ""},
            "headers": {name: [value] for name, value in response.headers.items()},
            "body": {"string": response.body.decode("utf-8", "replace")},
        },
    }
