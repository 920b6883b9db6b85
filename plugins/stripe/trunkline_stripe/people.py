"""Customers made and changed.

https://docs.stripe.com/api/customers
"""

from typing import Any

from stripe.params import CustomerCreateParams, CustomerUpdateParams, CustomerUpdateParamsAddress

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer
from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.results import ToolCall, Undo, WriteResult, already_there
from trunkline_contracts.tools import CREATE_CUSTOMER, UPDATE_CUSTOMER
from trunkline_contracts.tools.crm import CreateCustomer, CustomerChanges, FindCustomers, UpdateCustomer
from trunkline_contracts.values import Address, Warning
from trunkline_stripe import vendor
from trunkline_stripe.client import answer
from trunkline_stripe.customers import Customers
from trunkline_stripe.normalize import address

Written = WriteResult[Customer]

_ONE_NAME = Warning(
    code="value_coerced",
    message="Stripe has one name: the given name is its first word, the family name the rest.",
    field="given_name",
)


class People(Customers):
    """The tools that write customers."""

    @implements(CREATE_CUSTOMER)
    async def create_customer(self, request: CreateCustomer) -> Written:
        """Make a customer, unless one has this e-mail address or phone number."""
        for key in _keys(request):
            found = (await self.find_customers(key)).data.items
            if found:
                person = Customer.model_validate(found[0].model_dump(exclude={"matched_on", "confidence"}))
                return already_there(person, "Stripe has a customer with this e-mail address or phone number.")
        call = self._stripe.customers.create_async(_new(request, self._marks()), self._once)
        return self._done(await answer(call, vendor.Customer))

    @implements(UPDATE_CUSTOMER)
    async def update_customer(self, request: UpdateCustomer) -> Written:
        """Set what is given; whatever is absent stays."""
        changes = request.changes
        if changes.add_tags or changes.remove_tags or changes.custom_fields:
            raise UnsupportedError("Stripe's customers have no tags and no custom fields: leave them out.")
        customer_id = request.customer_id.vendor_id
        before = await self._customer(customer_id)
        params: CustomerUpdateParams = {**_changed(before, changes), "metadata": self._marks()}
        done = await answer(self._stripe.customers.update_async(customer_id, params, self._once), vendor.Customer)
        former = _former(before, changes)
        args = {"customer_id": request.customer_id, "changes": former}
        return self._done(done, Undo(tool="update_customer", args=args) if former else None)

    def _done(self, customer: vendor.Customer, undo: Undo | None = None) -> Written:
        person = self._to.customer(customer)
        return WriteResult(
            outcome="applied",
            resource=person,
            verify_with=ToolCall(tool="get_customer", args={"customer_id": person.id}),
            undo=undo,
            warnings=(_ONE_NAME,) if customer.name else (),
        )


def _keys(request: CreateCustomer) -> list[FindCustomers]:
    """Each exact key that was given, to be looked up alone."""
    given = {"email": request.email, "phone": request.phone}
    return [FindCustomers.model_validate({name: value}) for name, value in given.items() if value]


def _new(request: CreateCustomer, marks: dict[str, str]) -> CustomerCreateParams:
    params: CustomerCreateParams = {"metadata": marks}
    if name := _joined(request.given_name, request.family_name):
        params["name"] = name
    if request.email:
        params["email"] = request.email
    if request.phone:
        params["phone"] = request.phone
    if request.company:
        params["business_name"] = request.company
    return params


def _changed(before: vendor.Customer, changes: CustomerChanges) -> CustomerUpdateParams:
    params: CustomerUpdateParams = {}
    if changes.given_name or changes.family_name:
        given, family = _split(before.name)
        params["name"] = _joined(changes.given_name or given, changes.family_name or family)
    if changes.email:
        params["email"] = changes.email
    if changes.phone:
        params["phone"] = changes.phone
    if changes.address:
        params["address"] = _address(changes.address)
    if changes.language:
        # The list is replaced as a whole: the languages after the first stay.
        others = [locale for locale in (before.preferred_locales or [])[1:] if locale != changes.language]
        params["preferred_locales"] = [changes.language, *others]
    return params


def _address(place: Address) -> CustomerUpdateParamsAddress:
    """Every part of an address, so that none of the former one stays; an empty text clears."""
    return {
        "line1": place.line1 or "",
        "line2": place.line2 or "",
        "city": place.city or "",
        "state": place.region or "",
        "postal_code": place.postal_code or "",
        "country": place.country or "",
    }


def _former(before: vendor.Customer, changes: CustomerChanges) -> dict[str, Any] | None:
    """The changes that bring back what was there; None where there was nothing, which no change can say."""
    given, family = _split(before.name)
    place = address(before.address).model_dump(exclude_none=True) if before.address else None
    old = {
        "given_name": given,
        "family_name": family,
        "email": before.email,
        "phone": before.phone,
        "address": place,
        "language": before.preferred_locales[0] if before.preferred_locales else None,
    }
    former = {name: value for name, value in old.items() if getattr(changes, name)}
    return former if all(former.values()) else None


def _split(name: str | None) -> tuple[str, str]:
    given, _, family = (name or "").partition(" ")
    return given, family


def _joined(given: str | None, family: str | None) -> str:
    return " ".join(word for word in (given, family) if word)
