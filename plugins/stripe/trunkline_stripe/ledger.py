"""Credit on a customer's account, and pages on which they pay.

https://docs.stripe.com/billing/customer/balance
https://docs.stripe.com/api/customer_portal/sessions
"""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import Credit, PaymentLink
from trunkline_contracts.errors import ConflictError, InvalidArgumentError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, WriteResult
from trunkline_contracts.tools import CREATE_PAYMENT_LINK, ISSUE_CREDIT
from trunkline_contracts.tools.billing import CreatePaymentLink, IssueCredit
from trunkline_contracts.values import Warning
from trunkline_stripe import shop, vendor
from trunkline_stripe.client import answer
from trunkline_stripe.customers import Customers
from trunkline_stripe.money import money, wire_amount

_NO_WAY_BACK = Warning(code="irreversible", message="No tool takes a credit back: it is lowered in Stripe's Dashboard.")


class Ledger(Customers):
    """The tools about what a customer has to pay."""

    @implements(ISSUE_CREDIT)
    async def issue_credit(self, request: IssueCredit) -> WriteResult[Credit]:
        """Lower what the next invoice will ask for."""
        customer = await self._customer(request.customer_id.vendor_id)
        billed_in = (customer.currency or request.amount.currency).upper()
        if request.amount.currency != billed_in:
            # Stripe would take it, as a balance in a currency in which this customer is never billed.
            raise InvalidArgumentError(f"This customer is billed in {billed_in}: give the amount in {billed_in}.")
        call = self._stripe.customers.balance_transactions.create_async(
            customer.id,
            {
                # At Stripe a credit is below nothing.
                "amount": -wire_amount(request.amount),
                "currency": billed_in.lower(),
                "metadata": self._marks(request.reason),
            },
            self._once,
        )
        return self._credited(request, await answer(call, shop.BalanceTransaction))

    def _credited(self, request: IssueCredit, done: shop.BalanceTransaction) -> WriteResult[Credit]:
        return WriteResult(
            outcome="applied",
            resource=Credit(
                id=self._to.ref("credit", done.id),
                billing_account=self._to.ref("billing_account", request.customer_id.vendor_id),
                amount=money(-done.amount, done.currency),
                reason=request.reason,
                balance_after=money(-done.ending_balance, done.currency),
            ),
            verify_with=ToolCall(tool="get_billing_account", args={"customer_id": request.customer_id}),
            warnings=(_NO_WAY_BACK,),
        )

    @implements(CREATE_PAYMENT_LINK)
    async def create_payment_link(self, request: CreatePaymentLink) -> WriteResult[PaymentLink]:
        """The page of an open invoice, which exists already; or a new session of the customer portal."""
        if request.invoice:
            return await self._invoice_page(request.invoice, request.customer_id)
        call = self._stripe.billing_portal.sessions.create_async(
            {"customer": request.customer_id.vendor_id, "flow_data": {"type": "payment_method_update"}}, self._once
        )
        page = await answer(call, shop.PortalSession)
        return WriteResult(
            outcome="applied",
            message="Stripe lets this link expire within minutes: pass it on at once.",
            resource=PaymentLink(url=page.url),
        )

    async def _invoice_page(self, invoice: Ref, customer: Ref) -> WriteResult[PaymentLink]:
        found = await answer(self._stripe.invoices.retrieve_async(invoice.vendor_id), vendor.Invoice)
        if found.customer != customer.vendor_id:
            raise InvalidArgumentError("This invoice is another customer's: give one of this customer's.")
        if found.status != "open" or found.hosted_invoice_url is None:
            raise ConflictError(f"This invoice has no page to pay on (Stripe: {found.status}): only an open one has.")
        return WriteResult(
            outcome="applied",
            message="The invoice had this page already: nothing was made.",
            resource=PaymentLink(url=found.hosted_invoice_url),
        )
