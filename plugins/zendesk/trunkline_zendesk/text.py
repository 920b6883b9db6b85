"""Zendesk's HTML as text."""

import re
from html import unescape

_UNSEEN = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->")
_LINE_ENDS = re.compile(r"(?i)<br\s*/?>|</(p|div|li|h[1-6]|tr|ul|ol|table|blockquote|pre)\s*>")
_ITEM = re.compile(r"(?i)<li\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")


def text_of(html: str | None) -> str:
    """The text of a piece of HTML, line by line."""
    marked = _ITEM.sub("- ", _LINE_ENDS.sub("\n", _UNSEEN.sub(" ", (html or "").replace("\n", " "))))
    lines = (" ".join(line.split()) for line in unescape(_TAG.sub("", marked)).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def line_of(html: str | None) -> str:
    """The text of a piece of HTML, on one line."""
    return " ".join(text_of(html).split())
