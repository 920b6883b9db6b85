"""The shapes that nothing public has: secrets of known providers, and what names or pays for a person."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator

from trunkline_gateway.cassettes.pseudonyms import EMAIL

_SECRETS = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",
    "bearer token": r"(?i:\bbearer\s+)(?=[\w.~+/-]*\d)[\w.~+/-]{8,}=*",
    "password in a URL": r"://[^/\s:@]+:[^/\s@]+@",
    "Stripe key": r"\b(?:[rs]k_(?:live|test)|whsec)_\w{8,}",
    "Chargebee key": r"\b(?:live|test)_[A-Za-z0-9]{24,}",
    "Salesforce session": r"\b00D\w{9,15}![\w.]{20,}",
    "HubSpot token": r"\bpat-[a-z]{2}\d-[0-9a-f-]{32,36}",
    "Intercom token": r"\bdG9rO[A-Za-z0-9+/]{20,}",
    "Twilio key": r"\bSK[0-9a-f]{32}\b",
    "Shopify token": r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "SendGrid key": r"\bSG\.[\w-]{16,}\.[\w-]{16,}",
    "Slack token": r"\bxox[abeprs]-[\w-]{10,}",
    "GitHub token": r"\b(?:gh[oprsu]_\w{36}|github_pat_\w{40,})",
    "AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "Google key": r"\bAIza[\w-]{35}",
    "model provider's key": r"\bsk-[\w-]{20,}",
    "Trunkline key": r"\btl_[0-9a-f]{16}_[\w-]{43}",
}
_BASIC = re.compile(r"(?i:\bbasic\s+)([A-Za-z0-9+/]{8,}={0,2})")
_PHONE = re.compile(
    r"(?<![\w+.])(?:\+[1-9][ ()./-]{0,2}\d(?:[ ()./-]{0,2}\d){5,13}|\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}-\d{3}-\d{4})(?!\w)"
)
_CARD = re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){12,18}(?![\w-])")
_ISSUERS = re.compile(
    r"4\d{15}(?:\d{3})?|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(?:6011|65\d\d|64[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
# How long an IBAN is, by country; without it one in a hundred identifiers would pass for one.
_LENGTHS = {
    code: int(length)
    for code, length in re.findall(
        r"([A-Z]{2})(\d{2})",
        "AD24AE23AT20BE16BG22CH21CY28CZ24DE22DK18EE20ES24FI18FR27GB22GR27HR21HU28IE22IL23IS26IT27KW30LI21LT20LU20LV21"
        "MC27MT31NL18NO15PL28PT25QA29RO24SA24SE24SI19SK24SM27TR26",
    )
}
_EXAMPLE = re.compile(r"(?:.+\.)?example(?:\.[a-z]{2,}){0,2}", re.IGNORECASE)


def _secrets(text: str) -> Iterator[str]:
    for kind, pattern in _COMPILED:
        if pattern.search(text):
            yield kind
    if any(_is_pair(found) for found in _BASIC.findall(text)):
        yield "basic credential"


_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _SECRETS.items())


def _is_pair(encoded: str) -> bool:
    try:
        return b":" in b64decode(encoded, validate=True)
    except ValueError:
        return False


def _has_address(text: str) -> bool:
    return any(not _EXAMPLE.fullmatch(found.rpartition("@")[2]) for found in EMAIL.findall(text))


def _has_phone(text: str) -> bool:
    numbers = (re.sub(r"\D", "", found) for found in _PHONE.findall(text))
    return any(not number.startswith(("1555", "555")) for number in numbers)


def _has_card(text: str) -> bool:
    numbers = (re.sub(r"\D", "", found) for found in _CARD.findall(text))
    return any(_ISSUERS.fullmatch(number) and _luhn(number) for number in numbers)


def _luhn(number: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - two digits' sum


def _has_iban(text: str) -> bool:
    return any(map(_is_iban, (found.replace(" ", "") for found in _IBAN.findall(text))))


def _is_iban(text: str) -> bool:
    if len(text) != _LENGTHS.get(text[:2]):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


_PERSONAL: dict[str, Callable[[str], bool]] = {
    "e-mail address": _has_address,
    "telephone number": _has_phone,
    "card number": _has_card,
    "IBAN": _has_iban,
}


def kinds_in(text: str) -> Iterator[str]:
    """What a text holds that no cassette may."""
    yield from _secrets(text)
    yield from (kind for kind, is_in in _PERSONAL.items() if is_in(text))
