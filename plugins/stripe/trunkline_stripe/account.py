"""What the parts of the connector share: the account, and Stripe's ways with lists and searches."""

from collections.abc import Sequence

import stripe
from stripe.params import InvoiceCreatePreviewParams

from trunkline_contracts.http import Http
from trunkline_contracts.results import Quote
from trunkline_contracts.values import Freshness, Warning
from trunkline_stripe import StripeSettings, shop
from trunkline_stripe.client import StrictTransport, answer, sdk
from trunkline_stripe.normalize_invoices import InvoiceRecords
from trunkline_stripe.normalize_offers import OfferRecords
from trunkline_stripe.normalize_orders import OrderRecords
from trunkline_stripe.normalize_subscriptions import SubscriptionRecords

FULL_PAGE = 100
# Under a minute on most days, up to an hour during an outage: https://docs.stripe.com/search#data-freshness
_WORST_LAG_S = 3600
_LAG = Warning(code="index_lag", message="Found nothing in Stripe's search index; what is new can be missing there.")


class Normalize(InvoiceRecords, SubscriptionRecords, OfferRecords, OrderRecords):
    """Builds our records for one connection."""


class Account:
    """One Stripe account, for the length of one call."""

    def __init__(self, settings: StripeSettings, http: Http) -> None:
        self._settings = settings
        self._http = http
        self._stripe = self._sdk().v1
        self._to = Normalize(http.call.connection)
        self._once: stripe.RequestOptions = {"idempotency_key": http.call.idempotency_key}

    def _sdk(self, *, safe: bool = False, quote: Quote | None = None) -> stripe.StripeClient:
        """The SDK, for requests that change nothing (`safe`) or whose price is known (`quote`)."""
        return sdk(StrictTransport(self._http, safe=safe, quote=quote))

    def _marks(self, reason: str | None = None) -> dict[str, str]:
        """The metadata by which a write is found again."""
        marks = {"trunkline_op": self._http.call.marker or ""}
        return {**marks, "trunkline_reason": reason} if reason else marks

    async def _quote(self, params: InvoiceCreatePreviewParams, *, due_now: bool = False) -> Quote | None:
        """What Stripe would bill, asked for in a dry run alone."""
        if not self._http.call.dry_run:
            return None
        call = self._sdk(safe=True).v1.invoices.create_preview_async(params)
        return self._to.quote(await answer(call, shop.Upcoming), due_now=due_now)


def indexed() -> Freshness:
    """How fresh an answer of the search index is."""
    return Freshness(source="search_index", max_lag_s=_WORST_LAG_S)


def lag_warning(found: Sequence[object]) -> tuple[Warning, ...]:
    """The warning that a search which found nothing proves nothing."""
    return () if found else (_LAG,)


def clause(field: str, operator: str, value: str) -> str:
    """One clause of a search with a caller's text in quotes: https://docs.stripe.com/search#search-query-language."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field}{operator}"{escaped}"'
