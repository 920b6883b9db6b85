"""The files: vcrpy's format, under a header that says where a cassette comes from and of which API version it is."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from vcr.serialize import deserialize

from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.cassettes.scan import scan

Source = Literal["live", "vendor-example", "sandbox"]
_SHOWN = 5
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class CassetteError(Exception):
    """A cassette that cannot be used; the message names the file, the rule and what to do."""


class LeakError(CassetteError):
    """A cassette that holds a secret or somebody; the message says where and what kind, never the value."""


@dataclass(eq=False)
class Interaction:
    """One recorded exchange."""

    file: str
    request: HttpRequest
    response: HttpResponse

    @property
    def path(self) -> str:
        """Where the request went, without its arguments."""
        return urlsplit(self.request.url).path


@dataclass(frozen=True)
class Cassette:
    """One file: its header, empty where vcrpy itself wrote it, and its exchanges."""

    path: Path
    interactions: Sequence[Interaction]
    header: Mapping[str, Any] = field(default_factory=dict)


def cassette_files(place: Path) -> list[Path]:
    """The cassettes below a folder, or the one file; raises CassetteError where there is none."""
    files = sorted(place.rglob("*.yaml")) if place.is_dir() else [place]
    if not files or not files[0].is_file():
        raise CassetteError(f"{place}: no cassette (*.yaml) here: record one with `trunkline record`.")
    return files


def read_cassette(file: Path) -> Cassette:
    """A whole cassette in which the scanner finds nothing; raises CassetteError."""
    document = _document(file)
    try:
        refuse_leaks(file, document)
        requests, responses = deserialize("", _Loaded(document))
        pairs = zip(requests, responses, strict=True)
        interactions = [Interaction(file.name, _request(one), _response(one, other)) for one, other in pairs]
        return Cassette(file, interactions, dict(document.get("trunkline") or {}))
    except CassetteError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the reader of the format stumbles over is the file's fault
        raise _broken(file, error) from None


def read_cassettes(place: Path) -> list[Interaction]:
    """Every exchange below a folder, or of one file; raises CassetteError."""
    return [interaction for file in cassette_files(place) for interaction in read_cassette(file).interactions]


def read_header(file: Path) -> dict[str, Any]:
    """What a cassette says of itself: vendor, source, connection, tool, arguments; empty where it says nothing."""
    header: dict[str, Any] = _document(file).get("trunkline") or {}
    return header


@dataclass(frozen=True)
class _Loaded:
    """Gives vcrpy's reader a document that is loaded already."""

    document: Any

    def deserialize(self, _: str) -> Any:
        return self.document


def _document(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
    except ValueError as error:
        raise _broken(file, error) from None
    return whole(file, load_yaml(file, text))


def load_yaml(file: Path, text: str) -> Any:
    """What a file's text says, with nothing of it run; raises CassetteError."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, in C where there is one
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _broken(file, error) from None


def whole(file: Path, document: Any) -> dict[str, Any]:
    """A cassette's document; raises CassetteError for what is none."""
    if not isinstance(document, dict) or not isinstance(document.get("interactions"), list):
        raise CassetteError(f"{file}: not a whole cassette (it holds no list of interactions): record it again.")
    return document


def _broken(file: Path, error: Exception) -> CassetteError:
    return CassetteError(f"{file}: not a whole cassette ({type(error).__name__}): record it again.")


def refuse_leaks(file: Path, document: Any, secrets: frozenset[str] = frozenset()) -> None:
    """Raise LeakError where the scanner finds something."""
    hits = scan(document, secrets)
    if hits:
        told = "; ".join(f"{hit.place}: {hit.kind}" for hit in hits[:_SHOWN])
        more = f" and {len(hits) - _SHOWN} more" if len(hits) > _SHOWN else ""
        raise LeakError(f"{file}: refused, for a cassette must hold nobody and no secret: {told}{more}.")


def _request(recorded: Any) -> HttpRequest:
    body = recorded.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    return HttpRequest(recorded.method, recorded.uri, dict(recorded.headers), content)


def _response(request: Any, recorded: Mapping[str, Any]) -> HttpResponse:
    headers = {name.lower(): values[0] for name, values in recorded["headers"].items() if values}
    body = recorded["body"]["string"]
    content = body.encode() if isinstance(body, str) else body
    return HttpResponse(recorded["status"]["code"], headers, content, request.uri)


def write_cassettes(documents: Mapping[Path, Mapping[str, Any]], secrets: frozenset[str] = frozenset()) -> None:
    """Write cassettes, all of them whole or none; raises LeakError where the scanner finds something in one."""
    for file, document in documents.items():
        refuse_leaks(file, document, secrets)
    with ExitStack() as unfinished:
        partials = []
        for file, document in documents.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            partials.append(partial := file.with_suffix(".partial"))
            unfinished.callback(partial.unlink, missing_ok=True)
            partial.write_text(_text(document), "utf-8")
        for partial, file in zip(partials, documents, strict=True):
            partial.replace(file)


def _text(document: Mapping[str, Any]) -> str:
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=120)
    return f"# Source: {document['trunkline']['source']}\n{text}"


def document_of(header: Mapping[str, Any], interactions: Sequence[Interaction]) -> dict[str, Any]:
    """A cassette as its file holds it."""
    return {"trunkline": dict(header), "version": 1, "interactions": [_written(item) for item in interactions]}


def _written(interaction: Interaction) -> dict[str, Any]:
    request, response = interaction.request, interaction.response
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
