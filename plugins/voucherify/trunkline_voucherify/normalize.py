"""Voucherify's customers and orders into ours."""

from collections.abc import Sequence

from trunkline_contracts.entities.crm import Customer, CustomerMatch
from trunkline_contracts.entities.orders import Order, OrderLine, Totals
from trunkline_contracts.fields import Choice, CustomField, field_name
from trunkline_contracts.http import CallContext
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import Address, ContactPoint, Money, status_of
from trunkline_voucherify import vendor
from trunkline_voucherify.money import money


class Normalize:
    """Builds our records for one connection; `currency` is that of the project's amounts."""

    def __init__(self, call: CallContext, currency: str | None = None) -> None:
        self._connection = call.connection
        self._fields = frozenset(field.key for field in call.custom_fields if field.kind == "customer")
        self._currency = currency

    def ref(self, kind: str, vendor_id: str) -> Ref:
        """A record's reference."""
        return Ref.of(self._connection, kind, vendor_id)

    def customer_ref(self, customer_id: str) -> Ref:
        """A customer's reference."""
        return self.ref("customer", customer_id)

    def match(self, customer: vendor.Customer, matched_on: tuple[str, ...]) -> CustomerMatch:
        """A customer as a search found it."""
        confidence = "probable" if matched_on == ("name",) else "exact"
        return CustomerMatch(**self._person(customer), matched_on=matched_on, confidence=confidence)

    def customer(self, customer: vendor.Customer) -> CustomerView:
        """A customer."""
        return CustomerView(**self._person(customer))

    def person(self, customer: vendor.Customer) -> Customer:
        """A customer, without what others know of them."""
        return Customer(**self._person(customer))

    def _person(self, customer: vendor.Customer) -> dict[str, object]:
        points = (("email", customer.email), ("phone", customer.phone))
        return {
            "id": self.customer_ref(customer.id),
            "display_name": customer.name or customer.email or customer.id,
            "contact_points": tuple(
                ContactPoint(channel=channel, value=value, primary=True) for channel, value in points if value
            ),
            "addresses": (self._address(customer.address),) if customer.address else (),
            "external_ids": {"source_id": customer.source_id} if customer.source_id else {},
            "custom_fields": {
                key: value
                for key, value in (customer.metadata or {}).items()
                if key in self._fields and value is not None
            },
            "created_at": customer.created_at,
            "updated_at": customer.updated_at,
        }

    def _address(self, address: vendor.Address) -> Address:
        return Address(
            line1=address.line_1,
            line2=address.line_2,
            city=address.city,
            region=address.state,
            postal_code=address.postal_code,
            country=address.country,
        )

    def order(self, order: vendor.Order) -> Order:
        """An order, as the shop told Voucherify of it."""
        canceled = order.updated_at if order.status == "CANCELED" else None
        return Order(
            id=self.ref("order", order.id),
            number=order.source_id,
            customer=self.customer_ref(order.customer_id) if order.customer_id else None,
            placed_at=order.created_at,
            financial=status_of(vendor.FINANCIAL, order.status),
            canceled_at=canceled,
            totals=self._totals(order),
            lines=tuple(self._line(item) for item in order.items or ()),
        )

    def _totals(self, order: vendor.Order) -> Totals | None:
        total = self._money(order.amount if order.total_amount is None else order.total_amount)
        if total is None:
            return None
        return Totals(
            subtotal=self._money(order.amount), discount=self._money(order.total_discount_amount), total=total
        )

    def _line(self, item: vendor.OrderItem) -> OrderLine:
        return OrderLine(
            id=item.id,
            title=(item.product.name if item.product else None) or item.product_id,
            sku=(item.sku.sku if item.sku else None) or item.source_id,
            quantity=item.quantity,
            unit_price=self._money(item.price),
        )

    def _money(self, amount: int | None) -> Money | None:
        return money(amount, self._currency)


def custom_fields(schema: vendor.MetadataSchema) -> Sequence[CustomField]:
    """The customer's fields that our model can carry: those that are deleted, places or objects are left out."""
    fields: list[CustomField] = []
    for key, definition in schema.properties.items():
        kind = vendor.FIELD_TYPES.get(definition.type)
        if kind is None or definition.deleted:
            continue
        choices = tuple(Choice(value=str(value)) for value in definition.eq or ()) if kind == "text" else ()
        kind = ("choices" if definition.array else "choice") if choices else kind
        if definition.array and not choices:
            continue
        name = field_name(key, [field.name for field in fields])
        fields.append(CustomField(kind="customer", key=key, name=name, label=key, type=kind, choices=choices))
    return fields
