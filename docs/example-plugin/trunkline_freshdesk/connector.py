"""Freshdesk's connector: one account, with the tools of its parts."""

from trunkline_freshdesk import vendor
from trunkline_freshdesk.articles import Articles
from trunkline_freshdesk.customers import Customers
from trunkline_freshdesk.fields import CustomFields
from trunkline_freshdesk.handoff import Handoffs
from trunkline_freshdesk.tickets import Tickets


class FreshdeskConnector(Customers, Tickets, Handoffs, Articles, CustomFields):
    """One account."""

    async def probe(self) -> None:
        """Ask who we are."""
        await self._api.get("/agents/me", gives=vendor.Agent)
