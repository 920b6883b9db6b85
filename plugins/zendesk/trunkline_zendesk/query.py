"""Zendesk's search language, of which agents' words are only ever the values.

https://support.zendesk.com/hc/en-us/articles/4408886879258
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from trunkline_contracts.errors import InvalidArgumentError

_PLAIN_WORD = re.compile(r"\w+")
_NOTHING = "This text has nothing that can be searched for: give words."


def phrase(text: str) -> str:
    """A value in quotes: nothing in it is an operator.

    Zendesk has no escape for a quote, so a quote is a space. Raises InvalidArgumentError where nothing else is left.
    """
    if bare := _bare(text):
        return f'"{bare}"'
    raise InvalidArgumentError(_NOTHING)


def words(text: str) -> Iterable[str]:
    """Free text, word for word; a word with any sign in it is quoted, so that it cannot be an operator.

    Raises InvalidArgumentError where nothing of a text is left to look for.
    """
    found = _bare(text).split()
    if text and not found:
        raise InvalidArgumentError(_NOTHING)
    for word in found:
        yield word if _PLAIN_WORD.fullmatch(word) else phrase(word)


def _bare(text: str) -> str:
    return " ".join(re.sub(r'["\\]', " ", text).split())


def moment(at: datetime) -> str:
    """A time as a value."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
