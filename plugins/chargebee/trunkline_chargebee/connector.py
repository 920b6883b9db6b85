"""Chargebee's connector: one site, with the tools of all its parts."""

from trunkline_chargebee import vendor
from trunkline_chargebee.billing import Billing
from trunkline_chargebee.invoices import Invoices
from trunkline_chargebee.offers import Offers
from trunkline_chargebee.orders import Orders
from trunkline_chargebee.subscription_changes import SubscriptionChanges


class Chargebee(Billing, Offers, SubscriptionChanges, Invoices, Orders):
    """One Chargebee site."""

    async def probe(self) -> None:
        """Read one customer."""
        await self._api.get("/customers", gives=vendor.Page[vendor.CustomerRow], params={"limit": 1})
