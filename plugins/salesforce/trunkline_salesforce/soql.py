"""The SOQL that we send: our own text, into which `format_soql` puts every value, quoted and escaped.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simple_salesforce.format import format_soql

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.tools.crm import EXACT_KEYS, CreateCustomer, FindCustomers
from trunkline_salesforce import vendor

_PERSON = (
    *("Id", "Name", "FirstName", "LastName", "Email", "Phone", "MobilePhone", "OwnerId", "Owner.Name"),
    *("IsDeleted", "MasterRecordId", "CreatedDate", "LastModifiedDate", "LastActivityDate"),
)
COMPANY = (
    *("Account.Name", "Account.Website", "Account.Industry", "Account.NumberOfEmployees", "Account.ParentId"),
    *("Account.Phone", "Account.BillingAddress", "Account.CreatedDate", "Account.LastModifiedDate"),
)


@dataclass(frozen=True)
class People:
    """A kind of record that stands for a person: its fields, and the condition for each key it is found by."""

    name: str
    prefix: str
    fields: tuple[str, ...]
    conditions: Mapping[str, str]


CONTACTS = People(
    "Contact",
    "003",
    (*_PERSON, "HomePhone", "OtherPhone", "MailingAddress", "AccountId"),
    {
        "email": "Email = {email}",
        "phone": "(Phone IN {phone} OR MobilePhone IN {phone} OR HomePhone IN {phone} OR OtherPhone IN {phone})",
        "name": "Name LIKE '%{name:like}%'",
        "postal_code": "MailingPostalCode = {postal_code}",
    },
)
LEADS = People(
    "Lead",
    "00Q",
    (*_PERSON, "Address", "Company", "Status", "IsConverted", "ConvertedContactId"),
    {
        "email": "Email = {email}",
        "phone": "(Phone IN {phone} OR MobilePhone IN {phone})",
        "name": "Name LIKE '%{name:like}%'",
        "postal_code": "PostalCode = {postal_code}",
    },
)


@dataclass(frozen=True)
class History:
    """A kind of record of what happened with a person; `at` is the time that orders it."""

    name: str
    prefix: str
    at: str
    fields: tuple[str, ...]
    conditions: tuple[str, ...]


TASKS = History(
    "Task",
    "00T",
    "CreatedDate",
    ("Id", "Subject", "Description", "TaskSubtype", "CallType", "CreatedById", "CreatedBy.Name", "CreatedDate"),
    ("WhoId = {who}", "IsDeleted = false"),
)
EVENTS = History(
    "Event",
    "00U",
    "StartDateTime",
    ("Id", "Subject", "Description", "StartDateTime", "CreatedById", "CreatedBy.Name"),
    ("WhoId = {who}", "IsDeleted = false"),
)
EMAILS = History(
    "EmailMessage",
    "02s",
    "MessageDate",
    ("Id", "Subject", "TextBody", "FromName", "FromAddress", "Incoming", "MessageDate"),
    # 5 is a draft: it was never sent.
    (
        "Id IN (SELECT EmailMessageId FROM EmailMessageRelation WHERE RelationId = {who})",
        "IsDeleted = false",
        "Status != '5'",
    ),
)
# Salesforce keeps a task beside each e-mail.
NO_EMAIL_TASKS = "(TaskSubtype != 'Email' OR TaskSubtype = null)"
TASKS_OF = {
    "note": f"(TaskSubtype = 'Task' AND Subject = '{vendor.NOTE_SUBJECT}')",
    "task": f"(TaskSubtype IN ('Task', 'Cadence') AND (Subject != '{vendor.NOTE_SUBJECT}' OR Subject = null))",
    "call": "TaskSubtype = 'Call'",
    "email": "TaskSubtype = 'Email'",
}


def people_of(record_id: str) -> People:
    """The kind that an id is of."""
    return LEADS if record_id.startswith(LEADS.prefix) else CONTACTS


def search(people: People, request: FindCustomers, id_field: str | None, most: int, more: Iterable[str]) -> str:
    """Find people by all the keys given, after the one whose id is the cursor."""
    conditions = {**people.conditions, "external_id": f"{id_field} = {{external_id}}"}
    where = [text for key, text in conditions.items() if getattr(request, key)]
    if people is LEADS:
        where.append("IsConverted = false")
    if request.cursor and people_of(request.cursor) is people:
        where.append("Id > {cursor}")
    values = {**request.model_dump(), "phone": spellings(request.phone), "most": most}
    return select((*people.fields, *more), people.name, where, "Id", values)


def keys_of(people: People, request: CreateCustomer) -> list[str]:
    """The given keys that this kind of record has."""
    return [key for key in EXACT_KEYS if getattr(request, key) and (key in people.conditions or people is CONTACTS)]


def known(people: People, request: CreateCustomer, id_field: str | None, more: Iterable[str]) -> str:
    """Find whoever has one of the keys of somebody new."""
    conditions = {**people.conditions, "external_id": f"{id_field} = {{external_id}}"}
    keys = keys_of(people, request)
    where = [f"({' OR '.join(conditions[key] for key in keys)})"]
    if people is LEADS:
        where.append("IsConverted = false")
    values = {"email": request.email, "phone": spellings(request.phone), "external_id": request.external_id, "most": 5}
    return select((*people.fields, *more), people.name, where, "Id", values)


def person(people: People, record_id: str, more: Iterable[str] = ()) -> str:
    """Read one person, who may be deleted."""
    return select((*people.fields, *more), people.name, ["Id = {id}"], "Id", {"id": record_id, "most": 1})


def any_contact() -> str:
    """Read one contact's id."""
    return format_soql("SELECT Id FROM Contact LIMIT {}", 1)


