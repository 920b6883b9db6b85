"""What a change of a customer sends, what it refuses, and the change that takes it back.

https://apidocs.chargebee.com/docs/api/customers/update-a-customer
https://apidocs.chargebee.com/docs/api/customers/update-billing-info-for-a-customer
"""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from trunkline_chargebee import vendor
from trunkline_chargebee.fields import written_values
from trunkline_contracts.api import Params
from trunkline_contracts.entities.crm import Customer
from trunkline_contracts.errors import ConflictError, UnsupportedError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Undo
from trunkline_contracts.tools.crm import CustomerChanges
from trunkline_contracts.values import Address, Warning

NO_WAY_BACK = Warning(code="irreversible", message="What was empty before cannot be emptied again by a tool.")
_NAMES = {
    "given_name": "first_name",
    "family_name": "last_name",
    "email": "email",
    "phone": "phone",
    "language": "locale",
}
_PARTS = {"line1": "line1", "line2": "line2", "city": "city", "region": "state", "postal_code": "zip"}
# What Chargebee forgets unless it is said again with every address.
_TAX_FACTS = ("vat_number", "vat_number_prefix", "registered_for_gst", "business_customer_without_vat_number")


def check(changes: CustomerChanges) -> None:
    """Raise UnsupportedError for what Chargebee's customers do not have, or cannot change at one go."""
    if changes.add_tags or changes.remove_tags:
        raise UnsupportedError("Chargebee's customers have no tags.")
    if changes.address and len(changes.model_fields_set) > 1:
        raise UnsupportedError("Chargebee changes an address by itself: make two calls.", alternatives=("address",))


def check_version(before: vendor.Customer, expected: str | None) -> None:
    """Raise ConflictError where a customer is no longer what the caller saw."""
    if expected is not None and expected != str(before.resource_version):
        raise ConflictError("This customer changed since they were read: read them again.")


def asked(before: vendor.Customer, changes: CustomerChanges, fields: Iterable[CustomField]) -> tuple[str, Params]:
    """The path and the form of a change."""
    if changes.address:
        return "/customers/{}/update_billing_info", _billing_info(before, changes.address)
    own = {theirs: getattr(changes, ours) for ours, theirs in _NAMES.items()}
    return "/customers/{}", {**own, **written_values(changes.custom_fields, fields)}


def _billing_info(before: vendor.Customer, address: Address) -> Params:
    """All of an address and what goes with it, for Chargebee clears what it is not told."""
    had = (before.billing_address or vendor.Address()).model_dump()
    new = {theirs: getattr(address, ours) for ours, theirs in (*_PARTS.items(), ("country", "country"))}
    given = {name: value for name, value in new.items() if value is not None}
    if given.keys() & {"state", "country"}:
        had["state_code"] = None
    whole = {f"billing_address[{name}]": value for name, value in {**had, **given}.items()}
    return {**whole, **{name: getattr(before, name) for name in _TAX_FACTS}}


def undo(customer: Ref, was: Customer, changes: CustomerChanges, fields: Iterable[CustomField]) -> Undo | None:
    """The change back, in a caller's words; None where something was empty before, for no tool empties it."""
    names = {field.key: field.name for field in fields}
    old = {name: _earlier(was, name, getattr(changes, name)) for name in changes.model_fields_set}
    if "custom_fields" in old:
        old["custom_fields"] = {names.get(key, key): value for key, value in old["custom_fields"].items()}
    try:
        back = CustomerChanges.model_validate(old).model_dump(exclude_unset=True)
    except ValidationError:
        return None
    return Undo(tool="update_customer", args={"customer_id": customer, "changes": back}) if _is_whole(back) else None


def _earlier(was: Customer, name: str, new: Any) -> Any:
    if name == "custom_fields":
        return {key: was.custom_fields.get(key) for key in new}
    if name == "address":
        address = was.addresses[0] if was.addresses else Address()
        return {part: getattr(address, part) for part in new.model_fields_set}
    return was.point(name) if name in {"email", "phone"} else getattr(was, name)


def _is_whole(value: Any) -> bool:
    """Whether every value that a change back needs is there; a custom field can be emptied."""
    if isinstance(value, dict):
        return all(key == "custom_fields" or _is_whole(item) for key, item in value.items())
    return value is not None
