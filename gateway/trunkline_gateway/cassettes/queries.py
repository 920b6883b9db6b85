"""Queries in a vendor's own language: their values are scrubbed, their form is kept."""

import re
from collections.abc import Callable

QUERIES = frozenset(("q", "query"))
"""The fields that hold a query."""
# A query's values: in quotes behind the name of a field, an address, or a word that is neither field nor operator.
_LITERAL = re.compile(
    r"(?P<before>(?P<field>[\w.]+)?\s*(?:[=:~<>!]|\blike\b|\bin\s*\()*\s*)(?P<quote>['\"])(?P<open>%?)"
    r"(?P<value>(?:[^'\"\\]|\\.)*?)(?P<close>%?)(?P=quote)",
    re.IGNORECASE,
)
_SOQL = re.compile(r"\s*select\s.+\sfrom\s.*|\s*find\s*\{.*\}\s*(in|returning)\s.*", re.IGNORECASE | re.DOTALL)
_SOUGHT = re.compile(r"(?<=\{)[^{}]*(?=\})")
# A word, perhaps compared with the field before it; before a bracket it is itself a field.
_WORD = re.compile(
    r"(?:(?P<field>[\w.]+)(?P<comparison>[:<>=~!]+))?(?!(?:AND|OR|NOT)\b)(?P<word>\w[\w.@+:-]*)(?!\[|\w)"
)

Replace = Callable[[str, str], str]
"""Takes a field's name and its value; gives what stands instead."""


def scrubbed_query(text: str, replace: Replace, inline: Callable[[str], str]) -> str:
    """A query with what may be somebody's replaced."""
    parts, end, field = [], 0, ""
    for literal in _LITERAL.finditer(text):
        parts.append(_outside(text[end : literal.start()], text, replace, inline))
        # A literal without a field stands in the list of the one before it.
        is_key = text[: literal.start()].endswith("[")
        field = literal["value"] if is_key else (literal["field"] or field).rpartition(".")[2]
        value = literal["value"] if is_key or not literal["value"] else replace(field, literal["value"])
        parts.append(
            f"{literal['before']}{literal['quote']}{literal['open']}{value}{literal['close']}{literal['quote']}"
        )
        end = literal.end()
    return "".join([*parts, _outside(text[end:], text, replace, inline)])


def _outside(text: str, query: str, replace: Replace, inline: Callable[[str], str]) -> str:
    """What stands outside quotes: in SOQL a value only in the braces of FIND, elsewhere perhaps any word."""
    if _SOQL.fullmatch(query):
        return inline(_SOUGHT.sub(lambda sought: _words(sought[0], replace), text))
    return inline(_words(text, replace))


def _words(text: str, replace: Replace) -> str:
    return _WORD.sub(lambda found: _word(found, replace), text)


def _word(found: re.Match[str], replace: Replace) -> str:
    return f"{found['field'] or ''}{found['comparison'] or ''}{replace(found['field'] or '', found['word'])}"
