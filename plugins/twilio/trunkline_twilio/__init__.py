"""Twilio: SMS and WhatsApp (Messaging, API 2010-04-01) and Conversations (classic, API v1).

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/conversations-classic/api
"""

from typing import Annotated

from pydantic import SecretStr, StringConstraints, model_validator

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.manifest import BasicAuth, Credentials, Manifest, Settings
from trunkline_contracts.record import Line
from trunkline_contracts.tools import (
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_MESSAGE,
    LIST_CONVERSATIONS,
    SEND_MESSAGE,
)

_CHANNELS = ("sms", "whatsapp")
_SEND_NOTE = (
    "Twilio has no flag for marketing, so `purpose` is not sent, and no place for a mark of ours, so a send whose "
    "answer is lost stays in doubt. `template` is a ContentSid (HX...); free text on WhatsApp reaches only those who "
    "wrote within 24 hours. `send_at` is 5 minutes to 35 days ahead and needs a messaging service."
)
_CUSTOMER_NOTE = "Twilio keeps no customers: one is a number that SMS or WhatsApp messages were exchanged with."
_THREAD_NOTE = (
    "A thread is what was sent to and from a number on SMS or WhatsApp, put together from two lists; what belongs to "
    "a conversation of Conversations is in the thread too."
)

CAPABILITIES = (
    Capability(SEND_MESSAGE, write_class=WriteClass.UNMARKED, note=_SEND_NOTE, only={"channel": _CHANNELS},
        without=frozenset(("subject",)), notifies_customer=True, reversible=False,
        # https://www.twilio.com/docs/api/errors/20429: such requests "aren't processed and are safe to retry".
        refused_before_execution=frozenset((429,)),
        unverified="No recording of a send; its form and answer follow Twilio's OpenAPI file of 2026-04."),
    Capability(GET_MESSAGE),
    Capability(LIST_CONVERSATIONS, support="emulated", only={"channel": _CHANNELS}, without=frozenset(("since",)),
        note=f"{_THREAD_NOTE} Conversations are ordered by their own last change, which need not be a message.",
        unverified="No recording of ParticipantConversations."),
    Capability(GET_CONVERSATION, support="emulated", only={"visibility": ("public",)}, note=_THREAD_NOTE,
        unverified="A thread's pages go on by PA and the last message's sid: so in the recordings and in Twilio's "
        "OpenAPI file, but nowhere promised."),
    Capability(FIND_CUSTOMERS, support="emulated", note=_CUSTOMER_NOTE,
        without=frozenset(("email", "external_id", "name", "postal_code"))),
    Capability(GET_CUSTOMER, support="emulated", note=_CUSTOMER_NOTE),
)  # fmt: skip


class TwilioSettings(Settings):
    """What an operator fills in: the account, and at least one sender.

    A number that is given beside a messaging service has to be in the service's sender pool. `from_number` may also be
    a short code or an alphanumeric sender.
    """

    account_sid: Annotated[str, StringConstraints(pattern=r"^AC[0-9a-fA-F]{32}$")]
    messaging_service_sid: Annotated[str, StringConstraints(pattern=r"^MG[0-9a-fA-F]{32}$")] | None = None
    from_number: Annotated[str, StringConstraints(pattern=r"^(\+[1-9][0-9]{5,14}|[A-Za-z0-9 ]{1,11})$")] | None = None
    whatsapp_from: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{5,14}$")] | None = None

    @model_validator(mode="after")
    def _some_sender(self) -> "TwilioSettings":
        if not (self.messaging_service_sid or self.from_number or self.whatsapp_from):
            raise ValueError("give at least one of messaging_service_sid, from_number, whatsapp_from")
        return self


class TwilioApiKey(Credentials):
    """An API key, which can be revoked alone: what Twilio recommends."""

    api_key_sid: Line
    api_key_secret: SecretStr


class TwilioAuthToken(Credentials):
    """The account's own token."""

    auth_token: SecretStr


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    return Manifest(
        vendor="twilio",
        title="Twilio",
        category=Category.COMMS,
        settings=TwilioSettings,
        auth={
            "api_key": BasicAuth(TwilioApiKey, "{api_key_sid}", "{api_key_secret}"),
            "auth_token": BasicAuth(TwilioAuthToken, "{account_sid}", "{auth_token}"),
        },
        hosts=("api.twilio.com", "conversations.twilio.com"),
        connector="trunkline_twilio.connector:Twilio",
        capabilities=CAPABILITIES,
        ids={
            "customer": r"\+[1-9][0-9]{5,14}",
            "message": r"(SM|MM)[0-9a-fA-F]{32}|CH[0-9a-fA-F]{32}\.IM[0-9a-fA-F]{32}",
            "conversation": r"CH[0-9a-fA-F]{32}|(sms|whatsapp)-\+[1-9][0-9]{5,14}",
        },
        api_version="2010-04-01, conversations v1",
        docs="https://www.twilio.com/docs/messaging/api",
        sandbox="trunkline_twilio.sandbox:sandbox",
        notes=(
            "No recording of a list filtered by a number was at hand; the filters follow the OpenAPI file.",
            "Only the default conversation service and the region US1 are covered.",
            "Opt-outs are Twilio's own: a send to somebody who wrote STOP is refused (21610); no list of them is read.",
            "Delivery is read by get_message, not pushed: no StatusCallback is set.",
            "Twilio's test credentials cannot read messages, so `trunkline connect` refuses them.",
        ),
    )
