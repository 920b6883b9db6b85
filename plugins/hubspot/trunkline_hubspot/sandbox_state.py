"""What a HubSpot account of the sandbox holds, and how its search finds it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedTicket

Record = dict[str, Any]
OWNER = {"id": "70001", "email": "mara.agent@roastery.example", "firstName": "Mara", "lastName": "Agent"}
STAGES = (
    ("1", "New", "OPEN"),
    ("2", "Waiting on contact", "OPEN"),
    ("3", "Waiting on us", "OPEN"),
    ("4", "Closed", "CLOSED"),
)
_SEED_STAGES = {"new": "1", "open": "3", "pending": "2", "solved": "4"}
_SEED_PRIORITIES = {"low": "LOW", "normal": "MEDIUM", "high": "HIGH", "urgent": "URGENT"}
# HubSpot dates its kinds of object by properties of different names.
DATES = {"contacts": ("createdate", "lastmodifieddate"), "tickets": ("createdate", "hs_lastmodifieddate")}
_SEARCHED = {
    "contacts": ("firstname", "lastname", "email", "phone", "company"),
    "tickets": ("subject", "content", "hs_ticket_id"),
}


def moment(at: datetime) -> str:
    """A time as HubSpot writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Account:
    """The state: objects by kind and id, what is associated with what, and custom properties."""

    def __init__(self, seed: Seed) -> None:
        self.now = moment(seed.now)
        self.objects: dict[str, dict[str, Record]] = {}
        self.links: set[tuple[str, str, str, str]] = set()
        self.custom = {("contacts", "shop_id"), ("contacts", "roast"), ("tickets", "parcel")}
        self._last_id = 100_000
        for person in seed.known_to("crm"):
            self._add_person(person)

    def _add_person(self, person: Person) -> None:
        company_id = self.add("companies", {"name": person.company, "city": person.city, "country": person.country})
        contact = {
            "firstname": person.given,
            "lastname": person.family,
            "email": person.email,
            "phone": person.phone,
            "company": person.company,
            "associatedcompanyid": company_id,
            "city": person.city,
            "country": person.country,
            "hs_language": person.language,
            "lifecyclestage": "customer" if person.subscriptions else "lead",
            "hubspot_owner_id": OWNER["id"],
            "shop_id": f"shop-{person.number}",
        }
        contact_id = self.add("contacts", contact)
        self.link("contacts", contact_id, "companies", company_id)
        for ticket in person.tickets:
            self._add_ticket(contact_id, ticket)

    def _add_ticket(self, contact_id: str, ticket: SeedTicket) -> None:
        properties = {
            "subject": ticket.subject,
            "content": ticket.body,
            "hs_pipeline": "0",
            "hs_pipeline_stage": _SEED_STAGES[ticket.status],
            "hs_ticket_priority": _SEED_PRIORITIES[ticket.priority],
        }
        self.link("contacts", contact_id, "tickets", self.add("tickets", properties))

    def add(self, kind: str, properties: Mapping[str, str]) -> str:
        """Keep a new object; gives its id."""
        self._last_id += 1
        object_id = str(self._last_id)
        held = self.objects.setdefault(kind, {})
        held[object_id] = {"id": object_id, "properties": {}, "createdAt": self.now, "archived": False}
        self.change(held[object_id], kind, properties)
        return object_id

    def change(self, record: Record, kind: str, properties: Mapping[str, str]) -> None:
        """Set properties, and what HubSpot calculates from them."""
        created, modified = DATES.get(kind, ("hs_createdate", "hs_lastmodifieddate"))
        held = record["properties"]
        dates = {created: record["createdAt"], modified: self.now, "hs_object_id": record["id"]}
        held |= {**dates, **properties}
        if kind == "contacts" and held.get("phone"):
            held["hs_searchable_calculated_phone_number"] = held["phone"][-10:]
        record["updatedAt"] = self.now

    def link(self, kind: str, object_id: str, other: str, other_id: str) -> None:
        """Associate two objects, in both directions."""
        self.links |= {(kind, object_id, other, other_id), (other, other_id, kind, object_id)}

    def linked(self, kind: str, object_id: str, other: str) -> list[str]:
        """The ids of what is associated with an object."""
        return sorted(link[3] for link in self.links if link[:3] == (kind, object_id, other))

    def find(self, kind: str, key: str, by: str | None) -> Record | None:
        """An object by its id, or by a unique property."""
        held = self.objects.get(kind, {})
        if by is None:
            return held.get(key)
        return next((one for one in held.values() if _same(one["properties"].get(by), key)), None)

    def search(self, kind: str, body: Mapping[str, Any]) -> list[Record]:
        """All that a search finds, in its order."""
        groups = body["filterGroups"]
        found = [
            record
            for record in self.objects.get(kind, {}).values()
            if _has_text(record, _SEARCHED.get(kind, ()), body.get("query"))
            and (not groups or any(self._fits(kind, record, group["filters"]) for group in groups))
        ]
        for sort in body["sorts"]:
            name, backwards = sort["propertyName"], sort["direction"] == "DESCENDING"
            found.sort(key=lambda record: (record["properties"].get(name) or "", record["id"]), reverse=backwards)
        return found

    def _fits(self, kind: str, record: Record, filters: list[dict[str, Any]]) -> bool:
        return all(self._passes(kind, record, one) for one in filters)

    def _passes(self, kind: str, record: Record, one: dict[str, Any]) -> bool:
        name, operator = one["propertyName"], one["operator"]
        if name == "associations.contact":
            return one["value"] in self.linked(kind, record["id"], "contacts")
        value = record["properties"].get(name) or ""
        if operator == "EQ":
            return _same(value, one["value"])
        if operator == "IN":
            return value in one["values"]
        if operator == "CONTAINS_TOKEN":
            return _has_token(value, one["value"])
        return bool(value) and datetime.fromisoformat(value).timestamp() * 1000 >= int(one["value"])


def _same(value: str | None, wanted: str) -> bool:
    return (value or "").casefold() == wanted.casefold()


def _has_token(value: str, token: str) -> bool:
    """A whole word, in which a star at an end stands for anything."""
    bare, words = token.strip("*").casefold(), value.casefold().split()
    if token.endswith("*"):
        return any(word.startswith(bare) for word in words)
    return bare in words


def _has_text(record: Record, names: tuple[str, ...], text: str | None) -> bool:
    held = " ".join(record["properties"].get(name) or "" for name in names).casefold().split()
    return all(any(word.startswith(token) for word in held) for token in (text or "").casefold().split())
