"""Orders of goods that are sold by subscription.

https://apidocs.chargebee.com/docs/api/orders
"""

from trunkline_chargebee import vendor, words
from trunkline_chargebee.account import FULL_PAGE, Account, one_of
from trunkline_chargebee.normalize import named_id, raw_id
from trunkline_chargebee.normalize_orders import refundable
from trunkline_chargebee.vendor_orders import OrderRow
from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.orders import Order
from trunkline_contracts.errors import ConflictError
from trunkline_contracts.results import ReadResult, ToolCall, WriteResult
from trunkline_contracts.tools import CANCEL_ORDER, FIND_ORDERS
from trunkline_contracts.tools.orders import CancelOrder, FindOrders
from trunkline_contracts.values import Page, Warning

_OLDER = Warning(code="truncated", message="Orders for the customer's older invoices are not among these.")


class Orders(Account):
    """The tools about orders."""

    @implements(FIND_ORDERS)
    async def find_orders(self, request: FindOrders) -> ReadResult[Page[Order]]:
        """List newest first; Chargebee finds a customer's orders by the invoices they were made for."""
        billed = await self._billed(request) if request.customer_id or request.email else None
        if billed and not billed.rows:
            return ReadResult(data=Page(items=()))
        params = _asked(request, [row.invoice.id for row in billed.rows] if billed else None)
        found = await self._api.get("/orders", gives=vendor.Page[OrderRow], params=params)
        items = tuple(self._to.order(row.order) for row in found.rows)
        warnings = (_OLDER,) if billed and billed.next_offset else ()
        return ReadResult(data=Page(items=items, next_cursor=found.next_offset), warnings=warnings)

    async def _billed(self, request: FindOrders) -> vendor.Page[vendor.InvoiceRow]:
        """The newest invoices of whoever is asked about."""
        whose = await self._owners(request)
        if not whose:
            return vendor.Page[vendor.InvoiceRow](list=[])
        params: Params = {"customer_id[in]": one_of(whose), "sort_by[desc]": "date", "limit": FULL_PAGE}
        return await self._api.get("/invoices", gives=vendor.Page[vendor.InvoiceRow], params=params)

    async def _owners(self, request: FindOrders) -> list[str]:
        """The ids of the customers who are who the caller says."""
        named = [raw_id(request.customer_id)] if request.customer_id else None
        if request.email is None:
            return named or []
        found = await self._having_email(request.email)
        return found if named is None else [one for one in found if one in named]

    async def _having_email(self, email: str) -> list[str]:
        params: Params = {"email[is]": email, "limit": FULL_PAGE}
        found = await self._api.get("/customers", gives=vendor.Page[vendor.CustomerRow], params=params)
        return [row.customer.id for row in found.rows]

    @implements(CANCEL_ORDER)
    async def cancel_order(self, request: CancelOrder) -> WriteResult[Order]:
        """Cancel an order; what was paid for it becomes credit on the account, or nothing does."""
        ref = request.order_id
        before = (await self._api.get("/orders/{}", raw_id(ref), gives=OrderRow)).order
        credit = refundable(before) if request.refund == "store_credit" else None
        if credit == 0:
            raise ConflictError("Nothing that was paid for this order is left to credit.", alternatives=("none",))
        form: Params = {**_reason(request.reason), "credit_note[total]": credit}
        done = await self._write("/orders/{}/cancel", raw_id(ref), gives=OrderRow, form=form)
        reread = ToolCall(tool="find_orders", args={"order": ref})
        return WriteResult(outcome="applied", resource=self._to.order(done.order), verify_with=reread)


def _asked(request: FindOrders, invoices: list[str] | None) -> Params:
    statuses = [raw for ours in request.status or () for raw in words.ORDER_FILTER[ours]]
    return {
        "id[is]": named_id(request.order, "order") if request.order else None,
        "invoice_id[in]": None if invoices is None else one_of(invoices),
        "status[in]": one_of(statuses) if statuses else None,
        # Chargebee's `after` leaves out the very second.
        "created_at[after]": int(request.since.timestamp()) - 1 if request.since else None,
        "sort_by[desc]": "created_at",
        "limit": request.limit,
        "offset": request.cursor,
    }


def _reason(text: str) -> Params:
    """One of Chargebee's own reasons as such, any other as the comment on `others`."""
    word = text.strip().lower().replace(" ", "_")
    if word in words.ORDER_REASONS:
        return {"cancellation_reason": word}
    return {"cancellation_reason": "others", "comment": text}
