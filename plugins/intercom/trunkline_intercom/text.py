"""Intercom's HTML as text, and a caller's text as Intercom's HTML."""

import re
from html import escape, unescape

_LINE_ENDS = re.compile(r"(?i)<br\s*/?>|</(p|div|li|h[1-6]|tr|blockquote)\s*>")
_TAG = re.compile(r"<[^>]*>")


def text_of(html: str | None) -> str:
    """The text of a piece of HTML, with its lines."""
    text = unescape(_TAG.sub("", _LINE_ENDS.sub("\n", html or "")))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def html_of(text: str) -> str:
    """A text as HTML, in which nothing of it is a tag."""
    return escape(text, quote=False).replace("\n", "<br>")
