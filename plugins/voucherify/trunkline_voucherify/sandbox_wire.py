"""What the parts of Voucherify's imitation share: forms of times, ids and refusals."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from trunkline_contracts.sandbox import Person

FindCustomer = Callable[[str], dict[str, Any] | None]
"""Finds a customer by either id."""


def moment(at: datetime) -> str:
    """A time as Voucherify writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def customer_id(person: Person) -> str:
    """The id that Voucherify gave to a person."""
    return f"cust_{person.number:08d}"


def refusal(status: int, key: str) -> Response:
    """Voucherify's form of an error."""
    body = {"code": status, "key": key, "message": key.replace("_", " "), "details": key, "request_id": "v-0"}
    return JSONResponse(body, status)
