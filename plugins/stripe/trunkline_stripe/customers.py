"""Customers and their billing accounts.

https://docs.stripe.com/api/customers
"""

import asyncio
import re

from stripe.params import CustomerListParams, CustomerSearchParams

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import BillingAccount
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.errors import NotFoundError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_BILLING_ACCOUNT, GET_CUSTOMER
from trunkline_contracts.tools.billing import GetBillingAccount
from trunkline_contracts.tools.crm import CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.values import Page, Warning
from trunkline_stripe import vendor, wire
from trunkline_stripe.account import FULL_PAGE, Account, clause, indexed, lag_warning
from trunkline_stripe.client import answer

Found = ReadResult[Page[CustomerMatch]]

# Marks the cursor of a search, which is a page's token; the cursor of a list is a customer's id.
_SEARCH = "search:"
_SHORTEST_SUBSTRING = 3
_TRUNCATED = Warning(code="truncated", message="There are more open invoices than were added up.", field="amount_due")


class Customers(Account):
    """The tools about customers."""

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> Found:
        """List by an e-mail address alone, which is live; search by anything else, and for what the list lacks."""
        searching = (request.cursor or "").startswith(_SEARCH)
        if request.email and not (request.phone or request.name or searching):
            found = await self._list_by_email(request.email, request)
            if found.data.items or request.cursor:
                return found
        return await self._search_customers(request)

    async def _list_by_email(self, email: str, request: FindCustomers) -> Found:
        params: CustomerListParams = {"email": email, "limit": request.limit}
        if request.cursor:
            params["starting_after"] = request.cursor
        found = await answer(self._stripe.customers.list_async(params), wire.Page[vendor.Customer])
        items = tuple(self._to.match(customer, ("email",)) for customer in found.data)
        return ReadResult(data=Page(items=items, next_cursor=found.last_id))

    async def _search_customers(self, request: FindCustomers) -> Found:
        params: CustomerSearchParams = {"query": _query(request), "limit": request.limit}
        if request.cursor:
            params["page"] = request.cursor.removeprefix(_SEARCH)
        found = await answer(self._stripe.customers.search_async(params), wire.Page[vendor.Customer])
        keys = tuple(key for key in ("email", "phone", "name") if getattr(request, key))
        items = tuple(self._to.match(customer, keys) for customer in found.data if _has_keys(customer, request))
        cursor = _SEARCH + found.next_page if found.has_more and found.next_page else None
        data = Page[CustomerMatch](items=items, next_cursor=cursor)
        return ReadResult(data=data, freshness=indexed(), warnings=lag_warning(items))

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read a customer."""
        return ReadResult(data=self._to.view(await self._customer(request.customer_id.vendor_id)))

    async def _customer(self, customer_id: str) -> vendor.Customer:
        """A customer with their balances; Stripe still answers the id of a deleted one."""
        call = self._stripe.customers.retrieve_async(customer_id, {"expand": ["invoice_credit_balance"]})
        customer = await answer(call, vendor.Customer)
        if customer.deleted:
            raise NotFoundError("This customer was deleted at Stripe: find the customer again.")
        return customer

    @implements(GET_BILLING_ACCOUNT)
    async def get_billing_account(self, request: GetBillingAccount) -> ReadResult[BillingAccount]:
        """Read a customer with their ways to pay, subscriptions and open invoices."""
        customer_id = request.customer_id.vendor_id
        customer, methods, subscriptions, unpaid = await asyncio.gather(
            self._customer(customer_id),
            answer(
                self._stripe.customers.payment_methods.list_async(customer_id, {"limit": FULL_PAGE}),
                wire.Page[vendor.PaymentMethod],
            ),
            answer(
                self._stripe.subscriptions.list_async({"customer": customer_id, "limit": FULL_PAGE}),
                wire.Page[vendor.Subscription],
            ),
            answer(
                self._stripe.invoices.list_async({"customer": customer_id, "status": "open", "limit": FULL_PAGE}),
                wire.Page[vendor.Invoice],
            ),
        )
        account = self._to.account(customer, methods.data, subscriptions, unpaid.data)
        return ReadResult(data=account, warnings=(_TRUNCATED,) if unpaid.has_more else ())


def _has_keys(customer: vendor.Customer, request: FindCustomers) -> bool:
    """Whether a customer has the very address and number; the index's exact match is one of words in a row."""
    email, phone = (customer.email or "").lower(), re.sub(r"\D", "", customer.phone or "")
    return request.email in {None, email} and (request.phone is None or request.phone == f"+{phone}")


def _query(request: FindCustomers) -> str:
    """The customers that have all that was asked for; a name in part, where it is long enough for that."""
    keys = [clause(field, ":", value) for field in ("email", "phone") if (value := getattr(request, field))]
    if request.name:
        keys.append(clause("name", "~" if len(request.name) >= _SHORTEST_SUBSTRING else ":", request.name))
    return " AND ".join(keys)
