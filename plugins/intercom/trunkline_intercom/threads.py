"""Intercom's tickets and conversations into ours: two kinds of thread that stay apart by their ids."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from trunkline_contracts.entities.helpdesk import (
    Attachment,
    Conversation,
    Csat,
    Flags,
    Message,
    Sla,
    Ticket,
    TicketStatus,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Actor, Direction, Status, Visibility, Warning, status_of
from trunkline_intercom import vendor, words
from trunkline_intercom.normalize import Normalize, version_of
from trunkline_intercom.refs import worked_as_ticket
from trunkline_intercom.text import text_of

_BAD, _NEUTRAL = 2, 3
_RATING = "conversation_rating"


class Threads:
    """Builds tickets, conversations and messages for one connection."""

    def __init__(self, to: Normalize) -> None:
        self._to = to

    def ticket(self, ticket: vendor.Ticket) -> Ticket:
        """A ticket; its messages are its own parts."""
        attributes = ticket.ticket_attributes or {}
        own = self._to.ref("ticket", ticket.id)
        return Ticket(
            id=own,
            number=ticket.ticket_id or ticket.id,
            subject=attributes.get(words.TITLE),
            description_text=text_of(attributes.get(words.DESCRIPTION)) or None,
            status=_ticket_status(ticket),
            type=ticket.ticket_type.name if ticket.ticket_type else None,
            custom_fields=self._to.fields.read("ticket", attributes),
            conversation_id=own,
            **self._common(ticket),
            extensions={"intercom": {"kind": "ticket", "category": ticket.category, "linked": self._linked(ticket)}},
        )

    def conversation_ticket(self, conversation: vendor.Conversation) -> Ticket:
        """A conversation, as something to work on."""
        source = conversation.source or vendor.Source()
        attributes = conversation.custom_attributes or {}
        statistics = conversation.statistics or vendor.Statistics()
        return Ticket(
            id=self._to.ref("ticket", worked_as_ticket(conversation.id)),
            number=conversation.id,
            subject=_subject(conversation),
            description_text=text_of(source.body or attributes.get(words.DESCRIPTION)) or None,
            status=status_of(words.CONVERSATION_STATES, _state(conversation)),
            priority=_priority(conversation),
            channel=channel_of(conversation),
            tags=tuple(tag.name for tag in _tags(conversation) if tag.name),
            custom_fields=self._to.fields.read("ticket", attributes),
            company=self._company(conversation.company),
            conversation_id=self._to.ref("conversation", conversation.id),
            closed_at=statistics.last_close_at if _state(conversation) == "closed" else None,
            **self._common(conversation),
            extensions={"intercom": {"kind": "conversation", "linked": self._linked(conversation)}},
        )

    def _common(self, thread: vendor.Thread) -> dict[str, Any]:
        """What both kinds have."""
        people = (thread.contacts.contacts if thread.contacts else None) or []
        return {
            "requester": self._to.ref("customer", people[0].id) if people and people[0].id else None,
            "assignee": self._to.agent(thread.admin_assignee_id),
            "team": self._to.team(thread.team_assignee_id),
            "flags": Flags(snoozed_until=thread.snoozed_until),
            "created_at": thread.created_at,
            "updated_at": thread.updated_at,
            "version": version_of(thread.updated_at),
        }

    def _company(self, company: vendor.Reference | None) -> Ref | None:
        return self._to.ref("company", company.id) if company and company.id else None

    def _linked(self, thread: vendor.Thread) -> list[Ref]:
        """The threads that are linked with this one, as tickets."""
        linked = (thread.linked_objects.data if thread.linked_objects else None) or []
        return [
            self._to.ref("ticket", item.id if item.type == "ticket" else worked_as_ticket(item.id))
            for item in linked
            if item.id
        ]

    def conversation(self, conversation: vendor.Conversation) -> Conversation:
        """A conversation; where it is a ticket itself, it is worked as that."""
        state = _state(conversation)
        return Conversation(
            id=self._to.ref("conversation", conversation.id),
            channel=channel_of(conversation),
            participants=tuple(self._participants(conversation)),
            subject=_subject(conversation),
            state=state if state in {"open", "closed", "snoozed"} else "unknown",
            ticket=self._to.ref("ticket", conversation.ticket_id or worked_as_ticket(conversation.id)),
            last_message_at=_last_message_at(conversation.statistics),
        )

    def _participants(self, conversation: vendor.Conversation) -> Iterable[Actor]:
        people = conversation.contacts.contacts if conversation.contacts else None
        for person in people or ():
            yield Actor(kind="customer", ref=self._to.ref("customer", person.id) if person.id else None)
        if agent := self._to.agent(conversation.admin_assignee_id):
            yield agent

    def messages_of_conversation(self, conversation: vendor.Conversation) -> list[Message]:
        """What was said in a conversation, its first message included, newest first."""
        own, channel = self._to.ref("conversation", conversation.id), channel_of(conversation)
        said = list(_parts_of_conversation(conversation))
        return [self.message(part, own).model_copy(update={"channel": channel}) for part in _newest_first(said)]

    def messages_of_ticket(self, ticket: vendor.Ticket) -> list[Message]:
        """What was said on a ticket, newest first."""
        own = self._to.ref("ticket", ticket.id)
        return [self.message(part, own) for part in _newest_first(ticket.parts)]

    def message(self, part: vendor.Part, thread: Ref) -> Message:
        """A part; where Intercom does not say that it is public, it is taken for internal."""
        author = self._author(part.author)
        visibility: Visibility = "public" if part.part_type in words.PUBLIC_PARTS else "internal"
        return Message(
            id=self._to.ref("message", part.id),
            conversation_id=thread,
            at=part.created_at,
            author=author,
            visibility=visibility,
            direction=_direction(visibility, author),
            body_text=text_of(part.body),
            attachments=tuple(_attachment(file) for file in part.attachments or ()),
        )

    def _author(self, author: vendor.Author | None) -> Actor | None:
        if author is None or author.type is None:
            return None
        if author.type in words.CUSTOMERS:
            ref = self._to.ref("customer", author.id) if author.id else None
            return Actor(kind="customer", ref=ref, name=author.name)
        if author.type == "admin":
            ref = self._to.ref("agent", author.id) if author.id else None
            return Actor(kind="bot" if author.from_ai_agent else "human_agent", ref=ref, name=author.name)
        return Actor(kind="bot" if author.type == "bot" else "system", name=author.name)


def _ticket_status(ticket: vendor.Ticket) -> Status[TicketStatus]:
    """The state's category, unless the ticket is closed, which Intercom keeps apart from its state."""
    state = ticket.ticket_state
    detail = state if isinstance(state, vendor.TicketState) else vendor.TicketState(category=state)
    status: Status[TicketStatus] = status_of(
        words.TICKET_STATES, detail.category, label=detail.internal_label, raw_id=detail.id
    )
    return status.model_copy(update={"value": "closed"}) if ticket.open is False else status


