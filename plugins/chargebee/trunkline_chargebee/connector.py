"""Chargebee's connector: one site, with the tools of its three parts."""

from trunkline_chargebee import vendor
from trunkline_chargebee.customers import Customers
from trunkline_chargebee.invoices import Invoices
from trunkline_chargebee.subscriptions import Subscriptions


class Chargebee(Customers, Subscriptions, Invoices):
    """One Chargebee site."""

    async def probe(self) -> None:
        """Read one customer."""
        await self._api.get("/customers", gives=vendor.Page[vendor.CustomerRow], params={"limit": 1})
