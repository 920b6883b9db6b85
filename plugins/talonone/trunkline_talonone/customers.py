"""Talon.One's customer profiles, and the attributes that a company gave them."""

import re
from collections.abc import Sequence
from typing import Any

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.errors import NotFoundError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER
from trunkline_contracts.tools.crm import CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.values import Page, Warning
from trunkline_talonone import INTEGRATION_ID, vendor
from trunkline_talonone.account import Account, next_page
from trunkline_talonone.normalize import custom_fields

_KEYS = ("email", "phone", "name")
_MOST_ATTRIBUTES = 1000
_UNADDRESSABLE = Warning(
    code="part_unavailable", message="A customer was left out: no reference can carry the characters of its id."
)


class Customers(Account):
    """The deployment's customer profiles."""

    async def describe_fields(self) -> Sequence[CustomField]:
        """Read the attributes of customer profiles, but for those that the settings name."""
        params: Params = {"entity": "CustomerProfile", "kind": "custom", "pageSize": _MOST_ATTRIBUTES}
        found = await self._api.get("/attributes", gives=vendor.AttributeList, params=params)
        return custom_fields([item for item in found.data if item.name not in self._settings.attributes])

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """List the profiles that have all of the values."""
        skip = int(request.cursor or "0")
        found = await self._search(self._wanted(request), request.limit, skip)
        matched = tuple(key for key in (*_KEYS, "external_id") if getattr(request, key))
        people = [profile for profile in found.data if request.external_id in {None, profile.integration_id}]
        fitting = [profile for profile in people if re.fullmatch(INTEGRATION_ID, profile.integration_id)]
        items = tuple(self._to.match(profile, matched) for profile in fitting)
        warnings = (_UNADDRESSABLE,) if len(fitting) < len(people) else ()
        cursor = next_page(found.has_more, skip, len(found.data))
        return ReadResult(data=Page(items=items, next_cursor=cursor), warnings=warnings)

    def _wanted(self, request: FindCustomers) -> dict[str, Any]:
        values = (request.email, request.phone, request.name)
        attributes = {name: value for name, value in zip(self._settings.attributes, values, strict=True) if value}
        ids = {"integrationIDs": [request.external_id]} if request.external_id else {}
        return {**({"attributes": attributes} if attributes else {}), **ids}

    async def _search(self, wanted: dict[str, Any], limit: int, skip: int = 0) -> vendor.ProfileList:
        params: Params = {"pageSize": limit, "skip": skip or None, "sandbox": self._settings.sandbox}
        return await self._api.call(
            "POST", "/customer_search/no_total", gives=vendor.ProfileList, params=params, json=wanted, safe=True
        )

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read the profile that has the company's own id."""
        wanted = request.customer_id.vendor_id
        found = await self._search({"integrationIDs": [wanted]}, 1)
        profile = next((item for item in found.data if item.integration_id == wanted), None)
        if profile is None:
            raise NotFoundError("Talon.One has no such customer profile: check the id.")
        return ReadResult(data=self._to.customer(profile))
