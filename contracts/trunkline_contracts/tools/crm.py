"""Finding people, knowing them, and keeping their record true."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.billing import BillingAccount, Subscription
from trunkline_contracts.entities.crm import (
    Activity,
    ActivityType,
    Company,
    Customer,
    CustomerMatch,
    Deal,
    Task,
    TaskPriority,
    Verification,
)
from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.entities.loyalty import LoyaltyAccount
from trunkline_contracts.record import Line, Moment, Record, Text
from trunkline_contracts.refs import CustomerRef, DealRef, OwnerRef, TaskRef, TaskSubjectRef, VerificationRef
from trunkline_contracts.tools.arguments import (
    Amount,
    ConnectionName,
    Email,
    Limit,
    Listed,
    Phone,
    Routed,
    Tag,
    Write,
)
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


class CreateCustomer(Write, Routed):
    """A new customer; one who is there already is given instead, and nothing is made."""

    given_name: Line | None = None
    family_name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    company: Line | None = None
    external_id: Line | None = None
    tags: tuple[Tag, ...] = ()
    custom_fields: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _somebody(self) -> "CreateCustomer":
        if not (self.email or self.phone or self.family_name or self.external_id):
            raise ValueError("give at least one of email, phone, family_name, external_id")
        return self


Fact = Literal["email", "phone", "given_name", "family_name", "postal_code", "city", "company", "external_id"]


class VerifyCustomer(Write):
    """Whom to verify, and one way: facts they told, a code to send, or the code they read out."""

    verification_id: VerificationRef | None = None
    customer_id: CustomerRef
    facts: dict[Fact, Line] | None = None
    send_code: Literal["sms", "whatsapp", "voice", "email"] | None = None
    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{4,10}$")] | None = None

    @model_validator(mode="after")
    def _one_proof(self) -> "VerifyCustomer":
        if (self.code is None) != (self.verification_id is None):
            raise ValueError("give code and verification_id together")
        if sum(given is not None for given in (self.facts, self.send_code, self.code)) != 1 or self.facts == {}:
            raise ValueError("give exactly one of facts, send_code, code with verification_id")
        return self


class ListDeals(Listed):
    """Whose deals."""

    about: OwnerRef
    status: tuple[Literal["open", "won", "lost"], ...] | None = None


class SaveDeal(Write, Routed):
    """A new deal, or with `deal_id` what to change of one; `stage` is a stage's name or id."""

    deal_id: DealRef | None = None
    name: Line | None = None
    about: Annotated[tuple[OwnerRef, ...], Field(max_length=10)] = ()
    amount: Amount | None = None
    stage: Line | None = None
    status: Literal["open", "won", "lost"] | None = None
    close_date: date | None = None
    lost_reason: Line | None = None
    custom_fields: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _new_or_changed(self) -> "SaveDeal":
        _check_saved(self, self.deal_id, self.name, "name")
        return self


class SaveTask(Write, Routed):
    """A new task, or with `task_id` what to change of one."""

    task_id: TaskRef | None = None
    subject: Line | None = None
    body: Text | None = None
    about: Annotated[tuple[TaskSubjectRef, ...], Field(max_length=10)] = ()
    assignee: Line | None = None
    due_at: Moment | None = None
    priority: TaskPriority | None = None
    status: Literal["open", "in_progress", "done", "deferred"] | None = None

    @model_validator(mode="after")
    def _new_or_changed(self) -> "SaveTask":
        _check_saved(self, self.task_id, self.subject, "subject")
        return self


def _check_saved(request: Record, record: str | None, name: str | None, what: str) -> None:
    """A new record needs its name; a change of one needs a change."""
    if record is None and name is None:
        raise ValueError(f"give {what} for a new one, or the id of the one to change")
    if record is not None and len(request.model_fields_set - {"idempotency_key", "connection"}) == 1:
        raise ValueError("give at least one change")


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
CREATE_CUSTOMER = write(
    "create_customer",
    "Create a customer, unless one with the same email, phone or external id exists.",
    Category.CRM, Risk.LOW, CreateCustomer, Customer,
)  # fmt: skip
VERIFY_CUSTOMER = write(
    "verify_customer",
    "Verify who somebody is: compare facts they told, or send a code and check it.",
    Category.IDENTITY, Risk.VISIBLE, VerifyCustomer, Verification,
)  # fmt: skip
LIST_DEALS = read(
    "list_deals",
    "List the deals with a customer or company.",
    Category.CRM, ListDeals, Page[Deal],
)  # fmt: skip
SAVE_DEAL = write(
    "save_deal",
    "Create a deal, or change one: stage, amount, status.",
    Category.CRM, Risk.LOW, SaveDeal, Deal,
)  # fmt: skip
SAVE_TASK = write(
    "save_task",
    "Create a task, or change one: due date, assignee, status.",
    Category.CRM, Risk.LOW, SaveTask, Task,
)  # fmt: skip
