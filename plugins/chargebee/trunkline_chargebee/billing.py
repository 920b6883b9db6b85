"""Billing accounts: their state, goodwill credit, and pages on which customers pay.

https://apidocs.chargebee.com/docs/api/payment_sources
https://apidocs.chargebee.com/docs/api/promotional_credits
https://apidocs.chargebee.com/docs/api/hosted_pages
"""

import asyncio

from trunkline_chargebee import vendor, words
from trunkline_chargebee.account import FULL_PAGE
from trunkline_chargebee.customers import Customers
from trunkline_chargebee.money import money, money_or_none, wire_amount
from trunkline_chargebee.normalize import raw_id
from trunkline_chargebee.vendor_catalog import Credited, Hosted
from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import BillingAccount, Credit, PaymentLink
from trunkline_contracts.errors import ConflictError, InvalidArgumentError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, ToolCall, WriteResult
from trunkline_contracts.tools import CREATE_PAYMENT_LINK, GET_BILLING_ACCOUNT, ISSUE_CREDIT
from trunkline_contracts.tools.billing import CreatePaymentLink, GetBillingAccount, IssueCredit
from trunkline_contracts.values import Warning

_LONGEST_DESCRIPTION = 250
_MORE_UNPAID = Warning(
    code="truncated", message="There are more unpaid invoices than were added up.", field="amount_due"
)
_ALL_UNPAID = Warning(
    code="emulated", message="The page asks for all that the customer owes in this currency, not for one invoice."
)


class Billing(Customers):
    """The tools about billing accounts."""

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

    @implements(ISSUE_CREDIT)
    async def issue_credit(self, request: IssueCredit) -> WriteResult[Credit]:
        """Add promotional credits, which the next invoice uses up."""
        form: Params = {
            "customer_id": raw_id(request.customer_id),
            "amount": wire_amount(request.amount),
            "currency_code": request.amount.currency,
            "description": request.reason[:_LONGEST_DESCRIPTION],
            "reference": request.reason,
        }
        done = (await self._write("/promotional_credits/add", gives=Credited, form=form)).promotional_credit
        credit = Credit(
            id=self._to.ref("credit", done.id),
            billing_account=self._to.ref("billing_account", done.customer_id),
            amount=money(done.amount, done.currency_code),
            kind="promotional",
            reason=request.reason,
            balance_after=money_or_none(done.closing_balance, done.currency_code),
        )
        reread = ToolCall(tool="get_billing_account", args={"customer_id": request.customer_id})
        return WriteResult(outcome="applied", resource=credit, verify_with=reread)

    @implements(CREATE_PAYMENT_LINK)
    async def create_payment_link(self, request: CreatePaymentLink) -> WriteResult[PaymentLink]:
        """Make a page for the customer: to pay what they owe, or to change how they pay."""
        form: Params = {"customer[id]": raw_id(request.customer_id)}
        if request.invoice is None:
            page = await self._write("/hosted_pages/manage_payment_sources", gives=Hosted, form=form)
            return WriteResult(outcome="applied", resource=_link(page))
        owed_in = await self._owed_in(request.invoice, raw_id(request.customer_id))
        page = await self._write("/hosted_pages/collect_now", gives=Hosted, form={**form, "currency_code": owed_in})
        return WriteResult(outcome="applied", resource=_link(page), warnings=(_ALL_UNPAID,))

    async def _owed_in(self, invoice: Ref, customer_id: str) -> str:
        """The currency of an invoice that this customer still has to pay."""
        found = (await self._api.get("/invoices/{}", raw_id(invoice), gives=vendor.InvoiceRow)).invoice
        if found.customer_id != customer_id:
            raise InvalidArgumentError("This invoice is another customer's.")
        if not found.amount_due:
            raise ConflictError("Nothing is due on this invoice.")
        return found.currency_code


def _link(page: Hosted) -> PaymentLink:
    return PaymentLink(url=page.hosted_page.url, expires_at=page.hosted_page.expires_at)
