"""Intercom's contacts: finding them and reading them."""

import re

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.errors import CallError, NotFoundError, PermissionDeniedError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER
from trunkline_contracts.tools.crm import CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.values import Page, Warning
from trunkline_intercom import query, vendor
from trunkline_intercom.account import Account, search_freshness
from trunkline_intercom.normalize import company_id, name_of

_MERGED = Warning(
    code="value_coerced", message="This contact was merged into the one given here: use its id.", field="customer_id"
)


class Customers(Account):
    """The tools that read people."""

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """Look the company's own id up in the database, and whatever else in the search index."""
        keys = query.keys_of(request)
        if keys.keys() == {"external_id"}:
            contact = await self._by_external_id(keys["external_id"])
            items = (self._match(contact, keys),) if contact else ()
            return ReadResult(data=Page[CustomerMatch](items=items))
        body = query.search(query.person(keys), request.limit, request.cursor)
        found = await self._search("/contacts/search", body, vendor.ContactList)
        cursor = found.pages.cursor if found.pages else None
        page = Page[CustomerMatch](
            items=tuple(self._match(contact, keys) for contact in found.data), next_cursor=cursor
        )
        return ReadResult(data=page, freshness=search_freshness())

    async def _by_external_id(self, external_id: str) -> vendor.Contact | None:
        """The user with the company's own id, from the database."""
        # Such an id would be steps of the path.
        if external_id in {".", ".."}:
            return None
        try:
            return await self._api.get("/contacts/find_by_external_id/{}", external_id, gives=vendor.Contact)
        except NotFoundError:
            return None

    def _match(self, contact: vendor.Contact, keys: dict[str, str]) -> CustomerMatch:
        is_exact = keys.keys() != {"name"} and all(_is_same(key, contact, value) for key, value in keys.items())
        return self._to.match(contact, tuple(keys), is_exact=is_exact)

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read a contact, the names of their tags, and their company where it is asked for."""
        contact = await self._contact(request.customer_id.vendor_id)
        moved = (_MERGED,) if contact.id != request.customer_id.vendor_id else ()
        tags = await self._tag_names(contact)
        if "company" not in request.include or company_id(contact) is None:
            return ReadResult(data=self._to.view(contact, tags), warnings=moved)
        try:
            company = await self._company(contact)
        except (NotFoundError, PermissionDeniedError) as error:
            return ReadResult(data=self._to.view(contact, tags), warnings=(*moved, _missing(error)))
        return ReadResult(data=self._to.view(contact, tags, company), warnings=moved)

    async def _tag_names(self, contact: vendor.Contact) -> list[str]:
        """The names of a contact's tags, of which the contact itself has only the ids."""
        if not (contact.tags and contact.tags.data):
            return []
        found = await self._api.get("/contacts/{}/tags", contact.id, gives=vendor.TagList)
        return [tag.name for tag in found.data if tag.name]

    async def _company(self, contact: vendor.Contact) -> vendor.Company | None:
        """The contact's first company."""
        answer = await self._api.get("/contacts/{}/companies", contact.id, gives=vendor.CompanyList)
        wanted = company_id(contact)
        return next((company for company in answer.all if company.id == wanted), None)


def _missing(error: CallError) -> Warning:
    return Warning(code="part_unavailable", message=error.body.message, field="company_details")


def _is_same(key: str, contact: vendor.Contact, value: str) -> bool:
    known = (name_of(contact) if key == "name" else getattr(contact, key)) or ""
    if key == "phone":
        return re.sub(r"\D", "", known) == re.sub(r"\D", "", value)
    if key == "name":
        return value.casefold() in known.casefold()
    return bool(known.casefold() == value.casefold())
