"""Voucherify's orders: what a shop told it of purchases."""

from datetime import UTC
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.orders import Order
from trunkline_contracts.errors import NotFoundError, UnsupportedError
from trunkline_contracts.refs import Ref, bare_id
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_ORDERS
from trunkline_contracts.tools.orders import FindOrders
from trunkline_contracts.values import Page, Warning
from trunkline_voucherify import vendor
from trunkline_voucherify.account import Account

_CREATED = "customer.order.created"
_NO_CURRENCY = Warning(
    code="unit_ambiguous", message="Amounts are left out: set the project's currency.", field="totals"
)


class Orders(Account):
    """The project's orders."""

    @implements(FIND_ORDERS)
    async def find_orders(self, request: FindOrders) -> ReadResult[Page[Order]]:
        """Read one order by Voucherify's id or the shop's number, or those that a customer made, newest first."""
        if request.order:
            page = Page[Order](items=tuple(filter(None, (await self._read_order(bare_id(request.order)),))))
        elif request.customer_id:
            page = await self._of_customer(request.customer_id, request)
        else:
            raise UnsupportedError("Voucherify finds no order by email: find the customer first.")
        orders = (order for order in page.items if _fits(order, request))
        warnings = () if self._settings.currency else (_NO_CURRENCY,)
        return ReadResult(data=page.model_copy(update={"items": tuple(orders)}), warnings=warnings)

    async def _of_customer(self, customer: Ref, request: FindOrders) -> Page[Order]:
        """The customer's activity names the orders as they were made: what became of each is read for itself."""
        params: dict[str, Any] = {
            "type": _CREATED,
            "order": "-created_at",
            "limit": request.limit,
            "starting_after_id": request.cursor,
            "start_date": request.since.astimezone(UTC).isoformat() if request.since else None,
        }
        path = "/v1/customers/{}/activity"
        found = await self._api.get(path, customer.vendor_id, gives=vendor.OrderEventList, params=params)
        ids = dict.fromkeys(event.order_id for event in found.data if event.order_id)
        orders = [await self._read_order(order) for order in ids]
        cursor = (found.more_starting_after or found.data[-1].id) if found.has_more and found.data else None
        return Page(items=tuple(order for order in orders if order), next_cursor=cursor)

    async def _read_order(self, order: str) -> Order | None:
        try:
            return self._to.order(await self._api.get("/v1/orders/{}", order, gives=vendor.Order))
        except NotFoundError:
            return None


def _fits(order: Order, request: FindOrders) -> bool:
    """Whether an order is in the state, of the customer and of the time that are asked for."""
    return (
        (request.status is None or order.canceled_at is not None)
        and (request.customer_id is None or order.customer in {None, request.customer_id})
        and (request.since is None or order.placed_at is None or order.placed_at >= request.since)
    )
