"""Pseudonyms: for one value always the same, and of its form; another recording has others."""

import hashlib
import hmac
import re
import secrets

EMAIL = re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+\.[A-Za-z]{2,}")
PHONE = re.compile(r"\+[0-9][0-9().-]{6,18}[0-9]")
WORD = re.compile(r"[A-Za-z0-9_.:+\-/=,]{1,64}")
MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?"
    r"|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} [+-]\d{4}"
)
NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,9})?")
_ADDRESS = re.compile(rf"([a-z]{{2,12}}:)?({EMAIL.pattern}|{PHONE.pattern})")
_URL = re.compile(r"[a-z]{2,12}://\S+")
_BREAK = re.compile(r"(\n|<br>)")
_MARKER = re.compile(r"\[?op_[0-9a-f]{32}\]?")
_AS_A_CARD, _A_NAME = 12, 3
_SOME_DAY, _SOME_TIME = "1970-01-01", "1970-01-01T00:00:00Z"


class Pseudonyms:
    """The pseudonyms of one recording."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, text: str) -> str:
        """The pseudonym of a text: an address, a number, a moment, a URL, a word, or lines of text."""
        if _ADDRESS.fullmatch(text):
            return self.inline(text)
        if found := MOMENT.fullmatch(text):
            return _SOME_TIME if found["time"] or "," in text else _SOME_DAY
        if NUMBER.fullmatch(text):
            return self._digits(text)
        if _URL.fullmatch(text):
            return f"https://example.com/{self.hash(text)}"
        if WORD.fullmatch(text):
            return f"w{self.hash(text)}"
        # A write's marker stands in a line of its own, under what somebody wrote.
        return "".join(map(self._line, _BREAK.split(text)))

    def inline(self, text: str) -> str:
        """A text that keeps its form, with another e-mail address or telephone number in it."""
        text = EMAIL.sub(lambda match: f"p-{self.hash(match[0].lower())}@example.com", text)
        return PHONE.sub(lambda match: f"+1555{int(self.hash(match[0]), 16) % 10**7:07d}", text)

    def number(self, number: float) -> float:
        """Another number of as many digits."""
        text = str(number)
        return type(number)(self._digits(text)) if NUMBER.fullmatch(text) else 0

    def hash(self, text: str) -> str:
        """What tells one value from another, and nobody what it was."""
        return hmac.digest(self._key, text.encode(), hashlib.sha256).hex()[:10]

    def _digits(self, text: str) -> str:
        """Other digits in the same places; a whole number keeps its length."""
        digest = str(int(hmac.digest(self._key, text.encode(), hashlib.sha256).hex(), 16))
        # No card's number begins with 1: a long number must not come to look like one.
        digits = iter(f"1{digest}" if len(text) >= _AS_A_CARD else digest)
        return re.sub(r"\d", lambda _: next(digits), text)

    def _line(self, line: str) -> str:
        if not line.strip() or _BREAK.fullmatch(line) or _MARKER.fullmatch(line):
            return line
        words = line.split(" ")
        # A name is at times sent whole, at times in its parts.
        is_short = len(words) <= _A_NAME and all(map(WORD.fullmatch, words))
        return " ".join(map(self.of, words)) if is_short else f"text {self.hash(line)}"
