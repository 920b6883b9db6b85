"""The SOQL that our sandbox understands: exactly the shapes that the connector sends, and not a word more."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline_salesforce.sandbox_fields import with_check_digits
from trunkline_salesforce.sandbox_loyalty_fields import LOYALTY_LOOKUPS

Row = dict[str, Any]
Tables = Mapping[str, Mapping[str, Row]]
Condition = Callable[[Row], bool]

# A relationship: the field that holds the other record's id, and the kinds of record that it can be of.
LOOKUPS = {
    "Owner": ("OwnerId", ("User", "Group")),
    "CreatedBy": ("CreatedById", ("User",)),
    "Account": ("AccountId", ("Account",)),
    "BillToContact": ("BillToContactId", ("Contact",)),
    "ShipToContact": ("ShipToContactId", ("Contact",)),
    "Product2": ("Product2Id", ("Product2",)),
    **LOYALTY_LOOKUPS,
}
# The other direction: the kind of record, and its field that holds this record's id.
CHILDREN = {
    "OpportunityContactRoles": ("OpportunityContactRole", "OpportunityId"),
    "OrderItems": ("OrderItem", "OrderId"),
}
# Long texts and compound addresses can be read only.
_NOT_FILTERED = frozenset(
    (
        *("Description", "TextBody", "CommentBody", "Answer__c"),
        *("MailingAddress", "Address", "BillingAddress", "ShippingAddress"),
    )
)
_ID_LENGTH, _WHOLE_ID_LENGTH = 15, 18
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*')
    |(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))
    |(?P<number>\d+)
    |(?P<word>[A-Za-z]\w*(?:\.[A-Za-z]\w*)?)
    |(?P<sign><=|>=|!=|[=<>(),]))""",
    re.VERBOSE,
)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class SoqlError(Exception):
    """A query that Salesforce would refuse; `code` is its errorCode."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Query:
    """A query that was read."""

    fields: tuple[str, ...]
    name: str
    condition: Condition
    order: tuple[tuple[str, bool], ...]
    most: int | None
    skipped: int = 0
    children: tuple[tuple[str, "Query"], ...] = ()

    def run(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that it finds, in its order."""
        found = [row for row in rows if self.condition(row)]
        for name, descending in reversed(self.order):
            found.sort(key=lambda row: row[name], reverse=descending)
        return found[self.skipped :][: self.most]


