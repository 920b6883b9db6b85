"""The scanner: looks through a whole cassette, when it is written and when it is read, for what must not be in it."""

import re
from base64 import b64encode
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

import orjson

from trunkline_gateway.cassettes.shapes import kinds_in

_CREDENTIAL_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-app-token", "x-auth-token")
)
_NAME = re.compile(r"[\w$.-]{1,64}")
_NESTED = 20


@dataclass(frozen=True)
class Hit:
    """Something found: where, as a JSON path, and of what kind; never what."""

    place: str
    kind: str


def scan(document: Any, secrets: Collection[str] = ()) -> list[Hit]:
    """What a cassette holds that it may not; `secrets` are values that may stand nowhere in it, in no encoding."""
    known = frozenset(form for secret in secrets for form in _encodings(secret))
    return list(dict.fromkeys(_hits(document, known)))


def _hits(document: Any, known: frozenset[str]) -> Iterator[Hit]:
    for place, name, text in _texts("$", "", document):
        if name.lower() in _CREDENTIAL_HEADERS and ".headers." in place:
            yield Hit(place, "credential header")
        for spelling in {text, unquote(text), unquote_plus(text)}:
            yield from (Hit(place, kind) for kind in kinds_in(spelling))
            if any(form in spelling for form in known):
                yield Hit(place, "the connection's credential")


def _texts(place: str, name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, str, str]]:
    """Every text with its place and its field's name; what is JSON inside a text is looked through as well."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield place, "", str(key)
            yield from _texts(f"{place}.{_shown(key)}", str(key), item, depth)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(f"{place}[{index}]", name, item, depth)
    elif isinstance(value, bytes):
        yield from _texts(place, name, value.decode("utf-8", "replace"), depth)
    elif value is not None and not isinstance(value, bool):
        inner = _json(value) if isinstance(value, str) and depth < _NESTED else None
        yield from [(place, name, str(value))] if inner is None else _texts(place, name, inner, depth + 1)


def _shown(key: object) -> str:
    """A key as a place may show it: one that is no plain name may be somebody's."""
    return str(key) if _NAME.fullmatch(str(key)) else "…"


def _json(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _encodings(secret: str) -> Iterator[str]:
    """A secret as it is, in a URL, and in base64 wherever in the encoded text it may stand."""
    yield secret
    yield quote(secret, safe="")
    plain = secret.encode()
    for before in range(3):
        encoded = b64encode(bytes(before) + plain).decode()
        yield encoded[-(-8 * before // 6) : 8 * (before + len(plain)) // 6]
