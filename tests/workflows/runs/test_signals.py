"""Every signal but the decisions at gates, the update `cancel` and the query `progress`, as people send them."""

import uuid

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from models.contracts.workflows.signals import CancelAccepted, Decided
from models.kinds import Kind
from models.states import RunStatus, StepStatus
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.runs.gates import approval, has_status, refusals, two_gates


@pytest.mark.parametrize(
    ("argument", "kind", "reason"),
    [
        ({"stp": "budget"}, "invalid", "stp"),
        ({"step": "nope"}, "invalid", "no approval step 'nope'"),
        ({}, "conflict", "this run has 2 approval steps"),
    ],
)
async def test_a_refused_update_returns_the_reason(
    backend: Backend, argument: dict[str, str], kind: str, reason: str
) -> None:
    run_id = await two_gates(backend)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await backend.handle(run_id).execute_update("approve", argument)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == kind
    assert reason in refused.value.cause.message
    assert await backend.handle(run_id).execute_update("approve", {"step": "legal"}, result_type=Decided) == Decided(
        step="legal", approved=True
    )
    with pytest.raises(WorkflowUpdateFailedError) as again:
        await backend.handle(run_id).execute_update("reject", {"step": "legal"})
    assert "decided already" in str(again.value.cause)
    await backend.handle(run_id).execute_update("cancel", result_type=CancelAccepted)
    await backend.closed(run_id)


@pytest.mark.parametrize(
    ("signal", "arguments"),
    [("approve", [{"step": "legal"}, {"step": "budget"}]), ("pause", [{}, {}]), ("resume", [1, 2, 3])],
)
async def test_a_signal_with_too_many_arguments_is_refused_and_the_run_goes_on(
    backend: Backend, signal: str, arguments: list[object]
) -> None:
    run_id = await two_gates(backend)
    await backend.handle(run_id).signal(signal, args=arguments)
    assert await refusals(backend, run_id, 1) == [f"it was sent with {len(arguments)} arguments; send one"]
    with pytest.raises(WorkflowUpdateFailedError):
        await backend.handle(run_id).execute_update("approve", args=[{"step": "legal"}, {}])
    await backend.signal(run_id, "approve", {"step": "legal"})
    await backend.signal(run_id, "approve", {"step": "budget"})
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


@pytest.mark.parametrize("kind", [Kind.WORKFLOW, Kind.NETWORK, Kind.CAMPAIGN])
async def test_cancel_stops_the_run_and_its_child_runs(backend: Backend, kind: Kind) -> None:
    agent = await backend.agent(durationMs=60_000)
    specs: dict[Kind, dict[str, object]] = {
        Kind.WORKFLOW: {"steps": [{"key": "one", "agent": agent.slug}]},
        Kind.NETWORK: {"members": [agent.slug]},
        Kind.CAMPAIGN: {"objective": "o", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": agent.slug}]}]},
    }
    run_id = await backend.start(await backend.primitive(kind, specs[kind]))

    async def child_runs() -> None:
        assert [child.status for child in await backend.children(run_id)] == [RunStatus.RUNNING]

    await assert_eventually(child_runs)
    answer = await backend.handle(run_id).execute_update(
        "cancel", {"reason": "enough", "by": "Ada"}, result_type=CancelAccepted
    )
    assert answer.reason == "enough"
    run = await backend.closed(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "enough")
    assert [child.status for child in await backend.children(run_id)] == [RunStatus.CANCELLED]
    open_steps = {StepStatus.PENDING, StepStatus.RUNNING, StepStatus.WAITING}
    assert not open_steps & {step.status for step in (await backend.steps(run_id)).values()}


async def test_a_child_that_was_cancelled_is_not_called_again(backend: Backend) -> None:
    agent = await backend.agent(durationMs=60_000)
    retry = {"maxAttempts": 3, "initialSeconds": 0.1}
    steps = [{"key": "one", "agent": agent.slug, "retry": retry}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))

    async def child() -> uuid.UUID:
        children = await backend.children(run_id)
        assert [one.status for one in children] == [RunStatus.RUNNING]
        return children[0].id

    child_id = await assert_eventually(child)
    await backend.handle(child_id).execute_update("cancel", {"reason": "enough"})
    run = await backend.closed(run_id)
    assert (run.status, run.error_type, run.error_message) == (
        RunStatus.FAILED,
        "cancelled",
        "step 'one' failed: enough",
    )
    assert [one.id for one in await backend.children(run_id)] == [child_id]
    assert (await backend.steps(run_id))["one"].status is StepStatus.CANCELLED


async def test_cancel_needs_no_argument_and_is_refused_the_second_time(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.handle(run_id).execute_update("cancel", result_type=CancelAccepted)
    with pytest.raises((WorkflowUpdateFailedError, RPCError)):
        await backend.handle(run_id).execute_update("cancel", result_type=CancelAccepted)
    assert (await backend.closed(run_id)).status is RunStatus.CANCELLED


async def test_cancelling_through_temporal_closes_the_run_as_cancelled(backend: Backend) -> None:
    run_id = await backend.start(await backend.agent(durationMs=60_000))
    await has_status(backend, run_id, RunStatus.RUNNING)
    await backend.handle(run_id).cancel()
    run = await backend.closed(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "cancelled through Temporal")

    async def temporal_agrees() -> None:
        status = (await backend.handle(run_id).describe()).status
        assert status is not None
        assert status.name == "CANCELED"

    await assert_eventually(temporal_agrees)


async def test_tasks_are_added_to_and_skipped_in_a_running_campaign(backend: Backend) -> None:
    slow, quick = await backend.agent(durationMs=700), await backend.agent()
    tasks = [{"name": "first", "agent": slow.slug}, {"name": "dropped", "agent": slow.slug}]
    spec = {"objective": "o", "missions": [{"name": "m", "tasks": tasks}]}
    run_id = await backend.start(await backend.primitive(Kind.CAMPAIGN, spec))

    async def begun() -> None:
        steps = await backend.steps(run_id)
        assert "m0.t0" in steps
        assert steps["m0.t0"].status is StepStatus.RUNNING

    await assert_eventually(begun)
    await backend.signal(run_id, "skip_task", {"task": "m/dropped"})
    await backend.signal(run_id, "add_task", {"name": "added", "agent": quick.slug, "input": 1})
    await backend.signal(run_id, "add_task", {"name": "lost", "agent": "nobody"})
    await backend.signal(run_id, "skip_task", {"task": "m/nothing"})
    await backend.signal(run_id, "skip_task", {"task": "m/first"})
    assert sorted(await refusals(backend, run_id, 3)) == [
        "task 'm/first' has started or ended already",
        "there is no agent 'nobody'",
        "this run has no task 'm/nothing'",
    ]
    run = await backend.closed(run_id)
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    statuses = {task["name"]: task["status"] for task in run.output["missions"][0]["tasks"]}
    assert statuses == {"first": "completed", "dropped": "skipped", "added": "completed"}


async def test_evaluate_now_ends_the_wait_of_a_pulse_for_running_members(backend: Backend) -> None:
    agent = await backend.agent(durationMs=30_000)
    busy = await backend.start(agent)
    await has_status(backend, busy, RunStatus.RUNNING)
    spec = {"goal": "g", "members": [{"agent": agent.slug}], "settleSeconds": 600}
    run_id = await backend.start(await backend.primitive(Kind.PULSE, spec))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "evaluate_now")
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED
    await backend.handle(busy).execute_update("cancel", result_type=CancelAccepted)
    await backend.closed(busy)
