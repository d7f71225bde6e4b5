"""Arguments sent straight to Temporal that could not be stored are refused there, and the run goes on and can end."""

import uuid

import pytest
from pydantic import JsonValue
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.contracts.workflows.signals import CancelAccepted, RunProgress
from models.kinds import Kind
from models.states import RunStatus
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.operating import api
from tests.workflows.runs.gates import approval, has_status, refusals

DEEP: JsonValue = []
for _ in range(70):
    DEEP = [DEEP]


async def waiting(backend: Backend) -> uuid.UUID:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    return run_id


@pytest.mark.parametrize(
    ("signal", "argument", "says"),
    [
        ("approve", {"comment": "a\0b"}, "comment: the text holds a NUL character"),
        ("approve", {"by": "\0"}, "by: the text holds a NUL character"),
        ("pause", {"reason": "a\0b"}, "reason: the text holds a NUL character"),
        ("pause", {"reason\0": "b"}, "reason"),
    ],
)
async def test_a_signal_with_text_that_cannot_be_stored_is_refused(
    backend: Backend, signal: str, argument: JsonValue, says: str
) -> None:
    run_id = await waiting(backend)
    await backend.signal(run_id, signal, argument)
    (reason,) = await refusals(backend, run_id, 1)
    assert says in reason
    progress = await backend.handle(run_id).query("progress", result_type=RunProgress)
    assert not progress.paused
    await backend.signal(run_id, "approve", {"comment": "go"})
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


@pytest.mark.parametrize("task", [{"name": "n\0"}, {"agent": "a\0"}, {"input": {"deep": ["a\0"]}}, {"input": DEEP}])
async def test_a_task_that_cannot_be_stored_is_refused(backend: Backend, task: dict[str, JsonValue]) -> None:
    slow = await backend.agent(durationMs=60_000)
    missions = [{"name": "m", "tasks": [{"name": "t", "agent": slow.slug}]}]
    run_id = await backend.start(await backend.primitive(Kind.CAMPAIGN, {"objective": "o", "missions": missions}))

    async def begun() -> None:
        assert "m0.t0" in await backend.steps(run_id)

    await assert_eventually(begun)
    argument: JsonValue = {"name": "more", "agent": slow.slug, **task}
    await backend.signal(run_id, "add_task", argument)
    await refusals(backend, run_id, 1)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await backend.handle(run_id).execute_update("add_task", argument)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "invalid"
    await backend.handle(run_id).execute_update("cancel")
    assert (await backend.closed(run_id)).status is RunStatus.CANCELLED


@pytest.mark.parametrize(
    ("argument", "field"),
    [
        ({"reason": "a\0b"}, "reason"),
        ({"by": "\0"}, "by"),
        ({"reson": "x"}, "reson"),
        ({"reason": "x" * 2001}, "reason"),
    ],
)
async def test_a_cancellation_that_cannot_be_stored_is_refused_and_the_next_one_closes_the_run(
    backend: Backend, argument: JsonValue, field: str
) -> None:
    run_id = await waiting(backend)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await backend.handle(run_id).execute_update("cancel", argument, result_type=CancelAccepted)
    assert isinstance(refused.value.cause, ApplicationError)
    assert (refused.value.cause.type, refused.value.cause.details) == ("invalid", (field,))
    assert (await backend.row(run_id)).status is RunStatus.WAITING
    async with api(backend) as client:
        assert (await client.post(f"/api/runs/{run_id}/cancel", json={"reason": "enough"})).status_code == 202
    run = await backend.closed(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "enough")
