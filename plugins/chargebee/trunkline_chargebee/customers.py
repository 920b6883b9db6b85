"""Customers and their billing accounts.

https://apidocs.chargebee.com/docs/api/customers
https://apidocs.chargebee.com/docs/api/payment_sources
"""

import asyncio

from trunkline_chargebee import vendor, words
from trunkline_chargebee.account import FULL_PAGE, Account
from trunkline_chargebee.normalize import raw_id
from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import BillingAccount
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.errors import NotFoundError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_BILLING_ACCOUNT, GET_CUSTOMER
from trunkline_contracts.tools.billing import GetBillingAccount
from trunkline_contracts.tools.crm import CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.values import Page, Warning

_FILTERS = {"email": "email[is]", "phone": "phone[is]", "external_id": "id[is]"}
_MORE_UNPAID = Warning(
    code="truncated", message="There are more unpaid invoices than were added up.", field="amount_due"
)


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

    @implements(GET_BILLING_ACCOUNT)
    async def get_billing_account(self, request: GetBillingAccount) -> ReadResult[BillingAccount]:
        """Read a customer with their ways to pay, subscriptions and unpaid invoices."""
        customer_id = raw_id(request.customer_id)
        customer, sources, live, unpaid = await asyncio.gather(
            self._customer(customer_id),
            self._sources(customer_id),
            self._live(customer_id),
            self._unpaid(customer_id),
        )
        account = self._to.account(
            customer,
            [row.payment_source for row in sources.rows],
            None if live.next_offset else sum(row.subscription.status in words.LIVE for row in live.rows),
            [row.invoice for row in unpaid.rows if row.invoice.status in words.INVOICE_FILTER["open"]],
        )
        return ReadResult(data=account, warnings=(_MORE_UNPAID,) if unpaid.next_offset else ())

    async def _sources(self, customer_id: str) -> vendor.Page[vendor.PaymentSourceRow]:
        params: Params = {"customer_id[is]": customer_id, "limit": FULL_PAGE}
        return await self._api.get("/payment_sources", gives=vendor.Page[vendor.PaymentSourceRow], params=params)

    async def _live(self, customer_id: str) -> vendor.Page[vendor.SubscriptionRow]:
        params: Params = {"customer_id[is]": customer_id, "status[is_not]": "cancelled", "limit": FULL_PAGE}
        return await self._api.get("/subscriptions", gives=vendor.Page[vendor.SubscriptionRow], params=params)

    async def _unpaid(self, customer_id: str) -> vendor.Page[vendor.InvoiceRow]:
        params: Params = {
            "customer_id[is]": customer_id,
            "amount_due[gt]": 0,
            "sort_by[desc]": "date",
            "limit": FULL_PAGE,
        }
        return await self._api.get("/invoices", gives=vendor.Page[vendor.InvoiceRow], params=params)
