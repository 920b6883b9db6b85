"""Intercom's connector: its tools together."""

from trunkline_contracts.errors import PermissionDeniedError
from trunkline_intercom import vendor
from trunkline_intercom.articles import Articles
from trunkline_intercom.handoff import Handoffs
from trunkline_intercom.history import History
from trunkline_intercom.people import CustomerWrites


class Intercom(CustomerWrites, History, Handoffs, Articles):
    """One workspace."""

    async def probe(self) -> None:
        """Ask for the admins, of whom the one in the settings has to be one."""
        found = await self._api.get("/admins", gives=vendor.AdminList)
        if self._settings.admin_id not in {admin.id for admin in found.admins}:
            raise PermissionDeniedError("The workspace has no admin of this admin_id: correct the settings.")
