"""Custom fields: what a company added to its vendor's records, found out from the vendor's own metadata.

A connector speaks the vendor's keys; agents use names. The gateway translates between the two, and checks types.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Protocol

from pydantic import StringConstraints

from trunkline_contracts.record import Record, VendorText

FieldType = Literal["text", "number", "boolean", "date", "datetime", "choice", "choices"]
FieldKind = Literal["customer", "ticket", "deal"]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")


class Choice(Record):
    """One value that a field can have, as the vendor writes it."""

    value: VendorText
    label: VendorText | None = None


class CustomField(Record):
    """One field of one kind of record: `key` is the vendor's, `name` is what an agent calls it.

    Values are JSON: a text, a number, a boolean, an ISO 8601 date or moment, one of `choices`, or a list of them.
    """

    kind: FieldKind
    key: VendorText
    name: FieldName
    label: VendorText
    type: FieldType
    choices: tuple[Choice, ...] = ()
    writable: bool = True


class DescribesFields(Protocol):
    """What a connector adds whose manifest names `custom_fields`."""

    async def describe_fields(self) -> Sequence[CustomField]:
        """Read the vendor's metadata: every custom field of the kinds that the manifest names."""
        ...


def field_name(label: str, taken: Iterable[str] = ()) -> str:
    """A name made from a label, for vendors whose keys are numbers: `Order number` gives `order_number`."""
    base = _NOT_A_NAME.sub("_", label.lower()).strip("_")[:70] or "field"
    base = base if base[0].isalpha() else f"f_{base}"
    used = set(taken)
    return next(name for name in (base, *(f"{base}_{count}" for count in range(2, 10_000))) if name not in used)
