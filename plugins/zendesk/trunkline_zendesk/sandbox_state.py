"""The records of the imitated Zendesk account, and what changes them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedArticle, SeedTicket

Json = dict[str, Any]

SITE = "https://beans.zendesk.com"
API_EMAIL, API_TOKEN, OAUTH_TOKEN = "agent@beans.example", "sandbox-token", "sandbox-oauth-token"
ROBIN, SAM, MAYA = 700_000_001, 700_000_002, 700_000_003
_STAFF = (
    (ROBIN, "Robin Reyes", API_EMAIL, "admin"),
    (SAM, "Sam Ortiz", "sam.ortiz@beans.example", "agent"),
    (MAYA, "Maya Lind", "maya.lind@beans.example", "agent"),
)
_TEAMS = (("Support", True), ("Billing", False), ("Tier 2", False))
_CATEGORIES = ("new", "open", "pending", "hold", "solved", "closed")
OWN_STATUS = "Waiting for courier"
_FIRST_PERSON, _FIRST_COMPANY, _FIRST_TEAM, _FIRST_STATUS = 900_000_000, 800_000_000, 600_000_001, 500_000_001
_AGE = timedelta(hours=1)
_SET_BY_API = frozenset(
    ("subject", "priority", "type", "assignee_id", "group_id", "tags", "external_id", "due_at", "custom_fields")
)


def moment(at: datetime) -> str:
    """A time as Zendesk writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Desk:
    """One account: its people, its tickets with their audits, its articles."""

    def __init__(self, seed: Seed) -> None:
        self.now = seed.now - _AGE
        people = seed.known_to("helpdesk")
        self.users = {user["id"]: user for user in [*_staff(seed.now), *(_person(item, seed.now) for item in people)]}
        self.organizations = {company["id"]: company for company in (_company(item, seed.now) for item in people)}
        self.groups = [_team(number, *team, seed.now) for number, team in enumerate(_TEAMS)]
        self.statuses = list(_statuses(seed.now))
        self.articles = [_article(article, seed.now) for article in seed.articles]
        self.tickets: dict[int, Json] = {}
        self.audits: dict[int, list[Json]] = {}
        self._numbers = count(1_000_001)
        for person in people:
            for ticket in person.tickets:
                self._seed_ticket(person, ticket)

    def _seed_ticket(self, person: Person, ticket: SeedTicket) -> None:
        requester = _FIRST_PERSON + person.number
        fields = {"subject": ticket.subject, "priority": ticket.priority, "tags": list(ticket.tags)}
        comment = {"body": ticket.body, "public": True}
        made = {**fields, "requester_id": requester, "submitter_id": requester, "comment": comment}
        self.create({**made, "status": ticket.status}, channel="email")

    def tick(self) -> str:
        """Let a second pass, so that each change has its own time."""
        self.now += timedelta(seconds=1)
        return moment(self.now)

    def create(self, given: Mapping[str, Any], channel: str = "api") -> Json:
        """Make a ticket with its first comment; answers the reply to `POST /tickets`."""
        requester = given.get("requester_id") or ROBIN
        number, at = len(self.tickets) + 1, self.tick()
        ticket = _blank_ticket(number, at, channel)
        ticket |= {"requester_id": requester, "submitter_id": given.get("submitter_id") or ROBIN}
        ticket["organization_id"] = self.users[requester]["organization_id"]
        ticket |= {name: value for name, value in given.items() if name in _SET_BY_API}
        ticket["raw_subject"] = ticket["subject"]
        ticket["description"] = given["comment"]["body"]
        ticket["is_public"] = given["comment"].get("public", True)
        self._set_status(ticket, given)
        if source := given.get("via_followup_source_id"):
            ticket["via"]["source"] = {"from": {"ticket_id": source}, "to": {}, "rel": "follow_up"}
        self.tickets[number], self.audits[number] = ticket, []
        comment = {"author_id": ticket["submitter_id"], **given["comment"]}
        return {"ticket": ticket, "audit": self._audit(ticket, {**given, "comment": comment, "via": ticket["via"]})}

    def update(self, ticket: Json, given: Mapping[str, Any]) -> Json:
        """Change a ticket; answers the reply to `PUT /tickets/{id}`."""
        before = dict(ticket)
        ticket |= {name: value for name, value in given.items() if name in _SET_BY_API}
        self._set_status(ticket, given)
        changed = {name for name in ticket if ticket[name] != before[name]}
        if not (changed or given.get("comment")):
            return {"ticket": ticket}
        ticket["updated_at"] = self.tick()
        events = [self._change(name, ticket, before) for name in sorted(changed)]
        return {"ticket": ticket, "audit": self._audit(ticket, given, events)}

    def _set_status(self, ticket: Json, given: Mapping[str, Any]) -> None:
        """A custom status brings its category, and a category its default status."""
        if "custom_status_id" in given:
            status = next(item for item in self.statuses if item["id"] == given["custom_status_id"])
        elif "status" in given or ticket["custom_status_id"] is None:
            word = given.get("status") or "new"
            status = next(item for item in self.statuses if item["status_category"] == word and item["default"])
        else:
            return
        ticket["status"], ticket["custom_status_id"] = status["status_category"], status["id"]

    def _change(self, name: str, ticket: Json, before: Json) -> Json:
        event = {"id": next(self._numbers), "type": "Change", "field_name": name}
        return {**event, "value": _plain(ticket[name]), "previous_value": _plain(before[name])}

    def _audit(self, ticket: Json, given: Mapping[str, Any], events: list[Json] | None = None) -> Json:
        """Write down what an update did."""
        via = given.get("via") or {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}}
        audit: Json = {
            "id": next(self._numbers),
            "ticket_id": ticket["id"],
            "created_at": ticket["updated_at"],
            "author_id": ROBIN,
            "metadata": {"system": {}, "custom": given.get("metadata") or {}},
            "events": events or [],
            "via": via,
        }
        if comment := given.get("comment"):
            audit["events"].insert(0, self._comment_event(comment, audit["id"]))
        self.audits[ticket["id"]].append(audit)
        return audit

    def _comment_event(self, comment: Mapping[str, Any], audit_id: int) -> Json:
        body = comment.get("body") or comment.get("html_body") or ""
        return {
            "id": next(self._numbers),
            "type": "Comment",
            "author_id": comment.get("author_id") or ROBIN,
            "body": body,
            "html_body": f"<p>{body}</p>",
            "plain_body": body,
            "public": comment.get("public", True),
            "attachments": [],
            "audit_id": audit_id,
        }

    def comments(self, ticket_id: int) -> list[Json]:
        """The comments of a ticket, oldest first."""
        return [
            {**event, "via": audit["via"], "created_at": audit["created_at"], "metadata": audit["metadata"]}
            for audit in self.audits[ticket_id]
            for event in audit["events"]
            if event["type"] == "Comment"
        ]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | list) or value is None else str(value)


