"""Importing: what vcrpy recorded elsewhere becomes a cassette of ours, scrubbed and scanned like any other."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from trunkline_contracts.errors import CallError
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.manifest import Manifest
from trunkline_gateway.cassettes.files import CassetteError, Source, load_yaml, whole
from trunkline_gateway.cassettes.record import Recording
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.wire import LostAnswerError, inflate

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Imported:
    """What became of a foreign cassette."""

    found: int
    kept: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    suspects: AbstractSet[str] = frozenset()


def import_vcr(
    file: Path,
    manifests: Mapping[str, Manifest],
    vendor: str,
    connection: str,
    settings: Mapping[str, Any],
    source: Source,
    to: Path,
) -> Imported:
    """Write a cassette of the exchanges with the vendor's own hosts; raises CassetteError."""
    recording = Recording(_place(manifests, vendor, connection, settings), source, default=to.stem)
    entries = _entries(file)
    left_out: Counter[str] = Counter()
    for entry in entries:
        if reason := _reason(entry, recording.place.hosts):
            left_out[reason] += 1
        else:
            recording.keep(*_exchange(file, entry))
    if not recording.tapes:
        raise CassetteError(f"{file}: holds no exchange with {', '.join(recording.place.hosts)}: {dict(left_out)}.")
    recording.write(to.parent)
    return Imported(len(entries), len(entries) - left_out.total(), left_out, recording.scrubber.suspects)


def _place(manifests: Mapping[str, Manifest], vendor: str, connection: str, settings: Mapping[str, Any]) -> Connection:
    """The account that was recorded, as far as the settings say."""
    if vendor not in manifests:
        raise CassetteError(f"No plugin for '{vendor}'; installed: {', '.join(sorted(manifests))}.")
    manifest = manifests[vendor]
    try:
        values = manifest.settings.model_validate(dict(settings))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise CassetteError(f"Check these settings (--set): {faults}.") from None
    return Connection("", connection, manifest, next(iter(manifest.auth)), values, 0, None, b"")


def _entries(file: Path) -> list[Any]:
    try:
        text = file.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise CassetteError(f"{file}: cannot be read ({type(error).__name__}).") from None
    try:
        loaded = json.loads(text)
    except ValueError:
        loaded = load_yaml(file, text)
    entries: list[Any] = whole(file, loaded)["interactions"]
    return entries


def _reason(entry: Any, hosts: tuple[str, ...]) -> str | None:
    """Why an entry is left out; None for one to keep."""
    if not isinstance(entry, dict) or not {"request", "response"} <= entry.keys():
        return "no request and reply of their own (a reference to another file?)"
    host = urlsplit(str(entry["request"].get("uri"))).hostname
    return None if host in hosts else f"with another host ({host})"


def _exchange(file: Path, entry: Mapping[str, Any]) -> tuple[HttpRequest, HttpResponse]:
    try:
        asked, given = entry["request"], entry["response"]
        request = HttpRequest(asked["method"], asked["uri"], _headers(asked["headers"]), _body(asked["body"]))
        headers = {name.lower(): value for name, value in _headers(given["headers"]).items()}
        body = _inflated(_body(given["body"]), headers)
        return request, HttpResponse(given["status"]["code"], headers, body, request.url)
    except (KeyError, TypeError, ValueError, AttributeError, CallError, LostAnswerError) as error:
        raise CassetteError(f"{file}: an exchange in it is damaged ({type(error).__name__}).") from None


def _headers(recorded: Mapping[str, Any]) -> dict[str, str]:
    """Headers with one value each, whether they were kept as texts or as lists."""
    return dict(_flat(recorded))


def _flat(recorded: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in recorded.items():
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, str):
            yield name, first


def _body(recorded: Any) -> bytes:
    """A body's bytes: vcrpy keeps text, bytes, `{string}` or `{base64_string}`; VCR for Ruby the latter two."""
    if isinstance(recorded, Mapping):
        if "base64_string" in recorded:
            return b64decode(recorded["base64_string"])
        return _body(recorded.get("string"))
    if isinstance(recorded, str):
        return recorded.encode()
    if recorded is None or isinstance(recorded, bytes):
        return recorded or b""
    raise TypeError("neither text nor bytes")


def _inflated(body: bytes, headers: Mapping[str, str]) -> bytes:
    """A body as it was meant; what vcrpy inflated before may still be said to be compressed."""
    return inflate(body, headers.get("content-encoding", "gzip")) if body.startswith(_GZIP) else body
