"""Creating HubSpot's contacts: looked for first, then upserted by a key that only one contact can have."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer, CustomerMatch
from trunkline_contracts.errors import ConflictError, UnsupportedError
from trunkline_contracts.results import ToolCall, WriteResult, already_there
from trunkline_contracts.tools import CREATE_CUSTOMER
from trunkline_contracts.tools.crm import EXACT_KEYS, CreateCustomer, FindCustomers
from trunkline_contracts.values import Warning
from trunkline_hubspot import vendor
from trunkline_hubspot.account import after, given
from trunkline_hubspot.customers import Customers

_THERE = "HubSpot has a contact with this {}: nothing was made."
_MEANWHILE = Warning(
    code="duplicate_suspected", message="A contact with this key appeared meanwhile, and has these values now."
)


class Newcomers(Customers):
    """The tool that makes a contact."""

    @implements(CREATE_CUSTOMER)
    async def create_customer(self, request: CreateCustomer) -> WriteResult[Customer]:
        """Give the contact who has one of the keys; else make one."""
        key, value = self._unique(request)
        sent = {**self._new_properties(request), **self._fields.written("customer", request.custom_fields)}
        for name in EXACT_KEYS:
            if (given_key := getattr(request, name)) and (found := await self._exact(name, given_key)):
                return already_there(found, _THERE.format(name.replace("_", " ")))
        return await self._upsert(key, value, sent)

    def _unique(self, request: CreateCustomer) -> tuple[str, str]:
        """The property by which HubSpot tells contacts apart, so that a repeated request makes no second one."""
        own = self._settings.external_id_property
        if request.external_id and not own:
            raise UnsupportedError("This connection has no property for `external_id`: an operator can name one.")
        if request.external_id and own:
            return own, request.external_id
        if request.email:
            return "email", request.email
        raise UnsupportedError("HubSpot tells contacts apart by email or external_id: give one of them.")

    def _new_properties(self, request: CreateCustomer) -> dict[str, str]:
        own = self._settings.external_id_property
        properties = {
            "firstname": request.given_name,
            "lastname": request.family_name,
            "email": request.email,
            "phone": request.phone,
            "company": request.company,
            **({own: request.external_id} if own else {}),
        }
        return given(properties)

    async def _exact(self, name: str, key: str) -> Customer | None:
        """The contact who has a key, and does not only look alike."""
        found = (await self.find_customers(FindCustomers.model_validate({name: key}))).data.items
        return next((_bare(one) for one in found if one.confidence == "exact"), None)

    async def _upsert(self, key: str, value: str, sent: dict[str, str]) -> WriteResult[Customer]:
        body: dict[str, Any] = {"inputs": [{"idProperty": key, "id": value, "properties": sent}]}
        answer = await self._api.call(
            "POST", "/crm/v3/objects/contacts/batch/upsert", gives=vendor.Upserts[vendor.Contact], json=body
        )
        # A 207 is a success by its status, and says by its empty results that nothing was made.
        if not answer.results:
            raise ConflictError("HubSpot made no contact of these values: find the customer, or correct them.")
        written = answer.results[0]
        contact = self._to.customer(after(written, written, sent))
        return WriteResult(
            outcome="applied",
            resource=contact,
            verify_with=ToolCall(tool="get_customer", args={"customer_id": contact.id}),
            warnings=() if written.new else (_MEANWHILE,),
        )


def _bare(found: CustomerMatch) -> Customer:
    """A match without how it was found."""
    fields = {name: getattr(found, name) for name in Customer.model_fields}
    return Customer(**fields)
