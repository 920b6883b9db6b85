"""Which custom fields a Zendesk account has.

https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/
"""

from collections.abc import Iterator, Sequence

from trunkline_contracts.api import Params
from trunkline_contracts.fields import Choice, CustomField, FieldKind, field_name
from trunkline_zendesk import vendor, words
from trunkline_zendesk.account import Account

_MOST_PAGES = 20
# The last digits of a payment card, which Zendesk itself fills in.
_CARD = "partialcreditcard"


class CustomFields(Account):
    """What finds out about custom fields."""

    async def describe_fields(self) -> Sequence[CustomField]:
        """Read which fields tickets and users have; those that Zendesk made for itself are none of them."""
        tickets = await self._listed("/ticket_fields.json")
        users = await self._listed("/user_fields.json")
        return [*_described("ticket", tickets), *_described("customer", users)]

    async def _listed(self, path: str) -> list[vendor.Field]:
        """All fields of one kind."""
        fields: list[vendor.Field] = []
        after = None
        for _ in range(_MOST_PAGES):
            params: Params = {"page[size]": 100, "page[after]": after}
            page = await self._api.get(path, gives=vendor.FieldList, params=params)
            fields += page.fields
            after = page.meta.after_cursor
            if not (page.meta.has_more and after):
                break
        return fields


def _described(kind: FieldKind, fields: Sequence[vendor.Field]) -> Iterator[CustomField]:
    """The fields in use; a ticket's field is known by its id, a user's by its key."""
    taken: set[str] = set()
    for field in fields:
        if field.active is False or field.system or field.type not in words.FIELD_TYPES:
            continue
        key = str(field.id) if kind == "ticket" else field.key or str(field.id)
        name = field_name(field.title if kind == "ticket" else key, taken)
        taken.add(name)
        yield CustomField(
            kind=kind,
            key=key,
            name=name,
            label=field.title,
            type=words.FIELD_TYPES[field.type],
            choices=tuple(Choice(value=item.value, label=item.name) for item in field.custom_field_options or ()),
            writable=field.agent_can_edit is not False and field.type != _CARD,
        )
