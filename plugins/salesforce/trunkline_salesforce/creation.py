"""New contacts: found first, made only where nobody is there."""

import re
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer
from trunkline_contracts.errors import AmbiguousError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.results import Candidate, ToolCall, WriteResult, already_there
from trunkline_contracts.tools import CREATE_CUSTOMER
from trunkline_contracts.tools.crm import CreateCustomer
from trunkline_contracts.values import Warning
from trunkline_salesforce import soql, vendor
from trunkline_salesforce.account import given, read_back
from trunkline_salesforce.customers import Customers

# What can stand in an address without being taken for a path.
_IN_ADDRESS = re.compile(r"[A-Za-z0-9_@\-]+(?:[.:][A-Za-z0-9_@\-]+)*")
_THERE = "Salesforce already has a contact or lead with one of these keys, so nobody was made: see the record."
_MET = Warning(
    code="duplicate_suspected",
    message="A contact with this external id was made in the meantime: it was given these values.",
    field="external_id",
)


class Creation(Customers):
    """The tool that makes contacts."""

    @implements(CREATE_CUSTOMER)
    async def create_customer(self, request: CreateCustomer) -> WriteResult[Customer]:
        """Look for the person by every key that is given, and make a contact where there is none."""
        if found := await self._already_known(request):
            return already_there(self._to.customer(found), _THERE)
        fields = await self._new_contact(request)
        saved = await self._saved_contact(request, fields)
        ref = self._to.customer_ref(saved.id)
        person = await read_back(self._person(ref))
        return WriteResult(
            outcome="applied",
            resource=self._to.customer(person) if person else None,
            verify_with=ToolCall(tool="get_customer", args={"customer_id": ref}),
            warnings=() if saved.created else (_MET,),
        )

    async def _already_known(self, request: CreateCustomer) -> vendor.Person | None:
        """Whoever is there already: a contact before a lead, for one human may be both."""
        id_field = self._settings.external_id_field
        if request.external_id and not id_field:
            raise UnsupportedError("This connection has no field for `external_id`: an operator can name one.")
        for people in (soql.CONTACTS, soql.LEADS):
            if not soql.keys_of(people, request):
                continue
            query = soql.known(people, request, id_field, self._own_fields(people))
            if found := await self._client.query(query, vendor.Person):
                return self._only_one(found)
        return None

    def _only_one(self, found: list[vendor.Person]) -> vendor.Person:
        if len(found) > 1:
            candidates = [Candidate(id=self._to.customer_ref(person.id)) for person in found]
            raise AmbiguousError("These keys belong to several people: choose one of them.", candidates=candidates)
        return found[0]

    async def _new_contact(self, request: CreateCustomer) -> dict[str, Any]:
        """The fields of the contact; our marker is its description."""
        if not request.family_name:
            raise InvalidArgumentError("A contact of Salesforce needs a family name: give family_name.")
        standard = {
            "FirstName": request.given_name,
            "LastName": request.family_name,
            "Email": request.email,
            "Phone": request.phone,
            "AccountId": await self._lookups.company(request.company) if request.company else None,
            "Description": self._marked(),
        }
        return given({**standard, **self._custom.written("customer", request.custom_fields)})

    async def _saved_contact(self, request: CreateCustomer, fields: dict[str, Any]) -> vendor.Upserted:
        """Make the contact; under its external id a second call would meet the first one's."""
        field, key = self._settings.external_id_field, request.external_id
        if field and key and _IN_ADDRESS.fullmatch(key):
            return await self._client.upsert("Contact", field, key, fields)
        own = {field: key} if field and key else {}
        return vendor.Upserted(id=await self._client.create("Contact", {**fields, **own}), created=True)
