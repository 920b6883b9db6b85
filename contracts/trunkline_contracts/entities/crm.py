"""People, and what happened with them."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from trunkline_contracts.record import Moment, Record, VendorText
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import (
    Actor,
    Address,
    Channel,
    ContactPoint,
    Direction,
    Extensions,
    Money,
    Status,
    Visibility,
)

Lifecycle = Literal["lead", "prospect", "customer", "former", "other"]
ActivityType = Literal["note", "call", "email", "meeting", "task", "sms", "chat", "page_view", "other"]


class Company(Record):
    """An organisation that customers belong to."""

    id: Ref
    name: VendorText
    domains: tuple[str, ...] = ()
    industry: VendorText | None = None
    employee_count: int | None = None
    parent: Ref | None = None
    owner: Actor | None = None
    addresses: tuple[Address, ...] = ()
    phone: VendorText | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None


class Link(Record):
    """The same person in another connected system."""

    system: str
    id: Ref
    confidence: Literal["exact", "probable"]
    via: str


class Activity(Record):
    """One entry of a customer's history."""

    id: Ref
    type: ActivityType
    direction: Direction | None = None
    channel: Channel | None = None
    subject: VendorText | None = None
    body_text: VendorText | None = None
    body_truncated: bool = False
    author: Actor | None = None
    at: Moment
    about: tuple[Ref, ...] = ()
    visibility: Visibility = "internal"


class Customer(Record):
    """A person, in one system of record."""

    id: Ref
    kind: Literal["person", "lead", "account_person"] = "person"
    display_name: VendorText
    given_name: VendorText | None = None
    family_name: VendorText | None = None
    contact_points: tuple[ContactPoint, ...] = ()
    addresses: tuple[Address, ...] = ()
    company: Ref | None = None
    owner: Actor | None = None
    lifecycle: Status[Lifecycle] | None = None
    language: VendorText | None = None
    timezone: VendorText | None = None
    tags: tuple[VendorText, ...] = ()
    external_ids: dict[str, VendorText] = Field(default_factory=dict)
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    linked: tuple[Link, ...] = ()
    merged_into: Ref | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    last_activity_at: Moment | None = None
    version: str | None = None
    extensions: Extensions | None = None

    def point(self, channel: str) -> str | None:
        """The primary, else the first, address of a channel."""
        points = [point for point in self.contact_points if point.channel == channel]
        return next((point.value for point in sorted(points, key=lambda point: not point.primary)), None)


class CustomerMatch(Customer):
    """A customer as a search found it."""

    matched_on: tuple[str, ...] = ()
    confidence: Literal["exact", "probable"] = "exact"


class Pipeline(Record):
    """The process that a deal goes through."""

    id: str
    name: VendorText | None = None


class Stage(Record):
    """A step of a pipeline; `order` counts from the pipeline's start."""

    id: str
    name: VendorText | None = None
    order: int | None = None


DealStatus = Literal["open", "won", "lost", "other"]


class Deal(Record):
    """A sale that may come about; `probability` is from 0 to 1."""

    id: Ref
    name: VendorText
    amount: Money | None = None
    pipeline: Pipeline | None = None
    stage: Stage | None = None
    status: Status[DealStatus]
    probability: float | None = Field(default=None, ge=0, le=1)
    close_date: date | None = None
    customers: tuple[Ref, ...] = ()
    company: Ref | None = None
    owner: Actor | None = None
    lost_reason: VendorText | None = None
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    created_at: Moment | None = None
    updated_at: Moment | None = None
    version: str | None = None


TaskStatus = Literal["open", "in_progress", "done", "deferred", "other"]
TaskPriority = Literal["low", "normal", "high"]


class Task(Record):
    """Something that somebody has to do."""

    id: Ref
    subject: VendorText
    body_text: VendorText | None = None
    status: Status[TaskStatus]
    due_at: Moment | None = None
    priority: TaskPriority | None = None
    assignee: Actor | None = None
    about: tuple[Ref, ...] = ()
    completed_at: Moment | None = None


Assurance = Literal["none", "low", "medium", "high"]


class Verification(Record):
    """How far somebody proved who they are; it names facts and never holds their values."""

    id: Ref | None = None
    subject: Ref
    method: Literal["facts", "otp"]
    result: Literal["passed", "failed", "pending", "locked"]
    matched: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    assurance: Assurance = "none"
    expires_at: Moment | None = None
    attempts_left: int | None = None


def newest_first(activities: list[Activity]) -> list[Activity]:
    """Merge histories into one, newest first."""
    return sorted(activities, key=lambda activity: activity.at, reverse=True)
