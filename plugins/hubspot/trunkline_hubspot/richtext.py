"""Plain text, and the HTML that HubSpot keeps of notes and e-mails."""

from html import escape
from html.parser import HTMLParser

_BREAKS = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3"))
_UNSEEN = frozenset(("style", "script", "head"))


def to_html(text: str) -> str:
    """A text as it was typed, and never as markup."""
    return escape(text, quote=False).replace("\n", "<br>")


def to_text(html: str | None) -> str | None:
    """What a reader sees of HTML."""
    if html is None:
        return None
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line) or None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, or what nobody sees."""
        self._unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a line, or what nobody sees."""
        self._unseen = max(self._unseen - (tag in _UNSEEN), 0)
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is seen; a line break in HTML is a space."""
        if not self._unseen:
            self.parts.append(data.replace("\n", " "))
