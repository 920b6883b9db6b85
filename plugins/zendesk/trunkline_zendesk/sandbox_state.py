"""The records of the imitated Zendesk account, and what changes them."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedTicket
from trunkline_zendesk import sandbox_records as records
from trunkline_zendesk.sandbox_directory import Directory
from trunkline_zendesk.sandbox_records import FIRST_PERSON, ROBIN, SITE, Json, moment

_AGE = timedelta(hours=1)
_SET_BY_API = frozenset(("subject", "priority", "type", "assignee_id", "group_id", "tags", "external_id", "due_at"))
_MERGED_TAG = "closed_by_merge"
_CHOOSING = frozenset(("tagger", "multiselect"))


class Desk:
    """One account: its people, its tickets with their audits, its articles."""

    def __init__(self, seed: Seed) -> None:
        self.now = seed.now - _AGE
        people = seed.known_to("helpdesk")
        self.people = Directory(seed)
        self.users, self.organizations = self.people.users, self.people.organizations
        self.groups = [records.team(number, *team, seed.now) for number, team in enumerate(records.TEAMS)]
        self.statuses = list(records.statuses(seed.now))
        self.fields = list(records.ticket_fields(seed))
        self.articles = [records.article(article, seed.now) for article in seed.articles]
        self.tickets: dict[int, Json] = {}
        self.audits: dict[int, list[Json]] = {}
        self.jobs: dict[str, Json] = {}
        self._numbers = count(1_000_001)
        for person in people:
            for ticket in person.tickets:
                self._seed_ticket(person, ticket)

    def _seed_ticket(self, person: Person, ticket: SeedTicket) -> None:
        requester = FIRST_PERSON + person.number
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
        ticket = records.blank_ticket(number, at, channel)
        ticket["custom_fields"] = [{"id": field["id"], "value": None} for field in self.fields if field["removable"]]
        ticket |= {"requester_id": requester, "submitter_id": given.get("submitter_id") or ROBIN}
        ticket["organization_id"] = self.users[requester]["organization_id"]
        ticket |= {name: value for name, value in given.items() if name in _SET_BY_API}
        ticket["raw_subject"] = ticket["subject"]
        ticket["description"] = given["comment"]["body"]
        ticket["is_public"] = given["comment"].get("public", True)
        self._set_status(ticket, given)
        self._set_fields(ticket, given)
        self._follow(ticket, given)
        self.tickets[number], self.audits[number] = ticket, []
        comment = {"author_id": ticket["submitter_id"], **given["comment"]}
        return {"ticket": ticket, "audit": self._audit(ticket, {**given, "comment": comment, "via": ticket["via"]})}

    def update(self, ticket: Json, given: Mapping[str, Any]) -> Json:
        """Change a ticket; answers the reply to `PUT /tickets/{id}`."""
        before = dict(ticket)
        ticket |= {name: value for name, value in given.items() if name in _SET_BY_API}
        self._set_status(ticket, given)
        self._set_fields(ticket, given)
        flat, former = _flat(ticket), _flat(before)
        changed = sorted(name for name in flat if flat[name] != former[name])
        if not (changed or given.get("comment")):
            return {"ticket": ticket}
        ticket["updated_at"] = self.tick()
        events = [self._change(name, flat, former) for name in changed]
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

    def _set_fields(self, ticket: Json, given: Mapping[str, Any]) -> None:
        """Set custom fields; a choice is a tag of the ticket as well, and what is no choice empties the field."""
        types = {field["id"]: field for field in self.fields}
        values = {item["id"]: item["value"] for item in ticket["custom_fields"]}
        tags = dict.fromkeys(ticket["tags"])
        for item in given.get("custom_fields") or ():
            if item["id"] not in values:
                continue
            value = _stored(types[item["id"]], item["value"])
            if types[item["id"]]["type"] in _CHOOSING:
                tags = {tag: None for tag in tags if tag not in _tags(values[item["id"]])}
                tags |= dict.fromkeys(_tags(value))
            values[item["id"]] = value
        ticket["tags"] = list(tags)
        ticket["custom_fields"] = [{"id": field_id, "value": value} for field_id, value in values.items()]

    def _follow(self, ticket: Json, given: Mapping[str, Any]) -> None:
        """Let a ticket follow a closed one, whose tags it takes over; a reference to any other has no effect."""
        source = self.tickets.get(given.get("via_followup_source_id") or 0)
        if source is None or source["status"] != "closed":
            return
        ticket["via"]["source"] = {"from": {"ticket_id": source["id"]}, "to": {}, "rel": "follow_up"}
        if "tags" not in given:
            ticket["tags"] = list(source["tags"])

    def merge(self, into: Json, sources: list[Json], given: Mapping[str, Any]) -> Json:
        """Close tickets as duplicates of another; answers the job, which is queued, and done by the next request."""
        for source in sources:
            text = given.get("source_comment") or f"This request was closed and merged into request #{into['id']}."
            comment = {"body": text, "public": given.get("source_comment_is_public", False)}
            tags = [*source["tags"], _MERGED_TAG]
            self.update(source, {"status": "closed", "tags": tags, "comment": comment})
        text = given.get("target_comment") or "Requests were merged into this one."
        self.update(into, {"comment": {"body": text, "public": given.get("target_comment_is_public", False)}})
        number = f"V3-{next(self._numbers):032x}"
        queued: Json = {"id": number, "url": f"{SITE}/api/v2/job_statuses/{number}.json", "status": "queued"}
        queued |= {"job_type": "Ticket Merge", "total": len(sources), "message": None}
        done = [
            {"index": index, "id": source["id"], "action": "update", "status": "Updated", "success": True}
            for index, source in enumerate(sources)
        ]
        self.jobs[number] = {**queued, "status": "completed", "progress": len(sources), "results": done}
        return {**queued, "progress": None, "results": None}

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


def _flat(ticket: Json) -> Json:
    """A ticket as audits see it: each custom field on its own."""
    fields = {str(item["id"]): item["value"] for item in ticket["custom_fields"]}
    return {**{name: value for name, value in ticket.items() if name != "custom_fields"}, **fields}


def _stored(field: Json, value: Any) -> Any:
    """A value as Zendesk keeps it: numbers as text, and only choices that there are."""
    choices = {option["value"] for option in field.get("custom_field_options", ())}
    if choices:
        return value if set(_tags(value)) <= choices else None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _tags(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | list) or value is None else str(value)
