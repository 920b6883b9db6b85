"""Orders of goods."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.orders import Order
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_ORDERS
from trunkline_contracts.tools.orders import FindOrders
from trunkline_contracts.values import Page
from trunkline_salesforce import soql
from trunkline_salesforce.client import needs
from trunkline_salesforce.customers import Customers
from trunkline_salesforce.lookups import id_in
from trunkline_salesforce.refs import LEAD
from trunkline_salesforce.vendor_sales import Order as Bought
from trunkline_salesforce.vendor_sales import OrderItem

_ORDERS = "orders"
_PREFIX = "801"
_FIELDS = (
    *("Id", "OrderNumber", "Status", "StatusCode", "TotalAmount", "BillToContactId", "ShipToContactId"),
    *("ShippingAddress", "CreatedDate"),
)
_LINE = ("Id", "Quantity", "UnitPrice", "Description", "Product2.Name", "Product2.ProductCode")
_NEWEST = soql.Order("CreatedDate")
_CONTACTS = "(BillToContactId = {who} OR ShipToContactId = {who})"
_MOST_LINES = 200


class Orders(Customers):
    """The tool that finds orders."""

    @implements(FIND_ORDERS)
    async def find_orders(self, request: FindOrders) -> ReadResult[Page[Order]]:
        """List a contact's orders, or find one; a single one comes with its lines."""
        if request.customer_id and request.customer_id.vendor_id.startswith(LEAD):
            return ReadResult(data=Page(items=()))
        with needs(_ORDERS):
            orders = await self._orders(request)
            lines = await self._lines(orders[0].id) if len(orders) == 1 else []
        items = tuple(self._to.order(order, lines) for order in orders[: request.limit])
        more = len(orders) > request.limit
        page = Page[Order](items=items, next_cursor=_cursor(orders[request.limit - 1]) if more else None)
        return ReadResult(data=page, warnings=self._without_currency())

    async def _orders(self, request: FindOrders) -> list[Bought]:
        """One more than a page, so that the end is known."""
        order_id = id_in(request.order or "", _PREFIX)
        values: dict[str, Any] = {
            **soql.page_values(request.cursor, request.limit),
            "email": request.email,
            "order": order_id or request.order,
            "since": request.since,
        }
        whose, values["who"] = await self._whose(request)
        where = {
            whose: request.customer_id,
            "(BillToContact.Email = {email} OR ShipToContact.Email = {email})": request.email,
            "Id = {order}" if order_id else "OrderNumber = {order}": request.order,
            "CreatedDate >= {since}": request.since,
            _NEWEST.after: request.cursor,
        }
        conditions = [text for text, value in where.items() if value]
        fields = (*_FIELDS, *self._currency_field())
        return await self._client.query(soql.select(fields, "Order", conditions, _NEWEST.text, values), Bought)

    async def _whose(self, request: FindOrders) -> tuple[str, str | None]:
        """The condition for a customer's orders: a person account's are the account's."""
        if request.customer_id and self._settings.person_accounts:
            person = await self._person(request.customer_id)
            if person.is_person_account:
                return "AccountId = {who}", person.account_id
        return _CONTACTS, request.customer_id and request.customer_id.vendor_id

    async def _lines(self, order_id: str) -> list[OrderItem]:
        query = soql.select(_LINE, "OrderItem", ("OrderId = {id}",), "Id", {"id": order_id, "most": _MOST_LINES})
        return await self._client.query(query, OrderItem)


def _cursor(order: Bought) -> str | None:
    return soql.Place(order.created_date, order.id).cursor if order.created_date else None
