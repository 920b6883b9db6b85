"""Writing Intercom's contacts: changing them, and notes about them."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Activity, Customer
from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.results import ToolCall, Undo, WriteResult
from trunkline_contracts.tools import ADD_NOTE, UPDATE_CUSTOMER
from trunkline_contracts.tools.crm import AddNote, CustomerChanges, UpdateCustomer
from trunkline_contracts.values import Warning
from trunkline_intercom import vendor
from trunkline_intercom.account import Done, Step, check_version
from trunkline_intercom.customers import Customers
from trunkline_intercom.normalize import split_name
from trunkline_intercom.text import html_of

_ONE_NAME = Warning(
    code="value_coerced",
    message="Intercom has one name: the given name is its first word, the family name the rest.",
    field="given_name",
)


class CustomerWrites(Customers):
    """The tools that write about people."""

    @implements(UPDATE_CUSTOMER)
    async def update_customer(self, request: UpdateCustomer) -> WriteResult[Customer]:
        """Set the contact's fields; each tag is a write of its own."""
        changes = request.changes
        if changes.language or changes.address:
            raise UnsupportedError("Intercom cannot write a contact's language or address: leave them out.")
        contact_id = request.customer_id.vendor_id
        before = await self._api.get("/contacts/{}", contact_id, gives=vendor.Contact)
        check_version(request.if_version, before.updated_at)
        tags = await self._tag_names(before)
        done = await self._carry_out([*_fields(changes, before), *await self._tagging(changes, contact_id)])
        is_named = bool(changes.given_name or changes.family_name)
        return WriteResult(
            outcome="partial" if done.stopped else "applied",
            resource=self._to.customer(_latest(done, before), _tags_after(tags, changes, done)),
            verify_with=ToolCall(tool="get_customer", args={"customer_id": request.customer_id}),
            undo=None if done.stopped else _undo(request, before, tags),
            warnings=(*done.warnings, *((_ONE_NAME,) if is_named else ())),
        )

    async def _tagging(self, changes: CustomerChanges, contact_id: str) -> list[Step]:
        """One write for each tag to add or to remove."""
        count = len(changes.add_tags)
        tags = await self._lookups.tags([*changes.add_tags, *changes.remove_tags])
        added = [Step("POST", "/contacts/{}/tags", (contact_id,), {"id": tag.id}, vendor.Tag) for tag in tags[:count]]
        removed = [
            Step("DELETE", "/contacts/{}/tags/{}", (contact_id, tag.id), None, vendor.Tag) for tag in tags[count:]
        ]
        return added + removed

    @implements(ADD_NOTE)
    async def add_note(self, request: AddNote) -> WriteResult[Activity]:
        """Write a note, with our marker under it, as the admin of the settings."""
        if len(request.about) > 1:
            raise UnsupportedError("A note of Intercom is about one customer: call add_note for each.")
        about = request.about[0]
        body = html_of(f"{request.body}\n\n[{self._call.marker}]" if self._call.marker else request.body)
        note = await self._api.call(
            "POST",
            "/contacts/{}/notes",
            about.vendor_id,
            gives=vendor.Note,
            json={"body": body, "admin_id": self._settings.admin_id},
        )
        reading = ToolCall(tool="list_activities", args={"about": about, "types": ["note"]})
        return WriteResult(outcome="applied", resource=self._to.note(note, about), verify_with=reading)


def _fields(changes: CustomerChanges, before: vendor.Contact) -> list[Step]:
    """The write that sets a contact's fields; none where only tags change."""
    given, family = split_name(before.name)
    words = (changes.given_name or given, changes.family_name or family)
    name = " ".join(word for word in words if word) if changes.given_name or changes.family_name else None
    fields: dict[str, Any] = {
        "name": name,
        "email": changes.email,
        "phone": changes.phone,
        "custom_attributes": changes.custom_fields or None,
    }
    body = {key: value for key, value in fields.items() if value is not None}
    return [Step("PUT", "/contacts/{}", (before.id,), body, vendor.Contact)] if body else []


def _latest(done: Done, before: vendor.Contact) -> vendor.Contact:
    """The contact after the change."""
    return next((answer for answer in done.answers if isinstance(answer, vendor.Contact)), before)


def _tags_after(tags: list[str], changes: CustomerChanges, done: Done) -> list[str]:
    """The names of the tags, as far as they were written."""
    written = {answer.name for answer in done.answers if isinstance(answer, vendor.Tag)}
    kept = [tag for tag in tags if tag not in changes.remove_tags or tag not in written]
    return list(dict.fromkeys([*kept, *(tag for tag in changes.add_tags if tag in written)]))


def _undo(request: UpdateCustomer, before: vendor.Contact, tags: list[str]) -> Undo | None:
    """Put back what was there; None where a value cannot come back, because nothing was there."""
    changes = request.changes
    given, family = split_name(before.name)
    own = before.custom_attributes or {}
    former: dict[str, Any] = {
        "given_name": given,
        "family_name": family,
        "email": before.email,
        "phone": before.phone,
        "custom_fields": {key: own.get(key) for key in changes.custom_fields},
        "add_tags": [tag for tag in changes.remove_tags if tag in tags],
        "remove_tags": [tag for tag in changes.add_tags if tag not in tags],
    }
    opposite = {"add_tags": "remove_tags", "remove_tags": "add_tags"}
    wanted = {name: former[name] for name in (opposite.get(name, name) for name in sorted(changes.model_fields_set))}
    if None in wanted.values() or None in former["custom_fields"].values():
        return None
    back = {name: value for name, value in wanted.items() if value}
    return Undo(tool="update_customer", args={"customer_id": request.customer_id, "changes": back}) if back else None
