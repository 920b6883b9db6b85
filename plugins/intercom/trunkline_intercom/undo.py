"""The call that takes a change of a ticket back."""

from typing import Any

from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.results import Undo
from trunkline_contracts.tools.helpdesk import UpdateTicket

_OPPOSITE = {"add_tags": "remove_tags", "remove_tags": "add_tags", "status_label": "status"}
_NOT_WRITABLE = frozenset(("on_hold", "other"))


def undo(request: UpdateTicket, before: Ticket) -> Undo | None:
    """Put back what was there; None where a value cannot come back, because nothing was there."""
    changes = request.changes
    status = before.status.value
    former: dict[str, Any] = {
        "status": None if status in _NOT_WRITABLE else status,
        "subject": before.subject,
        "assignee": before.assignee.ref if before.assignee else None,
        "team": before.team.id if before.team else None,
        "add_tags": [tag for tag in changes.remove_tags if tag in before.tags],
        "remove_tags": [tag for tag in changes.add_tags if tag not in before.tags],
        "custom_fields": {key: before.custom_fields.get(key) for key in changes.custom_fields},
    }
    names = {_OPPOSITE.get(name, name) for name in changes.model_fields_set}
    if any(former.get(name) is None for name in names) or None in former["custom_fields"].values():
        return None
    back = {name: former[name] for name in sorted(names) if former[name]}
    return Undo(tool="update_ticket", args={"ticket_id": request.ticket_id, "changes": back}) if back else None
