"""What became of a write, for whoever asks after it."""

from dataclasses import dataclass

from trunkline_contracts.entities.operations import Operation, OperationError
from trunkline_contracts.errors import ErrorBody, NotFoundError
from trunkline_contracts.results import ReadResult, WriteResult
from trunkline_contracts.tools.operations import GetOperation
from trunkline_gateway.clock import moment
from trunkline_gateway.operations.journal import Journal, State


@dataclass(frozen=True)
class OperationStatus:
    """Reads the journal for callers."""

    journal: Journal

    async def get(self, request: GetOperation, tenant: str) -> ReadResult[Operation]:
        """One write of the tenant; somebody else's and none are the same: NotFoundError."""
        row = await self.journal.look_up(tenant, request.operation_id)
        if row is None:
            raise NotFoundError("No such operation: pass the operation_id of a receipt.")
        tool, connection, state, answer, created_at, updated_at = row
        told = Operation(
            id=request.operation_id,
            tool=tool,
            connection=connection,
            state=state,
            created_at=moment(created_at),
            updated_at=moment(updated_at),
        )
        return ReadResult(data=told.model_copy(update=_answered(State(state), answer)))


def _answered(state: State, answer: bytes | None) -> dict[str, object]:
    """What the stored answer adds."""
    if answer is None:
        return {}
    if state is State.FAILED:
        body = ErrorBody.model_validate_json(answer)
        return {"error": OperationError(code=body.code, message=body.message)}
    result = WriteResult[dict[str, object]].model_validate_json(answer)
    return {"outcome": result.outcome, "resource": result.resource, "in_doubt": result.in_doubt}
