"""Whether HubSpot's contacts want marketing e-mail."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.comms import Contactability, Suppression, masked
from trunkline_contracts.errors import ConflictError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import GET_CONTACTABILITY, SET_CONSENT
from trunkline_contracts.tools.comms import GetContactability, SetConsent
from trunkline_contracts.values import Page, Warning
from trunkline_hubspot import vendor_marketing
from trunkline_hubspot.account import given
from trunkline_hubspot.customers import Customers

_STATUSES = "/communication-preferences/v4/statuses/{}"
_EMAIL = {"channel": "EMAIL"}
_Statuses = vendor_marketing.Outcome[vendor_marketing.Subscription]
_NEVER_ASKED = Warning(
    code="irreversible", message="They had said nothing before, and no tool makes it so that they had not."
)


class Consents(Customers):
    """The tools about consent."""

    @implements(GET_CONTACTABILITY)
    async def get_contactability(self, request: GetContactability) -> ReadResult[Page[Contactability]]:
        """Read a contact's subscriptions, and whether they opted out of all."""
        email = await self._address(request.customer_id)
        if email is None:
            return ReadResult(data=Page(items=()))
        opt_outs = await self._api.get(
            f"{_STATUSES}/unsubscribe-all", email,
            gives=vendor_marketing.Outcome[vendor_marketing.OptOut], params=_EMAIL,
        )  # fmt: skip
        out = next((one for one in opt_outs.results if one.status == "UNSUBSCRIBED"), None)
        marketing = "opted_out" if out else self._marketing(await self._subscriptions(email))
        found = Contactability(
            channel="email",
            address_masked=masked(email),
            marketing=marketing,
            suppressed=Suppression(reason="unsubscribe", since=out.timestamp) if out else None,
        )
        return ReadResult(data=Page(items=(found,)))

    @implements(SET_CONSENT)
    async def set_consent(self, request: SetConsent) -> WriteResult[Contactability]:
        """Set the subscription of the settings; the evidence becomes the explanation of the legal basis."""
        subscription = self._settings.marketing_subscription_id
        email = await self._address(request.customer_id)
        if subscription is None:
            raise UnsupportedError("This connection names no marketing subscription: an operator can name one.")
        if email is None:
            raise ConflictError("The contact has no e-mail address: add one first.")
        before = self._marketing(await self._subscriptions(email))
        body = {
            "subscriptionId": subscription,
            "channel": "EMAIL",
            "statusState": vendor_marketing.STATES[request.marketing],
            "legalBasisExplanation": request.evidence,
            **({"legalBasis": "CONSENT_WITH_NOTICE"} if request.marketing == "opted_in" else {}),
        }
        answer = await self._api.call("POST", _STATUSES, email, gives=_Statuses, json=body)
        # A success by its status can hold errors, and then set nothing.
        if answer.num_errors or answer.errors or not answer.results:
            raise ConflictError("HubSpot did not set the subscription: read it again.")
        undo = _undo(request, before)
        return WriteResult(
            outcome="applied",
            resource=Contactability(channel="email", address_masked=masked(email), marketing=self._marketing(answer)),
            verify_with=ToolCall(tool="get_contactability", args={"customer_id": request.customer_id}),
            undo=undo,
            warnings=() if undo else (_NEVER_ASKED,),
        )

    async def _address(self, customer: Ref) -> str | None:
        return (await self._contact(customer.vendor_id)).properties.email

    async def _subscriptions(self, email: str) -> _Statuses:
        return await self._api.get(_STATUSES, email, gives=_Statuses, params=_EMAIL)

    def _marketing(self, found: _Statuses) -> str:
        """What they said to the subscription of the settings; where none is named, to all alike."""
        named = self._settings.marketing_subscription_id
        words = {one.status for one in found.results if named in {None, one.subscription_id}}
        return vendor_marketing.MARKETING.get(words.pop(), "unknown") if len(words) == 1 else "unknown"


def _undo(request: SetConsent, before: str) -> Undo | None:
    """Say again what they had said; that they had said nothing cannot be written."""
    if before in {"unknown", request.marketing}:
        return None
    back = {"marketing": before, "evidence": f"taken back: {request.evidence}"[:300]}
    return Undo(tool="set_consent", args={**request.model_dump(include={"customer_id", "channel"}), **given(back)})
