"""Verifying: a code that Twilio makes, sends to the customer's number and checks (Verify v2).

https://www.twilio.com/docs/verify/api/verification
https://www.twilio.com/docs/verify/api/verification-check
"""

from datetime import timedelta
from typing import Literal

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Verification
from trunkline_contracts.errors import (
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import WriteResult
from trunkline_contracts.tools import VERIFY_CUSTOMER
from trunkline_contracts.tools.crm import VerifyCustomer
from trunkline_contracts.values import Warning
from trunkline_twilio import vendor
from trunkline_twilio.account import Account
from trunkline_twilio.addresses import is_number

Result = Literal["passed", "failed", "locked"]

_CHANNELS = {"sms": "sms", "whatsapp": "whatsapp", "voice": "call"}
_RESULTS: dict[str, Result] = {"approved": "passed", "max_attempts_reached": "locked"}
# https://www.twilio.com/docs/verify/api/rate-limits-and-timeouts; Twilio changes it for an account on request.
_VALID_FOR = timedelta(minutes=10)

_SENT = Warning(code="notifies_customer", message="The customer receives a code; it cannot be taken back.")
_PENDING = Warning(code="async_result", message="It is settled by the code: call verify_customer with it.")
_WRONG = "The code is not the one that was sent. Twilio takes five tries, and then the customer has to wait."
_GONE = "There is nothing to check any more: the code expired, was used, or was tried too often. Send a new one."
_LOCKED = "Five wrong codes were tried: no other is taken until this verification has expired."


class Verifying(Account):
    """Sends codes and checks them."""

    @implements(VERIFY_CUSTOMER)
    async def verify_customer(self, request: VerifyCustomer) -> WriteResult[Verification]:
        """Send a code to the customer's number, or check the code that they read out."""
        service = self._settings.verify_service_sid
        if not service:
            raise UnsupportedError("This connection has no Verify service: an operator must set verify_service_sid.")
        if not is_number(request.customer_id.vendor_id):
            raise InvalidArgumentError("`customer_id` is not of this connection: find the customer by telephone here.")
        if request.code and request.verification_id:
            return await self._check(service, request, request.verification_id.vendor_id, request.code)
        return await self._send(service, request.customer_id, _CHANNELS[request.send_code or ""])

    async def _send(self, service: str, customer: Ref, channel: str) -> WriteResult[Verification]:
        """Let Twilio make a code; while one is valid, Twilio sends the same once more."""
        form = {"To": customer.vendor_id, "Channel": channel}
        try:
            made = await self._verify.call(
                "POST", "/Services/{}/Verifications", service, gives=vendor.Verification, form=form
            )
        except NotFoundError:
            raise PermissionDeniedError("Twilio has no such Verify service: an operator must correct it.") from None
        pending = Verification(
            id=self._to.verification_ref(made.sid),
            subject=customer,
            method="otp",
            result="pending",
            expires_at=made.date_created and made.date_created + _VALID_FOR,
        )
        return WriteResult(outcome="accepted", resource=pending, warnings=(_SENT, _PENDING))

    async def _check(self, service: str, request: VerifyCustomer, sid: str, code: str) -> WriteResult[Verification]:
        """Check a code, of a verification of this customer's number only."""
        known = await self._read(service, sid)
        if known is None:
            return self._judged(request, "failed", _GONE)
        if known.to != request.customer_id.vendor_id:
            raise InvalidArgumentError("`verification_id` is of another customer: send this one a code first.")
        form = {"VerificationSid": sid, "Code": code}
        try:
            checked = await self._verify.call(
                "POST", "/Services/{}/VerificationCheck", service, gives=vendor.Verification, form=form
            )
        except NotFoundError:
            return self._judged(request, "failed", _GONE)
        except RateLimitedError:
            return await self._locked(service, request, sid)
        result = _RESULTS.get(checked.status, "failed")
        return self._judged(request, result, {"failed": _WRONG, "locked": _LOCKED}.get(result))

    async def _locked(self, service: str, request: VerifyCustomer, sid: str) -> WriteResult[Verification]:
        """What a 429 to a check is: too many tries of this code, or, raised again, too many requests at once."""
        known = await self._read(service, sid)
        if known and known.status != "max_attempts_reached":
            raise RateLimitedError("Twilio is asked too often: wait before calling again.")
        return self._judged(request, "locked", _LOCKED)

    async def _read(self, service: str, sid: str) -> vendor.Verification | None:
        """A verification; None once it is expired, used, or tried too often, for then Twilio deletes it."""
        try:
            return await self._verify.get("/Services/{}/Verifications/{}", service, sid, gives=vendor.Verification)
        except NotFoundError:
            return None

    def _judged(self, request: VerifyCustomer, result: Result, message: str | None) -> WriteResult[Verification]:
        verification = Verification(
            id=request.verification_id,
            subject=request.customer_id,
            method="otp",
            result=result,
            # Who reads the code out has the telephone in hand: more than to know facts.
            assurance="high" if result == "passed" else "none",
            attempts_left=0 if result == "locked" else None,
        )
        return WriteResult(outcome="applied", resource=verification, message=message)
