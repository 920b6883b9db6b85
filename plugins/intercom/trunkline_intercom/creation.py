"""New contacts of Intercom, unless they are there."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer
from trunkline_contracts.errors import AmbiguousError, ConflictError, UnsupportedError
from trunkline_contracts.results import Candidate, ToolCall, WriteResult, already_there
from trunkline_contracts.tools import CREATE_CUSTOMER
from trunkline_contracts.tools.crm import CreateCustomer
from trunkline_intercom import query, vendor
from trunkline_intercom.account import Done, Step, given_only
from trunkline_intercom.fields import dropped
from trunkline_intercom.normalize import joined_name
from trunkline_intercom.people import CustomerWrites, tag_step

_NOBODYS = "Intercom tells users apart by e-mail or external id only: give one, or a repeated call makes a second one."
_THERE = "A contact with this e-mail, phone or external id exists: it was left as it is."
_UNSEEN = "Intercom has a user with this e-mail or external id, archived or too new to be found: look again in minutes."
_FEW = 2


class CustomerCreation(CustomerWrites):
    """The tool that makes people."""

    @implements(CREATE_CUSTOMER)
    async def create_customer(self, request: CreateCustomer) -> WriteResult[Customer]:
        """Make a user, then give them their company and their tags, each by a write of its own."""
        if not (request.email or request.external_id):
            raise UnsupportedError(_NOBODYS)
        if found := await self._known(request):
            return already_there(self._to.customer(found), _THERE)
        tags = await self._lookups.tags(request.tags)
        company = await self._lookups.company(request.company) if request.company else None
        step = self._creation(request)
        try:
            made = await self._api.call(step.method, step.path, gives=vendor.Contact, json=step.json)
        except ConflictError:
            return await self._found_after_all(request)
        done = await self._carry_out(_additions(made.id, company, tags), Done([(step, made)]))
        return self._created(request, made, done)

    async def _known(self, request: CreateCustomer) -> vendor.Contact | None:
        """The one contact with one of the keys; raises AmbiguousError where several have them."""
        by_id = await self._by_external_id(request.external_id) if request.external_id else None
        found = {contact.id: contact for contact in ([by_id] if by_id else await self._searched(request))}
        if len(found) > 1:
            candidates = [Candidate(id=self._to.ref("customer", contact_id)) for contact_id in found]
            raise AmbiguousError("Several contacts have this e-mail or phone: use one of them.", candidates=candidates)
        return next(iter(found.values()), None)

    async def _searched(self, request: CreateCustomer) -> list[vendor.Contact]:
        keys = [query.is_(name, value) for name in ("email", "phone") if (value := getattr(request, name))]
        if not keys:
            return []
        body = query.search([query.any_of(*keys)], _FEW, None)
        return (await self._search("/contacts/search", body, vendor.ContactList)).data

    def _creation(self, request: CreateCustomer) -> Step:
        fields: dict[str, Any] = {
            "role": "user",
            "external_id": request.external_id,
            "email": request.email,
            "phone": request.phone,
            "name": joined_name(request.given_name, request.family_name),
            "custom_attributes": self._fields.write("customer", request.custom_fields) or None,
        }
        return Step("POST", "/contacts", (), given_only(fields), vendor.Contact)

    async def _found_after_all(self, request: CreateCustomer) -> WriteResult[Customer]:
        """Intercom says that the user exists, which its search may not know yet."""
        if found := await self._known(request):
            return already_there(self._to.customer(found), _THERE)
        raise ConflictError(_UNSEEN)

    def _created(self, request: CreateCustomer, made: vendor.Contact, done: Done) -> WriteResult[Customer]:
        customer = self._to.customer(made, done.tags(()))
        companies = [answer for answer in done.answers if isinstance(answer, vendor.Company)]
        company = self._to.ref("company", companies[0].id) if companies else None
        return WriteResult(
            outcome="partial" if done.stopped else "applied",
            resource=customer.model_copy(update={"company": company}),
            verify_with=ToolCall(tool="get_customer", args={"customer_id": customer.id}),
            warnings=(*done.warnings, *dropped(request.custom_fields, made.custom_attributes)),
        )


def _additions(contact_id: str, company: str | None, tags: list[vendor.Tag]) -> list[Step]:
    """The writes that a contact needs beside its own."""
    joining = [Step("POST", "/contacts/{}/companies", (contact_id,), {"id": company}, vendor.Company)]
    return [*(joining if company else []), *(tag_step(contact_id, tag) for tag in tags)]
