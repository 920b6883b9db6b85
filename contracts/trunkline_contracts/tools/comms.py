"""Reaching people, and reading what was said."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.helpdesk import Conversation, Message
from trunkline_contracts.record import Line, Moment, Record, Text
from trunkline_contracts.refs import ConversationRef, CustomerRef, MessageRef
from trunkline_contracts.tools.arguments import Limit, Listed, MessageChannel, Routed, Write
from trunkline_contracts.values import Channel, Page, Visibility


class SendMessage(Write, Routed):
    """Whom to reach: a customer's id, or an address of the channel."""

    to: Annotated[str, StringConstraints(min_length=3, max_length=320, pattern=r"^[^\s\x00-\x1f\x7f]+$")] = Field(
        description="customer id, phone or email"
    )
    channel: MessageChannel
    purpose: Literal["transactional", "marketing"]
    body: Text | None = None
    template: Line | None = None
    variables: dict[str, str] | None = None
    subject: Line | None = None
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
