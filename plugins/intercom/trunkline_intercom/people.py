"""Writing Intercom's contacts: changing them, and notes about them."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Activity, Customer
from trunkline_contracts.errors import ConflictError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import ADD_NOTE, UPDATE_CUSTOMER
from trunkline_contracts.tools.crm import AddNote, CustomerChanges, UpdateCustomer
from trunkline_contracts.values import Warning
from trunkline_intercom import vendor
from trunkline_intercom.account import Done, Step, check_version, given_only
from trunkline_intercom.customers import Customers
from trunkline_intercom.fields import dropped
from trunkline_intercom.normalize import joined_name, name_of, split_name
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
        before = await self._contact(contact_id)
        self._check_not_merged(before, request.customer_id)
        check_version(request.if_version, before.updated_at)
        tags = await self._tag_names(before)
        done = await self._carry_out([*self._setting(changes, before), *await self._tagging(changes, contact_id)])
        after = _latest(done, before)
        notices = (_ONE_NAME,) if changes.given_name or changes.family_name else ()
        lost = () if done.stopped else dropped(changes.custom_fields, after.custom_attributes)
        return WriteResult(
            outcome="partial" if done.stopped else "applied",
            resource=self._to.customer(after, done.tags(tags)),
            verify_with=ToolCall(tool="get_customer", args={"customer_id": request.customer_id}),
            undo=None if done.stopped else _undo(request, self._to.customer(before, tags)),
            warnings=(*done.warnings, *notices, *lost),
        )

    def _check_not_merged(self, contact: vendor.Contact, wanted: Ref) -> None:
        """Raise ConflictError where another contact took this one's place."""
        if contact.id != wanted.vendor_id:
            successor = Candidate(id=self._to.ref("customer", contact.id))
            raise ConflictError("This contact was merged into another: write to that.", candidates=[successor])

    def _setting(self, changes: CustomerChanges, before: vendor.Contact) -> list[Step]:
        """The write that sets a contact's fields; none where only tags change."""
        fields: dict[str, Any] = {
            "name": _name(changes, before),
            "email": changes.email,
            "phone": changes.phone,
            "custom_attributes": self._fields.write("customer", changes.custom_fields) or None,
        }
        body = given_only(fields)
        return [Step("PUT", "/contacts/{}", (before.id,), body, vendor.Contact)] if body else []

    async def _tagging(self, changes: CustomerChanges, contact_id: str) -> list[Step]:
        """One write for each tag to add or to remove."""
        count = len(changes.add_tags)
        tags = await self._lookups.tags([*changes.add_tags, *changes.remove_tags])
        removed = [
            Step("DELETE", "/contacts/{}/tags/{}", (contact_id, tag.id), None, vendor.Tag) for tag in tags[count:]
        ]
        return [*(tag_step(contact_id, tag) for tag in tags[:count]), *removed]

    @implements(ADD_NOTE)
    async def add_note(self, request: AddNote) -> WriteResult[Activity]:
        """Write a note, with our marker under it, as the admin of the settings."""
        if len(request.about) > 1:
            raise UnsupportedError("A note of Intercom is about one customer: call add_note for each.")
        about = request.about[0]
        step = self._note_step(about.vendor_id, request.body)
        note = await self._api.call(step.method, step.path, *step.ids, gives=vendor.Note, json=step.json)
        reading = ToolCall(tool="list_activities", args={"about": about, "types": ["note"]})
        return WriteResult(outcome="applied", resource=self._to.note(note, about), verify_with=reading)

    def _note_step(self, contact_id: str, text: str) -> Step:
        """A note about a contact, which ends with our marker."""
        body = {"body": html_of(self._marked(text)), "admin_id": self._settings.admin_id}
        return Step("POST", "/contacts/{}/notes", (contact_id,), body, vendor.Note)


def tag_step(contact_id: str, tag: vendor.Tag) -> Step:
    """The write that tags a contact."""
    return Step("POST", "/contacts/{}/tags", (contact_id,), {"id": tag.id}, vendor.Tag)


def _name(changes: CustomerChanges, before: vendor.Contact) -> str | None:
    """The whole new name; None where no part of it changes."""
    if not (changes.given_name or changes.family_name):
        return None
    given, family = split_name(name_of(before))
    return joined_name(changes.given_name or given, changes.family_name or family)


def _latest(done: Done, before: vendor.Contact) -> vendor.Contact:
    """The contact after the change."""
    return next((answer for answer in done.answers if isinstance(answer, vendor.Contact)), before)


def _undo(request: UpdateCustomer, before: Customer) -> Undo | None:
    """Put back what was there; None where a value cannot come back, because nothing was there."""
    changes = request.changes
    known = {tag.casefold() for tag in before.tags}
    former: dict[str, Any] = {
        "given_name": before.given_name,
        "family_name": before.family_name,
        "email": before.point("email"),
        "phone": before.point("phone"),
        "custom_fields": {key: before.custom_fields.get(key) for key in changes.custom_fields},
        "add_tags": [tag for tag in changes.remove_tags if tag.casefold() in known],
        "remove_tags": [tag for tag in changes.add_tags if tag.casefold() not in known],
    }
    opposite = {"add_tags": "remove_tags", "remove_tags": "add_tags"}
    wanted = {name: former[name] for name in (opposite.get(name, name) for name in sorted(changes.model_fields_set))}
    if None in wanted.values() or None in former["custom_fields"].values():
        return None
    back = {name: value for name, value in wanted.items() if value}
    return Undo(tool="update_customer", args={"customer_id": request.customer_id, "changes": back}) if back else None
