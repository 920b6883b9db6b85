"""Orders, as far as Stripe's page of payment makes any.

https://docs.stripe.com/api/checkout/sessions
"""

import re

from stripe.params.checkout import SessionListParams

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.orders import Order
from trunkline_contracts.errors import NotFoundError, UnsupportedError
from trunkline_contracts.refs import bare_id
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_ORDERS
from trunkline_contracts.tools.orders import FindOrders
from trunkline_contracts.values import Page, Warning
from trunkline_stripe import shop, wire
from trunkline_stripe.account import Account
from trunkline_stripe.client import answer

Found = ReadResult[Page[Order]]

_SESSION_ID = re.compile(r"cs_[A-Za-z0-9_]+")
_EXPAND = ["line_items", "payment_intent.latest_charge"]
_TRUNCATED = Warning(code="truncated", message="An order has more lines than are given here.", field="lines")
_NOT_ALL = Warning(
    code="emulated", message="Only what was bought on Stripe's Checkout page is known, and nothing of parcels."
)


class Orders(Account):
    """The tool about orders, and what refunds need of them."""

    @implements(FIND_ORDERS)
    async def find_orders(self, request: FindOrders) -> Found:
        """List the completed Checkout sessions that were purchases, newest first; or read one by its id."""
        found = await self._named(request.order) if request.order else await self._list_sessions(request)
        wanted = [item for item in found.data if _is_order(item) and _fits(item, request)]
        more = any(item.line_items and item.line_items.has_more for item in wanted)
        orders = tuple(self._to.order(item) for item in wanted)
        warnings = (_NOT_ALL, _TRUNCATED) if more else (_NOT_ALL,)
        return ReadResult(data=Page(items=orders, next_cursor=found.last_id), warnings=warnings)

    async def _list_sessions(self, request: FindOrders) -> wire.Page[shop.Session]:
        params: SessionListParams = {"status": "complete", "limit": request.limit}
        params["expand"] = [f"data.{path}" for path in _EXPAND]
        if request.customer_id:
            params["customer"] = request.customer_id.vendor_id
        elif request.email:
            params["customer_details"] = {"email": request.email}
        if request.since:
            params["created"] = {"gte": int(request.since.timestamp())}
        if request.cursor:
            params["starting_after"] = request.cursor
        return await answer(self._stripe.checkout.sessions.list_async(params), wire.Page[shop.Session])

    async def _named(self, order: str) -> wire.Page[shop.Session]:
        session_id = bare_id(order)
        if not _SESSION_ID.fullmatch(session_id):
            raise UnsupportedError("Stripe's orders have no numbers: give the order's id, or the customer.")
        try:
            return wire.Page(data=[await self._session(session_id)])
        except NotFoundError:
            return wire.Page(data=[])

    async def _session(self, session_id: str) -> shop.Session:
        call = self._stripe.checkout.sessions.retrieve_async(session_id, {"expand": [*_EXPAND]})
        return await answer(call, shop.Session)


def _is_order(found: shop.Session) -> bool:
    """Whether a visit came to a purchase: a subscription is none, nor is a page that was left."""
    return found.mode == "payment" and found.status == "complete"


def _fits(found: shop.Session, request: FindOrders) -> bool:
    """Whether an order is what was asked for, where Stripe was not asked for it."""
    email = found.customer_details.email if found.customer_details else None
    return (
        (request.customer_id is None or found.customer == request.customer_id.vendor_id)
        and (request.email is None or (email or "").lower() == request.email)
        and (request.since is None or found.created >= request.since)
    )
