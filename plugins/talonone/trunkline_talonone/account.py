"""What Talon.One's tools share: the API of one programme, and how its records are made ours."""

from datetime import UTC, datetime

from trunkline_contracts.api import Api
from trunkline_contracts.http import Http
from trunkline_talonone import TalonOneSettings, vendor
from trunkline_talonone.normalize import Normalize

PROGRAMME = "/loyalty_programs/{}"
PROFILE = f"{PROGRAMME}/profile/{{}}"


class Account:
    """One deployment, for the length of one call."""

    def __init__(self, settings: TalonOneSettings, http: Http) -> None:
        self._http = http
        self._base = f"https://{settings.deployment}.talon.one/v1"
        self._api = Api(http, self._base)
        self._settings = settings
        self._to = Normalize(http.call, settings)
        self._marker = http.call.marker

    async def _programme(self) -> vendor.Programme:
        return await self._api.get(PROGRAMME, self._settings.program, gives=vendor.Programme)

    async def _balances(self, profile: str) -> vendor.Balances:
        path, program = f"{PROFILE}/ledger_balances", self._settings.program
        return await self._api.get(path, program, profile, gives=vendor.Balances, params={"includeTiers": True})


def next_page(has_more: bool | None, skip: int, count: int) -> str | None:
    """The cursor of the page after one, which counts what was given."""
    return str(skip + count) if has_more and count else None


def rfc3339(at: datetime) -> str:
    """A time as Talon.One writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
