"""One Salesforce org, as all its tools see it."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, TypeVar

from trunkline_contracts.errors import CallError
from trunkline_contracts.http import Http
from trunkline_contracts.values import Warning
from trunkline_salesforce import SalesforceSettings
from trunkline_salesforce.client import Client
from trunkline_salesforce.custom_fields import CustomFields
from trunkline_salesforce.lookups import Lookups
from trunkline_salesforce.normalize import Normalize

T = TypeVar("T")

FINAL = Warning(code="irreversible", message="No tool takes this back.")
BEST_EFFORT = Warning(
    code="not_atomic", message="Salesforce compares the version to the second only.", field="if_version"
)
_NO_CURRENCY = Warning(
    code="field_dropped", message="Amounts are left out: an operator has to name this org's currency.", field="amount"
)


class Account:
    """What the tools share."""

    def __init__(self, settings: SalesforceSettings, http: Http) -> None:
        self._settings = settings
        self._client = Client(settings, http)
        self._custom = CustomFields(http.call.custom_fields, settings.external_id_field)
        self._to = Normalize(http.call.connection, settings, self._custom)
        self._lookups = Lookups(self._client)
        self._call = http.call

    def _marked(self, text: str = "") -> str:
        """A text with our marker on its last line."""
        return f"{text}\n\n[{self._call.marker}]".lstrip()

    def _currency_field(self) -> tuple[str, ...]:
        """The field that says a record's currency, which only orgs with several have."""
        return ("CurrencyIsoCode",) if self._settings.multi_currency else ()

    def _without_currency(self) -> tuple[Warning, ...]:
        """Say that amounts are left out where nobody knows their currency."""
        return () if self._settings.multi_currency or self._settings.currency else (_NO_CURRENCY,)


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def guard(at: datetime | None) -> dict[str, str]:
    """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/intro_rest_conditional_requests.htm."""
    return {"If-Unmodified-Since": format_datetime(at.astimezone(UTC), usegmt=True)} if at else {}


async def read_back(reading: Awaitable[T]) -> T | None:
    """What was written, as Salesforce has it; None where it cannot be read, for the write is done all the same."""
    try:
        return await reading
    except CallError:
        return None
