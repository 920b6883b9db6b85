"""Zendesk's connector: its tools together."""

from trunkline_contracts.errors import PermissionDeniedError
from trunkline_zendesk import vendor
from trunkline_zendesk.articles import Articles
from trunkline_zendesk.customers import Customers
from trunkline_zendesk.handoff import Handoffs
from trunkline_zendesk.tickets import Tickets


class Zendesk(Customers, Tickets, Handoffs, Articles):
    """One account."""

    async def probe(self) -> None:
        """Ask who we are; Zendesk greets a stranger too, so only one of the staff will do."""
        answer = await self._api.get("/users/me.json", gives=vendor.CurrentUserAnswer)
        if answer.user.role not in vendor.STAFF:
            raise PermissionDeniedError("Zendesk does not know this credential as an agent's: check e-mail and token.")
