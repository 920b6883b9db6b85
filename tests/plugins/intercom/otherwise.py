"""Intercom has no priority to write, merges into conversations only, and knows e-mail and the app as channels."""

from typing import Any

_NEW_CUSTOMER = {"external_id": "cust-99", "email": None, "phone": None}
_CHAT = {"to": "{customer}", "channel": "chat"}

OTHERWISE: dict[str, dict[str, Any]] = {
    "create_customer": _NEW_CUSTOMER,
    "merge_tickets": {"into": "main:ticket:conversation-215470000000002"},
    "send_message": _CHAT,
    "update_ticket": {"changes": {"status": "solved"}},
}
