"""What a HubSpot account of the sandbox holds, and how its search finds it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedDeal, SeedTicket
from trunkline_contracts.tools.arguments import Amount
from trunkline_hubspot.money import written

Record = dict[str, Any]
OWNER = {
    "id": "70001", "userId": "80001", "email": "mara.agent@roastery.example", "firstName": "Mara", "lastName": "Agent",
}  # fmt: skip
CURRENCY = "EUR"
STAGES = (
    ("1", "New", "OPEN"),
    ("2", "Waiting on contact", "OPEN"),
    ("3", "Waiting on us", "OPEN"),
    ("4", "Closed", "CLOSED"),
)
# The pipeline that HubSpot begins an account with: a stage's id, label and probability, and whether it is closed.
DEAL_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2", "false"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4", "false"),
    ("presentationscheduled", "Presentation Scheduled", "0.6", "false"),
    ("contractsent", "Contract Sent", "0.9", "false"),
    ("closedwon", "Closed Won", "1.0", "true"),
    ("closedlost", "Closed Lost", "0.0", "true"),
)
_SEED_DEAL_STAGES = {
    "qualified": "qualifiedtobuy", "proposal": "presentationscheduled", "won": "closedwon", "lost": "closedlost",
}  # fmt: skip
_KINDS = {"customer": "contacts", "ticket": "tickets", "deal": "deals"}
_SEED_STAGES = {"new": "1", "open": "3", "pending": "2", "solved": "4"}
_SEED_PRIORITIES = {"low": "LOW", "normal": "MEDIUM", "high": "HIGH", "urgent": "URGENT"}
# HubSpot dates its kinds of object by properties of different names.
DATES = {
    "contacts": ("createdate", "lastmodifieddate"), "tickets": ("createdate", "hs_lastmodifieddate"),
    "deals": ("createdate", "hs_lastmodifieddate"),
}  # fmt: skip
_SEARCHED = {
    "contacts": ("firstname", "lastname", "email", "phone", "company"),
    "tickets": ("subject", "content", "hs_ticket_id"),
}


_PROBABILITIES = {stage[0]: stage[2] for stage in DEAL_STAGES}


def _properties(seed: Seed) -> dict[str, list[Record]]:
    """The company's own properties, and by kind one of HubSpot's that no custom field may be."""
    found = {kind: [_property(name, "string", "text", hubspotDefined=True)] for kind, name in _OF_HUBSPOT.items()}
    found["contacts"].append(_property("shop_id", "string", "text"))
    for one in seed.fields:
        kind, field_type = ("enumeration", "select") if one.choices else _PROPERTY_TYPES[one.type]
        options = [{"label": choice, "value": choice, "hidden": False} for choice in one.choices]
        name = one.label.lower().replace(" ", "_")
        found[_KINDS[one.kind]].append(_property(name, kind, field_type, label=one.label, options=options))
    return found


_OF_HUBSPOT = {"contacts": "lifecyclestage", "tickets": "hs_pipeline", "deals": "dealstage"}
_PROPERTY_TYPES = {"text": ("string", "text"), "number": ("number", "number")}


def _property(name: str, kind: str, field_type: str, **more: Any) -> Record:
    plain = {"label": name, "description": "", "groupName": "information", "options": [], "hubspotDefined": False}
    return {**plain, "name": name, "type": kind, "fieldType": field_type, **more}


def moment(at: datetime) -> str:
    """A time as HubSpot writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Account:
    """The state: objects by kind and id, what is associated with what, and custom properties."""

    def __init__(self, seed: Seed) -> None:
        self.now = moment(seed.now)
        self.objects: dict[str, dict[str, Record]] = {}
        self.links: set[tuple[str, str, str, str]] = set()
        self.properties = _properties(seed)
        self.articles = seed.articles
        self.threads: dict[str, Record] = {}
        self.messages: dict[str, list[Record]] = {}
        self.consents: dict[tuple[str, int], str] = {}
        self.opted_out: set[str] = set()
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
            "cups_a_day": str(person.number),
        }
        contact_id = self.add("contacts", contact)
        self.link("contacts", contact_id, "companies", company_id)
        for ticket in person.tickets:
            self._add_ticket(contact_id, person, ticket)
        for deal in person.deals:
            self._add_deal(contact_id, company_id, deal)

    def _add_deal(self, contact_id: str, company_id: str, deal: SeedDeal) -> None:
        properties = {
            "dealname": deal.name,
            "amount": written(Amount(amount_minor=deal.amount_minor, currency=deal.currency)),
            "deal_currency_code": deal.currency,
            "pipeline": "default",
            "dealstage": _SEED_DEAL_STAGES[deal.stage],
        }
        deal_id = self.add("deals", properties)
        self.link("contacts", contact_id, "deals", deal_id)
        self.link("companies", company_id, "deals", deal_id)

    def _add_ticket(self, contact_id: str, person: Person, ticket: SeedTicket) -> None:
        properties = {
            "subject": ticket.subject,
            "content": ticket.body,
            "hs_pipeline": "0",
            "hs_pipeline_stage": _SEED_STAGES[ticket.status],
            "hs_ticket_priority": _SEED_PRIORITIES[ticket.priority],
        }
        ticket_id = self.add("tickets", properties)
        self.link("contacts", contact_id, "tickets", ticket_id)
        self._add_thread(contact_id, ticket_id, person, ticket)

    def _add_thread(self, contact_id: str, ticket_id: str, person: Person, ticket: SeedTicket) -> None:
        """The e-mail that the ticket came from."""
        thread_id = self.new_id()
        self.threads[thread_id] = {
            "id": thread_id,
            "status": "CLOSED" if ticket.status == "solved" else "OPEN",
            "associatedContactId": contact_id,
            "inboxId": "900001",
            "originalChannelId": "1002",
            "originalChannelAccountId": "900002",
            "latestMessageTimestamp": self.now,
            "createdAt": self.now,
            "spam": False,
            "archived": False,
            "threadAssociations": {"associatedTicketId": ticket_id},
        }
        sender = {
            "actorId": f"V-{contact_id}",
            "name": person.name,
            "deliveryIdentifier": {"type": "HS_EMAIL_ADDRESS", "value": person.email},
        }
        message = {"type": "MESSAGE", "text": ticket.body, "subject": ticket.subject, "direction": "INCOMING"}
        self.say(thread_id, {**message, "channelId": "1002", "channelAccountId": "900002"}, sender)

    def say(self, thread_id: str, message: Mapping[str, Any], sender: Mapping[str, Any]) -> Record:
        """Keep a message of a thread."""
        said = {
            "id": f"{int(self.new_id()):032x}",
            "conversationsThreadId": thread_id,
            "createdAt": self.now,
            "createdBy": sender["actorId"],
            "client": {"clientType": "HUBSPOT"},
            "senders": [dict(sender)],
            "recipients": [],
            "attachments": [],
            "richText": "",
            "archived": False,
            **message,
        }
        if said["type"] == "MESSAGE":
            said["truncationStatus"] = "NOT_TRUNCATED"
        self.messages.setdefault(thread_id, []).append(said)
        return said

    def new_id(self) -> str:
        """An id that nothing has."""
        self._last_id += 1
        return str(self._last_id)

    def merge(self, kind: str, primary: str, other: str) -> None:
        """Move to one object what another was associated with, which is then gone."""
        moved = {link for link in self.links if other in {link[1], link[3]}}
        self.links -= moved
        for one, one_id, two, two_id in moved:
            self.links.add((one, primary if one_id == other else one_id, two, primary if two_id == other else two_id))
        del self.objects[kind][other]

    def add(self, kind: str, properties: Mapping[str, str]) -> str:
        """Keep a new object; gives its id."""
        object_id = self.new_id()
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
        if kind == "deals":
            held["hs_deal_stage_probability"] = _PROBABILITIES.get(held.get("dealstage", ""))
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
