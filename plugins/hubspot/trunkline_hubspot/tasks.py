"""HubSpot's tasks."""

from datetime import UTC, datetime
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Task
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, Undo, WriteResult
from trunkline_contracts.tools import SAVE_TASK
from trunkline_contracts.tools.crm import SaveTask
from trunkline_contracts.values import Warning, status_of
from trunkline_hubspot import vendor
from trunkline_hubspot.account import after, given
from trunkline_hubspot.richtext import to_html, to_text
from trunkline_hubspot.timeline import Timeline, association

TaskObject = vendor.Object[vendor.Task]
_LINKED = ("customer", "company", "deal", "ticket")
_DUE_NOW = Warning(
    code="value_coerced", message="HubSpot has no task without a due date: this one is due now.", field="due_at"
)


class Tasks(Timeline):
    """The tool about tasks."""

    @implements(SAVE_TASK)
    async def save_task(self, request: SaveTask) -> WriteResult[Task]:
        """Make a task with its associations in one request, or change one and associate it then."""
        changes = await self._task_properties(request)
        if request.task_id:
            return await self._change_task(request, request.task_id, changes)
        body = self._marked(request.body) if request.body else self._marked("").strip()
        due = {} if request.due_at else {"hs_timestamp": _moment(datetime.now(UTC))}
        start = {"hs_task_status": "NOT_STARTED", "hs_task_type": "TODO", **due}
        sent = {**start, **changes, **given({"hs_task_body": to_html(body) or None})}
        links = [association(ref.vendor_id, vendor.TASK_TO[ref.kind]) for ref in request.about]
        whole = {"properties": sent, "associations": links}
        made = await self._api.call("POST", "/crm/v3/objects/tasks", gives=TaskObject, json=whole)
        task = self._task(after(made, made, sent), request.about)
        warnings = () if request.due_at else (_DUE_NOW,)
        return WriteResult(outcome="applied", resource=task, verify_with=_reading(request.about), warnings=warnings)

    async def _change_task(self, request: SaveTask, ref: Ref, changes: dict[str, str]) -> WriteResult[Task]:
        before = await self._api.get(
            "/crm/v3/objects/tasks/{}", ref.vendor_id, gives=TaskObject,
            params={
                "properties": list(vendor.Task.model_fields),
                "associations": [vendor.OBJECT_TYPES[kind] for kind in _LINKED],
            },
        )  # fmt: skip
        changed = after(before, await self._set_task(ref.vendor_id, changes), changes) if changes else before
        unlinked = await self._link(("tasks", ref.vendor_id), request.about, is_written=bool(changes))
        about = tuple(dict.fromkeys((*self._linked(before), *request.about)))
        return WriteResult(
            outcome="partial" if unlinked else "applied",
            resource=self._task(changed, about),
            verify_with=_reading(about),
            undo=None if request.about else self._undo_task(ref, before.properties, changes),
            warnings=unlinked,
        )

    async def _set_task(self, task_id: str, changes: dict[str, str]) -> TaskObject:
        return await self._api.call(
            "PATCH", "/crm/v3/objects/tasks/{}", task_id, gives=TaskObject, json={"properties": changes}
        )

    async def _task_properties(self, request: SaveTask) -> dict[str, str]:
        properties = {
            "hs_task_subject": request.subject,
            "hs_task_body": to_html(request.body) if request.body else None,
            "hs_task_status": vendor.TASK_STATUS_WORDS[request.status] if request.status else None,
            "hs_task_priority": vendor.TASK_PRIORITY_WORDS[request.priority] if request.priority else None,
            "hs_timestamp": _moment(request.due_at) if request.due_at else None,
            "hubspot_owner_id": await self._owner(request.assignee) if request.assignee else None,
        }
        return given(properties)

    def _linked(self, task: TaskObject) -> list[Ref]:
        """What a task is about."""
        return [
            self._to.ref(kind, one.id) for kind in _LINKED for one in task.all_associated(vendor.OBJECT_TYPES[kind])
        ]

    def _task(self, task: TaskObject, about: tuple[Ref, ...]) -> Task:
        found = task.properties
        return Task(
            id=self._to.ref("task", task.id),
            subject=found.hs_task_subject or task.id,
            body_text=to_text(found.hs_task_body),
            status=status_of(vendor.TASK_STATUSES, found.hs_task_status),
            due_at=found.hs_timestamp,
            priority=vendor.TASK_PRIORITIES.get(found.hs_task_priority or ""),
            assignee=self._to.agent(found.hubspot_owner_id),
            about=about,
            completed_at=found.hs_task_completion_date,
        )

    def _undo_task(self, ref: Ref, old: vendor.Task, changes: dict[str, str]) -> Undo | None:
        """Put back what was there; None where a value cannot come back, because nothing was there."""
        owner = old.hubspot_owner_id
        former: dict[str, tuple[str, Any]] = {
            "hs_task_subject": ("subject", old.hs_task_subject),
            "hs_task_body": ("body", to_text(old.hs_task_body)),
            "hs_task_status": ("status", vendor.TASK_STATUSES.get(old.hs_task_status or "")),
            "hs_task_priority": ("priority", vendor.TASK_PRIORITIES.get(old.hs_task_priority or "")),
            "hs_timestamp": ("due_at", old.hs_timestamp),
            "hubspot_owner_id": ("assignee", self._to.ref("agent", owner) if owner else None),
        }
        args = dict(former[name] for name in changes)
        return None if None in args.values() else Undo(tool="save_task", args={"task_id": ref, **args})


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _reading(about: tuple[Ref, ...]) -> ToolCall | None:
    """The call that shows a task, where it is about a contact."""
    customer = next((ref for ref in about if ref.kind == "customer"), None)
    return ToolCall(tool="list_activities", args={"about": customer, "types": ["task"]}) if customer else None
