"""HubSpot's connector: all its tools over one account."""

from trunkline_hubspot import vendor
from trunkline_hubspot.articles import Articles
from trunkline_hubspot.consent import Consents
from trunkline_hubspot.conversations import Conversations
from trunkline_hubspot.deals import Deals
from trunkline_hubspot.handoff import Handoffs
from trunkline_hubspot.merging import Merging
from trunkline_hubspot.newcomers import Newcomers
from trunkline_hubspot.replies import Replies
from trunkline_hubspot.tasks import Tasks


class Hubspot(Newcomers, Consents, Deals, Tasks, Conversations, Replies, Handoffs, Merging, Articles):
    """One account."""

    async def probe(self) -> None:
        """Read one contact."""
        await self._api.get("/crm/v3/objects/contacts", gives=vendor.Contacts, params={"limit": 1})
