"""Intercom's connector: its tools together."""

from collections.abc import Sequence

from trunkline_contracts.api import parse, refuse
from trunkline_contracts.errors import PermissionDeniedError, UnsupportedError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.http import HttpRequest
from trunkline_intercom import API_VERSION, vendor
from trunkline_intercom.account import error_code
from trunkline_intercom.articles import Articles
from trunkline_intercom.consent import Consent
from trunkline_intercom.creation import CustomerCreation
from trunkline_intercom.fields import customer_fields, ticket_fields
from trunkline_intercom.handoff import Handoffs
from trunkline_intercom.history import History
from trunkline_intercom.merging import Merging
from trunkline_intercom.messages import Messages
from trunkline_intercom.vendor_fields import AttributeList, TicketTypeList


class Intercom(CustomerCreation, Consent, Messages, History, Handoffs, Merging, Articles):
    """One workspace."""

    async def probe(self) -> None:
        """Ask for the admins, of whom the one in the settings has to be one, in the version that we speak."""
        response = await self._http.send(HttpRequest("GET", f"{self._base}/admins", self._headers))
        refuse(response, error_code)
        if response.headers.get("intercom-version", API_VERSION) != API_VERSION:
            raise UnsupportedError(f"Intercom answers as another version of its API than {API_VERSION}.")
        if self._settings.admin_id not in {admin.id for admin in parse(response, vendor.AdminList).admins}:
            raise PermissionDeniedError("The workspace has no admin of this admin_id: correct the settings.")

    async def describe_fields(self) -> Sequence[CustomField]:
        """Read what the workspace added to contacts, types of ticket and conversations."""
        params = {"model": "contact"}
        contacts = await self._api.get("/data_attributes", gives=AttributeList, params=params)
        types = await self._api.get("/ticket_types", gives=TicketTypeList)
        conversations = await self._api.get("/conversations/attributes", gives=AttributeList)
        return (*customer_fields(contacts.data), *ticket_fields(types.data, conversations.data))
