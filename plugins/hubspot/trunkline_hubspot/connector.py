"""HubSpot's connector: all its tools over one account."""

from trunkline_hubspot import vendor
from trunkline_hubspot.customers import Customers
from trunkline_hubspot.ticket_writes import TicketWrites


class Hubspot(Customers, TicketWrites):
    """One account."""

    async def probe(self) -> None:
        """Read one contact."""
        await self._api.get("/crm/v3/objects/contacts", gives=vendor.Contacts, params={"limit": 1})
