"""Which of Intercom's two kinds of thread a reference means."""

from trunkline_contracts.refs import Ref

_PREFIX = "conversation-"


def is_conversation(ref: Ref) -> bool:
    """Whether a reference to a ticket or a conversation means a conversation of Intercom."""
    return ref.kind == "conversation" or ref.vendor_id.startswith(_PREFIX)


def id_of(ref: Ref) -> str:
    """Intercom's own id."""
    return ref.vendor_id.removeprefix(_PREFIX)


def worked_as_ticket(conversation_id: str) -> str:
    """The id, among tickets, of a conversation."""
    return _PREFIX + conversation_id
