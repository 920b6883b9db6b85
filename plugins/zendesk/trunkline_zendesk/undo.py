"""The call that takes a change of a ticket back."""

from typing import Any

from trunkline_contracts.results import Undo
from trunkline_contracts.tools.helpdesk import TicketChanges, UpdateTicket
from trunkline_zendesk import vendor
from trunkline_zendesk.normalize import Names, Normalize

_RESTORED_BY = {"add_tags": "remove_tags", "remove_tags": "add_tags", "status_label": "status"}


def undo(request: UpdateTicket, before: vendor.TicketAnswer, to: Normalize) -> Undo | None:
    """Put back what was there; None where a value cannot come back: nothing was there, or the status `new`."""
    if request.changes.status == "closed":
        return None
    former = _former(request.changes, before, to)
    names = {_RESTORED_BY.get(name, name) for name in request.changes.model_fields_set}
    if any(former[name] is None for name in names):
        return None
    changes = {name: former[name] for name in sorted(names) if former[name]}
    return Undo(tool="update_ticket", args={"ticket_id": request.ticket_id, "changes": changes}) if changes else None


def _former(changes: TicketChanges, before: vendor.TicketAnswer, to: Normalize) -> dict[str, Any]:
    """What each field held, in the words of a caller."""
    ticket = before.ticket
    tags = set(ticket.tags or ())
    return {
        "status": _status(before),
        "subject": ticket.subject,
        "priority": ticket.priority,
        "type": ticket.type,
        "assignee": to.ref("agent", ticket.assignee_id) if ticket.assignee_id else None,
        "team": to.ref("team", ticket.group_id) if ticket.group_id else None,
        "add_tags": [tag for tag in changes.remove_tags if tag in tags],
        "remove_tags": [tag for tag in changes.add_tags if tag not in tags],
        "custom_fields": _custom_fields(changes, ticket),
    }


def _status(before: vendor.TicketAnswer) -> str | None:
    """The status; `new` never comes back, and one of the account's own would come back as its category only."""
    custom = Names(before).statuses.get(before.ticket.custom_status_id)
    is_own = custom is not None and custom.default is False
    status = vendor.STATUSES.get(before.ticket.status or "")
    return None if is_own or status == "new" else status


def _custom_fields(changes: TicketChanges, ticket: vendor.Ticket) -> dict[str, Any] | None:
    values = {str(field.id): field.value for field in ticket.custom_fields or ()}
    former = {key: values.get(key) for key in changes.custom_fields}
    return None if None in former.values() else former
