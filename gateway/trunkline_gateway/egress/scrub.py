"""Takes people and secrets out of recorded traffic: what is not known to be harmless becomes a stable pseudonym.

Kept are headers on a list, booleans, numbers, and texts that look like a machine's word; of the last two only what
stands under no telling name. One recording gives one value one pseudonym, so that its requests and replies still fit
together.
"""

import hashlib
import hmac
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import orjson

from trunkline_contracts.http import HttpRequest, HttpResponse

_REQUEST_HEADERS = frozenset(("content-type", "accept"))
_RESPONSE_HEADERS = re.compile(r"content-type|retry-after|.*rate-?limit.*|sforce-limit-info|x-idempotency-lookup")
_EMAIL = re.compile(r"[^\s@<>\"',;()]+@[^\s@<>\"',;()]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"\+[0-9][0-9().-]{6,18}[0-9]")
_FIELD = re.compile(r"[A-Za-z0-9_.:$\-\[\]]{1,128}")
_WORD = re.compile(r"[A-Za-z0-9_.:+\-/=,]{1,64}")
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} [+-]\d{4}"
)
_REF = re.compile(r"[a-z][a-z0-9_]*:[a-z_]+:\S+")
# A telling name with one of these endings names a record or a choice, not what somebody wrote.
_CHOICE = re.compile(r".*(_id|Id|_sid|_type|_status|_uri)|first_message")
_QUERIES = frozenset(("q", "query"))
# A query's values: in quotes behind the name of a field, an address, or a word that is neither field nor operator.
_LITERAL = re.compile(
    r"(?P<before>(?P<field>[\w.]+)?\s*(?:[=:~<>!]|\blike\b|\bin\s*\()*\s*)(?P<quote>['\"])(?P<open>%?)"
    r"(?P<value>(?:[^'\"\\]|\\.)*?)(?P<close>%?)(?P=quote)",
    re.IGNORECASE,
)
_SOQL = re.compile(r"\s*select\b", re.IGNORECASE)
_BARE = re.compile(r"(?:(?P<field>\w+):)?(?!(?:AND|OR|NOT)\b)(?P<word>[^\W\d][\w.-]*)")
_TELLING = re.compile(
    r"name|mail|phone|mobile|street|address|city|postal|zip|line_?\d|body|subject|description|comment|note|title|text"
    r"|message|content|phrase|secret|token|password|last4|fingerprint|birth|(^|_)ip$|url|signature|from$|to$|author"
    r"|first$|last$|given$|family$|api_?key|private_?key|credential|cookie|iban|ssn",
    re.IGNORECASE,
)
_TELLING_NUMBER = re.compile(r"phone|mobile|last4|birth|zip|postal|iban|ssn", re.IGNORECASE)
_BIRTH, _SOME_DAY = re.compile(r"birth", re.IGNORECASE), "1970-01-01"


class Scrubber:
    """Scrubs the traffic of one recording."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def request(self, request: HttpRequest) -> HttpRequest:
        """A request without its credential and without people."""
        parts = urlsplit(request.url)
        path = "/".join(map(self._segment, parts.path.split("/")))
        url = urlunsplit((parts.scheme, parts.netloc, path, self._form(parts.query), ""))
        headers = {name: value for name, value in request.headers.items() if name.lower() in _REQUEST_HEADERS}
        return HttpRequest(request.method, url, headers, self._body(request.body))

    def response(self, response: HttpResponse) -> HttpResponse:
        """A reply without people."""
        headers = {name: value for name, value in response.headers.items() if _RESPONSE_HEADERS.fullmatch(name)}
        return HttpResponse(response.status, headers, self._body(response.body), response.url)

    def _segment(self, segment: str) -> str:
        plain = unquote(segment)
        scrubbed = self.value("", plain)
        return segment if scrubbed == plain else quote(scrubbed, safe="")

    def _form(self, text: str) -> str:
        pairs = parse_qsl(text, keep_blank_values=True)
        return urlencode([(self._field(name), self.value(name, value)) for name, value in pairs])

    def _field(self, name: str) -> str:
        """A field's name, unless it is somebody's."""
        return name if _FIELD.fullmatch(name) else self._text("", name)

    def _body(self, body: bytes) -> bytes:
        if not body:
            return body
        try:
            return orjson.dumps(self.value("", orjson.loads(body)))
        except orjson.JSONDecodeError:
            text = body.decode("utf-8", "replace")
            names = [name for name, _ in parse_qsl(text, keep_blank_values=True)]
            is_form = "=" in text and all(map(_FIELD.fullmatch, names))
            return (self._form(text) if is_form else self._text("", text)).encode()

    def value(self, name: str, value: Any) -> Any:
        """A JSON value, with what may be somebody's replaced."""
        if isinstance(value, dict):
            return {self._field(key): self.value(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(name, item) for item in value]
        if isinstance(value, str) and value:
            return self._text(name, value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return self._number(value) if is_number and _TELLING_NUMBER.search(name) else value

    def _query(self, text: str) -> str:
        """A query of a vendor's language: its values scrubbed, its form kept."""
        parts, end = [], 0
        for literal in _LITERAL.finditer(text):
            parts += [self._words(text[end : literal.start()], text), self._literal(literal)]
            end = literal.end()
        return "".join([*parts, self._words(text[end:], text)])

    def _literal(self, match: re.Match[str]) -> str:
        value = self._text((match["field"] or "").rsplit(".", 1)[-1], match["value"]) if match["value"] else ""
        return f"{match['before']}{match['quote']}{match['open']}{value}{match['close']}{match['quote']}"

    def _words(self, text: str, query: str) -> str:
        """What stands outside quotes: in SOQL never a value, elsewhere perhaps a word that somebody looked for."""
        if not _SOQL.match(query):
            text = " ".join(map(self._word, text.split(" ")))
        return self._inline(text)

    def _word(self, word: str) -> str:
        found = _BARE.fullmatch(word)
        if not found or (found["field"] and not _TELLING.search(found["field"])):
            return word
        return f"{word[: found.start('word')]}w{self._hash(found['word'])}"

    def _text(self, name: str, text: str) -> str:
        if name in _QUERIES:
            return self._query(text)
        if _MOMENT.fullmatch(text):
            return _SOME_DAY if _BIRTH.search(name) else text
        if _EMAIL.fullmatch(text) or (_WORD.fullmatch(text) and _PHONE.search(text)):
            return self._inline(text)
        is_telling = _TELLING.search(name) and not (_CHOICE.fullmatch(name) or _REF.fullmatch(text))
        if is_telling or not _WORD.fullmatch(text):
            return self._pseudonym(text)
        return text

    def _inline(self, text: str) -> str:
        """A text that has to keep its form, with another address or telephone number in it."""
        text = _EMAIL.sub(lambda match: f"p-{self._hash(match[0].lower())}@example.com", text)
        return _PHONE.sub(self._phone, text)

    def _number(self, number: float) -> int:
        digits = len(str(abs(int(number))))
        return int(self._hash(str(number)), 16) % int("1" + "0" * digits)

    def _phone(self, match: re.Match[str]) -> str:
        return f"+1555{int(self._hash(match[0]), 16) % 10**7:07d}"

    def _pseudonym(self, text: str) -> str:
        return f"text {self._hash(text)}"

    def _hash(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), hashlib.sha256).hex()[:10]
