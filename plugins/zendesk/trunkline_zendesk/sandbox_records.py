"""Records of the imitated Zendesk account as they are when it starts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedArticle, SeedField

Json = dict[str, Any]

SITE = "https://beans.zendesk.com"
API_EMAIL, API_TOKEN, OAUTH_TOKEN = "agent@beans.example", "sandbox-token", "sandbox-oauth-token"
ROBIN, SAM, MAYA = 700_000_001, 700_000_002, 700_000_003
_STAFF = (
    (ROBIN, "Robin Reyes", API_EMAIL, "admin"),
    (SAM, "Sam Ortiz", "sam.ortiz@beans.example", "agent"),
    (MAYA, "Maya Lind", "maya.lind@beans.example", "agent"),
)
TEAMS = (("Support", True), ("Billing", False), ("Tier 2", False))
_CATEGORIES = ("new", "open", "pending", "hold", "solved", "closed")
OWN_STATUS = "Waiting for courier"
FIRST_PERSON, _FIRST_COMPANY, FIRST_TEAM, _FIRST_STATUS = 900_000_000, 800_000_000, 600_000_001, 500_000_001
_FIRST_TICKET_FIELD, _FIRST_USER_FIELD = 400_000_001, 450_000_001
_SYSTEM_FIELDS = (("subject", "Subject"), ("status", "Status"), ("priority", "Priority"), ("assignee", "Assignee"))
_TICKET_TYPES = {"text": "text", "number": "integer", "choice": "tagger"}
_USER_TYPES = {"text": "text", "number": "decimal", "choice": "dropdown"}


def moment(at: datetime) -> str:
    """A time as Zendesk writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def blank_ticket(number: int, at: str, channel: str) -> Json:
    """A ticket of which nothing is known yet."""
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
        "group_id": FIRST_TEAM,
        "has_incidents": False,
        "is_public": True,
        "satisfaction_rating": {"score": "unoffered"},
        "allow_channelback": False,
        "from_messaging_channel": False,
    }


def user(user_id: int, name: str, email: str | None, role: str, at: str) -> Json:
    """A user."""
    empty = ("phone", "organization_id", "external_id", "alias", "last_login_at", "notes", "details", "photo")
    return {
        **dict.fromkeys(empty),
        "id": user_id,
        "url": f"{SITE}/api/v2/users/{user_id}.json",
        "name": name,
        "email": email,
        "role": role,
        "created_at": at,
        "updated_at": at,
        "time_zone": "UTC",
        "iana_time_zone": "Etc/UTC",
        "locale": "en-US",
        "verified": True,
        "active": True,
        "suspended": False,
        "tags": [],
        "user_fields": {},
    }


def staff(now: datetime) -> Iterator[Json]:
    """The agents."""
    for user_id, name, email, role in _STAFF:
        yield user(user_id, name, email, role, moment(now))


def customer(person: Person, now: datetime) -> Json:
    """A customer of the company."""
    return {
        **user(FIRST_PERSON + person.number, person.name, person.email, "end-user", moment(now)),
        "phone": person.phone,
        "organization_id": _FIRST_COMPANY + person.number,
        "external_id": f"shop-{person.number}",
        "locale": person.language,
    }


def company(person: Person, now: datetime) -> Json:
    """The organisation that a customer belongs to."""
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


def team(number: int, name: str, is_default: bool, now: datetime) -> Json:
    """A group of agents."""
    team_id = FIRST_TEAM + number
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


def statuses(now: datetime) -> Iterator[Json]:
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


def article(article: SeedArticle, now: datetime) -> Json:
    """An article of the help centre."""
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


def slug(label: str) -> str:
    """A label as a key or a tag."""
    return label.lower().replace(" ", "_")


def ticket_fields(seed: Seed) -> Iterator[Json]:
    """Fields of tickets: Zendesk's own, which always exist, and those of the company."""
    own = [field for field in seed.fields if field.kind == "ticket"]
    all_fields = [*_SYSTEM_FIELDS, *((_TICKET_TYPES[field.type], field.label) for field in own)]
    for number, (kind, title) in enumerate(all_fields):
        field_id = _FIRST_TICKET_FIELD + number
        yield {
            **_field(field_id, "ticket_fields", kind, title, seed.now),
            "removable": number >= len(_SYSTEM_FIELDS),
            "agent_can_edit": True,
            "key": None,
            **_choices(own[number - len(_SYSTEM_FIELDS)] if number >= len(_SYSTEM_FIELDS) else None),
        }


def user_fields(seed: Seed) -> Iterator[Json]:
    """Fields of users: those of the company, and a note of Zendesk's own."""
    for number, field in enumerate(field for field in seed.fields if field.kind == "customer"):
        made = _field(_FIRST_USER_FIELD + number, "user_fields", _USER_TYPES[field.type], field.label, seed.now)
        yield {**made, "key": slug(field.label), "system": False, **_choices(field)}
    seen = _field(_FIRST_USER_FIELD + 99, "user_fields", "date", "Last seen", seed.now)
    yield {**seen, "key": "system::embeddable_last_seen", "system": True}


def _field(field_id: int, path: str, kind: str, title: str, now: datetime) -> Json:
    return {
        "id": field_id,
        "url": f"{SITE}/api/v2/{path}/{field_id}.json",
        "type": kind,
        "title": title,
        "raw_title": title,
        "description": "",
        "raw_description": "",
        "position": 9999,
        "active": True,
        "regexp_for_validation": None,
        "created_at": moment(now),
        "updated_at": moment(now),
    }


def _choices(field: SeedField | None) -> Json:
    if field is None or not field.choices:
        return {}
    return {"custom_field_options": [{"name": name, "value": slug(name)} for name in field.choices]}
