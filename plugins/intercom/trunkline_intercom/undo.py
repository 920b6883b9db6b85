"""The call that takes a change of a ticket back."""

from typing import Any

from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.results import Undo
from trunkline_contracts.tools.helpdesk import TicketChanges, UpdateTicket
from trunkline_intercom.refs import is_conversation

_STATE = frozenset(("status", "status_label", "snooze_until"))
_OPPOSITE = {"add_tags": "remove_tags", "remove_tags": "add_tags"}
_NOT_WRITABLE = frozenset(("on_hold", "other"))


def undo(request: UpdateTicket, before: Ticket) -> Undo | None:
    """Put back what was there; None where a value cannot come back, because nothing was there or nobody knows."""
    changes = request.changes
    former = _former(changes, before)
    names = {_OPPOSITE.get(name, name) for name in changes.model_fields_set - _STATE}
    tags_unknown = not is_conversation(before.id) and bool(names & _OPPOSITE.keys())
    if tags_unknown or any(former[name] is None for name in names) or None in former["custom_fields"].values():
        return None
    back = {name: former[name] for name in sorted(names) if former[name]}
    if changes.model_fields_set & _STATE:
        state = _state(changes, before)
        if state is None:
            return None
        back |= state
    return Undo(tool="update_ticket", args={"ticket_id": request.ticket_id, "changes": back}) if back else None


def _former(changes: TicketChanges, before: Ticket) -> dict[str, Any]:
    known = {tag.casefold() for tag in before.tags}
    return {
        "subject": before.subject,
        "assignee": before.assignee.ref if before.assignee else None,
        "team": before.team.id if before.team else None,
        "add_tags": [tag for tag in changes.remove_tags if tag.casefold() in known],
        "remove_tags": [tag for tag in changes.add_tags if tag.casefold() not in known],
        "custom_fields": {key: before.custom_fields.get(key) for key in changes.custom_fields},
    }


def _state(changes: TicketChanges, before: Ticket) -> dict[str, Any] | None:
    """What opens, closes or snoozes the thread as before.

    A conversation has one state. A ticket is snoozed beside its status, and nothing but closing ends that.
    """
    until = before.flags.snoozed_until
    snooze = {"snooze_until": until.isoformat()} if until else None
    status = None if before.status.value in _NOT_WRITABLE else {"status": before.status.value}
    if is_conversation(before.id):
        return snooze or status
    if changes.snooze_until is None:
        return status
    return snooze if changes.status is None and changes.status_label is None else None
