"""Voucherify's customers, and the fields that a company added to them."""

from collections.abc import Sequence
from typing import Any

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer, CustomerMatch
from trunkline_contracts.errors import AmbiguousError, NotFoundError, UnsupportedError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.results import Candidate, ReadResult, Undo, WriteResult, already_there
from trunkline_contracts.tools import CREATE_CUSTOMER, FIND_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER
from trunkline_contracts.tools.crm import (
    CreateCustomer,
    CustomerChanges,
    CustomerView,
    FindCustomers,
    GetCustomer,
    UpdateCustomer,
)
from trunkline_contracts.values import Page
from trunkline_voucherify import vendor
from trunkline_voucherify.account import Account
from trunkline_voucherify.normalize import custom_fields

_REFUSED = ("language", "add_tags", "remove_tags")
_MOST_ALIKE = 2
_ADDRESS = {
    "line1": "line_1", "line2": "line_2", "city": "city", "region": "state", "postal_code": "postal_code",
    "country": "country",
}  # fmt: skip


class Customers(Account):
    """The project's customers."""

    async def describe_fields(self) -> Sequence[CustomField]:
        """Read the project's metadata schema of customers; a project need not have one."""
        try:
            schema = await self._api.get("/v1/metadata-schemas/{}", "customer", gives=vendor.MetadataSchema)
        except NotFoundError:
            return ()
        return custom_fields(schema)

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """List by e-mail or name; read by id. All of them are lists of the database, not of a search index."""
        if request.external_id:
            found = await self._by_id(request.external_id)
            people = (self._to.match(found, ("external_id",)),) if found else ()
            return ReadResult(data=Page(items=people))
        page = int(request.cursor or "1")
        listed = await self._list(request.email, request.name, request.limit, page)
        matched = tuple(key for key in ("email", "name") if getattr(request, key))
        items = tuple(self._to.match(customer, matched) for customer in listed.customers)
        has_more = listed.total is not None and listed.total > page * request.limit
        return ReadResult(data=Page(items=items, next_cursor=str(page + 1) if has_more else None))

    async def _by_id(self, customer_id: str) -> vendor.Customer | None:
        try:
            return await self._api.get("/v1/customers/{}", customer_id, gives=vendor.Customer)
        except NotFoundError:
            return None

    async def _list(self, email: str | None, name: str | None, limit: int, page: int = 1) -> vendor.CustomerList:
        params: Params = {"email": email, "name": name, "limit": limit, "page": page}
        return await self._api.get("/v1/customers", gives=vendor.CustomerList, params=params)

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read a customer by Voucherify's id or the company's own."""
        return ReadResult(data=self._to.customer(await self._read(request.customer_id.vendor_id)))

    async def _read(self, customer_id: str) -> vendor.Customer:
        return await self._api.get("/v1/customers/{}", customer_id, gives=vendor.Customer)

    @implements(CREATE_CUSTOMER)
    async def create_customer(self, request: CreateCustomer) -> WriteResult[Customer]:
        """Create a customer, unless one has the external id or the e-mail address."""
        if not (request.external_id or request.email):
            raise UnsupportedError("Voucherify finds nobody by phone or name exactly: give email or external_id.")
        if present := await self._present(request):
            return already_there(self._to.person(present), "A customer with this external_id or email exists already.")
        made = await self._api.call("POST", "/v1/customers", gives=vendor.Customer, json=_new(request))
        return WriteResult(outcome="applied", resource=self._to.person(made))

    async def _present(self, request: CreateCustomer) -> vendor.Customer | None:
        found = await self._by_id(request.external_id) if request.external_id else None
        if found or not request.email:
            return found
        alike = (await self._list(request.email, None, _MOST_ALIKE)).customers
        if len(alike) > 1:
            choices = [Candidate(id=self._to.customer_ref(customer.id), label=customer.name) for customer in alike]
            raise AmbiguousError("Several customers have this email: choose one.", candidates=choices)
        return alike[0] if alike else None

    @implements(UPDATE_CUSTOMER)
    async def update_customer(self, request: UpdateCustomer) -> WriteResult[Customer]:
        """Set what is given; the customer as it was is read first, for the way back and for the fields that stay."""
        _check(request.changes)
        before = await self._read(request.customer_id.vendor_id)
        body = _changed(request.changes, before)
        after = await self._api.call("PUT", "/v1/customers/{}", before.id, gives=vendor.Customer, json=body)
        return WriteResult(outcome="applied", resource=self._to.person(after), undo=self._undo(request, before))

    def _undo(self, request: UpdateCustomer, before: vendor.Customer) -> Undo | None:
        """The way back, where every changed value had one before: an absent one cannot be set."""
        was = self._to.person(before)
        # A call that an agent makes next has the fields' names, not Voucherify's keys.
        names = {field.key: field.name for field in self._call.custom_fields if field.kind == "customer"}
        given, _, family = (before.name or "").partition(" ")
        values: dict[str, Any] = {
            "given_name": given, "family_name": family, "email": before.email, "phone": before.phone,
            "address": was.addresses[0].model_dump(exclude_none=True) if was.addresses else None,
            "custom_fields": {
                names.get(key, key): was.custom_fields.get(key) for key in request.changes.custom_fields
            },
        }  # fmt: skip
        back = {name: values[name] for name in request.changes.model_fields_set if name in values}
        if not all(back.values()) or None in back.get("custom_fields", {}).values():
            return None
        return Undo(tool="update_customer", args={"customer_id": request.customer_id, "changes": back})


def _new(request: CreateCustomer) -> dict[str, Any]:
    values = {
        "source_id": request.external_id,
        "name": " ".join(filter(None, (request.given_name, request.family_name))),
        "email": request.email,
        "phone": request.phone,
        "metadata": request.custom_fields,
    }
    return {name: value for name, value in values.items() if value}


def _check(changes: CustomerChanges) -> None:
    """Raise UnsupportedError for a change that Voucherify has no place for."""
    if refused := [name for name in _REFUSED if getattr(changes, name)]:
        raise UnsupportedError(f"Voucherify's customers have no {' and no '.join(refused)}: leave it out.")
    if (changes.given_name is None) != (changes.family_name is None):
        raise UnsupportedError("Voucherify keeps one name: give given_name and family_name together.")


def _changed(changes: CustomerChanges, before: vendor.Customer) -> dict[str, Any]:
    address = changes.address.model_dump(exclude_none=True) if changes.address else {}
    values = {
        "name": " ".join(filter(None, (changes.given_name, changes.family_name))),
        "email": changes.email,
        "phone": changes.phone,
        "address": {_ADDRESS[name]: value for name, value in address.items()},
        "metadata": {**(before.metadata or {}), **changes.custom_fields} if changes.custom_fields else None,
    }
    return {name: value for name, value in values.items() if value}
