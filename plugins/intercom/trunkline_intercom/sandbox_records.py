"""The records of the imitated Intercom workspace, as they stand when it starts."""

from typing import Any

from trunkline_contracts.sandbox import Person, SeedArticle, SeedField

Json = dict[str, Any]

WORKSPACE = "beans001"
ROBIN, SAM = "5017690", "5017691"
CUSTOMER_TYPE, TRACKER_TYPE = "41", "42"
ADMINS = ((ROBIN, "Robin Reyes"), (SAM, "Sam Ortiz"))
TEAMS = (("601", "Support"), ("602", "Billing"), ("603", "Tier 2"))
STATES = (
    ("71", "submitted", "Submitted"),
    ("72", "in_progress", "In progress"),
    ("73", "waiting_on_customer", "Waiting on customer"),
    ("74", "resolved", "Resolved"),
    ("75", "in_progress", "Waiting for courier"),
)


def contact_id(number: int) -> str:
    """The id of the company's customer of a number."""
    return f"65f0c0ffee{number:014x}"


def tagged_list(key: str, items: list[Json]) -> Json:
    """A list inside a record, of which only ids are shown."""
    return {"type": "list", "data": items, "url": key, "total_count": len(items), "has_more": False}


def new_contact(key: str, now: int, **given: Any) -> Json:
    """A contact, of which only some fields are given."""
    return {
        "type": "contact",
        "id": key,
        "workspace_id": WORKSPACE,
        "external_id": None,
        "role": "user",
        "phone": None,
        "name": None,
        "owner_id": None,
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "unsubscribed_from_emails": False,
        "created_at": now,
        "updated_at": now,
        "signed_up_at": None,
        "last_seen_at": None,
        "language_override": None,
        "custom_attributes": {},
        "location": {"type": "location", "country": None, "region": None, "city": None},
        "tags": tagged_list(f"/contacts/{key}/tags", []),
        "companies": tagged_list(f"/contacts/{key}/companies", []),
        **given,
    }


def contact_of(person: Person, now: int) -> Json:
    """A customer of the company."""
    key = contact_id(person.number)
    return new_contact(
        key,
        now,
        external_id=f"cust-{person.number}",
        email=person.email,
        phone=person.phone,
        name=person.name,
        signed_up_at=now,
        last_seen_at=now,
        language_override=person.language,
        location={"type": "location", "country": person.country, "region": None, "city": person.city},
        companies=tagged_list(f"/contacts/{key}/companies", [company_reference(company_id(person.number))]),
    )


def company_id(number: int) -> str:
    """The id of the company of a customer of a number."""
    return f"66c0{number:020x}"


def company_reference(key: str) -> Json:
    """A company, as a contact shows it."""
    return {"id": key, "type": "company", "url": f"/companies/{key}"}


def new_company(person: Person, now: int) -> Json:
    """Where a customer works."""
    return {
        "type": "company",
        "id": company_id(person.number),
        "company_id": f"company-{person.number}",
        "app_id": WORKSPACE,
        "name": person.company,
        "website": person.email.partition("@")[2],
        "created_at": now,
        "updated_at": now,
    }


def new_admin(key: str, name: str) -> Json:
    """Somebody who works here."""
    email = f"{name.lower().replace(' ', '.')}@beans.example"
    return {"type": "admin", "id": key, "name": name, "email": email, "has_inbox_seat": True, "team_ids": []}


def new_state(key: str, category: str, label: str) -> Json:
    """A state of tickets."""
    return {"type": "ticket_state", "id": key, "category": category, "internal_label": label, "external_label": label}


def new_ticket_type(key: str, category: str, name: str, states: list[Json], attributes: list[Json]) -> Json:
    """A kind of ticket."""
    return {
        "type": "ticket_type",
        "id": key,
        "category": category,
        "name": name,
        "description": name,
        "icon": "-",
        "workspace_id": WORKSPACE,
        "ticket_type_attributes": {"type": "list", "data": attributes},
        "ticket_states": {"type": "list", "data": list(states)},
        "archived": False,
    }


def ticket_attribute(key: int, field: SeedField | str) -> Json:
    """An attribute of a type of ticket: a built-in one, or one of the company's own."""
    label, options = (field, ()) if isinstance(field, str) else (field.label, field.choices)
    return {
        "type": "ticket_type_attribute",
        "id": str(key),
        "workspace_id": WORKSPACE,
        "name": label,
        "description": "",
        "data_type": "list" if options else "string",
        "input_options": {"list_options": list_options(options)} if options else {"multiline": False},
        "default": isinstance(field, str),
        "ticket_type_id": int(CUSTOMER_TYPE),
        "archived": False,
    }


def list_options(labels: tuple[str, ...]) -> list[Json]:
    """The options of a list, with their ids."""
    return [
        {"id": f"de1825a0-0164-4070-8ca6-{at:012x}", "label": label, "archived": False}
        for at, label in enumerate(labels)
    ]


def contact_attribute(key: int, field: SeedField) -> Json:
    """What the company added to contacts."""
    return {
        "type": "data_attribute",
        "id": key,
        "model": "contact",
        "name": field.label,
        "full_name": f"custom_attributes.{field.label}",
        "label": field.label,
        "data_type": "integer" if field.type == "number" else "string",
        "options": list(field.choices),
        "api_writable": True,
        "custom": True,
        "archived": False,
    }


def conversation_attribute(key: int, field: SeedField) -> Json:
    """What the company added to conversations."""
    made = {
        "type": "conversation_attribute",
        "id": key,
        "name": field.label,
        "description": "",
        "data_type": "list" if field.choices else "string",
        "required": False,
        "visible_to_team_ids": [],
        "archived": False,
    }
    return made | ({"options": list_options(field.choices)} if field.choices else {"multiline": False})


def new_article(article: SeedArticle, now: int) -> Json:
    """A published article."""
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