def _blank_ticket(number: int, at: str, channel: str) -> Json:
    empty = ("external_id", "type", "subject", "priority", "recipient", "assignee_id", "organization_id")
    lists = ("collaborator_ids", "follower_ids", "email_cc_ids", "tags", "custom_fields", "sharing_agreement_ids")
    return {
        **dict.fromkeys((*empty, "problem_id", "due_at", "custom_status_id", "status", "description", "raw_subject")),
        **{name: [] for name in lists},
        "id": number,
        "url": f"{SITE}/api/v2/tickets/{number}.json",
        "via": {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": at,
        "updated_at": at,
        "group_id": _FIRST_TEAM,
        "has_incidents": False,
        "is_public": True,
        "satisfaction_rating": {"score": "unoffered"},
        "allow_channelback": False,
        "from_messaging_channel": False,
    }


def _user(user_id: int, name: str, email: str, role: str, now: datetime) -> Json:
    empty = ("phone", "organization_id", "external_id", "alias", "last_login_at", "notes", "details", "photo")
    return {
        **dict.fromkeys(empty),
        "id": user_id,
        "url": f"{SITE}/api/v2/users/{user_id}.json",
        "name": name,
        "email": email,
        "role": role,
        "created_at": moment(now),
        "updated_at": moment(now),
        "time_zone": "UTC",
        "iana_time_zone": "Etc/UTC",
        "locale": "en-US",
        "verified": True,
        "active": True,
        "suspended": False,
        "tags": [],
        "user_fields": {},
    }


def _staff(now: datetime) -> Iterator[Json]:
    for user_id, name, email, role in _STAFF:
        yield _user(user_id, name, email, role, now)


def _person(person: Person, now: datetime) -> Json:
    return {
        **_user(_FIRST_PERSON + person.number, person.name, person.email, "end-user", now),
        "phone": person.phone,
        "organization_id": _FIRST_COMPANY + person.number,
        "external_id": f"shop-{person.number}",
        "locale": person.language,
    }


def _company(person: Person, now: datetime) -> Json:
    number = _FIRST_COMPANY + person.number
    return {
        **dict.fromkeys(("external_id", "details", "notes", "group_id")),
        "id": number,
        "url": f"{SITE}/api/v2/organizations/{number}.json",
        "name": person.company,
        "domain_names": [person.email.partition("@")[2]],
        "created_at": moment(now),
        "updated_at": moment(now),
        "tags": [],
    }


def _team(number: int, name: str, is_default: bool, now: datetime) -> Json:
    team_id = _FIRST_TEAM + number
    return {
        "id": team_id,
        "url": f"{SITE}/api/v2/groups/{team_id}.json",
        "name": name,
        "description": "",
        "default": is_default,
        "deleted": False,
        "is_public": True,
        "created_at": moment(now),
        "updated_at": moment(now),
    }


def _statuses(now: datetime) -> Iterator[Json]:
    """The default status of each category, and one that the account made."""
    labelled = [(category, category.capitalize(), True) for category in _CATEGORIES]
    for number, (category, label, is_default) in enumerate([*labelled, ("hold", OWN_STATUS, False)]):
        yield {
            "id": _FIRST_STATUS + number,
            "url": f"{SITE}/api/v2/custom_statuses/{_FIRST_STATUS + number}.json",
            "status_category": category,
            "agent_label": label,
            "end_user_label": label,
            "active": True,
            "default": is_default,
            "created_at": moment(now),
            "updated_at": moment(now),
        }


def _article(article: SeedArticle, now: datetime) -> Json:
    number = 360_000_000 + article.number
    return {
        "id": number,
        "url": f"{SITE}/api/v2/help_center/en-us/articles/{number}.json",
        "html_url": f"{SITE}/hc/en-us/articles/{number}",
        "name": article.title,
        "title": article.title,
        "body": f"<p>{article.body}</p>",
        "locale": "en-us",
        "source_locale": "en-us",
        "draft": False,
        "promoted": False,
        "section_id": 350_000_001,
        "user_segment_id": None,
        "label_names": [article.section],
        "created_at": moment(now),
        "updated_at": moment(now),
        "result_type": "article",
    }
