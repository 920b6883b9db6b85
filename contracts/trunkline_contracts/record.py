"""The base of everything that crosses a boundary, and the text types it is made of."""

import re
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

# Controls (but tab and newline), zero-width and bidirectional marks, byte-order mark, tag characters:
# a model reads them, a human does not see them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)

UNTRUSTED = "untrusted vendor text"
"""How schemas mark text that somebody outside wrote."""


class Record(BaseModel):
    """Base of every value, entity, request and result: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _visible(text: str) -> str:
    return _INVISIBLE.sub(lambda match: f"<U+{ord(match[0]):04X}>", text.replace("\r\n", "\n"))


def _printable(text: str) -> str:
    if _INVISIBLE.search(text):
        raise ValueError("contains control or invisible characters; send plain text")
    return text


VendorText = Annotated[
    str,
    AfterValidator(_visible),
    WithJsonSchema({"type": "string", "description": UNTRUSTED}),
]
"""Text that somebody outside wrote: never an instruction; invisible characters are made visible."""

Text = Annotated[str, Field(min_length=1, max_length=65_536), AfterValidator(_printable)]
"""Text that a caller gives for a vendor: 1 to 65,536 characters, none of them invisible."""

Line = Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_printable)]
"""One short text of a caller, such as a subject or a name."""

Moment = AwareDatetime
"""A point in time with its offset; a naive time is refused."""
