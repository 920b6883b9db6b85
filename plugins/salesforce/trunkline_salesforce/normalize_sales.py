"""Opportunities, tasks and orders as our records."""

from datetime import UTC, datetime, time

from trunkline_contracts.entities.crm import Deal, DealStatus, Stage, Task, TaskStatus
from trunkline_contracts.entities.orders import FulfillmentStatus, Order, OrderLine, Totals
from trunkline_contracts.values import Status
from trunkline_salesforce.addresses import address
from trunkline_salesforce.money import money
from trunkline_salesforce.refs import Refs
from trunkline_salesforce.vendor_sales import TASK_PRIORITIES, TASK_STATUSES, Opportunity, OrderItem, ToDo
from trunkline_salesforce.vendor_sales import Order as Bought

_PERCENT = 100


class SalesRecords(Refs):
    """Builds our records of what is sold, and of what has to be done for it."""

    def deal(self, deal: Opportunity) -> Deal:
        """An opportunity."""
        stage = deal.stage_name or ""
        return Deal(
            id=self.ref("deal", deal.id),
            name=deal.name,
            amount=money(deal.amount, self.currency(deal.currency_iso_code)),
            stage=Stage(id=stage, name=stage) if stage else None,
            status=deal_status(deal),
            probability=deal.probability / _PERCENT if deal.probability is not None else None,
            close_date=deal.close_date,
            customers=tuple(self.customer_ref(contact) for contact in deal.contact_ids),
            company=self.some_ref("company", deal.account_id),
            owner=self.agent(deal.owner_id, deal.owner),
            custom_fields=self._custom.read("deal", deal),
            created_at=deal.created_date,
            updated_at=deal.last_modified_date,
            version=deal.last_modified_date.isoformat() if deal.last_modified_date else None,
        )

    def to_do(self, task: ToDo) -> Task:
        """A task; Salesforce knows the day on which it is due."""
        return Task(
            id=self.ref("task", task.id),
            subject=task.subject or "",
            body_text=task.description,
            status=task_status(task.status, is_closed=bool(task.is_closed)),
            due_at=datetime.combine(task.activity_date, time(), UTC) if task.activity_date else None,
            priority=TASK_PRIORITIES.get(task.priority or ""),
            assignee=self.agent(task.owner_id, task.owner),
            about=self.about(task.who_id, task.what_id),
            completed_at=task.completed_date_time,
        )

    def order(self, order: Bought, lines: list[OrderItem]) -> Order:
        """An order; whether it was paid and sent Salesforce's own orders do not say."""
        currency = self.currency(order.currency_iso_code)
        total = money(order.total_amount, currency)
        word = order.status or ""
        return Order(
            id=self.ref("order", order.id),
            number=order.order_number,
            customer=self.some_ref("customer", order.bill_to_contact_id or order.ship_to_contact_id),
            placed_at=order.created_date,
            fulfillment=Status[FulfillmentStatus](value="other", raw=word, label=word, lossy=True) if word else None,
            totals=Totals(total=total) if total else None,
            lines=tuple(_line(line, currency) for line in lines),
            shipping_address=address(order.shipping_address) if order.shipping_address else None,
        )


def _line(line: OrderItem, currency: str | None) -> OrderLine:
    product = line.product
    is_whole = line.quantity is not None and line.quantity.is_integer()
    return OrderLine(
        id=line.id,
        title=(product and product.name) or line.description,
        sku=product and product.product_code,
        quantity=int(line.quantity) if line.quantity is not None and is_whole else None,
        unit_price=money(line.unit_price, currency),
    )


def deal_status(deal: Opportunity) -> Status[DealStatus]:
    """What the type of the stage says: the stage's name is the org's own."""
    if not deal.is_closed:
        return Status(value="open", raw="Open", label=deal.stage_name)
    won: Status[DealStatus] = Status(value="won", raw="Closed/Won", label=deal.stage_name)
    return won if deal.is_won else Status(value="lost", raw="Closed/Lost", label=deal.stage_name)


def task_status(word: str | None, *, is_closed: bool) -> Status[TaskStatus]:
    """A task's status: its word is the org's own."""
    known = TASK_STATUSES.get((word or "").casefold())
    if is_closed:
        return Status(value="done", raw=word or "", label=word)
    return Status(value=known or "other", raw=word or "", label=word, lossy=known is None)
