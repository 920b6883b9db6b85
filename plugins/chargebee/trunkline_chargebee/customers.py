"""Customers: found, made and changed, with the custom fields that the site gave them.

https://apidocs.chargebee.com/docs/api/customers
"""

import asyncio
from collections.abc import Sequence

from trunkline_chargebee import customer_changes as changes
from trunkline_chargebee import vendor
from trunkline_chargebee.account import FULL_PAGE, Account
from trunkline_chargebee.fields import described, written_values
from trunkline_chargebee.normalize import raw_id
from trunkline_chargebee.vendor_catalog import FieldConfigRow
from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer, CustomerMatch
from trunkline_contracts.errors import NotFoundError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, ToolCall, WriteResult, already_there
from trunkline_contracts.tools import CREATE_CUSTOMER, FIND_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER
from trunkline_contracts.tools.crm import CreateCustomer, CustomerView, FindCustomers, GetCustomer, UpdateCustomer
from trunkline_contracts.values import Page

_FILTERS = {"email": "email[is]", "phone": "phone[is]", "external_id": "id[is]"}


class Customers(Account):
    """The tools about customers."""

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """List the customers that have all the keys, newest first: a list of the database, not of a search index."""
        keys = tuple(key for key in _FILTERS if getattr(request, key))
        params: Params = {
            **{_FILTERS[key]: getattr(request, key) for key in keys},
            "sort_by[desc]": "created_at",
            "limit": request.limit,
            "offset": request.cursor,
        }
        found = await self._api.get("/customers", gives=vendor.Page[vendor.CustomerRow], params=params)
        items = tuple(self._to.match(row.customer, keys) for row in found.rows)
        return ReadResult(data=Page(items=items, next_cursor=found.next_offset))

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read a customer."""
        return ReadResult(data=self._to.customer(await self._customer(raw_id(request.customer_id))))

    async def _customer(self, customer_id: str) -> vendor.Customer:
        """A customer; Chargebee can still answer the id of a deleted one."""
        customer = (await self._api.get("/customers/{}", customer_id, gives=vendor.CustomerRow)).customer
        if customer.deleted:
            raise NotFoundError("This customer was deleted at Chargebee: find the customer again.")
        return customer

    @implements(CREATE_CUSTOMER)
    async def create_customer(self, request: CreateCustomer) -> WriteResult[Customer]:
        """Make a customer, unless one has a key of theirs."""
        known = await self._known(request)
        if known:
            return already_there(self._to.written(known), "Chargebee has a customer with one of these keys.")
        form: Params = {
            "id": request.external_id,
            "first_name": request.given_name,
            "last_name": request.family_name,
            "email": request.email,
            "phone": request.phone,
            "company": request.company,
            **written_values(request.custom_fields, self._call.custom_fields),
        }
        made = await self._write("/customers", gives=vendor.CustomerRow, form=form)
        resource = self._to.written(made.customer)
        return WriteResult(outcome="applied", resource=resource, verify_with=_reread(resource.id))

    async def _known(self, request: CreateCustomer) -> vendor.Customer | None:
        """Whoever has one of the new customer's keys already."""
        filters = ((_FILTERS[key], getattr(request, key)) for key in _FILTERS if getattr(request, key))
        found = await asyncio.gather(*(self._having(name, value) for name, value in filters))
        return next((rows[0].customer for rows in found if rows), None)

    async def _having(self, name: str, value: str) -> list[vendor.CustomerRow]:
        params: Params = {name: value, "limit": 1}
        return (await self._api.get("/customers", gives=vendor.Page[vendor.CustomerRow], params=params)).rows

    @implements(UPDATE_CUSTOMER)
    async def update_customer(self, request: UpdateCustomer) -> WriteResult[Customer]:
        """Change a customer's own data, or their billing address: at Chargebee these are two requests."""
        changes.check(request.changes)
        before = await self._customer(raw_id(request.customer_id))
        changes.check_version(before, request.if_version)
        fields = self._call.custom_fields
        path, form = changes.asked(before, request.changes, fields)
        done = await self._write(path, before.id, gives=vendor.CustomerRow, form=form)
        undo = changes.undo(request.customer_id, self._to.written(before), request.changes, fields)
        return WriteResult(
            outcome="applied",
            resource=self._to.written(done.customer),
            verify_with=_reread(request.customer_id),
            undo=undo,
            warnings=() if undo else (changes.NO_WAY_BACK,),
        )

    async def describe_fields(self) -> Sequence[CustomField]:
        """Read which custom fields the site gave its customers."""
        params: Params = {"entity_type": "customer", "limit": FULL_PAGE}
        configs, offset = [], ""
        while True:
            page = await self._api.get(
                "/custom_field_configs",
                gives=vendor.Page[FieldConfigRow],
                params={**params, "offset": offset or None},
            )
            configs += [row.custom_field_config for row in page.rows]
            if not page.next_offset:
                return tuple(described(configs))
            offset = page.next_offset


def _reread(customer: Ref) -> ToolCall:
    return ToolCall(tool="get_customer", args={"customer_id": customer})
