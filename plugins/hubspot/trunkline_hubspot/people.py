"""How people are looked for: typed filters for HubSpot's search, and a second look at what it found."""

import re
from typing import Any

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.tools.crm import FindCustomers
from trunkline_hubspot import vendor
from trunkline_hubspot.account import equals
from trunkline_hubspot.normalize import name_of

_LONGEST_COUNTRY_CODE = 3
Filters = list[dict[str, Any]]


def filter_groups(request: FindCustomers) -> list[dict[str, Filters]]:
    """Alternatives for the strongest key; HubSpot takes five at most."""
    if request.phone:
        groups = _phone(request.phone)
    elif request.name:
        groups = _name(request.name)
    else:
        groups = [[equals("zip", request.postal_code or "")]]
    return [{"filters": filters} for filters in groups]


def _phone(phone: str) -> list[Filters]:
    """The number as it is, and as HubSpot keeps it for searches: mostly, but not always, without a country code."""
    digits = phone.removeprefix("+")
    national = [digits[length:] for length in range(_LONGEST_COUNTRY_CODE + 1)]
    return [
        [equals("phone", phone)],
        [equals("mobilephone", phone)],
        [{"propertyName": "hs_searchable_calculated_phone_number", "operator": "IN", "values": national}],
        [{"propertyName": "hs_searchable_calculated_mobile_number", "operator": "IN", "values": national}],
    ]


def _name(name: str) -> list[Filters]:
    """The first and the last word as the two names, in either order; a single word as either."""
    words = _words(name)
    if not words:
        raise InvalidArgumentError("name has no letter or digit in it: give a name.")
    if len(words) == 1:
        return [[_token("firstname", words[0])], [_token("lastname", words[0])]]
    first, last = words[0], words[-1]
    return [
        [_token("firstname", first), _token("lastname", last)],
        [_token("firstname", last), _token("lastname", first)],
    ]


def _words(text: str) -> list[str]:
    """The words of a name, without the star, which would stand for anything."""
    words = text.replace("*", " ").split()
    return [word for word in words if any(letter.isalnum() for letter in word)]


def _token(name: str, word: str) -> dict[str, str]:
    return {"propertyName": name, "operator": "CONTAINS_TOKEN", "value": word}


def fits(found: vendor.Contact, request: FindCustomers) -> bool:
    """Whether a contact has all that was asked for, and not just the key by which it was found."""
    return (
        (not request.name or _has_words(found, request.name))
        and (not request.postal_code or _plain(found.zip) == _plain(request.postal_code))
        and (not request.phone or any(_is_alike(number, request.phone) for number in _numbers(found)))
    )


def _has_words(found: vendor.Contact, name: str) -> bool:
    held = name_of(found).casefold()
    return all(word.casefold() in held for word in _words(name))


def _plain(code: str | None) -> str:
    return (code or "").replace(" ", "").casefold()


def is_exact(found: vendor.Contact, request: FindCustomers) -> bool:
    """Whether a key that names one person is the contact's own, and not just alike."""
    if request.email or request.external_id:
        return True
    return bool(request.phone) and _has_number(found, request.phone or "")


def _has_number(found: vendor.Contact, phone: str) -> bool:
    return phone.removeprefix("+") in _numbers(found)


def _numbers(found: vendor.Contact) -> list[str]:
    """A contact's telephone numbers in digits alone."""
    digits = (re.sub(r"[^0-9]", "", number or "") for number in (found.phone, found.mobilephone))
    return [number.removeprefix("00") for number in digits if number]


def _is_alike(number: str, phone: str) -> bool:
    """Whether two numbers may be one: each ends as the other, but for country code and leading zero."""
    wanted, held = phone.removeprefix("+"), number.lstrip("0")
    ending = wanted[_LONGEST_COUNTRY_CODE:]
    return len(held) >= len(ending) and (wanted.endswith(held) or held.endswith(ending))
