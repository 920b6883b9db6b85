"""Asking after an earlier write."""

from typing import Annotated

from pydantic import StringConstraints

from trunkline_contracts.contract import Category, read
from trunkline_contracts.entities.operations import Operation
from trunkline_contracts.record import Record

OperationId = Annotated[str, StringConstraints(pattern=r"^op_[0-9a-f]{32}$")]


class GetOperation(Record):
    """Which write, by the operation_id of its receipt."""

    operation_id: OperationId


GET_OPERATION = read(
    "get_operation",
    "Tell what became of a write, by its operation_id.",
    Category.GATEWAY, GetOperation, Operation,
)  # fmt: skip
