"""Which custom fields a Freshdesk account has."""

from collections.abc import Iterable, Iterator, Sequence

from trunkline_contracts.fields import Choice, CustomField, FieldKind, field_name
from trunkline_freshdesk import vendor, words
from trunkline_freshdesk.account import Account


class CustomFields(Account):
    """What finds out about custom fields."""

    async def describe_fields(self) -> Sequence[CustomField]:
        """Read which fields tickets and contacts have; those that every account has are none of them."""
        tickets = await self._api.get("/ticket_fields", gives=list[vendor.Field])
        contacts = await self._api.get("/contact_fields", gives=list[vendor.Field])
        return [*_described("ticket", tickets), *_described("customer", contacts)]


def _described(kind: FieldKind, fields: Iterable[vendor.Field]) -> Iterator[CustomField]:
    taken: set[str] = set()
    for field in fields:
        if field.default or field.type not in words.FIELD_TYPES:
            continue
        name = field_name(field.name.removeprefix("cf_"), taken)
        taken.add(name)
        choices = field.choices if isinstance(field.choices, list) else ()
        yield CustomField(
            kind=kind,
            key=field.name,
            name=name,
            label=field.label or field.name,
            type=words.FIELD_TYPES[field.type],
            choices=tuple(Choice(value=str(choice)) for choice in choices),
        )
