"""Zendesk's connector: its tools together."""

from trunkline_contracts.errors import PermissionDeniedError
from trunkline_zendesk import vendor, words
from trunkline_zendesk.articles import Articles
from trunkline_zendesk.described import CustomFields
from trunkline_zendesk.handoff import Handoffs
from trunkline_zendesk.merges import Merges
from trunkline_zendesk.people import CustomerWrites
from trunkline_zendesk.tickets import Tickets


class Zendesk(CustomerWrites, Tickets, Handoffs, Merges, Articles, CustomFields):
    """One account."""

    async def probe(self) -> None:
        """Ask who we are; Zendesk greets a stranger too, so only one of the staff will do."""
        answer = await self._api.get("/users/me.json", gives=vendor.CurrentUserAnswer)
        if answer.user.role not in words.STAFF:
            raise PermissionDeniedError("Zendesk does not know this credential as an agent's: check e-mail and token.")
