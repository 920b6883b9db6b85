"""Every error a call can end in, named by what the caller does next.

* CallError
  x InvalidArgumentError     -> fix the arguments
    + UnsupportedError       -> the connected vendor cannot do this; take an alternative
  x NotFoundError            -> the id does not exist at the vendor
  x AmbiguousError           -> choose one of the candidates
  x ConflictError            -> the record changed or is in the wrong state: read it again
  x PermissionDeniedError    -> an operator must reconnect or widen the connection
  x PolicyDeniedError        -> this caller may not do this
  x NeedsApprovalError       -> a human must agree first
  x RateLimitedError         -> wait `retry_after_s` seconds
  x VendorUnavailableError   -> try again later; nothing was applied
    + VendorBugError         -> the vendor answered something that nobody can read
  x OutcomeUnknownError      -> nobody knows whether the write was applied: never repeat it blindly
  x UnauthenticatedError     -> send a valid credential
  x InternalError            -> a fault of the gateway's own: report it
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from trunkline_contracts.record import Record
from trunkline_contracts.results import Candidate


class ErrorBody(Record):
    """The shape in which an error reaches a caller."""

    code: str
    message: str
    retry_after_s: float | None = None
    supported_alternatives: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()


class CallError(Exception):
    """Base of all of them; the message never holds a vendor's body, a secret or personal data."""

    code: ClassVar[str]
    http_status: ClassVar[int]

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        alternatives: Sequence[str] = (),
        candidates: Sequence[Candidate] = (),
    ) -> None:
        super().__init__(message)
        self.body = ErrorBody(
            code=self.code,
            message=message,
            retry_after_s=retry_after_s,
            supported_alternatives=tuple(alternatives),
            candidates=tuple(candidates),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.body))


class InvalidArgumentError(CallError):
    """The arguments cannot be right; correct them."""

    code, http_status = "invalid_argument", 422


class UnsupportedError(InvalidArgumentError):
    """The connected vendor cannot do this."""

    code, http_status = "unsupported", 422


class NotFoundError(CallError):
    """No such record or tool for this caller."""

    code, http_status = "not_found", 404


class AmbiguousError(CallError):
    """Several records or connections fit; choose one."""

    code, http_status = "ambiguous", 409


class ConflictError(CallError):
    """The record changed, or is in a state that forbids this."""

    code, http_status = "conflict", 409


class PermissionDeniedError(CallError):
    """The vendor refuses the connection's credential."""

    code, http_status = "permission", 502


class PolicyDeniedError(CallError):
    """The caller's rights do not cover this."""

    code, http_status = "policy_denied", 403


class NeedsApprovalError(CallError):
    """A human must approve first."""

    code, http_status = "needs_approval", 403


class RateLimitedError(CallError):
    """Too many calls; wait."""

    code, http_status = "rate_limited", 429


class VendorUnavailableError(CallError):
    """The vendor cannot be reached or fails; nothing was applied."""

    code, http_status = "vendor_unavailable", 503


class VendorBugError(VendorUnavailableError):
    """The vendor's answer cannot be read."""

    http_status = 502


class OutcomeUnknownError(CallError):
    """A write was sent and nobody knows whether it was applied."""

    code, http_status = "outcome_unknown", 504


class UnauthenticatedError(CallError):
    """No valid credential came with the call."""

    code, http_status = "unauthenticated", 401


class InternalError(CallError):
    """The gateway's own fault."""

    code, http_status = "internal", 500


ERRORS: dict[str, type[CallError]] = {
    error.code: error
    for error in (
        InvalidArgumentError, UnsupportedError, NotFoundError, AmbiguousError, ConflictError, PermissionDeniedError,
        PolicyDeniedError, NeedsApprovalError, RateLimitedError, VendorUnavailableError, OutcomeUnknownError,
        UnauthenticatedError, InternalError,
    )
}  # fmt: skip
"""Every error by its code, for whoever stores and restores one."""


def _rebuild(kind: type[CallError], body: ErrorBody) -> CallError:
    return kind(
        body.message,
        retry_after_s=body.retry_after_s,
        alternatives=body.supported_alternatives,
        candidates=body.candidates,
    )


def restore(body: ErrorBody) -> CallError:
    """The error that a stored body describes."""
    return _rebuild(ERRORS.get(body.code, InternalError), body)
