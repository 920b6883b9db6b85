"""Arguments into the contract's own model: strict, and with an error that says what to correct."""

from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from trunkline_contracts.contract import Contract
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.record import Record

In = TypeVar("In", bound=Record)
_SHOWN = 5


def validate(contract: Contract[In, Any], arguments: bytes) -> In:
    """Read JSON arguments; raises InvalidArgumentError naming the arguments, never their values."""
    try:
        return contract.arguments.validate_json(arguments or b"{}")
    except ValidationError as error:
        faults = "; ".join(_fault(item) for item in error.errors(include_input=False, include_url=False)[:_SHOWN])
        raise InvalidArgumentError(f"{contract.name}: {faults}.") from None


def _fault(item: ErrorDetails) -> str:
    place = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return f"there is no argument '{_printable(place)}'"
    message = item["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _printable(name: str) -> str:
    """An argument's name as the caller wrote it: cut, and without anything that could pass for more text."""
    return "".join(character for character in name[:60] if character.isalnum() or character in "._-")
