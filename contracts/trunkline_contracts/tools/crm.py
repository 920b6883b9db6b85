"""Finding people, knowing them, and keeping their record true."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.billing import BillingAccount, Subscription
from trunkline_contracts.entities.crm import Activity, ActivityType, Company, Customer, CustomerMatch
from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.entities.loyalty import LoyaltyAccount
from trunkline_contracts.record import Line, Moment, Record, Text
from trunkline_contracts.refs import CustomerRef
from trunkline_contracts.tools.arguments import ConnectionName, Email, Limit, Listed, Phone, Tag, Write
from trunkline_contracts.values import Address, Freshness, Page

EXACT_KEYS = ("email", "phone", "external_id")
"""The keys by which at most one customer of a system should be found."""


class FindCustomers(Listed):
    """Whom to look for: at least one key."""

    email: Email | None = None
    phone: Phone | None = None
    external_id: Line | None = None
    name: Line | None = None
    postal_code: Line | None = None
    connectors: tuple[ConnectionName, ...] | None = None
    limit: Limit = 5

    @model_validator(mode="after")
    def _some_key(self) -> "FindCustomers":
        if not (self.email or self.phone or self.external_id or self.name or self.postal_code):
            raise ValueError("give at least one of email, phone, external_id, name, postal_code")
        return self


Include = Literal["company", "billing", "loyalty", "open_tickets", "recent_activity"]


class GetCustomer(Record):
    """Which customer, and what of them from every connected system."""

    customer_id: CustomerRef
    include: tuple[Include, ...] = ()


class CustomerView(Customer):
    """A customer with what the connected systems know of them; each part says how fresh it is."""

    company_details: Company | None = None
    billing: tuple[BillingAccount, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    loyalty: tuple[LoyaltyAccount, ...] = ()
    open_tickets: tuple[Ticket, ...] = ()
    recent_activity: tuple[Activity, ...] = ()
    parts: dict[str, Freshness] = Field(default_factory=dict)


class CustomerChanges(Record):
    """What to change; whatever is absent stays."""

    given_name: Line | None = None
    family_name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    address: Address | None = None
    language: Line | None = None
    add_tags: tuple[Tag, ...] = ()
    remove_tags: tuple[Tag, ...] = ()
    custom_fields: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _some_change(self) -> "CustomerChanges":
        if not self.model_fields_set:
            raise ValueError("give at least one change")
        return self


class UpdateCustomer(Write):
    """Which customer to change, and how."""

    customer_id: CustomerRef
    changes: CustomerChanges
    if_version: Line | None = None


class AddNote(Write):
    """An internal note, and whom it is about."""

    about: Annotated[tuple[CustomerRef, ...], Field(min_length=1, max_length=10)]
    body: Text


class ListActivities(Listed):
    """Whose history to list."""

    about: CustomerRef
    types: tuple[ActivityType, ...] | None = None
    since: Moment | None = None


FIND_CUSTOMERS = read(
    "find_customers",
    "Find a customer by one or more keys, across all connected systems.",
    Category.IDENTITY, FindCustomers, Page[CustomerMatch],
)  # fmt: skip
GET_CUSTOMER = read(
    "get_customer",
    "Get a customer; include joins in what the other systems know of them.",
    Category.IDENTITY, GetCustomer, CustomerView,
)  # fmt: skip
UPDATE_CUSTOMER = write(
    "update_customer",
    "Change a customer's contact data, names, tags or custom fields.",
    Category.CRM, Risk.LOW, UpdateCustomer, Customer,
)  # fmt: skip
ADD_NOTE = write(
    "add_note",
    "Add an internal note to a customer's record.",
    Category.CRM, Risk.LOW, AddNote, Activity,
)  # fmt: skip
LIST_ACTIVITIES = read(
    "list_activities",
    "List a customer's history, newest first.",
    Category.CRM, ListActivities, Page[Activity],
)  # fmt: skip
