"""How our imitation of an org makes and changes records, and what it refuses."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from trunkline_salesforce.sandbox_fields import EXTERNAL_ID, FIELDS, LONGEST, REQUIRED, WRITABLE
from trunkline_salesforce.sandbox_soql import Row
from trunkline_salesforce.sandbox_state import RefusedError, State, refuse_any

_DATES = frozenset(("CloseDate", "ActivityDate"))
_REFERENCES = ("WhoId", "WhatId", "ContactId", "AccountId", "OwnerId", "ParentId", "OpportunityId")
_LONGEST = 32_000
_STATUSES = {"Case": "CaseStatus", "Task": "TaskStatus"}


class Writes:
    """Creations and changes over the state."""

    def __init__(self, org: State) -> None:
        self.org = org

    def create(self, name: str, values: Mapping[str, Any]) -> Row:
        """Make a record; gives it."""
        if name not in WRITABLE or name in self.org.absent:
            raise RefusedError(404, "NOT_FOUND")
        self._check(name, values)
        refuse_any("REQUIRED_FIELD_MISSING", (field for field in REQUIRED.get(name, ()) if not values.get(field)))
        self._check_unique(values)
        row = self.org.put(name, 1000 + len(self.org.tables[name]), **_started(name))
        self._set(name, row, values)
        row["CreatedDate"] = self.org.now
        return row

    def update(self, name: str, wanted: str, values: Mapping[str, Any]) -> None:
        """Change a record."""
        row = self.org.find(name, wanted)
        self._check(name, values)
        refuse_any(
            "REQUIRED_FIELD_MISSING", (field for field in ("LastName", "Name") if values.get(field, "-") is None)
        )
        if row.get("IsConverted"):
            raise RefusedError(400, "CANNOT_UPDATE_CONVERTED_LEAD")
        if row.get("IsPersonAccount"):
            raise RefusedError(400, "INSUFFICIENT_ACCESS_OR_READONLY")
        if name == "Account":
            # A person account's contact holds the fields whose names start with Person.
            values = {re.sub("^Person", "", field).replace("__pc", "__c"): value for field, value in values.items()}
            row = next(item for item in self.org.tables["Contact"].values() if item["AccountId"] == row["Id"])
        self._set(name, row, values)

    def upsert(self, name: str, field: str, key: str, values: Mapping[str, Any]) -> tuple[Row, bool]:
        """Change the record that has this value in a field, or make it; says whether it was made."""
        if field != EXTERNAL_ID:
            raise RefusedError(404, "NOT_FOUND")
        found = [row for row in self.org.tables[name].values() if row[field] == key]
        if found:
            self.update(name, found[0]["Id"], values)
        return (found[0], False) if found else (self.create(name, {**values, field: key}), True)

    def _set(self, name: str, row: Row, values: Mapping[str, Any]) -> None:
        known = {field: value for field, value in values.items() if field != "Comments"}
        row.update({key: date.fromisoformat(item) if key in _DATES and item else item for key, item in known.items()})
        self.org.touch(row)
        if "FirstName" in row:
            row["Name"] = " ".join(part for part in (row["FirstName"], row["LastName"]) if part)
        if name in _STATUSES:
            self._follow_status(row, _STATUSES[name])
        if name == "Opportunity":
            self._follow_stage(row)
        if values.get("Comments"):
            comment = {"ParentId": row["Id"], "CommentBody": values["Comments"], "IsPublished": False}
            self.create("CaseComment", comment)

    def _follow_status(self, row: Row, statuses: str) -> None:
        # A picklist that is not restricted takes words that it does not have.
        word = next((item for item in self.org.tables[statuses].values() if item["ApiName"] == row["Status"]), None)
        row["IsClosed"] = bool(word and word["IsClosed"])
        for field in ("ClosedDate", "CompletedDateTime"):
            if field in row:
                row[field] = (row[field] or self.org.now) if row["IsClosed"] else None

    def _follow_stage(self, row: Row) -> None:
        stages = self.org.tables["OpportunityStage"].values()
        stage = next((item for item in stages if item["ApiName"] == row["StageName"]), None)
        if stage is None:
            raise RefusedError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "StageName")
        row.update(IsClosed=stage["IsClosed"], IsWon=stage["IsWon"], Probability=stage["DefaultProbability"])

    def _check(self, name: str, values: Mapping[str, Any]) -> None:
        known = {*FIELDS.get(name, ()), *WRITABLE.get(name, ())}
        if not self.org.multi_currency:
            known.discard("CurrencyIsoCode")
        refuse_any("INVALID_FIELD", (field for field in values if field not in known))
        refuse_any("INVALID_FIELD_FOR_INSERT_UPDATE", (field for field in values if field not in WRITABLE[name]))
        long = (key for key, value in values.items() if len(str(value).encode()) > LONGEST.get(key, _LONGEST))
        refuse_any("STRING_TOO_LONG", long)
        texts = {field: value for field, value in values.items() if isinstance(value, str)}
        emails = (field for field, value in texts.items() if field.endswith("Email") and "." not in value)
        refuse_any("INVALID_EMAIL_ADDRESS", emails)
        for field in _REFERENCES:
            if values.get(field):
                self._check_reference(field, values[field])

    def _check_reference(self, field: str, key: str) -> None:
        try:
            _, row = self.org.of_any_kind(key)
        except RefusedError:
            raise RefusedError(400, "INVALID_CROSS_REFERENCE_KEY", field) from None
        if row.get("IsConverted"):
            raise RefusedError(400, "CANNOT_UPDATE_CONVERTED_LEAD", field)

    def _check_unique(self, values: Mapping[str, Any]) -> None:
        key = values.get(EXTERNAL_ID)
        if key and any(row[EXTERNAL_ID] == key for row in self.org.tables["Contact"].values()):
            raise RefusedError(400, "DUPLICATE_VALUE", EXTERNAL_ID)


def _started(name: str) -> Row:
    """What a new record has that nobody said."""
    if name == "Case":
        return {"Status": "New", "IsClosed": False, "Priority": "Medium", "CaseNumber": "00002000"}
    if name == "Task":
        return {"TaskSubtype": "Task", "Status": "Not Started", "Priority": "Normal"}
    return {"IsPublished": False} if name == "CaseComment" else {}
