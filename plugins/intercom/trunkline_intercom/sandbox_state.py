"""The records of the imitated Intercom workspace, and what changes them."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedTicket
from trunkline_intercom.sandbox_records import (
    ADMINS,
    CUSTOMER_TYPE,
    STATES,
    TEAMS,
    TRACKER_TYPE,
    Json,
    company_reference,
    contact_attribute,
    contact_id,
    contact_of,
    conversation_attribute,
    new_admin,
    new_article,
    new_company,
    new_contact,
    new_state,
    new_ticket_type,
    tagged_list,
    ticket_attribute,
)

TOKEN = "sandbox-token"  # noqa: S105 - it opens an imitation only
_FIRST_THREAD, _FIRST_PART, _FIRST_TAG = 215_470_000_000_001, 31_000_001, 1_490_001
_FIRST_NEW = 1_000
_SEED_STATES = {"new": "submitted", "open": "in_progress", "pending": "waiting_on_customer", "solved": "resolved"}
_AGE = timedelta(hours=1)


class Workspace:
    """One workspace: its people, what they said, and its articles."""

    def __init__(self, seed: Seed) -> None:
        self.now = int((seed.now - _AGE).timestamp())
        people = seed.known_to("helpdesk")
        self.contacts = {contact_id(item.number): contact_of(item, self.now) for item in people}
        self.companies = {company["id"]: company for company in (new_company(item, self.now) for item in people)}
        self.contact_tags: dict[str, list[Json]] = {key: [] for key in self.contacts}
        self.notes: dict[str, list[Json]] = {key: [] for key in self.contacts}
        self.subscriptions: dict[str, list[Json]] = {key: [] for key in self.contacts}
        names = sorted({"vip"}.union(*(ticket.tags for item in people for ticket in item.tickets)))
        self.tags = [{"type": "tag", "id": str(_FIRST_TAG + at), "name": name} for at, name in enumerate(names)]
        self.admins = [new_admin(*admin) for admin in ADMINS]
        self.teams = [{"type": "team", "id": key, "name": name, "admin_ids": []} for key, name in TEAMS]
        self.states = [new_state(*state) for state in STATES]
        self.articles = [new_article(article, self.now) for article in seed.articles]
        self._describe(seed)
        self.conversations: dict[str, Json] = {}
        self.tickets: dict[str, Json] = {}
        self.ticket_tags: dict[str, list[Json]] = {}
        self.messages: list[Json] = []
        self.merged: set[str] = set()
        self._threads, self._parts = count(_FIRST_THREAD), count(_FIRST_PART)
        for person in people:
            for ticket in person.tickets:
                self._seed(person, ticket)

    def _describe(self, seed: Seed) -> None:
        """The types of ticket, and what the company added to its records."""
        of_tickets = [field for field in seed.fields if field.kind == "ticket"]
        of_people = [field for field in seed.fields if field.kind == "customer"]
        built_in, own = ticket_attribute(165, "_default_title_"), enumerate(of_tickets, 166)
        self._own = [ticket_attribute(at, field) for at, field in own]
        self.types = [
            new_ticket_type(CUSTOMER_TYPE, "Customer", "Request", self.states, [built_in, *self._own]),
            new_ticket_type(TRACKER_TYPE, "Tracker", "Bug", self.states, []),
        ]
        self.contact_attributes = [contact_attribute(at, field) for at, field in enumerate(of_people, 210)]
        self.conversation_attributes = [conversation_attribute(at, field) for at, field in enumerate(of_tickets, 310)]

    def create_contact(self, given: Json) -> Json:
        """Make a contact of what is given."""
        key = contact_id(_FIRST_NEW + len(self.contacts))
        made = new_contact(key, self.tick(), **given)
        self.contacts[key] = made
        self.contact_tags[key], self.notes[key], self.subscriptions[key] = [], [], []
        return made

    def attach(self, contact: Json, company: Json) -> None:
        """Make a contact one of a company's."""
        attached = [*contact["companies"]["data"], company_reference(company["id"])]
        contact["companies"] = tagged_list(f"/contacts/{contact['id']}/companies", attached)

    def merge(self, secondary: Json, primary: Json) -> None:
        """Close a thread, and link it with the one that goes on."""
        self.merged.add(secondary["id"])
        secondary |= {"open": False, "updated_at": self.tick()}
        if secondary["type"] == "conversation":
            secondary["state"] = "closed"
        _link(secondary, primary)

    def _seed(self, person: Person, ticket: SeedTicket) -> None:
        """What a customer wrote; what is pressing was made a ticket, which it is from then on."""
        conversation = self._converse(contact_id(person.number), ticket)
        conversation["tags"]["tags"] = [tag for tag in self.tags if tag["name"] in ticket.tags]
        if ticket.priority in {"high", "urgent"}:
            attributes = {"_default_title_": ticket.subject, "_default_description_": ticket.body}
            shared = {
                key: conversation[key] for key in ("id", "created_at", "updated_at", "contacts", "linked_objects")
            }
            made = self._ticket(shared, attributes)
            made["ticket_state"] = self.state_of(_SEED_STATES[ticket.status])
            conversation["ticket"] = {"type": "ticket", "id": made["id"]}

    def _converse(self, author: str, ticket: SeedTicket) -> Json:
        made = self._thread(author)
        state = {"pending": "snoozed", "solved": "closed"}.get(ticket.status, "open")
        contact = self.contacts[author]
        conversation = {
            **made,
            "type": "conversation",
            "title": ticket.subject,
            "waiting_since": None,
            "open": state != "closed",
            "state": state,
            "read": False,
            "priority": {"normal": "none"}.get(ticket.priority, ticket.priority),
            "admin_assignee_id": None,
            "team_assignee_id": None,
            "tags": {"type": "tag.list", "tags": []},
            "conversation_rating": None,
            "sla_applied": None,
            "source": {
                "type": "email",
                "id": str(next(self._parts)),
                "delivered_as": "customer_initiated",
                "subject": ticket.subject,
                "body": f"<p>{ticket.body}</p>",
                "author": {"type": "user", "id": author, "name": contact["name"], "email": contact["email"]},
                "attachments": [],
                "url": None,
                "redacted": False,
            },
            "custom_attributes": {},
            "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [], "total_count": 0},
        }
        self.conversations[made["id"]] = conversation
        return conversation

    def _thread(self, owner: str) -> Json:
        """What conversations and tickets have alike."""
        at, external_id = self.tick(), self.contacts[owner]["external_id"]
        people = [{"type": "contact", "id": owner, "external_id": external_id}]
        return {
            "id": str(next(self._threads)),
            "created_at": at,
            "updated_at": at,
            "contacts": {"type": "contact.list", "contacts": people},
            "linked_objects": {"type": "list", "total_count": 0, "has_more": False, "data": []},
        }

    def create_ticket(
        self, owner: str, attributes: Json, team_id: str | None = None, type_id: str = CUSTOMER_TYPE
    ) -> Json:
        """Make a ticket of a contact."""
        return self._ticket(self._thread(owner), attributes, team_id, type_id)

    def _ticket(self, made: Json, attributes: Json, team_id: str | None = None, type_id: str = CUSTOMER_TYPE) -> Json:
        kind = next(item for item in self.types if item["id"] == type_id)
        ticket = {
            **made,
            "type": "ticket",
            "ticket_id": str(len(self.tickets) + 1),
            "category": kind["category"],
            "ticket_attributes": self._labelled(attributes),
            "ticket_state": self.state_of("submitted"),
            "ticket_type": kind,
            "admin_assignee_id": 0,
            "team_assignee_id": int(team_id or 0),
            "open": True,
            "is_shared": True,
            "ticket_parts": {"type": "ticket_part.list", "ticket_parts": [], "total_count": 0},
        }
        self.tickets[made["id"]] = ticket
        return ticket

    def _labelled(self, attributes: Json) -> Json:
        """Attributes as records show them: of a list the label, not the id that was written."""
        lists = [item["input_options"]["list_options"] for item in self._own if item["data_type"] == "list"]
        labels = {option["id"]: option["label"] for options in lists for option in options}
        return {name: labels.get(value, value) for name, value in attributes.items()}

    def state_of(self, category: str) -> Json:
        """The first state of a category."""
        return next(state for state in self.states if state["category"] == category)

    def tick(self) -> int:
        """Let a second pass, so that each change has its own time."""
        self.now += 1
        return self.now

    def add_part(self, thread: Json, part_type: str, admin_id: str, body: str | None = None) -> Json:
        """Add an entry of an admin to a thread."""
        kind = thread["type"]
        thread["updated_at"] = self.tick()
        admin = next(item for item in self.admins if item["id"] == admin_id)
        part: Json = {
            "type": f"{kind}_part",
            "id": str(next(self._parts)),
            "part_type": part_type,
            "body": body,
            "created_at": self.now,
            "updated_at": self.now,
            "author": {"type": "admin", **{name: admin[name] for name in ("id", "name", "email")}},
            "attachments": [],
            "redacted": False,
        }
        parts = thread[f"{kind}_parts"]
        parts[f"{kind}_parts"].append(part)
        parts["total_count"] += 1
        return part

    def assign(self, thread: Json, assignee_id: str) -> None:
        """Give a thread to a team or an admin; 0 takes it from everybody."""
        is_team = any(team["id"] == assignee_id for team in self.teams)
        thread["team_assignee_id" if is_team else "admin_assignee_id"] = int(assignee_id) or None

    def link(self, ticket: Json, thread_id: str) -> None:
        """Link a ticket with another thread."""
        _link(ticket, self.conversations.get(thread_id) or self.tickets[thread_id])

    def update_ticket(self, ticket: Json, given: Mapping[str, Any]) -> None:
        """Set a ticket's fields."""
        ticket["ticket_attributes"] |= self._labelled(given.get("ticket_attributes") or {})
        ticket["open"] = given.get("open", ticket["open"])
        if "ticket_state_id" in given:
            ticket["ticket_state"] = next(item for item in self.states if item["id"] == given["ticket_state_id"])
        if "snoozed_until" in given:
            ticket["snoozed_until"] = given["snoozed_until"]
        if "assignee_id" in given:
            self.assign(ticket, given["assignee_id"])
        ticket["updated_at"] = self.tick()


def _link(one: Json, other: Json) -> None:
    for thread, linked in ((one, other), (other, one)):
        entry = {"type": linked["type"], "id": linked["id"], "category": linked.get("category")}
        thread["linked_objects"]["data"].append(entry)
        thread["linked_objects"]["total_count"] += 1
