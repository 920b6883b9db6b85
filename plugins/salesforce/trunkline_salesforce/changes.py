"""What update_customer writes: our names of a person's data, and Salesforce's."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_pascal

from trunkline_contracts.errors import InvalidArgumentError, UnsupportedError
from trunkline_contracts.tools.crm import CustomerChanges
from trunkline_contracts.values import Address
from trunkline_salesforce import vendor
from trunkline_salesforce.custom_fields import CustomFields

_NAMES = {"given_name": "first_name", "family_name": "last_name", "email": "email", "phone": "phone"}
_PARTS = {"city": "city", "region": "state", "postal_code": "postal_code", "country": "country"}
_LINES = ("line1", "line2")
_Fields = dict[str, Any]


class Changes:
    """The changes that a request asks for, checked; what is null in them counts as absent, but for custom fields."""

    def __init__(self, asked: CustomerChanges, custom: CustomFields | None = None) -> None:
        _check(asked)
        self._custom = (custom or CustomFields()).written("customer", asked.custom_fields)
        self._person = _given(asked, _NAMES)
        self._address = _address(asked.address) if asked.address else {}
        if not (self._person or self._address or self._custom):
            raise InvalidArgumentError("Nothing to change: give at least one value that is not null.")

    def fields(self, person: vendor.Person, *, country_codes: bool) -> _Fields:
        """The fields to send for a person."""
        prefix = "" if person.is_lead else "Mailing"
        address = {prefix + to_pascal(part): value for part, value in self._address.items()}
        if country_codes and "country" in self._address:
            address[f"{prefix}CountryCode"] = address.pop(f"{prefix}Country")
        standard = {**{to_pascal(name): value for name, value in self._person.items()}, **address}
        if person.is_person_account:
            standard = {on_account(name): value for name, value in standard.items()}
            return {**standard, **{_custom_on_account(name): value for name, value in self._custom.items()}}
        return {**standard, **self._custom}

    def after(self, before: vendor.Person) -> vendor.Person:
        """A person as the changes leave them, as far as we know."""
        code = {"country_code": None} if "country" in self._address else {}
        home = (before.home or vendor.Address()).model_copy(update={**self._address, **code})
        place = {"address" if before.is_lead else "mailing_address": home} if self._address else {}
        renamed = {"name": None} if self._person.keys() & {"first_name", "last_name"} else {}
        changed = {**self._person, **place, **renamed, **self._custom, "last_modified_date": None}
        return before.model_copy(update=changed)

    def undo(self, before: vendor.Person, home: Address) -> _Fields | None:
        """The changes that restore what was there before; None where a call cannot express them."""
        old: _Fields = {name: getattr(before, theirs) for name, theirs in _NAMES.items() if theirs in self._person}
        parts = {name: getattr(home, name) for name, theirs in _PARTS.items() if theirs in self._address}
        if "street" in self._address:
            parts |= {name: getattr(home, name) for name in _LINES if name == "line1" or home.line2}
        had = before.model_extra or {}
        if not self._custom.keys() <= had.keys() or None in (*old.values(), *parts.values()):
            return None
        custom = {"custom_fields": {name: had[name] for name in self._custom}} if self._custom else {}
        return _expressible({**old, **({"address": parts} if parts else {}), **custom})


def _check(asked: CustomerChanges) -> None:
    for name in ("language", "add_tags", "remove_tags"):
        if getattr(asked, name):
            raise UnsupportedError(
                f"Salesforce has no standard place for `changes.{name}`: use custom_fields with the org's own field."
            )


def _given(record: CustomerChanges | Address, names: Mapping[str, str]) -> _Fields:
    return {new: value for name, new in names.items() if (value := getattr(record, name)) is not None}


def _address(address: Address) -> _Fields:
    """The parts to write: the two lines are one field at Salesforce, so one of them replaces both."""
    lines = [line for line in (address.line1, address.line2) if line]
    return {**_given(address, _PARTS), **({"street": "\n".join(lines)} if lines else {})}


def on_account(name: str) -> str:
    """A person account is written through its account, where some of a contact's fields have longer names."""
    is_longer = name in {"Email", "HasOptedOutOfEmail"} or name.startswith("Mailing")
    return f"Person{name}" if is_longer else name


def _custom_on_account(name: str) -> str:
    """A contact's own field has another ending on a person account."""
    return name.removesuffix("__c") + "__pc" if name.endswith("__c") else name


def _expressible(old: _Fields) -> _Fields | None:
    """Check that a call may carry the values: an old telephone number need not be in E.164."""
    try:
        CustomerChanges.model_validate(old)
    except ValidationError:
        return None
    return old
