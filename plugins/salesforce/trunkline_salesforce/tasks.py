"""Tasks: what somebody has to do."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Task
from trunkline_contracts.errors import NotFoundError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, Undo, WriteResult
from trunkline_contracts.tools import SAVE_TASK
from trunkline_contracts.tools.crm import SaveTask
from trunkline_contracts.values import Status, Warning
from trunkline_salesforce import soql
from trunkline_salesforce.account import FINAL, Account, given, read_back
from trunkline_salesforce.lookups import candidates_of, meaning
from trunkline_salesforce.normalize_sales import task_status
from trunkline_salesforce.vendor_sales import TASK_PRIORITIES, ToDo

FIELDS = (
    *("Id", "Subject", "Description", "Status", "IsClosed", "Priority", "ActivityDate", "WhoId", "WhatId"),
    *("OwnerId", "Owner.Name", "CompletedDateTime"),
)
_PRIORITIES = {ours: theirs for theirs, ours in TASK_PRIORITIES.items()}
_DAY_ONLY = Warning(code="value_coerced", message="Salesforce keeps the day of a task only.", field="due_at")


class Tasks(Account):
    """The tool that saves tasks."""

    @implements(SAVE_TASK)
    async def save_task(self, request: SaveTask) -> WriteResult[Task]:
        """Make a task with our marker below its text, or change one."""
        before = await self._task(request.task_id.vendor_id) if request.task_id else None
        fields = await self._task_fields(request)
        if before is None:
            fields["Description"] = self._marked(request.body or "")
            task_id = await self._client.create("Task", fields)
        else:
            task_id = before.id
            await self._client.update("Task", task_id, fields, {})
        task = await read_back(self._task(task_id))
        undo = self._task_undo(request, before) if before else None
        return WriteResult(
            outcome="applied",
            resource=self._to.to_do(task) if task else None,
            verify_with=_reading(request.about),
            undo=undo,
            warnings=(*((_DAY_ONLY,) if request.due_at else ()), *(() if undo else (FINAL,))),
        )

    async def _task_fields(self, request: SaveTask) -> dict[str, Any]:
        who, what = _about(request.about)
        fields = {
            "WhoId": who,
            "WhatId": what,
            "Subject": request.subject,
            "Description": request.body,
            "OwnerId": await self._lookups.user(request.assignee) if request.assignee else None,
            "ActivityDate": request.due_at.date().isoformat() if request.due_at else None,
            "Priority": _PRIORITIES[request.priority] if request.priority else None,
            "Status": await self._task_status(request.status) if request.status else None,
        }
        return given(fields)

    async def _task_status(self, wanted: str) -> str:
        """The org's own word for a status."""
        words = await self._lookups.statuses("Task")
        fitting = meaning(words, wanted, _read_status)
        if not fitting:
            candidates = candidates_of(words)
            raise UnsupportedError(f"No status of this org's tasks stands for {wanted}.", candidates=candidates)
        return fitting[0].api_name

    async def _task(self, task_id: str) -> ToDo:
        query = soql.select(FIELDS, "Task", ("Id = {id}", "IsDeleted = false"), "Id", {"id": task_id, "most": 1})
        found = await self._client.query(query, ToDo, every=True)
        if not found:
            raise NotFoundError("Salesforce has no such task: check the id.")
        return found[0]

    def _task_undo(self, request: SaveTask, before: ToDo) -> Undo | None:
        """The call that sets the old values; what was empty, or is a word we do not know, cannot be said in it."""
        task = self._to.to_do(before)
        old = {
            "subject": task.subject or None,
            "body": task.body_text,
            "about": list(task.about) or None,
            "assignee": before.owner_id,
            "due_at": task.due_at and task.due_at.isoformat(),
            "priority": task.priority,
            "status": None if task.status.value == "other" else task.status.value,
        }
        asked = {name for name in old if getattr(request, name)}
        if not asked or any(old[name] is None for name in asked):
            return None
        return Undo(tool="save_task", args={"task_id": request.task_id, **{name: old[name] for name in asked}})


def _about(refs: tuple[Ref, ...]) -> tuple[str | None, str | None]:
    """The person, and the other record, that a task is about: it has room for one of each."""
    people = [ref.vendor_id for ref in refs if ref.kind == "customer"]
    others = [ref.vendor_id for ref in refs if ref.kind != "customer"]
    if len(people) > 1 or len(others) > 1:
        raise UnsupportedError("A task is about one customer and one company, deal or ticket: make several.")
    return (people[0] if people else None), (others[0] if others else None)


def _read_status(word: str, is_closed: bool) -> Status[Any]:
    return task_status(word, is_closed=is_closed)


def _reading(about: tuple[Ref, ...]) -> ToolCall | None:
    who = next((ref for ref in about if ref.kind == "customer"), None)
    return ToolCall(tool="list_activities", args={"about": who, "types": ["task"]}) if who else None
