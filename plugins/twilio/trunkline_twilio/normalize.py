"""Twilio's records into ours."""

from collections.abc import Iterable
from typing import Any

from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.entities.helpdesk import Attachment, Conversation, Delivery, DeliveryStatus, Message
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import Actor, ContactPoint, Direction, Failure, Status, status_of
from trunkline_twilio import vendor
from trunkline_twilio.addresses import Address, address, channel_of, line
from trunkline_twilio.errors import REASONS, UNWANTED

Newest = dict[Address, vendor.Exchanged]
"""The last message or call exchanged with each address of one person."""


class Normalize:
    """Builds our records for one connection."""

    def __init__(self, connection: str) -> None:
        self._connection = connection

    def customer_ref(self, number: str) -> Ref:
        """A customer's reference: the number that is written to or called."""
        return Ref.of(self._connection, "customer", number)

    def message_ref(self, vendor_id: str) -> Ref:
        """The reference of a message or a call."""
        return Ref.of(self._connection, "message", vendor_id)

    def conversation_ref(self, vendor_id: str) -> Ref:
        """The reference of a conversation or a thread."""
        return Ref.of(self._connection, "conversation", vendor_id)

    def verification_ref(self, vendor_id: str) -> Ref:
        """A verification's reference."""
        return Ref.of(self._connection, "verification", vendor_id)

    def match(self, number: str, newest: Newest) -> CustomerMatch:
        """A number as a search found it."""
        return CustomerMatch(**self._person(number, newest), matched_on=("phone",))

    def customer(self, number: str, newest: Newest) -> CustomerView:
        """A number as a customer."""
        return CustomerView(**self._person(number, newest))

    def _person(self, number: str, newest: Newest) -> dict[str, Any]:
        points = [ContactPoint(channel="phone", value=number, primary=True)]
        if any(item.channel == "whatsapp" for item in newest):
            points.append(ContactPoint(channel="whatsapp", value=number, primary=True))
        return {
            "id": self.customer_ref(number),
            "display_name": number,
            "contact_points": tuple(points),
            "last_activity_at": max((item.at for item in newest.values() if item.at), default=None),
        }

    def exchanged(self, item: vendor.Exchanged) -> Message:
        """A message or a call of a thread."""
        return self.call(item) if isinstance(item, vendor.Call) else self.message(item)

    def call(self, item: vendor.Call) -> Message:
        """A call, as a message without a text: what was said Twilio does not keep."""
        where = line(item.outside)
        more = {"duration_s": item.duration, "answered_by": item.answered_by}
        known = {name: value for name, value in more.items() if value}
        return Message(
            id=self.message_ref(item.sid),
            conversation_id=self.conversation_ref(where.thread) if where else None,
            at=item.at,
            author=self._author(item.direction, where),
            direction=vendor.DIRECTIONS.get(item.direction or ""),
            channel="voice",
            body_text="",
            delivery=_course(item),
            extensions={"twilio": known} if known else None,
        )

    def message(self, item: vendor.Message) -> Message:
        """A message of the 2010 API."""
        where = address(item.outside)
        return Message(
            id=self.message_ref(item.sid),
            conversation_id=self.conversation_ref(where.thread) if where else None,
            at=item.at,
            author=self._author(item.direction, where),
            direction=vendor.DIRECTIONS.get(item.direction or ""),
            channel=channel_of(item.outside),
            body_text=item.body or "",
            attachments=tuple(_media(item)),
            delivery=_delivery(item),
        )

    def _author(self, direction: str | None, where: Address | None) -> Actor | None:
        kind = vendor.AUTHORS.get(direction or "")
        if kind is None:
            return None
        return Actor(kind=kind, ref=self.customer_ref(where.number) if where and kind == "customer" else None)

    def thread(self, where: Address, last: vendor.Exchanged) -> Conversation:
        """What was exchanged with an address, as a conversation."""
        return Conversation(
            id=self.conversation_ref(where.thread),
            channel=where.channel,
            participants=(self._customer(where),),
            last_message_at=last.at,
        )

    def conversation(self, where: Address, item: vendor.ParticipantConversation) -> Conversation:
        """A conversation that an address takes part in."""
        binding = item.participant_messaging_binding or vendor.Binding()
        return Conversation(
            id=self.conversation_ref(item.conversation_sid),
            channel=vendor.BINDING_CHANNELS.get(binding.type or "", where.channel),
            participants=(self._customer(where),),
            subject=item.conversation_friendly_name,
            state=vendor.STATES.get(item.conversation_state or "", "unknown"),
        )

    def _customer(self, where: Address) -> Actor:
        return Actor(kind="customer", ref=self.customer_ref(where.number))

    def conversation_message(self, item: vendor.ConversationMessage) -> Message:
        """A message of Conversations."""
        where = address(item.author)
        author, direction = self._speaker(item.author, where)
        return Message(
            id=self.message_ref(f"{item.conversation_sid}.{item.sid}"),
            conversation_id=self.conversation_ref(item.conversation_sid),
            at=item.date_created,
            author=author,
            direction=direction,
            channel=where.channel if where else None,
            body_text=item.body or "",
            attachments=tuple(_files(item.media or ())),
            delivery=_receipts(item.delivery) if item.delivery else None,
            extensions=None if author else {"twilio": {"author": item.author}},
        )

    def _speaker(self, author: str | None, where: Address | None) -> tuple[Actor | None, Direction | None]:
        if where:
            return self._customer(where), "inbound"
        if author in {None, "system"}:
            return Actor(kind="system"), "outbound"
        # A chat user can be a customer or one of ours: Twilio does not say which.
        return None, None


