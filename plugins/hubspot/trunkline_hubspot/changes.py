"""What update_customer writes: our names of a person's data, and HubSpot's."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.tools.crm import CustomerChanges
from trunkline_contracts.values import Address
from trunkline_hubspot import vendor
from trunkline_hubspot.account import given

_NAMES = {
    "given_name": "firstname", "family_name": "lastname", "email": "email", "phone": "phone", "language": "hs_language",
}  # fmt: skip
_PARTS = {"city": "city", "region": "state", "postal_code": "zip", "country": "country"}


def properties(asked: CustomerChanges) -> dict[str, str]:
    """The standard properties to write; raises UnsupportedError for what a contact does not have."""
    for name in ("add_tags", "remove_tags"):
        if getattr(asked, name):
            raise UnsupportedError(f"HubSpot's contacts have no tags, so `changes.{name}` cannot be honoured.")
    return given({theirs: getattr(asked, ours) for ours, theirs in _NAMES.items()} | _address(asked.address))


def _address(address: Address | None) -> dict[str, Any]:
    """The parts to write: HubSpot has one line for the street."""
    if address is None:
        return {}
    street = ", ".join(line for line in (address.line1, address.line2) if line)
    return {"address": street or None, **{theirs: getattr(address, ours) for ours, theirs in _PARTS.items()}}


def undo(before: vendor.Contact, written: Mapping[str, str], custom: dict[str, Any]) -> dict[str, Any] | None:
    """The changes that restore what was there before; None where a call cannot express them."""
    held = before.model_dump()
    old: dict[str, Any] = {ours: held[theirs] for ours, theirs in _NAMES.items() if theirs in written}
    parts = {"line1": "address", **_PARTS}
    place = {ours: held[theirs] for ours, theirs in parts.items() if theirs in written}
    if None in (*old.values(), *place.values()):
        return None
    if place:
        old["address"] = place
    if custom:
        old["custom_fields"] = custom
    return _expressible(old)


def _expressible(old: dict[str, Any]) -> dict[str, Any] | None:
    """Check that a call may carry the values: an old telephone number need not be in E.164."""
    try:
        CustomerChanges.model_validate(old)
    except ValidationError:
        return None
    return old
