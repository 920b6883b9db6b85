"""Takes people and secrets out of recorded traffic: what is not known to be harmless becomes a stable pseudonym.

Kept are headers on a list, numbers, booleans, and texts that look like a machine's word and stand under no telling
name. One recording gives one value one pseudonym, so that its requests and replies still fit together.
"""

import hashlib
import hmac
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from trunkline_contracts.http import HttpRequest, HttpResponse

_REQUEST_HEADERS = frozenset(("content-type", "accept"))
_RESPONSE_HEADERS = re.compile(r"content-type|retry-after|.*rate-?limit.*|sforce-limit-info|x-idempotency-lookup")
_EMAIL = re.compile(r"[^\s@<>\"',;()]+@[^\s@<>\"',;()]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{7,18}[0-9]")
_WORD = re.compile(r"[A-Za-z0-9_.:+\-/=]{1,64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?")
_TELLING = re.compile(
    r"name|mail|phone|mobile|street|address|city|postal|zip|line_?\d|body|subject|description|comment|note|title|text"
    r"|message|content|secret|token|password|last4|fingerprint|birth|ip$|url|signature|from$|to$|author",
    re.IGNORECASE,
)


class Scrubber:
    """Scrubs the traffic of one recording."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def request(self, request: HttpRequest) -> HttpRequest:
        """A request without its credential and without people."""
        parts = urlsplit(request.url)
        query = urlencode([(name, self.value(name, value)) for name, value in parse_qsl(parts.query)])
        url = urlunsplit((parts.scheme, parts.netloc, self._inline(parts.path), query, ""))
        headers = {name: value for name, value in request.headers.items() if name.lower() in _REQUEST_HEADERS}
        return HttpRequest(request.method, url, headers, self._body(request.body))

    def response(self, response: HttpResponse) -> HttpResponse:
        """A reply without people."""
        headers = {name: value for name, value in response.headers.items() if _RESPONSE_HEADERS.fullmatch(name)}
        return HttpResponse(response.status, headers, self._body(response.body), response.url)

    def _body(self, body: bytes) -> bytes:
        if not body:
            return body
        try:
            return orjson.dumps(self.value("", orjson.loads(body)))
        except orjson.JSONDecodeError:
            pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
            return urlencode([(name, self.value(name, value)) for name, value in pairs]).encode()

    def value(self, name: str, value: Any) -> Any:
        """A JSON value, with what may be somebody's replaced."""
        if isinstance(value, dict):
            return {self._inline(key): self.value(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(name, item) for item in value]
        return self._text(name, value) if isinstance(value, str) and value else value

    def _text(self, name: str, text: str) -> str:
        if _MOMENT.fullmatch(text):
            return text
        if _EMAIL.search(text) or _PHONE.fullmatch(text):
            return self._inline(text) if " " not in text.strip() else self._pseudonym(text)
        if _TELLING.search(name) or not _WORD.fullmatch(text):
            return self._pseudonym(text)
        return text

    def _inline(self, text: str) -> str:
        """Addresses and numbers inside a text that has to keep its form."""
        text = _EMAIL.sub(lambda match: f"p-{self._hash(match[0].lower())}@example.com", text)
        return _PHONE.sub(self._phone, text) if text.lstrip("/").startswith("+") else text

    def _phone(self, match: re.Match[str]) -> str:
        return f"+1555{int(self._hash(match[0]), 16) % 10**7:07d}"

    def _pseudonym(self, text: str) -> str:
        return f"text {self._hash(text)}"

    def _hash(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), hashlib.sha256).hex()[:10]
