"""Whether and how somebody may be reached."""

from datetime import UTC, datetime
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.comms import Contactability, Suppression, masked
from trunkline_contracts.results import ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import GET_CONTACTABILITY, SET_CONSENT
from trunkline_contracts.tools.comms import GetContactability, SetConsent
from trunkline_contracts.values import Page, Warning
from trunkline_salesforce import vendor
from trunkline_salesforce.changes import on_account
from trunkline_salesforce.client import Write
from trunkline_salesforce.customers import Customers, written_as

_FIELDS = ("HasOptedOutOfEmail", "DoNotCall", "EmailBouncedDate")
_SUBJECT = "Consent to e-mail marketing"
_NO_OPT_IN = Warning(
    code="value_coerced",
    message="Salesforce keeps no opt-in: the opt-out was taken away, and a task holds the evidence.",
    field="marketing",
)


class Consent(Customers):
    """The tools about consent."""

    @implements(GET_CONTACTABILITY)
    async def get_contactability(self, request: GetContactability) -> ReadResult[Page[Contactability]]:
        """Read what a contact or lead refused; nobody refused is not everybody agreed."""
        person = await self._person(request.customer_id, _FIELDS)
        ways = [_by_email(person), _by_phone(person)]
        items = tuple(way for way in ways if way and request.channel in (None, way.channel))
        return ReadResult(data=Page(items=items))

    @implements(SET_CONSENT)
    async def set_consent(self, request: SetConsent) -> WriteResult[Contactability]:
        """Set the opt-out, and keep the evidence as a task that is done: both, or neither."""
        before = await self._person(request.customer_id, _FIELDS)
        self._check_changeable(before, None)
        is_out = request.marketing == "opted_out"
        name, record_id = written_as(before)
        field = on_account("HasOptedOutOfEmail") if name == "Account" else "HasOptedOutOfEmail"
        await self._client.together(
            Write("consent", "PATCH", f"{name}/{record_id}", {field: is_out}),
            Write("evidence", "POST", "Task", self._evidence(request)),
        )
        after = before.model_copy(update={"has_opted_out_of_email": is_out})
        return WriteResult(
            outcome="applied",
            resource=_by_email(after) or Contactability(channel="email", marketing=_marketing(is_out=is_out)),
            verify_with=ToolCall(tool="get_contactability", args={"customer_id": request.customer_id}),
            undo=None if before.has_opted_out_of_email == is_out else _undo(request),
            warnings=() if is_out else (_NO_OPT_IN,),
        )

    def _evidence(self, request: SetConsent) -> dict[str, Any]:
        words = request.marketing.replace("_", " ")
        return {
            "WhoId": request.customer_id.vendor_id,
            "Subject": _SUBJECT,
            "Description": self._marked(f"{words.capitalize()}: {request.evidence}"),
            "Status": self._settings.completed_status,
            "ActivityDate": datetime.now(UTC).date().isoformat(),
        }


def _by_email(person: vendor.Person) -> Contactability | None:
    if not person.email:
        return None
    bounced = person.email_bounced_date
    return Contactability(
        channel="email",
        address_masked=masked(person.email),
        transactional="blocked" if bounced else "allowed",
        marketing=_marketing(is_out=person.has_opted_out_of_email),
        suppressed=Suppression(reason="bounce", since=bounced) if bounced else None,
    )


def _by_phone(person: vendor.Person) -> Contactability | None:
    """A number; whoever is not to be called may still have asked to be called back."""
    number = person.phone or person.mobile_phone
    if not number:
        return None
    return Contactability(
        channel="phone", address_masked=masked(number), marketing=_marketing(is_out=person.do_not_call)
    )


def _marketing(*, is_out: bool | None) -> Any:
    return "opted_out" if is_out else "unknown"


def _undo(request: SetConsent) -> Undo:
    other = "opted_in" if request.marketing == "opted_out" else "opted_out"
    args = {"customer_id": request.customer_id, "channel": request.channel, "marketing": other}
    return Undo(tool="set_consent", args={**args, "evidence": "Takes back the change before."})
