"""One Twilio account, as all its tools see it."""

from trunkline_contracts.api import Api
from trunkline_contracts.http import Http
from trunkline_contracts.values import Warning
from trunkline_twilio import TwilioSettings, vendor
from trunkline_twilio.addresses import CHANNELS, WRITTEN, Address, ThreadChannel
from trunkline_twilio.errors import ERRORS, error_code
from trunkline_twilio.normalize import Newest, Normalize
from trunkline_twilio.threads import Threads

MARKETING = Warning(
    code="field_dropped",
    message="Twilio does not tell marketing from other messages: the consent is yours to check.",
    field="purpose",
)


class Account:
    """What the tools share."""

    def __init__(self, settings: TwilioSettings, http: Http) -> None:
        self._settings = settings
        self._account = settings.account_sid
        self._api = _api(http, "https://api.twilio.com/2010-04-01")
        self._conversations = _api(http, "https://conversations.twilio.com/v1")
        self._verify = _api(http, "https://verify.twilio.com/v2")
        self._threads = Threads(self._api, self._account)
        self._to = Normalize(http.call.connection)

    @property
    def _channels(self) -> tuple[ThreadChannel, ...]:
        """Where people are looked for: without a number to call from, an account's key may not read calls."""
        return CHANNELS if self._settings.voice_from else WRITTEN

    async def _newest(self, number: str, channels: tuple[ThreadChannel, ...]) -> Newest:
        """The last message or call of a number on each channel that it was in touch on."""
        addresses = [Address(channel, number) for channel in channels]
        return await self._threads.newest(addresses)

    async def probe(self) -> None:
        """Read one message."""
        await self._api.get(
            "/Accounts/{}/Messages.json", self._account, gives=vendor.MessagePage, params={"PageSize": 1}
        )


def _api(http: Http, base: str) -> Api:
    return Api(http, base, error_code=error_code, errors=ERRORS)
