"""Matching: a request is answered by the recording that means the same, or by none."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.cassettes.files import Interaction
from trunkline_gateway.egress.wire import NotSentError

_MARKER = re.compile(rb"op_[0-9a-f]{32}")
_NAME = re.compile(r"[\w.$:\[\]-]{1,64}")
_SHOWN = 8


class NoRecordingError(NotSentError):
    """No cassette holds the answer to this request."""

    def __init__(self, request: HttpRequest, nearest: str | None) -> None:
        parts = urlsplit(request.url)
        near = f" The nearest recording is {nearest}." if nearest else ""
        advice = f"No recording for {request.method} {parts.hostname}{parts.path} with these arguments.{near}"
        super().__init__(advice, advice)


class Tape:
    """Some exchanges in their order; each is played in its turn, and the last of its kind again and again."""

    def __init__(self, interactions: Sequence[Interaction]) -> None:
        self.interactions = interactions
        self.played: set[Interaction] = set()
        self._alike: defaultdict[tuple[Any, ...], list[Interaction]] = defaultdict(list)
        for item in interactions:
            self._alike[_identity(item.request)].append(item)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The recorded answer; raises NoRecordingError."""
        fitting = self._alike.get(_identity(request))
        if not fitting:
            raise NoRecordingError(request, self._nearest(request))
        turn = next((item for item in fitting if item not in self.played), fitting[-1])
        self.played.add(turn)
        return turn.response

    @property
    def unplayed(self) -> list[Interaction]:
        """The exchanges that nobody asked for yet."""
        return [item for item in self.interactions if item not in self.played]

    def _nearest(self, request: HttpRequest) -> str | None:
        if not self.interactions:
            return None
        nearest = max(self.interactions, key=lambda item: _likeness(request, item.request))
        path = urlsplit(nearest.request.url).path
        different = _different(request, nearest.request)
        told = ", ".join(different[:_SHOWN]) + (", …" if len(different) > _SHOWN else "")
        return f"{nearest.request.method} {path} in {nearest.file}; what differs: {told}"


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


def _likeness(one: HttpRequest, other: HttpRequest) -> tuple[bool, int, int]:
    """How near a recording is: the method, how far the paths agree, and how little else differs."""
    common = _common(urlsplit(one.url).path, urlsplit(other.url).path)
    return (one.method == other.method, common, -len(_different(one, other)))


def _common(one: str, other: str) -> int:
    return next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


def _different(one: HttpRequest, other: HttpRequest) -> list[str]:
    """In what two requests differ: names alone, for a value may be somebody's."""
    asked, recorded = _parts(one), _parts(other)
    names = dict.fromkeys([*asked, *recorded])
    return [name for name in names if sorted(map(repr, asked[name])) != sorted(map(repr, recorded[name]))]


def _parts(request: HttpRequest) -> defaultdict[str, list[Any]]:
    """All that is matched, by the name that is told of it."""
    parts = urlsplit(request.url)
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for name, value in (("method", request.method), ("host", parts.hostname), ("path", parts.path)):
        found[name].append(value)
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        found[f"query {name if _NAME.fullmatch(name) else '…'}"].append(value)
    for name, value in _fields(_MARKER.sub(b"op_", request.body)):
        found[f"body {name}".rstrip()].append(value)
    return found


def _fields(body: bytes) -> Iterator[tuple[str, Any]]:
    if not body:
        return
    try:
        yield from _leaves("", orjson.loads(body))
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace")
        pairs = parse_qsl(text, keep_blank_values=True) if "=" in text else []
        yield from pairs if pairs and all(_NAME.fullmatch(name) for name, _ in pairs) else [("", text)]


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The values of a JSON body, each with the names that lead to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not items:
        yield name, value
    for key, item in items:
        yield from _leaves(f"{name}.{key}".lstrip("."), item)