@dataclass(frozen=True)
class Place:
    """Where a page of a list that is ordered by time ended."""

    at: datetime
    id: str

    @classmethod
    def of(cls, cursor: str) -> "Place":
        """Read a cursor; raises InvalidArgumentError where it is none."""
        at, _, record_id = cursor.partition("|")
        try:
            return cls(datetime.fromisoformat(at), record_id)
        except ValueError:
            raise InvalidArgumentError("Not a cursor of this list: pass it exactly as a tool returned it.") from None

    @property
    def cursor(self) -> str:
        """The place as a cursor."""
        return f"{self.at.isoformat()}|{self.id}"


def happened(
    history: History, who: str, since: datetime | None, place: Place | None, most: int, only: str | None = None
) -> str:
    """List what happened with a person after a place in their history, newest first."""
    where = [*history.conditions, *([only] if only else [])]
    if since:
        where.append(f"{history.at} >= {{since}}")
    if place:
        where.append(_after(history, place))
    values = {"who": who, "since": since, "at": place and place.at, "id": place and place.id, "most": most}
    return select(history.fields, history.name, where, f"{history.at} DESC, Id DESC", values)


def _after(history: History, place: Place) -> str:
    """What comes later in a list ordered by time, then by kind, then by id."""
    kind = place.id[:3]
    if history.prefix == kind:
        return f"({history.at} < {{at}} OR ({history.at} = {{at}} AND Id < {{id}}))"
    return f"{history.at} {'<=' if history.prefix < kind else '<'} {{at}}"


def tasks_of(types: Collection[str], *, without_emails: bool) -> str | None:
    """The condition for tasks of some types; None where there are none."""
    wanted = [text for kind, text in TASKS_OF.items() if kind in types and not (kind == "email" and without_emails)]
    return f"({' OR '.join(wanted)})" if wanted else None


def spellings(phone: str | None) -> list[str]:
    """How an E.164 number may have been typed; the last is Salesforce's own form of a North American number."""
    if phone is None:
        return []
    digits = phone.removeprefix("+")
    american = re.fullmatch(r"1(\d{3})(\d{3})(\d{4})", digits)
    return [phone, digits, f"00{digits}", *(["({}) {}-{}".format(*american.groups())] if american else [])]


def select(fields: Iterable[str], name: str, where: Iterable[str], order: str, values: Mapping[str, Any]) -> str:
    """A query of ours with its values put in: `values` has to have `most`, how many rows are wanted."""
    return format_soql(" ".join(("SELECT", ", ".join(fields), "FROM", name, _rest(where, order))), **values)


def returning(fields: Iterable[str], name: str, where: Iterable[str], order: str, values: Mapping[str, Any]) -> str:
    """What a search is to give, in the same words as a query."""
    return format_soql(f"{name}({', '.join(fields)} {_rest(where, order)})", **values)


def _rest(where: Iterable[str], order: str) -> str:
    """The conditions, the order where one is wanted, and how many rows."""
    conditions = " AND ".join(where)
    parts = ("WHERE", conditions) if conditions else ()
    return " ".join((*parts, *(("ORDER BY", order) if order else ()), "LIMIT {most}"))


@dataclass(frozen=True)
class Order:
    """A list ordered by a moment, and by the id where the moments are equal."""

    by: str
    is_ascending: bool = False

    @property
    def text(self) -> str:
        """The order in SOQL."""
        direction = "ASC" if self.is_ascending else "DESC"
        return f"{self.by} {direction}, Id {direction}"

    @property
    def after(self) -> str:
        """The condition for what comes after a place, whose values are `at` and `id`."""
        sign = ">" if self.is_ascending else "<"
        return f"({self.by} {sign} {{at}} OR ({self.by} = {{at}} AND Id {sign} {{id}}))"


def page_values(cursor: str | None, limit: int) -> dict[str, Any]:
    """The values of a page's query: one row more than the page, so that the end is known."""
    place = Place.of(cursor) if cursor else None
    return {"at": place and place.at, "id": place and place.id, "most": limit + 1}
