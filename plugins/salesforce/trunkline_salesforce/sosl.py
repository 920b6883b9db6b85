"""The SOSL that we send: a caller's words in it are only ever words.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_sosl_find.htm
"""

import re

from trunkline_contracts.errors import InvalidArgumentError

_RESERVED = re.compile(r"""[?&|!{}\[\]()^~*:\\"'+\-]""")
_OPERATORS = frozenset(("and", "or", "not"))


def find(text: str, returning: str) -> str:
    """Search for all of the words of a text; `returning` has its own values escaped."""
    words = " ".join(_word(word) for word in text.split())
    if not words:
        raise InvalidArgumentError("A search needs a word: give more than white space.")
    return f"FIND {{{words}}} IN ALL FIELDS RETURNING {returning}"


def _word(word: str) -> str:
    """A word in which no sign means anything; in quotes an operator is a word too."""
    return f'"{word}"' if word.lower() in _OPERATORS else _RESERVED.sub(r"\\\g<0>", word)
