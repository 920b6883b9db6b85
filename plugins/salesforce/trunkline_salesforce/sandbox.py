"""A stateful imitation of a Salesforce org, for the demo, for tests and for faults: never a proof about Salesforce."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Person, Sandbox, Seed
from trunkline_salesforce.sandbox_soql import LOOKUPS, Parser, Query, Row, SoqlError

TOKEN, MY_DOMAIN, EXTERNAL_ID = "sandbox-token", "beans", "Shop_Id__c"
_BASE = "/services/data/{version}"
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DAY = timedelta(days=1)
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_SYSTEM = ("Id", "IsDeleted", "MasterRecordId", "CreatedDate", "LastModifiedDate", "LastActivityDate")
_PERSON = ("FirstName", "LastName", "Email", "Phone", "MobilePhone", "OwnerId")
_ACTIVITY = ("Id", "Subject", "Description", "WhoId", "CreatedById", "CreatedDate", "IsDeleted")
_EMAIL = ("Id", "Subject", "TextBody", "FromName", "FromAddress", "Incoming", "MessageDate", "Status", "IsDeleted")


def _places(prefix: str) -> tuple[str, ...]:
    return tuple(prefix + part for part in _ADDRESS)


# What the sandbox's records have; what can be written is among it.
FIELDS: dict[str, tuple[str, ...]] = {
    "Contact": (*_SYSTEM, "Name", *_PERSON, "HomePhone", "OtherPhone", "AccountId", EXTERNAL_ID, "Vip__c",
        *_places("Mailing"), "MailingAddress"),
    "Lead": (*_SYSTEM, "Name", *_PERSON, "Company", "Status", "IsConverted", "ConvertedContactId", "Vip__c",
        *_places(""), "Address"),
    "Account": (*_SYSTEM, "Name", "Website", "Industry", "NumberOfEmployees", "ParentId", "Phone", "OwnerId",
        *_places("Billing"), "BillingAddress"),
    "User": ("Id", "Name", "IsDeleted"),
    "Task": (*_ACTIVITY, "Status", "TaskSubtype", "CallType", "ActivityDate"),
    "Event": (*_ACTIVITY, "StartDateTime"),
    "EmailMessage": _EMAIL,
    "EmailMessageRelation": ("Id", "EmailMessageId", "RelationId", "IsDeleted"),
}  # fmt: skip
WRITABLE: dict[str, frozenset[str]] = {
    "Contact": frozenset((*_PERSON, "HomePhone", "OtherPhone", *_places("Mailing"), EXTERNAL_ID, "Vip__c")),
    "Lead": frozenset((*_PERSON, "Company", "Status", *_places(""), "Vip__c")),
    "Account": frozenset(("FirstName", "LastName", "PersonEmail", "Phone", *_places("PersonMailing"), "Vip__pc")),
    "Task": frozenset(("WhoId", "Subject", "Description", "Status", "ActivityDate", "CallType")),
}
_COMPOUND = {"MailingAddress": "Mailing", "Address": "", "BillingAddress": "Billing"}
_PREFIXES = {"Account": "001", "Contact": "003", "Lead": "00Q", "User": "005", "Task": "00T", "Event": "00U",
    "EmailMessage": "02s", "EmailMessageRelation": "0CZ"}  # fmt: skip


def record_id(name: str, number: int) -> str:
    """An id of 18 signs: the last three say which of the others are capital letters."""
    short = f"{_PREFIXES[name]}Hp0000{number:06d}"
    groups = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(_DIGITS[sum(1 << i for i, sign in enumerate(group) if sign.isupper())] for group in groups)


class RefusedError(Exception):
    """What Salesforce answers instead of doing something."""

    def __init__(self, status: int, code: str, *fields: str) -> None:
        super().__init__(code)
        self.status = status
        self.body = [{"message": code.replace("_", " ").lower(), "errorCode": code, "fields": list(fields)}]


class Org:
    """The state: records by kind and id, and a clock that goes on by a second with each write."""

    def __init__(self, seed: Seed, *, person_accounts: bool = False) -> None:
        self.now = seed.now
        self.person_accounts = person_accounts
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in FIELDS}
        self.fields = {name: frozenset(fields) for name, fields in FIELDS.items()}
        if person_accounts:
            self.fields["Contact"] |= {"IsPersonAccount"}
        self.put("User", 1, Name="Noor Aziz")
        for person in seed.known_to("crm"):
            seed_person(self, person)

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

    def query(self, text: str, *, include_deleted: bool) -> list[Row]:
        """Run a query and give what it asked for."""
        query = Parser(text, self.tables, self.fields).query()
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
                other = self.tables[LOOKUPS[lookup][1]][key]
                shown.setdefault(lookup, {"attributes": _attributes(LOOKUPS[lookup][1], other)})[name] = _value(
                    other, name
                )
        return shown

    def touch(self, row: Row) -> None:
        """Say that a record was changed now."""
        self.now += timedelta(seconds=1)
        row["LastModifiedDate"] = self.now


def seed_person(org: Org, person: Person) -> None:
    """A contact of a company; who bought nothing yet is a lead, of whom one was converted."""
    number, bought = person.number, bool(person.subscriptions)
    name = {"FirstName": person.given, "LastName": person.family, "Name": person.name}
    reach = {"Email": person.email, "Phone": person.phone}
    if not bought:
        contact = record_id("Contact", number) if person.country == "TR" else None
        org.put("Lead", number, **name, **reach, Company=person.company, City=person.city, Country=person.country,
            Status="Closed - Converted" if contact else "Working - Contacted", IsConverted=bool(contact),
            ConvertedContactId=contact)  # fmt: skip
        if not contact:
            return
    domain = person.email.partition("@")[2]
    org.put("Account", number, Name=person.name if org.person_accounts else person.company,
        Website=f"https://www.{domain}/", BillingCity=person.city, BillingCountry=person.country)  # fmt: skip
    org.put("Contact", number, **name, **reach, AccountId=record_id("Account", number), MailingCity=person.city,
        MailingCountry=person.country, **{EXTERNAL_ID: f"shop-{number}"})  # fmt: skip
    if org.person_accounts:
        org.tables["Contact"][record_id("Contact", number)]["IsPersonAccount"] = True
    seed_history(org, person, record_id("Contact", number))


def seed_history(org: Org, person: Person, who: str) -> None:
    """An e-mail for each ticket, with the task that Salesforce keeps beside it; calls and meetings with customers."""
    for index, ticket in enumerate(person.tickets):
        number, at = person.number * 10 + index, org.now - 2 * _DAY
        email = org.put("EmailMessage", number, Subject=ticket.subject, TextBody=ticket.body, FromName=person.name,
            FromAddress=person.email, Incoming=True, MessageDate=at, Status="1")  # fmt: skip
        org.put("EmailMessageRelation", number, EmailMessageId=email["Id"], RelationId=who)
        org.put("Task", number, Subject=f"Email: {ticket.subject}", WhoId=who, TaskSubtype="Email", Status="Completed",
            CreatedDate=at)  # fmt: skip
    for index, subscription in enumerate(person.subscriptions):
        org.put("Task", person.number * 10 + 5 + index, Subject=f"Welcome call: {subscription.plan}", WhoId=who,
            TaskSubtype="Call", CallType="Outbound", Status="Completed", CreatedDate=org.now - 20 * _DAY)  # fmt: skip
    if person.subscriptions:
        org.put("Event", person.number, Subject="Tasting", WhoId=who, StartDateTime=org.now - 10 * _DAY)


def _attributes(name: str, row: Row) -> Row:
    return {"type": name, "url": f"/services/data/v67.0/sobjects/{name}/{row['Id']}"}


def _value(row: Row, name: str) -> Any:
    if name in _COMPOUND:
        parts = {part[0].lower() + part[1:]: row[_COMPOUND[name] + part] for part in _ADDRESS}
        unknown = {"geocodeAccuracy": None, "latitude": None, "longitude": None}
        return {**parts, **unknown} if any(parts.values()) else None
    value = row[name]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return value.isoformat() if isinstance(value, date) else value


class Api:
    """Salesforce's routes over the state."""

    def __init__(self, org: Org) -> None:
        self.org = org

    async def query(self, request: Request) -> Response:
        """`GET /query` and `GET /queryAll`, which sees what was deleted too."""
        try:
            every = "/queryAll" in request.url.path
            records = self.org.query(request.query_params.get("q", ""), include_deleted=every)
        except SoqlError as error:
            return self._answer(RefusedError(400, error.code))
        return self._answer({"totalSize": len(records), "done": True, "records": records})

    async def update(self, request: Request) -> Response:
        """`PATCH /sobjects/{name}/{id}`."""
        name, changes = request.path_params["name"], await request.json()
        try:
            row = self.org.find(name, request.path_params["id"])
            _check_unmodified(row, request.headers.get("if-unmodified-since"))
            _check_fields(name, changes)
            self._write(name, row, changes)
        except RefusedError as error:
            return self._answer(error)
        return self._answer(None)

    def _write(self, name: str, row: Row, changes: Row) -> None:
        if row.get("IsConverted"):
            raise RefusedError(400, "CANNOT_UPDATE_CONVERTED_LEAD")
        if row.get("IsPersonAccount"):
            raise RefusedError(400, "INSUFFICIENT_ACCESS_OR_READONLY")
        if name == "Account":
            # A person account's contact holds the fields whose names start with Person.
            changes = {re.sub("^Person", "", field).replace("__pc", "__c"): value for field, value in changes.items()}
            row = next(item for item in self.org.tables["Contact"].values() if item["AccountId"] == row["Id"])
        row.update(changes)
        row["Name"] = " ".join(part for part in (row["FirstName"], row["LastName"]) if part)
        self.org.touch(row)

    async def create_task(self, request: Request) -> Response:
        """`POST /sobjects/Task`."""
        values = await request.json()
        try:
            _check_fields("Task", values)
            self._check_who(values["WhoId"])
        except RefusedError as error:
            return self._answer(error)
        number = 1000 + len(self.org.tables["Task"])
        row = self.org.put("Task", number, **{"TaskSubtype": "Task", **values})
        self.org.touch(row)
        row["CreatedDate"] = self.org.now
        return self._answer({"id": row["Id"], "success": True, "errors": []}, 201)

    def _check_who(self, who: str) -> None:
        try:
            row = self.org.find("Lead" if who.startswith("00Q") else "Contact", who)
        except RefusedError:
            raise RefusedError(400, "INVALID_CROSS_REFERENCE_KEY", "WhoId") from None
        if row.get("IsConverted"):
            raise RefusedError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "WhoId")

    def _answer(self, body: Any, status: int = 200) -> Response:
        """Any reply says how much of the day's allowance is used."""
        headers = {"Sforce-Limit-Info": "api-usage=18/15000"}
        if body is None:
            return Response(status_code=204, headers=headers)
        if isinstance(body, RefusedError):
            status, body = body.status, body.body
        return JSONResponse(body, status, headers)