def _state(conversation: vendor.Conversation) -> str | None:
    if conversation.state is None and conversation.open is not None:
        return "open" if conversation.open else "closed"
    return conversation.state


def _priority(conversation: vendor.Conversation) -> Any:
    word = conversation.priority
    return None if word in words.NO_PRIORITY else status_of(words.PRIORITIES, word)


def _subject(conversation: vendor.Conversation) -> str | None:
    """The title, the subject of the first message, or, of a conversation that is a ticket, the ticket's title."""
    subject = conversation.source.subject if conversation.source else None
    return conversation.title or text_of(subject) or (conversation.custom_attributes or {}).get(words.TITLE)


def channel_of(conversation: vendor.Conversation) -> Any:
    """How a conversation began."""
    source = conversation.source
    return words.CHANNELS.get(source.type if source else None, "other")


def _tags(conversation: vendor.Conversation) -> list[vendor.Tag]:
    return (conversation.tags.tags if conversation.tags else None) or []


def _parts_of_conversation(conversation: vendor.Conversation) -> Iterable[vendor.Part]:
    """The first message, as a part, and the others."""
    source = conversation.source
    if source and source.id:
        yield vendor.Part(
            type="conversation_part",
            id=source.id,
            part_type="comment",
            body=source.body,
            created_at=conversation.created_at,
            author=source.author,
            attachments=source.attachments,
        )
    yield from conversation.parts


def _newest_first(parts: Iterable[vendor.Part]) -> list[vendor.Part]:
    """The parts that say something; Intercom gives the oldest first, and several can be of one second."""
    said = [part for part in parts if part.body or part.attachments]
    in_order = sorted(said, key=lambda part: part.created_at.timestamp() if part.created_at else 0.0)
    return in_order[::-1]


def _last_message_at(statistics: vendor.Statistics | None) -> datetime | None:
    if statistics is None:
        return None
    times = [at for at in (statistics.last_contact_reply_at, statistics.last_admin_reply_at) if at]
    return max(times, default=None)


def _direction(visibility: Visibility, author: Actor | None) -> Direction | None:
    if visibility == "internal":
        return "internal"
    if author is None:
        return None
    return "inbound" if author.kind == "customer" else "outbound"


def _attachment(file: vendor.File) -> Attachment:
    return Attachment(name=file.name or "", type=file.content_type, size=file.filesize, url_ref=file.url)


def csat(rating: vendor.Rating | None) -> Csat:
    """A rating of 1 to 5; one without a score was asked for, and not given yet."""
    if rating is None or rating.rating is None:
        was_asked = rating is not None and rating.created_at is not None
        return Csat(bucket="offered" if was_asked else "none", source=_RATING)
    bucket = "bad" if rating.rating <= _BAD else "neutral" if rating.rating == _NEUTRAL else "good"
    at = rating.updated_at or rating.created_at
    return Csat(score=f"{rating.rating}/5", bucket=bucket, comment=rating.remark or None, at=at, source=_RATING)


def slas(applied: vendor.SlaApplied | None) -> tuple[Sla, ...]:
    """The promise on a conversation, of which Intercom tells whether it was kept."""
    if applied is None or not applied.sla_name:
        return ()
    broken = {"missed": True, "hit": False}.get(applied.sla_status or "")
    return (Sla(name=applied.sla_name, breached=broken),)


def lossy_warnings(ticket: Ticket) -> tuple[Warning, ...]:
    """A warning where a ticket's status does not say all."""
    if not ticket.status.lossy:
        return ()
    return (Warning(code="lossy_status", message="Read status.raw: we have no word for it.", field="status"),)


def cut_warnings(thread: vendor.Thread) -> tuple[Warning, ...]:
    """A warning where a thread has more parts than Intercom gives."""
    total = (thread.thread.total_count if thread.thread else None) or 0
    if total <= len(thread.parts):
        return ()
    return (Warning(code="truncated", message=f"Intercom gave the latest {len(thread.parts)} of {total} parts."),)
