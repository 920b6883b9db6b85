"""A person's history: tasks, events and e-mails, which Salesforce keeps apart, as one list, newest first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline_contracts.entities.crm import Activity
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import ListActivities
from trunkline_contracts.values import Page
from trunkline_salesforce import soql, vendor
from trunkline_salesforce.client import Client
from trunkline_salesforce.normalize import Normalize
from trunkline_salesforce.sheet import ACTIVITY_TYPES


@dataclass(frozen=True)
class _Part:
    """One of the kinds of record that are merged, and the condition that narrows it."""

    history: soql.History
    gives: type[Any]
    read: Callable[[Ref, Any], Activity]
    only: str | None = None


class Timeline:
    """Pages of histories; `email_messages` says that e-mails are records of their own."""

    def __init__(self, client: Client, to: Normalize, *, email_messages: bool) -> None:
        self._client = client
        self._to = to
        self._email_messages = email_messages

    async def page(self, request: ListActivities) -> Page[Activity]:
        """Ask each kind for one more than a page, so that the end is known."""
        found: list[tuple[datetime, str, Activity]] = []
        for part in self._parts(request.types or ACTIVITY_TYPES):
            activities = await self._read(part, request)
            found += [(activity.at, part.history.prefix, activity) for activity in activities]
        # Sorting is stable: within one kind and second, Salesforce's order stays.
        found.sort(key=lambda item: item[:2], reverse=True)
        items = tuple(activity for _, _, activity in found[: request.limit])
        more = len(found) > request.limit
        return Page(items=items, next_cursor=soql.Place(items[-1].at, items[-1].id.vendor_id).cursor if more else None)

    async def _read(self, part: _Part, request: ListActivities) -> list[Activity]:
        place = soql.Place.of(request.cursor) if request.cursor else None
        who, most = request.about.vendor_id, request.limit + 1
        query = soql.happened(part.history, who, request.since, place, most, part.only)
        # After a year tasks and events are archived, and only this way of asking sees them:
        # https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_guidelines_archive.htm
        rows = await self._client.query(query, part.gives, every=True)
        return [part.read(request.about, row) for row in rows]

    def _parts(self, types: tuple[str, ...]) -> Iterator[_Part]:
        tasks = soql.tasks_of(types, without_emails=self._email_messages)
        if set(types) == set(ACTIVITY_TYPES):
            # Nothing was asked for in particular, so tasks of kinds that we do not know belong to the answer too.
            tasks = soql.NO_EMAIL_TASKS if self._email_messages else ""
        if tasks is not None:
            yield _Part(soql.TASKS, vendor.Task, self._to.task, tasks)
        if "meeting" in types:
            yield _Part(soql.EVENTS, vendor.Event, self._to.event)
        if "email" in types and self._email_messages:
            yield _Part(soql.EMAILS, vendor.EmailMessage, self._to.email)