def _check_unmodified(row: Row, since: str | None) -> None:
    if since and row["LastModifiedDate"] > parsedate_to_datetime(since):
        raise RefusedError(412, "PRECONDITION_FAILED")


def _check_fields(name: str, values: Row) -> None:
    known = {*FIELDS.get(name, ()), *WRITABLE.get(name, ())}
    _refuse_any("INVALID_FIELD", (field for field in values if field not in known))
    _refuse_any("INVALID_FIELD_FOR_INSERT_UPDATE", (field for field in values if field not in WRITABLE[name]))
    _refuse_any("REQUIRED_FIELD_MISSING", (field for field in ("LastName", "WhoId") if values.get(field, "-") is None))
    _refuse_any("STRING_TOO_LONG", (field for field, value in values.items() if len(str(value)) > 32_000))
    emails = (field for field, value in values.items() if field.endswith("Email") and value and "." not in value)
    _refuse_any("INVALID_EMAIL_ADDRESS", emails)


def _refuse_any(code: str, fields: Iterable[str]) -> None:
    if found := tuple(fields):
        raise RefusedError(400, code, *found)


class TokenCheck:
    """Refuses calls without the org's token."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, or pass on."""
        token = dict(scope.get("headers", ())).get(b"authorization", b"").decode()
        allowed = scope["type"] != "http" or token == f"Bearer {TOKEN}"
        body = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        await (self.app if allowed else JSONResponse(body, 401))(scope, receive, send)


def sandbox(seed: Seed) -> Sandbox:
    """An org with the company's customers."""
    return served(Org(seed))


def served(org: Org) -> Sandbox:
    """An org, and how to reach it."""
    api = Api(org)
    routes = [
        Route(f"{_BASE}/query/", api.query),
        Route(f"{_BASE}/queryAll/", api.query),
        Route(f"{_BASE}/sobjects/Task/", api.create_task, methods=["POST"]),
        Route(f"{_BASE}/sobjects/{{name}}/{{id}}", api.update, methods=["PATCH"]),
    ]
    return Sandbox(
        app=TokenCheck(Starlette(routes=routes)),
        auth="oauth",
        settings={"my_domain": MY_DOMAIN, "external_id_field": EXTERNAL_ID, "person_accounts": org.person_accounts},
        credentials={"access_token": TOKEN},
    )
