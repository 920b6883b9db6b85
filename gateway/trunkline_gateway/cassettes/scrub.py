"""Takes people and secrets out of recorded traffic: what is not known to be harmless becomes a stable pseudonym.

Kept are headers on a list, the values of fields whose names are on a list, booleans, and the words of a path. One
recording gives one value one pseudonym, so that its requests and replies still fit together.
"""

import re
from collections.abc import Container, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import orjson

from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.cassettes.names import telling_name
from trunkline_gateway.cassettes.pseudonyms import EMAIL, MOMENT, NUMBER, PHONE, WORD, Pseudonyms
from trunkline_gateway.cassettes.queries import QUERIES, scrubbed_query

_REQUEST_HEADERS = frozenset(("content-type", "accept"))
_RESPONSE_HEADERS = re.compile(r"content-type|retry-after|.*rate-?limit.*|sforce-limit-info|x-idempotency-lookup")
_FIELD = re.compile(r"[A-Za-z0-9_.:$\-\[\]]{1,128}")
_REF = re.compile(r"(?P<place>[a-z][a-z0-9_]*:[a-z_]+:)(?P<id>\S+)")
# In a batch of requests one takes up what another gave: `@{deal.id}`.
_REFERENCE = re.compile(r"@\{[\w.]+\}")
_SUFFIX = re.compile(r"(?P<name>.+?)(?P<suffix>\.(?:json|xml)|)")
_ADDRESS = re.compile(r"(?:https://(?P<host>[\w.-]+))?/\S*")
_LINK = re.compile(r"(?:url|uri|href|path)$", re.IGNORECASE)
_API_WORD = re.compile(r"[a-z_]+")
_TELLING_LENGTH = 6
_FILTERED = ("propertyName", "property", "field")
_TELLING = re.compile(
    r"name|mail|phone|mobile|street|address|city|postal|zip|line_?\d|body|subject|description|comment|note|title|text"
    r"|message|content|phrase|secret|token|password|last4|fingerprint|birth|(^|_)ip$|url|signature|from$|to$|author"
    r"|first$|last$|given$|family$|api_?key|private_?key|credential|cookie|iban|ssn|value",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?:status|state|stage|type|priority|category|origin|outcome)$", re.IGNORECASE)
_PHRASE = re.compile(r"[A-Za-z]+(?:[ /-]{1,3}[A-Za-z]+){1,3}")
_BIRTH, _SOME_DAY = re.compile(r"birth", re.IGNORECASE), "1970-01-01"


