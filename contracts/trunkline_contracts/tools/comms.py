"""Reaching people, and reading what was said."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.comms import Contactability
from trunkline_contracts.entities.helpdesk import Conversation, Message
from trunkline_contracts.record import Line, Moment, Record, Text
from trunkline_contracts.refs import ConversationRef, CustomerRef, MessageRef, ThreadRef
from trunkline_contracts.tools.arguments import Limit, Listed, MessageChannel, Phone, Reason, Routed, Write
from trunkline_contracts.values import Channel, Page, Visibility

Addressee = Annotated[
    str,
    StringConstraints(min_length=3, max_length=320, pattern=r"^[^\s\x00-\x1f\x7f]+$"),
    Field(description="customer id, phone or email"),
]


class SendMessage(Write, Routed):
    """Whom to reach: a customer's id, or an address of the channel."""

    to: Addressee
    channel: MessageChannel
    purpose: Literal["transactional", "marketing"]
    body: Text | None = None
    template: Line | None = None
    variables: dict[str, str] | None = None
    subject: Line | None = None
    in_reply_to: ThreadRef | None = None
    send_at: Moment | None = None

    @model_validator(mode="after")
    def _one_content(self) -> "SendMessage":
        if (self.body is None) == (self.template is None):
            raise ValueError("give either body or template")
        return self


class GetMessage(Record):
    """Which message."""

    message_id: MessageRef


class ListConversations(Listed):
    """Whose conversations."""

    customer_id: CustomerRef
    channel: Channel | None = None
    since: Moment | None = None


class GetConversation(Listed):
    """Which conversation, or which ticket's."""

    conversation_id: ConversationRef
    visibility: Visibility | None = None
    limit: Limit = 20


class GetContactability(Record):
    """Whom, and on which channel."""

    customer_id: CustomerRef
    channel: Channel | None = None


class SetConsent(Write):
    """What a customer agreed to or refused, and how one knows."""

    customer_id: CustomerRef
    channel: MessageChannel
    marketing: Literal["opted_in", "opted_out"]
    evidence: Reason


Speech = Annotated[Text, Field(max_length=3_000)]


class PlaceCall(Write, Routed):
    """Whom to call, and what to do when they answer: say something, or connect them to a number."""

    to: Addressee
    purpose: Literal["transactional", "marketing"]
    say: Speech | None = None
    connect_to: Phone | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z]{2})?$")] | None = None

    @model_validator(mode="after")
    def _one_content(self) -> "PlaceCall":
        if (self.say is None) == (self.connect_to is None):
            raise ValueError("give either say or connect_to")
        return self


SEND_MESSAGE = write(
    "send_message",
    "Send a message to a customer.",
    Category.COMMS, Risk.VISIBLE, SendMessage, Message,
)  # fmt: skip
GET_MESSAGE = read(
    "get_message",
    "Get a message and how far its delivery got.",
    Category.COMMS, GetMessage, Message,
)  # fmt: skip
LIST_CONVERSATIONS = read(
    "list_conversations",
    "List a customer's conversations, newest first.",
    Category.COMMS, ListConversations, Page[Conversation],
)  # fmt: skip
GET_CONVERSATION = read(
    "get_conversation",
    "Read the messages of a conversation or ticket, newest first.",
    Category.COMMS, GetConversation, Page[Message],
)  # fmt: skip
GET_CONTACTABILITY = read(
    "get_contactability",
    "Tell on which channels a customer may be contacted.",
    Category.COMMS, GetContactability, Page[Contactability],
)  # fmt: skip
SET_CONSENT = write(
    "set_consent",
    "Record a customer's consent to marketing, or its withdrawal.",
    Category.COMMS, Risk.VISIBLE, SetConsent, Contactability,
)  # fmt: skip
PLACE_CALL = write(
    "place_call",
    "Call a customer and say something, or connect them to a number.",
    Category.COMMS, Risk.VISIBLE, PlaceCall, Message,
)  # fmt: skip
