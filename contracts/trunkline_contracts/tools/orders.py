"""Orders of goods."""

from typing import Literal

from pydantic import Field, model_validator

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.orders import Order
from trunkline_contracts.record import Line, Moment
from trunkline_contracts.refs import CustomerRef, OrderRef
from trunkline_contracts.tools.arguments import Email, Limit, Listed, Routed, ValueWrite
from trunkline_contracts.values import Page

OrderFilter = Literal["unfulfilled", "partial", "shipped", "delivered", "returned", "canceled"]


class FindOrders(Listed, Routed):
    """Whose orders, or which one by its id or number."""

    customer_id: CustomerRef | None = None
    order: Line | None = None
    email: Email | None = None
    status: tuple[OrderFilter, ...] | None = None
    since: Moment | None = None
    limit: Limit = Field(default=5)

    @model_validator(mode="after")
    def _some_key(self) -> "FindOrders":
        if not (self.customer_id or self.order or self.email):
            raise ValueError("give customer_id, order or email")
        return self


class CancelOrder(ValueWrite):
    """Which order to cancel, and where the money goes."""

    order_id: OrderRef
    refund: Literal["original", "store_credit", "none"]
    restock: bool | None = None


FIND_ORDERS = read(
    "find_orders",
    "Find orders; one hit comes with its lines, parcels and refunds.",
    Category.BILLING, FindOrders, Page[Order],
)  # fmt: skip
CANCEL_ORDER = write(
    "cancel_order",
    "Cancel an order that was not sent yet.",
    Category.BILLING, Risk.VALUE, CancelOrder, Order,
)  # fmt: skip
