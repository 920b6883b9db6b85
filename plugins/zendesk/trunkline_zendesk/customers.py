"""Zendesk's users: finding them and reading them."""

import re

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.errors import NotFoundError, PermissionDeniedError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER
from trunkline_contracts.tools.crm import CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.values import Page, Warning
from trunkline_zendesk import query, vendor
from trunkline_zendesk.account import Account, search_freshness
from trunkline_zendesk.paging import SearchPage


class Customers(Account):
    """The tools about people."""

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """Look the company's own id up in the database, and whatever else in the search index."""
        if request.external_id:
            return await self._find_by_external_id(request)
        page = SearchPage.of(request.limit, request.cursor)
        params: Params = {"query": _query(request), "page": page.number, "per_page": page.size}
        found = await self._api.get("/users/search.json", gives=vendor.UserList, params=params)
        count = page.number * page.size + bool(found.next_page)
        result = Page[CustomerMatch](items=self._matches(found.users, request), next_cursor=page.next_cursor(count))
        return ReadResult(data=result, freshness=search_freshness())

    async def _find_by_external_id(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """Read by id, so nobody is too new to be found."""
        same = await self._who_has("external_id", request.external_id or "")
        return ReadResult(data=Page(items=self._matches(same, request)))

    async def _who_has(self, key: str, value: str) -> list[vendor.User]:
        """Whose key is just this: the database knows external ids, and the index the rest."""
        if key == "external_id":
            # A comma would make two ids of one, hence the comparison below.
            path, params = "/users/show_many.json", {"external_ids": value}
        else:
            path, params = "/users/search.json", {"query": f"{key}:{query.phrase(value)}"}
        found = await self._api.get(path, gives=vendor.UserList, params=params)
        return [user for user in found.users if user.active is not False and _is_same(key, user, value)]

    def _matches(self, users: list[vendor.User], request: FindCustomers) -> tuple[CustomerMatch, ...]:
        """The users whose keys are just these; failing those, the ones whom Zendesk thinks near.

        It also searches a user's other addresses, which it does not show, and parts of words.
        """
        keys = _keys(request)
        present = [user for user in users if user.active is not False]
        same = [user for user in present if all(_is_same(key, user, value) for key, value in keys.items())]
        is_exact = bool(same) and keys.keys() != {"name"}
        found = same if is_exact else present
        return tuple(self._to.match(user, tuple(keys), is_exact=is_exact) for user in found)

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read a user, and their organisation where it is asked for."""
        answer = await self._api.get("/users/{}.json", request.customer_id.vendor_id, gives=vendor.UserAnswer)
        user = answer.user
        if "company" not in request.include or user.organization_id is None:
            return ReadResult(data=self._to.view(user, None))
        try:
            company = await self._api.get(
                "/organizations/{}.json", user.organization_id, gives=vendor.OrganizationAnswer
            )
        except (NotFoundError, PermissionDeniedError) as error:
            missing = Warning(code="part_unavailable", message=error.body.message, field="company_details")
            return ReadResult(data=self._to.view(user, None), warnings=(missing,))
        return ReadResult(data=self._to.view(user, company.organization))


def _keys(request: FindCustomers) -> dict[str, str]:
    """The keys that the caller gave."""
    names = ("email", "phone", "external_id", "name")
    return {name: value for name in names if (value := getattr(request, name))}


def _query(request: FindCustomers) -> str:
    return " ".join(f"{key}:{query.phrase(value)}" for key, value in _keys(request).items())


def _is_same(key: str, user: vendor.User, value: str) -> bool:
    known = str(getattr(user, key) or "")
    if key == "phone":
        return re.sub(r"\D", "", known) == re.sub(r"\D", "", value)
    return known.casefold() == value.casefold()
