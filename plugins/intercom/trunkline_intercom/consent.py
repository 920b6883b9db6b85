"""Whether Intercom's contacts may be written to by e-mail, and what they said about it."""

from typing import Literal

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.comms import Contactability, Suppression, masked
from trunkline_contracts.errors import ConflictError
from trunkline_contracts.results import ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import GET_CONTACTABILITY, SET_CONSENT
from trunkline_contracts.tools.comms import GetContactability, SetConsent
from trunkline_contracts.values import Page, Warning
from trunkline_intercom import vendor
from trunkline_intercom.account import Step
from trunkline_intercom.people import CustomerWrites

_NO_ADDRESS = "This contact has no e-mail address: give them one first."
_ONLY_NOT_OUT = Warning(
    code="lossy_status",
    message="Intercom only knows who unsubscribed: that they agreed stands in the note.",
    field="marketing",
)


class _Subscription(vendor.Vendor):
    """A kind of message that somebody opted in to, or out of; `consent_type` says which of the two."""

    consent_type: str | None = None
    content_types: list[str] | None = None


class _SubscriptionList(vendor.Vendor):
    """`GET /contacts/{id}/subscriptions`: explicit choices only."""

    data: list[_Subscription]


class Consent(CustomerWrites):
    """The tools about consent."""

    @implements(GET_CONTACTABILITY)
    async def get_contactability(self, request: GetContactability) -> ReadResult[Page[Contactability]]:
        """Read a contact's flags about e-mail, and the kinds of e-mail that they opted in to."""
        contact = await self._contact(request.customer_id.vendor_id)
        if not contact.email:
            return ReadResult(data=Page[Contactability](items=()))
        chosen = await self._api.get("/contacts/{}/subscriptions", contact.id, gives=_SubscriptionList)
        return ReadResult(data=Page(items=(_contactability(contact, _opted_in(chosen)),)))

    @implements(SET_CONSENT)
    async def set_consent(self, request: SetConsent) -> WriteResult[Contactability]:
        """Set the flag of who unsubscribed, and write the evidence into a note."""
        before = await self._contact(request.customer_id.vendor_id)
        self._check_not_merged(before, request.customer_id)
        if not before.email:
            raise ConflictError(_NO_ADDRESS)
        is_out = request.marketing == "opted_out"
        flag = Step("PUT", "/contacts/{}", (before.id,), {"unsubscribed_from_emails": is_out}, vendor.Contact)
        told = f"Marketing by e-mail: {request.marketing.replace('_', ' ')}. Evidence: {request.evidence}"
        done = await self._carry_out([flag, self._note_step(before.id, told)])
        after = next((answer for answer in done.answers if isinstance(answer, vendor.Contact)), before)
        args = {"customer_id": request.customer_id, "channel": "email"}
        return WriteResult(
            outcome="partial" if done.stopped else "applied",
            resource=_contactability(after, is_opted_in=not is_out),
            verify_with=ToolCall(tool="get_contactability", args=args),
            undo=_undo(args, before),
            warnings=(*done.warnings, *(() if is_out else (_ONLY_NOT_OUT,))),
        )


def _undo(args: dict[str, str], before: vendor.Contact) -> Undo:
    """Set the flag as it was."""
    former = "opted_out" if before.unsubscribed_from_emails else "opted_in"
    return Undo(tool="set_consent", args={**args, "marketing": former, "evidence": "taken back"})


def _opted_in(chosen: _SubscriptionList) -> bool:
    """Whether somebody asked for a kind of e-mail."""
    return any(item.consent_type == "opt_in" and "email" in (item.content_types or ()) for item in chosen.data)


def _contactability(contact: vendor.Contact, is_opted_in: bool) -> Contactability:
    """What Intercom knows about a contact's e-mail; who did not unsubscribe need not have agreed."""
    suppressed = _suppression(contact)
    is_out = bool(contact.unsubscribed_from_emails)
    transactional: Literal["allowed", "blocked", "unknown"] = "unknown" if is_out else "allowed"
    return Contactability(
        channel="email",
        address_masked=masked(contact.email or ""),
        transactional="blocked" if suppressed else transactional,
        marketing="opted_out" if is_out else "opted_in" if is_opted_in else "unknown",
        suppressed=suppressed,
    )


def _suppression(contact: vendor.Contact) -> Suppression | None:
    if contact.has_hard_bounced:
        return Suppression(reason="bounce")
    return Suppression(reason="complaint") if contact.marked_email_as_spam else None
