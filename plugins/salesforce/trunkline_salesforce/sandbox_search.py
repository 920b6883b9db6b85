"""The SOSL that our sandbox understands: one kind of record, found by all of some words."""

import re

from trunkline_salesforce.sandbox_soql import Row, SoqlError
from trunkline_salesforce.sandbox_state import State

_SEARCH = re.compile(
    r"FIND \{((?:\\.|[^\\{}])+)\} IN ALL FIELDS RETURNING (\w+)\(([\w, .]+?) ((?:WHERE|ORDER BY|LIMIT) .+)\)", re.DOTALL
)
# Whatever is no letter and no digit has a meaning, unless a backslash takes it away.
_WORD = re.compile(r'"(\w+)"|((?:\\.|[^\s?&|!{}\[\]()^~*:\\"\'+\-])+)')
_OPERATORS = frozenset(("and", "or", "not"))
_TEXTS = ("Subject", "Description", "Title", "Summary", "Answer__c")


def search(org: State, text: str) -> list[Row]:
    """Run a search; every word has to occur."""
    match = _SEARCH.fullmatch(text)
    if match is None:
        raise SoqlError("MALFORMED_SEARCH", "unexpected token")
    words, name, fields, rest = match.groups()
    wanted = [word.casefold() for word in _words(words)]
    found = org.query(f"SELECT {fields} FROM {name} {rest}", include_deleted=False)  # noqa: S608 - our own language
    return [row for row in found if _has(org.tables[name], row, wanted)]


def _words(text: str) -> list[str]:
    words, place = list[str](), 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        match = _WORD.match(text, place)
        if match is None or (match[2] or "").casefold() in _OPERATORS:
            raise SoqlError("MALFORMED_SEARCH", "unexpected token")
        place = match.end()
        words.append(match[1] or re.sub(r"\\(.)", r"\1", match[2]))
    return words


def _has(table: dict[str, Row], row: Row, words: list[str]) -> bool:
    record = next(item for item in table.values() if row["Id"] in (item["Id"], item.get("KnowledgeArticleId")))
    text = " ".join(str(record.get(name) or "") for name in _TEXTS).casefold()
    return all(word in text for word in words)
