"""Freshdesk's contacts."""

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.errors import NotFoundError, PermissionDeniedError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER
from trunkline_contracts.tools.crm import CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.values import Page, Warning
from trunkline_freshdesk import vendor
from trunkline_freshdesk.account import Account
from trunkline_freshdesk.paging import PAGE, some


class Customers(Account):
    """The tools about people."""

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """Filter the contacts by exact keys, and keep whom all of them fit."""
        keys = {name: value for name in ("email", "phone") if (value := getattr(request, name))}
        filters = {**keys}
        if request.phone and not await self._contacts({"phone": request.phone}, 1):
            filters["mobile"] = filters.pop("phone")

        async def fetch(number: int) -> list[vendor.Contact]:
            return await self._contacts(filters, number)

        found, following = await some(fetch, request.limit, request.cursor, lambda contact: _has(contact, keys))
        items = tuple(self._to.match(contact, tuple(keys)) for contact in found)
        return ReadResult(data=Page(items=items, next_cursor=following))

    async def _contacts(self, filters: dict[str, str], number: int) -> list[vendor.Contact]:
        params: Params = {**filters, "page": number, "per_page": PAGE}
        return await self._api.get("/contacts", gives=list[vendor.Contact], params=params)

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read a contact, and their company where it is asked for."""
        contact = await self._api.get("/contacts/{}", request.customer_id.vendor_id, gives=vendor.Contact)
        if "company" not in request.include or contact.company_id is None:
            return ReadResult(data=self._to.view(contact, None))
        try:
            company = await self._api.get("/companies/{}", contact.company_id, gives=vendor.Company)
        except (NotFoundError, PermissionDeniedError) as error:
            missing = Warning(code="part_unavailable", message=error.body.message, field="company_details")
            return ReadResult(data=self._to.view(contact, None), warnings=(missing,))
        return ReadResult(data=self._to.view(contact, company))


def _has(contact: vendor.Contact, keys: dict[str, str]) -> bool:
    """Whether a contact has these keys; a number counts under either name."""
    known = {"email": [contact.email], "phone": [contact.phone, contact.mobile]}
    return all(value.casefold() in {(text or "").casefold() for text in known[name]} for name, value in keys.items())
