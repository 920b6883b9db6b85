"""Messages that an admin of Intercom begins: by e-mail, or inside the app."""

from typing import Any

from pydantic import AwareDatetime

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message
from trunkline_contracts.errors import AmbiguousError, ConflictError, InvalidArgumentError, NotFoundError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate, WriteResult
from trunkline_contracts.tools import SEND_MESSAGE
from trunkline_contracts.tools.comms import SendMessage
from trunkline_intercom import query, vendor
from trunkline_intercom.customers import Customers
from trunkline_intercom.text import html_of, text_of
from trunkline_intercom.writes import NOTIFIES, UNCERTAIN, UNKNOWN

_TYPES = {"email": "email", "chat": "in_app"}
_FEW = 2


class _Sent(vendor.Record):
    """What Intercom makes of a message; a conversation comes of it only when the contact answers."""

    id: str
    created_at: AwareDatetime
    body: str | None = None
    subject: str | None = None
    conversation_id: str | None = None


class Messages(Customers):
    """The tool that writes to people first."""

    @implements(SEND_MESSAGE)
    async def send_message(self, request: SendMessage) -> WriteResult[Message]:
        """Send as the admin of the settings; whether it arrives, nobody is told."""
        _check(request)
        contact = await self._addressee(request)
        if request.purpose == "marketing" and contact.unsubscribed_from_emails and request.channel == "email":
            raise ConflictError("This contact unsubscribed from e-mails: send no marketing.")
        sent = await self._api.call("POST", "/messages", gives=_Sent, json=self._body(request, contact))
        return WriteResult(outcome="accepted", resource=self._message(request, sent), warnings=(NOTIFIES, UNCERTAIN))

    async def _addressee(self, request: SendMessage) -> vendor.Contact:
        """The contact of a customer's id, or of an e-mail address."""
        if ref := _customer(request.to):
            contact = await self._contact(ref.vendor_id)
            if request.channel == "email" and not contact.email:
                raise ConflictError("This contact has no e-mail address: give them one, or use the channel chat.")
            return contact
        body = query.search([query.is_("email", request.to)], _FEW, None)
        found = (await self._search("/contacts/search", body, vendor.ContactList)).data
        if not found:
            raise NotFoundError("Intercom has no contact of this address: call create_customer first.")
        if len(found) > 1:
            candidates = [Candidate(id=self._to.ref("customer", contact.id)) for contact in found]
            raise AmbiguousError("Several contacts have this address: give an id.", candidates=candidates)
        return found[0]

    def _body(self, request: SendMessage, contact: vendor.Contact) -> dict[str, Any]:
        body = {
            "message_type": _TYPES[request.channel],
            "body": html_of(request.body or ""),
            "from": {"type": "admin", "id": int(self._settings.admin_id)},
            "to": {"type": "lead" if contact.role == "lead" else "user", "id": contact.id},
        }
        return body | ({"subject": request.subject, "template": "plain"} if request.channel == "email" else {})

    def _message(self, request: SendMessage, sent: _Sent) -> Message:
        thread = self._to.ref("conversation", sent.conversation_id) if sent.conversation_id else None
        return Message(
            id=self._to.ref("message", sent.id),
            conversation_id=thread,
            at=sent.created_at,
            author=self._to.agent(self._settings.admin_id),
            direction="outbound",
            channel=request.channel,
            subject=sent.subject,
            body_text=text_of(sent.body),
            delivery=UNKNOWN,
        )


def _check(request: SendMessage) -> None:
    """Raise InvalidArgumentError for what only one of the channels has, or needs."""
    if request.channel == "email" and not request.subject:
        raise InvalidArgumentError("An e-mail of Intercom needs a subject: give one.")
    if request.channel == "chat" and request.subject:
        raise InvalidArgumentError("A message inside the app has no subject: leave it out.")
    if request.channel == "chat" and _customer(request.to) is None:
        raise InvalidArgumentError("A message inside the app goes to a customer's id: find the customer first.")


def _customer(to: str) -> Ref | None:
    """The customer whose reference this is; None for an address."""
    try:
        ref = Ref(to)
    except ValueError:
        return None
    return ref if ref.kind == "customer" else None
