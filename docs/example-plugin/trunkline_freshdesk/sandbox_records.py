"""The records of the imitated Freshdesk account, and what changes them."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from itertools import count
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedArticle, SeedField

Json = dict[str, Any]
AGENT, GROUP = 7001, 8001
AGENT_EMAIL, GROUP_NAME = "robin@beans.example", "Care"
_FIRST_CONTACT, _FIRST_ARTICLE = 1000, 5000
_STATUSES = {"new": 2, "open": 2, "pending": 3, "solved": 4}
_PRIORITIES = {"low": 1, "normal": 2, "high": 3, "urgent": 4}
_TYPES = {"text": "custom_text", "number": "custom_number", "choice": "custom_dropdown"}


def text_of(html: str) -> str:
    """What Freshdesk makes of HTML."""
    return unescape(re.sub(r"<[^>]*>", "", html.replace("<br>", "\n")))


class Desk:
    """One account; each change has a second of its own."""

    def __init__(self, seed: Seed) -> None:
        self.now = seed.now - timedelta(hours=1)
        people = seed.known_to("helpdesk")
        self.contacts = {_FIRST_CONTACT + person.number: self._contact(person) for person in people}
        self.companies = {item["company_id"]: item["company"] for item in self.contacts.values()}
        self.groups: list[Json] = [{"id": GROUP, "name": GROUP_NAME, "description": None}]
        self.agents: list[Json] = [{"id": AGENT, "contact": {"name": "Robin Agent", "email": AGENT_EMAIL}}]
        self.articles = {_FIRST_ARTICLE + item.number: self._article(item) for item in seed.articles}
        self.fields = {kind: self._fields(seed, kind) for kind in ("ticket", "customer")}
        self.tickets: dict[int, Json] = {}
        self.conversations: dict[int, list[Json]] = {}
        self._numbers = count(90_001)
        for person in people:
            self._seed_tickets(person)

    def tick(self) -> str:
        """Let a second pass."""
        self.now += timedelta(seconds=1)
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _stamps(self) -> Json:
        at = self.tick()
        return {"created_at": at, "updated_at": at}

    def _contact(self, person: Person) -> Json:
        company = {"id": 3000 + person.number, "name": person.company, "domains": [person.email.split("@")[1]]}
        return {
            "id": _FIRST_CONTACT + person.number,
            "name": person.name,
            "first_name": person.given,
            "last_name": person.family,
            "email": person.email,
            # Half of the people keep their number under the other name.
            "phone": person.phone if person.number % 2 else None,
            "mobile": None if person.number % 2 else person.phone,
            "company_id": company["id"],
            "company": {**company, **self._stamps()},
            "language": person.language,
            "time_zone": "London",
            "tags": [],
            "unique_external_id": f"shop-{person.number}",
            "custom_fields": {"cups_a_day": person.number % 5 + 1, "favourite_roast": None},
            **self._stamps(),
        }

    def _article(self, article: SeedArticle) -> Json:
        number = _FIRST_ARTICLE + article.number
        texts = {"title": article.title, "description": f"<p>{article.body}</p>", "description_text": article.body}
        return {"id": number, **texts, "status": 2, "folder_id": 1, "category_id": 1, "tags": [], **self._stamps()}

    def _fields(self, seed: Seed, kind: str) -> list[Json]:
        own = {"id": 1, "name": "subject", "label": "Subject", "type": "default_subject", "default": True}
        return [own, *(self._field(item) for item in seed.fields if item.kind == kind)]

    def _field(self, field: SeedField) -> Json:
        prefix = "cf_" if field.kind == "ticket" else ""
        name = prefix + field.label.lower().replace(" ", "_")
        choices = {"choices": list(field.choices)} if field.choices else {}
        return {"id": 2, "name": name, "label": field.label, "type": _TYPES[field.type], "default": False, **choices}

    def _seed_tickets(self, person: Person) -> None:
        for item in person.tickets:
            fields = {"status": _STATUSES[item.status], "priority": _PRIORITIES[item.priority], "source": 1}
            text = {"subject": item.subject, "description": item.body, "tags": list(item.tags)}
            self.create({**fields, **text, "requester_id": _FIRST_CONTACT + person.number})

    def create(self, given: Mapping[str, Any]) -> Json:
        """Make a ticket."""
        number, stamps = len(self.tickets) + 1, self._stamps()
        custom = {field["name"]: None for field in self.fields["ticket"] if not field["default"]}
        due = (self.now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        ticket: Json = {"id": number, "status": 2, "priority": 1, "source": 2, "type": None, "tags": [], **stamps}
        ticket |= {"responder_id": None, "group_id": None, "spam": False, "custom_fields": custom}
        ticket |= {"due_by": due, "fr_due_by": due, "is_escalated": False, "fr_escalated": False}
        ticket["company_id"] = self.contacts[given["requester_id"]]["company_id"]
        self.tickets[number], self.conversations[number] = ticket, []
        return self.update(ticket, given)

    def update(self, ticket: Json, given: Mapping[str, Any]) -> Json:
        """Change a ticket: lists are replaced, custom fields are not."""
        custom = {**ticket["custom_fields"], **given.get("custom_fields", {})}
        ticket |= {**given, "custom_fields": custom, "updated_at": self.tick()}
        ticket["description_text"] = text_of(ticket["description"])
        return ticket

    def say(self, ticket: Json, given: Mapping[str, Any], *, private: bool) -> Json:
        """Add a reply or a note."""
        told = {"id": next(self._numbers), "ticket_id": ticket["id"], "user_id": AGENT, "incoming": False}
        texts = {"body": given["body"], "body_text": text_of(given["body"]), "private": private, "attachments": []}
        said = {**told, **texts, **self._stamps()}
        self.conversations[ticket["id"]].append(said)
        ticket["updated_at"] = said["updated_at"]
        return said

    def merge(self, into: Json, others: list[Json], given: Mapping[str, Any]) -> None:
        """Close tickets as duplicates of another."""
        for other in others:
            self.say(other, given["note_in_secondary"], private=given["note_in_secondary"]["private"])
            self.update(other, {"status": 5})
        self.say(into, given["note_in_primary"], private=given["note_in_primary"]["private"])
