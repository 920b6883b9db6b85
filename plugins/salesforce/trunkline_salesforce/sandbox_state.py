"""The state of our imitation of a Salesforce org: its records, and a clock."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from trunkline_salesforce.sandbox_fields import ADDRESS, COMPOUND, FIELDS, PREFIXES, record_id
from trunkline_salesforce.sandbox_soql import CHILDREN, LOOKUPS, Parser, Query, Row

_DAY = timedelta(days=1)


class RefusedError(Exception):
    """What Salesforce answers instead of doing something."""

    def __init__(self, status: int, code: str, *fields: str) -> None:
        super().__init__(code)
        self.status = status
        self.body = [{"message": code.replace("_", " ").lower(), "errorCode": code, "fields": list(fields)}]


class State:
    """Records by kind and id, and a clock that goes on by a second with each write.

    `absent` are the kinds of record that the org does not have.
    """

    def __init__(self, now: datetime, *, person_accounts: bool = False, multi_currency: bool = False) -> None:
        self.now = now
        self.person_accounts = person_accounts
        self.multi_currency = multi_currency
        self.absent: set[str] = set()
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in FIELDS}
        self.fields = {name: frozenset(fields) for name, fields in FIELDS.items()}
        if person_accounts:
            self.fields["Contact"] |= {"IsPersonAccount"}
        if multi_currency:
            for name in ("Opportunity", "Order", "VoucherDefinition"):
                self.fields[name] |= {"CurrencyIsoCode"}

    def put(self, name: str, number: int, **values: Any) -> Row:
        """Keep a record as it is given, with empty fields for the rest."""
        row: Row = {
            **dict.fromkeys(self.fields[name]),
            "Id": record_id(name, number),
            "IsDeleted": False,
            "OwnerId": record_id("User", 1),
            "CreatedById": record_id("User", 1),
            "CreatedDate": self.now - 30 * _DAY,
            "LastModifiedDate": self.now - _DAY,
            **values,
        }
        self.tables[name][row["Id"]] = row
        return row

    def find(self, name: str, wanted: str) -> Row:
        """A record by its id of 15 or 18 signs."""
        row = next((row for key, row in self.tables[name].items() if key[:15] == wanted[:15]), None)
        if row is None:
            raise RefusedError(404, "NOT_FOUND")
        if row["IsDeleted"]:
            raise RefusedError(404, "ENTITY_IS_DELETED")
        return row

    def of_any_kind(self, key: str) -> tuple[str, Row]:
        """A record by its id, and its kind."""
        name = next((name for name, prefix in PREFIXES.items() if key.startswith(prefix)), "")
        if not name:
            raise RefusedError(400, "MALFORMED_ID")
        return name, self.find(name, key)

    def query(self, text: str, *, include_deleted: bool) -> list[Row]:
        """Run a query and give what it asked for."""
        fields = {name: known for name, known in self.fields.items() if name not in self.absent}
        query = Parser(text, self.tables, fields).query()
        rows = self.tables[query.name].values()
        found = query.run(row for row in rows if include_deleted or not row["IsDeleted"])
        return [self._shown(query, row) for row in found]

    def _shown(self, query: Query, row: Row) -> Row:
        shown: Row = {"attributes": _attributes(query.name, row)}
        for field in query.fields:
            lookup, _, name = field.rpartition(".")
            if not lookup:
                shown[name] = _value(row, name)
            elif (key := row[LOOKUPS[lookup][0]]) is None:
                shown[lookup] = None
            else:
                kind, other = self.of_any_kind(key)
                shown.setdefault(lookup, {"attributes": _attributes(kind, other)})[name] = _value(other, name)
        for relation, inner in query.children:
            shown[relation] = self._below(relation, inner, row)
        return shown

    def _below(self, relation: str, inner: Query, row: Row) -> Row | None:
        """The records that refer to this one; null where there are none."""
        name, key = CHILDREN[relation]
        rows = [self._shown(inner, child) for child in self.tables[name].values() if child[key] == row["Id"]]
        return {"totalSize": len(rows), "done": True, "records": rows} if rows else None

    def touch(self, row: Row) -> None:
        """Say that a record was changed now."""
        self.now += timedelta(seconds=1)
        row["LastModifiedDate"] = self.now


def _attributes(name: str, row: Mapping[str, Any]) -> Row:
    return {"type": name, "url": f"/services/data/v67.0/sobjects/{name}/{row['Id']}"}


def _value(row: Mapping[str, Any], name: str) -> Any:
    if name in COMPOUND:
        parts = {part[0].lower() + part[1:]: row[COMPOUND[name] + part] for part in ADDRESS}
        unknown = {"geocodeAccuracy": None, "latitude": None, "longitude": None}
        return {**parts, **unknown} if any(parts.values()) else None
    value = row.get(name)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return value.isoformat() if isinstance(value, date) else value


def refuse_any(code: str, fields: Iterable[str]) -> None:
    """Refuse where there is any such field."""
    if found := tuple(fields):
        raise RefusedError(400, code, *found)
