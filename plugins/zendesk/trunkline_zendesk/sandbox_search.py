"""Zendesk's search language, as far as the imitated account understands it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Json = dict[str, Any]

_TERM = re.compile(r'(?:(?P<key>\w+)(?P<operator>>=|<=|[:<>]))?(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))')
_USER_KEYS = frozenset(("email", "phone", "name", "role", "external_id"))


@dataclass(frozen=True)
class Term:
    """One condition; without a key it is a word of the text."""

    key: str
    operator: str
    value: str
    is_phrase: bool


def terms(query: str) -> Iterator[Term]:
    """The conditions of a query."""
    for match in _TERM.finditer(query):
        is_phrase = match["phrase"] is not None
        yield Term(match["key"] or "", match["operator"] or "", match["phrase"] or match["word"] or "", is_phrase)


def _grouped(query: str) -> Iterable[tuple[str, list[Term]]]:
    """The conditions by their key: those of one key are alternatives, but words go together."""
    found = sorted(terms(query), key=lambda term: term.key)
    for key, group in groupby(found, key=lambda term: term.key):
        if key:
            yield key, list(group)
        else:
            yield from (("", [term]) for term in group)


def _has_words(term: Term, text: str) -> bool:
    """A phrase fits as it stands, a word also as the beginning of one."""
    pattern = rf"(?<!\w){re.escape(term.value)}" + (r"(?!\w)" if term.is_phrase else "")
    return re.search(pattern, text, re.IGNORECASE) is not None


def fits_user(user: Json, query: str) -> bool:
    """Whether a user is found."""
    text = " ".join(str(user[name] or "") for name in ("name", "email", "phone", "notes"))

    def holds(key: str, term: Term) -> bool:
        return _has_words(term, str(user[key] or "") if key in _USER_KEYS else text)

    return all(any(holds(key, term) for term in group) for key, group in _grouped(query))


def fits_ticket(ticket: Json, query: str, users: Mapping[int, Json], groups: Iterable[Json]) -> bool:
    """Whether a ticket is found."""
    names = {group["id"]: group["name"] for group in groups}
    assignee = users.get(ticket["assignee_id"] or 0, {})
    people = {
        "requester": f"{ticket['requester_id']} {users[ticket['requester_id']]['email']}",
        "assignee": f"{ticket['assignee_id']} {assignee.get('name')} {assignee.get('email')}",
        "group": f"{ticket['group_id']} {names.get(ticket['group_id'])}",
    }
    return all(any(_ticket_holds(ticket, key, term, people) for term in group) for key, group in _grouped(query))


def _ticket_holds(ticket: Json, key: str, term: Term, people: Mapping[str, str]) -> bool:
    if key == "type":
        return term.value == "ticket"
    if key in people:
        return _has_words(term, people[key])
    if key == "status":
        return bool(ticket["status"] == term.value)
    if key == "tags":
        return set(term.value.split()) <= set(ticket["tags"])
    if key == "updated":
        return bool(ticket["updated_at"] >= term.value) if term.operator == ">=" else True
    return _has_words(term, f"{ticket['subject']} {ticket['description']}")


def fits_article(article: Json, query: str) -> bool:
    """Whether an article has any of the words that mean something."""
    text = f"{article['title']} {article['body']}".casefold()
    return any(word in text for word in re.findall(r"\w{4,}", query.casefold()))
