"""Twilio: SMS, WhatsApp and calls (API 2010-04-01), Conversations (classic, API v1) and Verify (v2).

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/voice/api/call-resource
https://www.twilio.com/docs/conversations-classic/api
https://www.twilio.com/docs/verify/api
"""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, model_validator

from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.manifest import BasicAuth, Credentials, Manifest, Settings
from trunkline_contracts.record import Line
from trunkline_contracts.tools.arguments import Phone
from trunkline_twilio.sheet import CAPABILITIES

_SID = "[0-9a-fA-F]{32}"
_NUMBER = r"\+[1-9][0-9]{5,14}"


class TwilioSettings(Settings):
    """What an operator fills in: the account, and at least one way to reach people.

    A number that is given beside a messaging service has to be in the service's sender pool.
    """

    account_sid: Annotated[str, StringConstraints(pattern=f"^AC{_SID}$")]
    messaging_service_sid: Annotated[str, StringConstraints(pattern=f"^MG{_SID}$")] | None = None
    from_number: Annotated[str, StringConstraints(pattern=f"^({_NUMBER}|[A-Za-z0-9 ]{{1,11}})$")] | None = Field(
        default=None, description="the number, short code or alphanumeric sender that texts come from"
    )
    whatsapp_from: Phone | None = Field(default=None, description="the number that WhatsApp messages come from")
    voice_from: Phone | None = Field(default=None, description="the number that calls come from")
    verify_service_sid: Annotated[str, StringConstraints(pattern=f"^VA{_SID}$")] | None = Field(
        default=None, description="the Verify service that makes and checks codes"
    )

    @model_validator(mode="after")
    def _some_way(self) -> "TwilioSettings":
        ways = ("messaging_service_sid", "from_number", "whatsapp_from", "voice_from", "verify_service_sid")
        if not any(getattr(self, name) for name in ways):
            raise ValueError(f"give at least one of {', '.join(ways)}")
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
        contract_version=1,
        vendor="twilio",
        title="Twilio",
        category=Category.COMMS,
        settings=TwilioSettings,
        auth={
            "api_key": BasicAuth(TwilioApiKey, "{api_key_sid}", "{api_key_secret}"),
            "auth_token": BasicAuth(TwilioAuthToken, "{account_sid}", "{auth_token}"),
        },
        hosts=("api.twilio.com", "conversations.twilio.com", "verify.twilio.com"),
        connector="trunkline_twilio.connector:Twilio",
        capabilities=CAPABILITIES,
        ids={
            "customer": _NUMBER,
            "message": f"(SM|MM|CA){_SID}|CH{_SID}\\.IM{_SID}",
            "conversation": f"CH{_SID}|(sms|whatsapp|voice)-{_NUMBER}",
            "verification": f"VE{_SID}",
        },
        api_version="2010-04-01, conversations v1, verify v2",
        cassette_fields="trunkline_twilio:cassette_fields.txt",
        docs="https://www.twilio.com/docs/messaging/api",
        sandbox="trunkline_twilio.sandbox:sandbox",
        absent={
            "get_contactability": "Twilio has no list of opt-outs to read: one shows in a refused message (21610).",
            "set_consent": "Twilio's Consent Management takes consents it never gives back, so none could be verified.",
        },
        notes=(
            "No recording of a list filtered by a number was at hand; the filters follow the OpenAPI file.",
            "Only the default conversation service and the region US1 are covered.",
            "Opt-outs are Twilio's own: a send to somebody who wrote STOP is refused (21610); no list of them is read.",
            "Delivery and the course of a call are read by get_message, not pushed: no StatusCallback is set.",
            "Twilio's test credentials cannot read messages, so `trunkline connect` refuses them; Verify has none.",
        ),
    )