class Parser:
    """Reads one query over tables; raises SoqlError for whatever it does not know."""

    def __init__(self, text: str, tables: Tables, fields: Mapping[str, frozenset[str]]) -> None:
        self._tokens = list(_tokens(text))
        self._tables = tables
        self._fields = fields
        self._depth = 0
        self._name = ""

    def query(self) -> Query:
        """Read the whole query."""
        query = self._select()
        if self._tokens:
            raise _unexpected(self._tokens[0][1])
        return query

    def _select(self) -> Query:
        self._expect("SELECT")
        fields: list[str] = []
        children: list[tuple[str, Query]] = []
        self._selected(fields, children)
        while self._take(","):
            self._selected(fields, children)
        self._expect("FROM")
        outer, self._name = self._name, self._next("word")
        if self._name not in self._fields:
            raise SoqlError("INVALID_TYPE", f"sObject type '{self._name}' is not supported.")
        for field in fields:
            self._check(field)
        condition = self._joined() if self._take("WHERE") else _always
        order = self._order() if self._take("ORDER") else ()
        most = int(self._next("number")) if self._take("LIMIT") else None
        skipped = int(self._next("number")) if self._take("OFFSET") else 0
        query = Query(tuple(fields), self._name, condition, order, most, skipped, tuple(children))
        self._name = outer
        return query

    def _selected(self, fields: list[str], children: list[tuple[str, Query]]) -> None:
        """One thing that is asked for: a field, or the records below."""
        if not self._take("("):
            fields.append(self._next("word"))
            return
        self._expect("SELECT")
        names = [self._next("word")]
        while self._take(","):
            names.append(self._next("word"))
        self._expect("FROM")
        relation = self._next("word")
        self._expect(")")
        children.append((relation, Query(tuple(names), CHILDREN[relation][0], _always, (), None)))

    def _check(self, field: str, *, use: str = "") -> str:
        lookup, _, name = field.rpartition(".")
        if lookup and lookup not in LOOKUPS:
            raise SoqlError("INVALID_FIELD", f"Didn't understand relationship '{lookup}' in field path.")
        tables = LOOKUPS[lookup][1] if lookup else (self._name,)
        known = any(name in self._fields[table] for table in tables)
        if not known or (lookup and LOOKUPS[lookup][0] not in self._fields[self._name]):
            raise SoqlError("INVALID_FIELD", f"No such column '{field}' on entity '{self._name}'.")
        if use and (name in _NOT_FILTERED or (lookup and use == "sorted")):
            raise SoqlError("INVALID_FIELD", f"field '{field}' can not be {use} in a query call")
        return field

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._expect("BY")
        order = [self._ordered()]
        while self._take(","):
            order.append(self._ordered())
        return tuple(order)

    def _ordered(self) -> tuple[str, bool]:
        name = self._check(self._next("word"), use="sorted")
        return name, self._take("DESC") or (self._take("ASC") and False)

    def _joined(self) -> Condition:
        """Conditions joined by AND, or by OR: Salesforce wants brackets where both are used."""
        parts = [self._one()]
        joiner = next((word for word in ("AND", "OR") if self._take(word)), None)
        while joiner:
            parts.append(self._one())
            if not self._take(joiner):
                break
        holds = any if joiner == "OR" else all
        return lambda row: holds(part(row) for part in parts)

    def _one(self) -> Condition:
        if not self._take("("):
            return self._comparison()
        self._depth += 1
        inner = self._joined()
        self._depth -= 1
        self._expect(")")
        return inner

    def _comparison(self) -> Condition:
        field = self._check(self._next("word"), use="filtered")
        if self._take("IN"):
            wanted = self._choices(field)
            return lambda row: _plain(field, self._of(row, field)) in wanted
        if self._take("LIKE"):
            pattern = _pattern(self._next("text"))
            return lambda row: bool(pattern.fullmatch(self._of(row, field) or ""))
        holds = _compared(field, self._next("sign"), self._value(field))
        return lambda row: holds(self._of(row, field))

    def _of(self, row: Row, field: str) -> Any:
        """A field of a row, or of the row that it refers to."""
        lookup, _, name = field.rpartition(".")
        if not lookup:
            return row[name]
        key, tables = LOOKUPS[lookup]
        other = next((self._tables[table][row[key]] for table in tables if row[key] in self._tables[table]), {})
        return other.get(name)

    def _choices(self, field: str) -> set[Any]:
        self._expect("(")
        if self._tokens and self._tokens[0] == ("word", "SELECT"):
            chosen = self._chosen()
        else:
            chosen = {self._value(field)}
            while self._take(","):
                chosen.add(self._value(field))
        self._expect(")")
        return chosen

    def _chosen(self) -> set[Any]:
        if self._depth:
            raise SoqlError(
                "MALFORMED_QUERY", "Semi join sub-selects are only allowed at the top level WHERE expressions."
            )
        query = self._select()
        (field,) = query.fields
        return {_plain(field, row[field]) for row in query.run(self._tables[query.name].values())}

    def _value(self, field: str) -> Any:
        kind, token = self._tokens.pop(0) if self._tokens else ("end", "")
        if kind == "text":
            return _plain(field, _checked(field, _unescaped(token)))
        if kind == "moment":
            return datetime.fromisoformat(token)
        if kind == "word" and token in _WORDS:
            return _WORDS[token]
        raise _unexpected(token)

    def _next(self, kind: str) -> str:
        found, token = self._tokens.pop(0) if self._tokens else ("end", "")
        if found != kind:
            raise _unexpected(token)
        return token

    def _take(self, token: str) -> bool:
        """Step over a token if it comes next; strings are never taken for one."""
        if self._tokens and self._tokens[0] in {("word", token), ("sign", token)}:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _unexpected(self._tokens[0][1] if self._tokens else "")


def _tokens(text: str) -> Iterable[tuple[str, str]]:
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _unexpected(text[place : place + 1])
        place = match.end()
        yield match.lastgroup, match[match.lastgroup]


def _unexpected(token: str) -> SoqlError:
    return SoqlError("MALFORMED_QUERY", f"unexpected token: '{token}'")


def _always(_: Row) -> bool:
    return True


def _unescaped(token: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPED.get(match[1], match[1]), token[1:-1], flags=re.DOTALL)


def _checked(field: str, value: str) -> str:
    """A value that is not an id with a wrong end."""
    is_id = field.endswith("Id") and len(value) == _WHOLE_ID_LENGTH
    if is_id and with_check_digits(value[:_ID_LENGTH]) != value:
        raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
    return value


def _pattern(token: str) -> re.Pattern[str]:
    """A pattern of LIKE: % is any text, _ any sign, and a backslash takes the meaning away."""
    parts = re.findall(r"\\.|.", token[1:-1], flags=re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.compile(
        "".join(wild.get(part) or re.escape(_unescaped(f"'{part}'")) for part in parts), re.IGNORECASE | re.DOTALL
    )


def _plain(field: str, value: Any) -> Any:
    """A value as it is compared: ids by their first 15 signs, other texts without regard to case."""
    if not isinstance(value, str):
        return value
    return value[:_ID_LENGTH] if field.endswith("Id") else value.casefold()


def _compared(field: str, sign: str, wanted: Any) -> Callable[[Any], bool]:
    operation = _SIGNS[sign]

    def holds(found: Any) -> bool:
        value = _plain(field, found)
        if value is None and sign not in {"=", "!="}:
            return False
        return bool(operation(value, wanted))

    return holds


_WORDS = {"true": True, "false": False, "null": None}
_SIGNS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
