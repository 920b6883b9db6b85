"""The call that takes a change back."""

from collections.abc import Iterable
from typing import Any

from trunkline_contracts.results import Undo
from trunkline_contracts.tools.crm import UpdateCustomer
from trunkline_contracts.tools.helpdesk import TicketChanges, UpdateTicket
from trunkline_zendesk import vendor, words
from trunkline_zendesk.normalize import Names, Normalize

_RESTORED_BY = {"add_tags": "remove_tags", "remove_tags": "add_tags", "status_label": "status"}


def undo(request: UpdateTicket, before: vendor.TicketAnswer, to: Normalize) -> Undo | None:
    """Put back what was there; None where a value cannot come back: nothing was there, or the status `new`."""
    if request.changes.status == "closed":
        return None
    changes = _restored(request.changes.model_fields_set, _former(request.changes, before, to))
    return Undo(tool="update_ticket", args={"ticket_id": request.ticket_id, "changes": changes}) if changes else None


def undo_customer(request: UpdateCustomer, before: vendor.User, to: Normalize) -> Undo | None:
    """Put back what a user had; None where a value cannot come back, because nothing was there."""
    first, _, rest = (before.name or "").partition(" ")
    changes, tags = request.changes, set(before.tags or ())
    former: dict[str, Any] = {
        "given_name": first or None,
        "family_name": rest or None,
        "email": before.email,
        "phone": before.phone,
        "language": before.locale,
        "add_tags": [tag for tag in changes.remove_tags if tag in tags],
        "remove_tags": [tag for tag in changes.add_tags if tag not in tags],
        "custom_fields": to.fields.former("customer", changes.custom_fields, to.user_fields(before)),
    }
    back = _restored(changes.model_fields_set, former)
    return Undo(tool="update_customer", args={"customer_id": request.customer_id, "changes": back}) if back else None


def _restored(changed: Iterable[str], former: dict[str, Any]) -> dict[str, Any] | None:
    """The changes that bring former values back; None where one of them cannot come back."""
    names = {_RESTORED_BY.get(name, name) for name in changed}
    if any(former[name] is None for name in names):
        return None
    return {name: former[name] for name in sorted(names) if former[name]}


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
        "custom_fields": to.fields.former("ticket", changes.custom_fields, to.custom_fields(ticket)),
    }


def _status(before: vendor.TicketAnswer) -> str | None:
    """The status; `new` never comes back, and one of the account's own would come back as its category only."""
    custom = Names(before).statuses.get(before.ticket.custom_status_id)
    is_own = custom is not None and custom.default is False
    status = words.STATUSES.get(before.ticket.status or "")
    return None if is_own or status == "new" else status
