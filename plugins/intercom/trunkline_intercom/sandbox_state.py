"""The records of the imitated Intercom workspace, and what changes them."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedArticle, SeedTicket

Json = dict[str, Any]

WORKSPACE, TOKEN = "beans001", "sandbox-token"
ROBIN, SAM = "5017690", "5017691"
CUSTOMER_TYPE = "41"
_ADMINS = ((ROBIN, "Robin Reyes"), (SAM, "Sam Ortiz"))
_TEAMS = (("601", "Support"), ("602", "Billing"), ("603", "Tier 2"))
_STATES = (
    ("71", "submitted", "Submitted"),
    ("72", "in_progress", "In progress"),
    ("73", "waiting_on_customer", "Waiting on customer"),
    ("74", "resolved", "Resolved"),
    ("75", "in_progress", "Waiting for courier"),
)
_FIRST_THREAD, _FIRST_PART, _FIRST_TAG = 215_470_000_000_001, 31_000_001, 1_490_001
_SEED_STATES = {"new": "submitted", "open": "in_progress", "pending": "waiting_on_customer", "solved": "resolved"}
_AGE = timedelta(hours=1)


def contact_id(number: int) -> str:
    """The id of the company's customer of a number."""
    return f"65f0c0ffee{number:014x}"


class Workspace:
    """One workspace: its people, what they said, and its articles."""

    def __init__(self, seed: Seed) -> None:
        self.now = int((seed.now - _AGE).timestamp())
        people = seed.known_to("helpdesk")
        self.contacts = {contact_id(item.number): _contact(item, self.now) for item in people}
        self.companies = {company["id"]: company for company in (_company(item, self.now) for item in people)}
        self.contact_tags: dict[str, list[Json]] = {key: [] for key in self.contacts}
        self.notes: dict[str, list[Json]] = {key: [] for key in self.contacts}
        names = sorted({"vip"}.union(*(ticket.tags for item in people for ticket in item.tickets)))
        self.tags = [{"type": "tag", "id": str(_FIRST_TAG + at), "name": name} for at, name in enumerate(names)]
        self.admins = [_admin(*admin) for admin in _ADMINS]
        self.teams = [{"type": "team", "id": key, "name": name, "admin_ids": []} for key, name in _TEAMS]
        self.states = [_state(*state) for state in _STATES]
        self.types = [_ticket_type(self.states)]
        self.articles = [_article(article, self.now) for article in seed.articles]
        self.conversations: dict[str, Json] = {}
        self.tickets: dict[str, Json] = {}
        self.ticket_tags: dict[str, list[Json]] = {}
        self._threads, self._parts = count(_FIRST_THREAD), count(_FIRST_PART)
        for person in people:
            for ticket in person.tickets:
                self._seed(person, ticket)

    def _seed(self, person: Person, ticket: SeedTicket) -> None:
        """What a customer wrote; what is pressing was made a ticket too."""
        conversation = self._converse(contact_id(person.number), ticket)
        conversation["tags"]["tags"] = [tag for tag in self.tags if tag["name"] in ticket.tags]
        if ticket.priority in {"high", "urgent"}:
            attributes = {"_default_title_": ticket.subject, "_default_description_": ticket.body}
            made = self.create_ticket(contact_id(person.number), attributes)
            made["ticket_state"] = self.state_of(_SEED_STATES[ticket.status])
            _link(conversation, made)

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

    def create_ticket(self, owner: str, attributes: Json, team_id: str | None = None) -> Json:
        """Make a ticket of a contact."""
        made = self._thread(owner)
        ticket = {
            **made,
            "type": "ticket",
            "ticket_id": str(len(self.tickets) + 1),
            "category": "Customer",
            "ticket_attributes": attributes,
            "ticket_state": self.state_of("submitted"),
            "ticket_type": self.types[0],
            "admin_assignee_id": 0,
            "team_assignee_id": int(team_id or 0),
            "open": True,
            "is_shared": True,
            "ticket_parts": {"type": "ticket_part.list", "ticket_parts": [], "total_count": 0},
        }
        self.tickets[made["id"]] = ticket
        return ticket

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

    def update_ticket(self, ticket: Json, given: Mapping[str, Any]) -> None:
        """Set a ticket's fields."""
        ticket["ticket_attributes"] |= given.get("ticket_attributes") or {}
        ticket["open"] = given.get("open", ticket["open"])
        if "ticket_state_id" in given:
            ticket["ticket_state"] = next(item for item in self.states if item["id"] == given["ticket_state_id"])
        if "assignee_id" in given:
            self.assign(ticket, given["assignee_id"])
        ticket["updated_at"] = self.tick()


def _link(one: Json, other: Json) -> None:
    for thread, linked in ((one, other), (other, one)):
        entry = {"type": linked["type"], "id": linked["id"], "category": linked.get("category")}
        thread["linked_objects"]["data"].append(entry)
        thread["linked_objects"]["total_count"] += 1


def tagged_list(key: str, items: list[Json]) -> Json:
    """A list inside a record, of which only ids are shown."""
    return {"type": "list", "data": items, "url": key, "total_count": len(items), "has_more": False}


def _contact(person: Person, now: int) -> Json:
    key = contact_id(person.number)
    company = {"id": f"66c0{person.number:020x}", "type": "company", "url": f"/companies/{person.number}"}
    return {
        "type": "contact",
        "id": key,
        "workspace_id": WORKSPACE,
        "external_id": f"cust-{person.number}",
        "role": "user",
        "email": person.email,
        "phone": person.phone,
        "name": person.name,
        "owner_id": None,
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "unsubscribed_from_emails": False,
        "created_at": now,
        "updated_at": now,
        "signed_up_at": now,
        "last_seen_at": now,
        "language_override": person.language,
        "custom_attributes": {},
        "location": {"type": "location", "country": person.country, "region": None, "city": person.city},
        "tags": tagged_list(f"/contacts/{key}/tags", []),
        "companies": tagged_list(f"/contacts/{key}/companies", [company]),
    }


def _company(person: Person, now: int) -> Json:
    return {
        "type": "company",
        "id": f"66c0{person.number:020x}",
        "company_id": f"company-{person.number}",
        "app_id": WORKSPACE,
        "name": person.company,
        "website": person.email.partition("@")[2],
        "created_at": now,
        "updated_at": now,
    }


def _admin(key: str, name: str) -> Json:
    email = f"{name.lower().replace(' ', '.')}@beans.example"
    return {"type": "admin", "id": key, "name": name, "email": email, "has_inbox_seat": True, "team_ids": []}


def _state(key: str, category: str, label: str) -> Json:
    return {"type": "ticket_state", "id": key, "category": category, "internal_label": label, "external_label": label}


def _ticket_type(states: list[Json]) -> Json:
    return {
        "type": "ticket_type",
        "id": CUSTOMER_TYPE,
        "category": "Customer",
        "name": "Request",
        "description": "What customers ask for",
        "icon": "-",
        "workspace_id": WORKSPACE,
        "ticket_states": {"type": "list", "data": list(states)},
        "archived": False,
    }


def _article(article: SeedArticle, now: int) -> Json:
    return {
        "type": "article",
        "id": str(7_000_000 + article.number),
        "workspace_id": WORKSPACE,
        "title": article.title,
        "description": None,
        "body": f"<p>{article.body}</p>",
        "author_id": int(ROBIN),
        "state": "published",
        "created_at": now,
        "updated_at": now,
        "url": f"https://help.beans.example/articles/{article.number}",
        "help_center_audience": "everyone",
        "default_locale": "en",
    }
