"""Stripe's connector: one account, with the tools of its parts."""

from trunkline_stripe import vendor, wire
from trunkline_stripe.client import answer
from trunkline_stripe.invoices import Invoices
from trunkline_stripe.ledger import Ledger
from trunkline_stripe.offers import Offers
from trunkline_stripe.people import People
from trunkline_stripe.plans import Plans


class Stripe(People, Ledger, Offers, Plans, Invoices):
    """One Stripe account."""

    async def probe(self) -> None:
        """Read one customer."""
        await answer(self._stripe.customers.list_async({"limit": 1}), wire.Page[vendor.Customer])
