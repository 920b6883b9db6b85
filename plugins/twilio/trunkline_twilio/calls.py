"""Calling: a text that is spoken, or a connection to another number.

https://www.twilio.com/docs/voice/api/call-resource
https://www.twilio.com/docs/voice/twiml/say
"""

from xml.etree.ElementTree import Element, SubElement, tostring

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Message
from trunkline_contracts.errors import InvalidArgumentError, UnsupportedError
from trunkline_contracts.refs import bare_id
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import PLACE_CALL
from trunkline_contracts.tools.comms import PlaceCall
from trunkline_contracts.values import Warning
from trunkline_twilio import vendor
from trunkline_twilio.account import MARKETING, Account
from trunkline_twilio.addresses import is_number

# Of another language Twilio speaks nothing at all, after the telephone rang: twilio-java's twiml.voice.Say.Language.
LANGUAGES = frozenset((
    "ca-ES", "cy-GB", "da-DK", "de-DE", "en-AU", "en-CA", "en-GB", "en-IN", "en-US", "es-ES", "es-MX", "es-US",
    "fi-FI", "fr-CA", "fr-FR", "hi-IN", "is-IS", "it-IT", "ja-JP", "ko-KR", "nb-NO", "nl-NL", "pl-PL", "pt-BR",
    "pt-PT", "ro-RO", "ru-RU", "sv-SE", "tr-TR", "zh-CN", "zh-HK", "zh-TW",
))  # fmt: skip
_LONGEST = 4000

_QUEUED = Warning(
    code="async_result",
    message="Twilio queued the call; whether it is answered, get_message says later.",
    field="resource.delivery",
)
_RINGS = Warning(code="notifies_customer", message="The customer's telephone rings; it cannot be taken back.")


class Calls(Account):
    """Places calls."""

    @implements(PLACE_CALL)
    async def place_call(self, request: PlaceCall) -> WriteResult[Message]:
        """Call a number, with what to do when it is answered in the request itself."""
        number, caller = bare_id(request.to), self._settings.voice_from
        if not is_number(number):
            raise InvalidArgumentError("`to` has to be a telephone number in E.164, such as +12025550101.")
        if not caller:
            raise UnsupportedError("This connection has no number to call from: an operator must set voice_from.")
        placed = await self._api.call(
            "POST",
            "/Accounts/{}/Calls.json",
            self._account,
            gives=vendor.Call,
            form={"To": number, "From": caller, "Twiml": _twiml(request, caller)},
        )
        call = self._to.call(placed)
        return WriteResult(
            outcome="accepted",
            resource=call.model_copy(update={"body_text": request.say or ""}),
            verify_with=ToolCall(tool="get_message", args={"message_id": call.id}),
            warnings=(_QUEUED, _RINGS, *((MARKETING,) if request.purpose == "marketing" else ())),
        )


def _twiml(request: PlaceCall, caller: str) -> str:
    """What Twilio does when the call is answered; the text is a text, whatever it looks like."""
    response = Element("Response")
    if request.say:
        SubElement(response, "Say", _spoken_in(request.language)).text = request.say
    elif request.language:
        raise InvalidArgumentError("`language` is that of `say`: leave it out where the call is connected.")
    else:
        SubElement(response, "Dial", {"callerId": caller}).text = request.connect_to
    text = tostring(response, encoding="unicode")
    if len(text) > _LONGEST:
        raise InvalidArgumentError("`say` is too long for Twilio: shorten it; each & < and > counts four or five.")
    return text


def _spoken_in(language: str | None) -> dict[str, str]:
    if language is None:
        return {}
    if language not in LANGUAGES:
        known = sorted(LANGUAGES)
        raise UnsupportedError(f"Twilio does not speak {language}; it speaks {', '.join(known)}.", alternatives=known)
    return {"language": language}
