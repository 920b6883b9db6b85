"""Stripe's connector: one account, with the tools of its three parts."""

from trunkline_stripe import vendor
from trunkline_stripe.client import answer
from trunkline_stripe.customers import Customers
from trunkline_stripe.invoices import Invoices
from trunkline_stripe.subscriptions import Subscriptions


class Stripe(Customers, Subscriptions, Invoices):
    """One Stripe account."""

    async def probe(self) -> None:
        """Read one customer."""
        await answer(self._stripe.customers.list_async({"limit": 1}), vendor.Page[vendor.Customer])