def _media(item: vendor.Message) -> Iterable[Attachment]:
    """A placeholder for each file: Twilio lists their types apart."""
    link = (item.subresource_uris or {}).get("media")
    url = f"https://api.twilio.com{link}" if link else None
    return (Attachment(name=f"media {number}", url_ref=url) for number in range(1, (item.num_media or 0) + 1))


def _files(media: Iterable[vendor.Media]) -> Iterable[Attachment]:
    return (
        Attachment(name=item.filename or item.sid or "media", type=item.content_type, size=item.size, url_ref=item.sid)
        for item in media
    )


def _delivery(item: vendor.Message) -> Delivery:
    is_final = item.status in vendor.FINAL or (item.status == "delivered" and channel_of(item.outside) == "sms")
    status = status_of(vendor.DELIVERY, item.status)
    if item.error_code in UNWANTED:
        status = status.model_copy(update={"value": "suppressed"})
    return Delivery(status=status, as_of=item.date_updated, error=_failure(item), final=is_final)


def _failure(item: vendor.Message) -> Failure | None:
    if not item.error_code:
        return None
    return Failure(code=str(item.error_code), message=item.error_message or REASONS.get(item.error_code))


def _course(item: vendor.Call) -> Delivery:
    """How far a call got."""
    status = status_of(vendor.CALLS, item.status)
    if item.direction == "inbound" and status.value in {"sent", "delivered"}:
        status = status.model_copy(update={"value": "received"})
    elif item.status in vendor.LOSSY_CALLS:
        status = status.model_copy(update={"lossy": True})
    return Delivery(status=status, as_of=item.date_updated, final=item.status in vendor.FINAL_CALLS)


def _receipts(receipts: vendor.Receipts) -> Delivery | None:
    """The most telling state that any recipient reached; lossy where not all of them did."""
    for word in vendor.RECEIPTS:
        reached = getattr(receipts, word)
        if reached in {"some", "all"}:
            is_all = reached == "all"
            status = Status[DeliveryStatus](value=vendor.DELIVERY[word], raw=word, label=reached, lossy=not is_all)
            return Delivery(status=status, final=is_all and word in vendor.FINAL)
    return None
