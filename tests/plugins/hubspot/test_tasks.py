"""HubSpot's tasks at the sandbox, judged by HubSpot's OpenAPI files."""

import pytest

from plugins.hubspot.asking import deal_of, person, sent, ticket_of
from support.bench import MARKER, Bench, reply
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError
from trunkline_contracts.tools import LIST_ACTIVITIES, SAVE_TASK
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_hubspot.sandbox_state import OWNER, Account


async def test_a_task_is_made_with_all_it_is_about_in_one_request(bench: Bench) -> None:
    ada, ticket, deal = await person(bench), await ticket_of(bench), await deal_of(bench)
    made = await bench.call(
        SAVE_TASK, subject="Call back", body="About <coffee>.", about=[ada, ticket, deal], priority="high",
        due_at="2027-01-05T09:00:00+01:00", assignee=OWNER["email"], status="in_progress",
    )  # fmt: skip
    assert bench.writes_sent == 1
    body = sent(bench)
    assert body["properties"] == {
        "hs_task_status": "IN_PROGRESS", "hs_task_type": "TODO", "hs_task_subject": "Call back",
        "hs_task_body": f"About &lt;coffee&gt;.<br><br>[{MARKER}]", "hs_task_priority": "HIGH",
        "hs_timestamp": "2027-01-05T08:00:00.000Z", "hubspot_owner_id": OWNER["id"],
    }  # fmt: skip
    assert [one["types"][0]["associationTypeId"] for one in body["associations"]] == [204, 230, 216]
    task = made.resource
    assert (task.subject, task.status.value, task.priority, task.about) == (
        "Call back", "in_progress", "high", (ada, ticket, deal),
    )  # fmt: skip
    assert task.assignee.ref == f"main:agent:{OWNER['id']}"
    assert made.warnings == ()
    (seen,) = (await bench.call(LIST_ACTIVITIES, **made.verify_with.args)).data.items
    assert (seen.id, seen.type, seen.subject) == (task.id, "task", "Call back")


async def test_a_task_without_a_date_is_due_now_and_says_so(bench: Bench) -> None:
    made = await bench.call(SAVE_TASK, subject="Call back", about=[await person(bench)])
    assert [(warning.code, warning.field) for warning in made.warnings] == [("value_coerced", "due_at")]
    assert made.resource.due_at
    assert sent(bench)["properties"]["hs_task_body"] == f"[{MARKER}]"


async def test_a_task_is_changed_by_what_was_given_and_taken_back(bench: Bench) -> None:
    ada = await person(bench)
    made = await bench.call(SAVE_TASK, subject="Call back", about=[ada], priority="high")
    task = made.resource.id
    changed = await bench.call(SAVE_TASK, task_id=task, status="done", priority="low", subject="Called")
    assert sent(bench) == {
        "properties": {"hs_task_subject": "Called", "hs_task_status": "COMPLETED", "hs_task_priority": "LOW"}
    }
    assert (changed.resource.status.value, changed.resource.about) == ("done", (ada,))
    assert changed.undo.args == {"task_id": task, "subject": "Call back", "status": "open", "priority": "high"}
    back = await bench.call(SAVE_TASK, **changed.undo.args)
    assert (back.resource.status.value, back.resource.subject) == ("open", "Call back")


async def test_what_was_not_there_before_cannot_be_put_back(bench: Bench) -> None:
    made = await bench.call(SAVE_TASK, subject="Call back")
    changed = await bench.call(SAVE_TASK, task_id=made.resource.id, assignee=OWNER["email"])
    assert changed.undo is None


@pytest.mark.parametrize(
    ("held", "value", "lossy"), [("WAITING", "other", True), ("DEFERRED", "deferred", False), ("", "other", True)]
)
async def test_a_status_that_is_not_ours_is_other(
    bench: Bench, account: Account, held: str, value: str, lossy: bool
) -> None:
    task = account.add("tasks", {"hs_task_subject": "Wait", "hs_task_status": held, "hs_task_priority": "NONE"})
    changed = await bench.call(SAVE_TASK, task_id=bench.ref("task", task), subject="Waited")
    assert (changed.resource.status.value, changed.resource.status.lossy) == (value, lossy)
    assert changed.resource.priority is None


async def test_a_task_of_the_history_can_be_changed_by_the_id_it_has_there(bench: Bench) -> None:
    ada = await person(bench)
    await bench.call(SAVE_TASK, subject="Call back", about=[ada])
    (seen,) = (await bench.call(LIST_ACTIVITIES, about=ada, types=["task"])).data.items
    assert (await bench.call(SAVE_TASK, task_id=seen.id, status="done")).outcome == "applied"


async def test_an_assignee_that_is_nobody_is_said_before_anything_is_written(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="owner"):
        await bench.call(SAVE_TASK, subject="Call back", assignee="nobody@roastery.example")
    with pytest.raises(InvalidArgumentError, match="e-mail"):
        await bench.call(SAVE_TASK, subject="Call back", assignee="Mara")
    assert all(request.method == "GET" for request in bench.requests)


async def test_a_task_about_nobody_there_is_refused_and_not_kept(bench: Bench, account: Account) -> None:
    with pytest.raises(InvalidArgumentError, match="VALIDATION_ERROR"):
        await bench.call(SAVE_TASK, subject="Call back", about=[bench.ref("customer", "1")])
    assert account.objects.get("tasks", {}) == {}


async def test_a_task_that_is_gone_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(SAVE_TASK, task_id=bench.ref("task", "1"), status="done")


async def test_a_dry_run_of_a_task_shows_it_and_makes_none(bench: Bench, account: Account) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(SAVE_TASK, subject="Call back", dry_run=True)
    assert shown.value.preview.body["properties"]["hs_task_subject"] == "Call back"
    assert "tasks" not in account.objects


async def test_a_changed_task_that_could_not_be_linked_is_partial(bench: Bench) -> None:
    made = await bench.call(SAVE_TASK, subject="Call back")
    bench.rewrite = lambda request, answer: reply(404) if request.method == "PUT" else answer
    changed = await bench.call(SAVE_TASK, task_id=made.resource.id, status="done", about=[await person(bench)])
    assert (changed.outcome, [warning.code for warning in changed.warnings]) == ("partial", ["part_unavailable"])