class Scrubber:
    """Scrubs the traffic of one recording; `names` are those of harmless fields, `hosts` the vendor's own."""

    def __init__(
        self, names: Container[str] = (), hosts: Sequence[str] = (), settings: Mapping[str, Any] | None = None
    ) -> None:
        self._names = names
        self._hosts = hosts
        self._pseudonyms = Pseudonyms()
        self._settings: frozenset[Any] = frozenset()
        self._kept: set[str] = set()
        self._replaced: set[str] = set()
        self.suspects: set[str] = set()
        # Settings stand in addresses: they are scrubbed as those are, or the two would not fit.
        self.settings = {name: self._setting(value) for name, value in (settings or {}).items()}
        self._settings = frozenset(value for value in self.settings.values() if isinstance(value, str))

    def request(self, request: HttpRequest) -> HttpRequest:
        """A request without its credential and without people."""
        headers = {name: value for name, value in request.headers.items() if name.lower() in _REQUEST_HEADERS}
        return HttpRequest(request.method, self._url(request.url), headers, self._body(request.body))

    def response(self, response: HttpResponse) -> HttpResponse:
        """A reply without people."""
        headers = {name: value for name, value in response.headers.items() if _RESPONSE_HEADERS.fullmatch(name)}
        return HttpResponse(response.status, headers, self._body(response.body), response.url)

    def value(self, name: str, value: Any) -> Any:
        """A JSON value, with what may be somebody's replaced."""
        if isinstance(value, dict):
            return {self._field(key): self.value(self._judge(key, value, name), item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(name, item) for item in value]
        if isinstance(value, str) and value:
            return self._text(name, value)
        return self._number(name, value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    def _judge(self, key: str, siblings: Mapping[str, Any], above: str) -> str:
        """The name by which a value is judged: that of a custom field may be the number beside it."""
        number = str(siblings.get("id"))
        is_numbered = key == "value" and number.isdigit() and number in self._names
        return number if is_numbered else _judged_by(key, siblings, above)

    def _setting(self, value: Any) -> Any:
        return self._part(value) if isinstance(value, str) else value

    def _url(self, url: str) -> str:
        parts = urlsplit(url)
        path = "/".join(map(self._segment, parts.path.split("/")))
        return urlunsplit((parts.scheme, parts.netloc, path, self._form(parts.query), ""))

    def _segment(self, segment: str) -> str:
        plain = unquote(segment)
        scrubbed = self._part(plain)
        return segment if scrubbed == plain else quote(scrubbed, safe="")

    def _part(self, text: str) -> str:
        """A part of an address: kept where it looks like a machine's word and was not replaced elsewhere."""
        found = _SUFFIX.fullmatch(text)
        name, suffix = (found["name"], found["suffix"]) if found else (text, "")
        if not name or name in self._settings:
            return text
        if EMAIL.search(name) or PHONE.search(name):
            return self._pseudonyms.inline(name) + suffix
        is_plain = WORD.fullmatch(name) and not self._is_replaced(name)
        return text if is_plain else self._pseudonyms.of(name) + suffix

    def _is_replaced(self, text: str) -> bool:
        """Whether a value was replaced in a field: not the vendor's own words, nor what is too short to tell."""
        digest = self._pseudonyms.hash(text)
        is_telling = len(text) >= _TELLING_LENGTH and not _API_WORD.fullmatch(text)
        return is_telling and digest in self._replaced and digest not in self._kept

    def _form(self, text: str) -> str:
        pairs = parse_qsl(text, keep_blank_values=True)
        return urlencode([(self._field(name), self.value(name, value)) for name, value in pairs])

    def _field(self, name: str) -> str:
        """A field's name, unless it is somebody's."""
        return name if _FIELD.fullmatch(name) else self._pseudonyms.of(name)

    def _body(self, body: bytes) -> bytes:
        if not body:
            return body
        try:
            return orjson.dumps(self.value("", orjson.loads(body)))
        except orjson.JSONDecodeError:
            text = body.decode("utf-8", "replace")
            names = [name for name, _ in parse_qsl(text, keep_blank_values=True)]
            is_form = "=" in text and all(map(_FIELD.fullmatch, names))
            return (self._form(text) if is_form else self._pseudonyms.of(text)).encode()

    def _text(self, name: str, text: str) -> str:
        if (inner := _json(text)) is not None:
            return orjson.dumps(self.value(name, inner)).decode()
        if found := _REF.fullmatch(text):
            return f"{found['place']}{self._part(found['id'])}"
        return self._url(text) if self._is_own_address(name, text) else self._plain_text(name, text)

    def _plain_text(self, name: str, text: str) -> str:
        if name in QUERIES:
            return scrubbed_query(text, self._text, self._pseudonyms.inline)
        if text in self._settings:
            return text
        if name in self._names and _looks_chosen(name, text):
            self._kept.add(self._pseudonyms.hash(text))
            return _SOME_DAY if _BIRTH.search(name) else self._pseudonyms.inline(text)
        self._note(name, text)
        return self._pseudonyms.of(text)

    def _is_own_address(self, name: str, text: str) -> bool:
        """Whether a text is an address at the vendor, which a later request may go to."""
        found = _ADDRESS.fullmatch(text)
        if not found or not found["host"]:
            return bool(found and _LINK.search(name))
        return found["host"].lower() in self._hosts

    def _number(self, name: str, number: float) -> float:
        if name in self._names:
            self._kept.add(self._pseudonyms.hash(str(number)))
            return number
        self._note(name, str(number))
        return self._pseudonyms.number(number)

    def _note(self, name: str, text: str) -> None:
        """Note what is replaced, and the field's name where both look harmless."""
        self._replaced.add(self._pseudonyms.hash(text))
        is_harmless = any(form.fullmatch(text) for form in (WORD, MOMENT, NUMBER)) and not PHONE.search(text)
        if name and is_harmless and not _TELLING.search(name):
            self.suspects.add(name)


def _json(text: str) -> Any:
    """What a text says that is itself a JSON list or object."""
    try:
        return orjson.loads(text) if text[0] in "[{" else None
    except orjson.JSONDecodeError:
        return None


def _looks_chosen(name: str, text: str) -> bool:
    """Whether a system chose a text, and nobody wrote it: one word, or the few of a status."""
    is_word = WORD.fullmatch(text) or MOMENT.fullmatch(text) or _REFERENCE.fullmatch(text)
    return bool(is_word or (_STATUS.search(name) and _PHRASE.fullmatch(text)))


def _judged_by(key: str, siblings: Mapping[str, Any], above: str) -> str:
    """The name by which a value is judged: a filter's stands under the field that the filter tests."""
    if key not in {"value", "values", "highValue"}:
        return telling_name(key, above)
    return next((str(siblings[name]) for name in _FILTERED if isinstance(siblings.get(name), str)), key)
