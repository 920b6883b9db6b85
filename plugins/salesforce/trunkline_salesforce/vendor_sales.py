"""The part of Salesforce's sales records that we read: opportunities, tasks and orders."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trunkline_contracts.entities.crm import TaskPriority, TaskStatus
from trunkline_salesforce.vendor import Address, Named, Row

# An org chooses its own words, of which these are the usual ones; only whether a task is closed is certain.
TASK_STATUSES: dict[str, TaskStatus] = {
    **dict.fromkeys(("not started", "open"), "open"),
    "in progress": "in_progress",
    "deferred": "deferred",
}
TASK_PRIORITIES: dict[str, TaskPriority] = {"Low": "low", "Normal": "normal", "High": "high"}


class Stage(Row):
    """A stage that an org's opportunities go through."""

    api_name: str
    master_label: str
    is_closed: bool = False
    is_won: bool = False
    sort_order: int = 0


class ContactRole(Row):
    """A contact's part in an opportunity."""

    contact_id: str | None = None


class ContactRoles(BaseModel):
    """The contacts of an opportunity."""

    records: list[ContactRole]


class Opportunity(Row):
    """A deal."""

    model_config = ConfigDict(extra="allow")

    id: str
    name: str
    amount: float | None = None
    currency_iso_code: str | None = None
    stage_name: str | None = None
    probability: float | None = None
    close_date: date | None = None
    is_closed: bool | None = None
    is_won: bool | None = None
    account_id: str | None = None
    owner_id: str | None = None
    owner: Named | None = None
    created_date: AwareDatetime | None = None
    last_modified_date: AwareDatetime | None = None
    opportunity_contact_roles: ContactRoles | None = None

    @property
    def contact_ids(self) -> list[str]:
        """The contacts that take part."""
        roles = self.opportunity_contact_roles.records if self.opportunity_contact_roles else []
        return [role.contact_id for role in roles if role.contact_id]


class ToDo(Row):
    """A task as something that has to be done."""

    id: str
    subject: str | None = None
    description: str | None = None
    status: str | None = None
    is_closed: bool | None = None
    priority: str | None = None
    activity_date: date | None = None
    who_id: str | None = None
    what_id: str | None = None
    owner_id: str | None = None
    owner: Named | None = None
    completed_date_time: AwareDatetime | None = None


class Product(Row):
    """What an order is of."""

    name: str | None = None
    product_code: str | None = None


class OrderItem(Row):
    """One line of an order."""

    id: str
    quantity: float | None = None
    unit_price: float | None = None
    description: str | None = None
    product: Product | None = Field(default=None, alias="Product2")


class OrderItems(BaseModel):
    """The lines of an order."""

    records: list[OrderItem]


class Order(Row):
    """An order."""

    id: str
    order_number: str | None = None
    status: str | None = None
    status_code: str | None = None
    total_amount: float | None = None
    currency_iso_code: str | None = None
    bill_to_contact_id: str | None = None
    ship_to_contact_id: str | None = None
    shipping_address: Address | None = None
    created_date: AwareDatetime | None = None
