"""The imitated search of Intercom: typed filters over one record."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def fits(query: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """Whether a record, as the fields that can be searched, is what a query asks for."""
    operator, value = query["operator"], query["value"]
    if operator in {"AND", "OR"}:
        parts = [fits(part, fields) for part in value]
        return all(parts) if operator == "AND" else any(parts)
    known = fields[query["field"]]
    return any(_holds(operator, item, value) for item in (known if isinstance(known, list) else [known]))


def _holds(operator: str, known: Any, value: Any) -> bool:
    if operator == ">":
        return bool(known > value)
    if operator == "IN":
        return any(_same(known, item) for item in value)
    if operator == "~":
        return str(value).casefold() in str(known or "").casefold()
    return _same(known, value)


def _same(known: Any, value: Any) -> bool:
    if isinstance(known, bool) or isinstance(value, bool):
        return known is value
    return str(known or "").casefold() == str(value).casefold()


def depth(query: Mapping[str, Any]) -> int:
    """How many groups stand in each other; Intercom reads two."""
    nested = query["value"] if query["operator"] in {"AND", "OR"} else []
    return 1 + max(map(depth, nested), default=0) if query["operator"] in {"AND", "OR"} else 0


def contact_fields(contact: Json) -> Json:
    """What can be searched of a contact."""
    return {name: contact.get(name) for name in ("id", "email", "phone", "external_id", "name", "role", "updated_at")}


def _thread_fields(thread: Json) -> Json:
    contacts = [contact["id"] for contact in thread["contacts"]["contacts"]]
    names = ("id", "open", "admin_assignee_id", "team_assignee_id", "updated_at")
    return {"contact_ids": contacts} | {name: thread[name] for name in names}


def conversation_fields(conversation: Json) -> Json:
    """What can be searched of a conversation."""
    source = conversation["source"]
    return {
        **_thread_fields(conversation),
        "state": conversation["state"],
        "tag_ids": [tag["id"] for tag in conversation["tags"]["tags"]],
        "source.type": source["type"],
        "source.subject": source["subject"],
        # A body is compared word by word, whatever the operator.
        "source.body": source["body"].split(),
    }


def ticket_fields(ticket: Json) -> Json:
    """What can be searched of a ticket."""
    attributes = ticket["ticket_attributes"]
    return {
        **_thread_fields(ticket),
        "state": ticket["ticket_state"]["category"],
        "title": attributes.get("_default_title_"),
        "description": attributes.get("_default_description_"),
    }
