"""The part of HubSpot's subscriptions and of its site search that we read.

https://developers.hubspot.com/docs/api-reference/communication-preferences-subscriptions-v4/guide
https://developers.hubspot.com/docs/api-reference/cms-site-search-v3/guide
"""

from typing import Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime

from trunkline_hubspot.vendor import Answer

R = TypeVar("R")
MARKETING: dict[str, Literal["opted_in", "opted_out"]] = {"SUBSCRIBED": "opted_in", "UNSUBSCRIBED": "opted_out"}
STATES = {ours: theirs for theirs, ours in MARKETING.items()}


class Subscription(Answer):
    """What a subscriber said to one kind of e-mail."""

    subscription_id: int
    status: str
    timestamp: AwareDatetime | None = None


class OptOut(Answer):
    """That a subscriber wants no e-mail at all."""

    status: str
    timestamp: AwareDatetime | None = None


class Outcome(Answer, Generic[R]):
    """What every call about subscriptions gives; a success can hold errors."""

    results: list[R]
    num_errors: int = 0
    errors: tuple[Any, ...] = ()


class FoundPage(Answer):
    """One page of the site that a search found."""

    id: int
    title: str | None = None
    description: str | None = None
    url: str | None = None
    language: str | None = None
    category: str | None = None
    score: float | None = None


class SiteSearch(Answer):
    """`GET /cms/v3/site-search/search`."""

    total: int
    offset: int = 0
    results: list[FoundPage]
