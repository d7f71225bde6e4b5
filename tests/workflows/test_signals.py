"""What people send to a running run by hand: every signal, the update `cancel` and the query `progress`."""

import uuid

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from models.contracts.signals import CancelAccepted, RunProgress
from models.kinds import Kind
from models.states import RunStatus, StepStatus
from models.store.tables.primitives import Primitive
from tests.support.eventually import assert_eventually
from tests.support.world import World


async def has_status(world: World, run_id: uuid.UUID, status: RunStatus) -> None:
    async def check() -> None:
        assert (await world.row(run_id)).status is status

    await assert_eventually(check)


async def approval(world: World, **step: object) -> Primitive:
    steps = [{"key": "ask", "approval": {"message": "Ship it?", **step}}]
    return await world.primitive(Kind.WORKFLOW, {"steps": steps})


async def test_approve_lets_a_waiting_step_go_on(world: World) -> None:
    run_id = await world.start(await approval(world))
    await has_status(world, run_id, RunStatus.WAITING)
    await world.signal(run_id, "approve", {"by": "Ada", "comment": "go"})
    run = await world.closed(run_id)
    assert run.status is RunStatus.COMPLETED
    assert run.output == {"ask": {"approved": True, "by": "Ada", "comment": "go"}}


async def test_approve_needs_no_argument(world: World) -> None:
    run_id = await world.start(await approval(world))
    await has_status(world, run_id, RunStatus.WAITING)
    await world.signal(run_id, "approve")
    assert (await world.closed(run_id)).status is RunStatus.COMPLETED


async def test_reject_fails_the_step_and_the_run(world: World) -> None:
    run_id = await world.start(await approval(world))
    await has_status(world, run_id, RunStatus.WAITING)
    await world.signal(run_id, "reject", {"step": "ask", "by": "Bob", "comment": "not yet"})
    run = await world.closed(run_id)
    assert (run.status, run.error_type) == (RunStatus.FAILED, "rejected")
    assert "Bob: not yet" in (run.error_message or "")


async def test_an_approval_that_nobody_gives_fails_in_time(world: World) -> None:
    run = await world.run(await approval(world, timeoutSeconds=0.2))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "approval_timed_out")


async def test_pause_holds_before_the_next_step_until_resume(world: World) -> None:
    slow, quick = await world.agent(durationMs=500), await world.agent()
    steps = [{"key": "one", "agent": slow.slug}, {"key": "two", "agent": quick.slug, "needs": ["one"]}]
    run_id = await world.start(await world.primitive(Kind.WORKFLOW, {"steps": steps}))
    await has_status(world, run_id, RunStatus.RUNNING)
    await world.signal(run_id, "pause", {"by": "Ada", "reason": "look first"})
    await has_status(world, run_id, RunStatus.WAITING)
    progress = await world.handle(run_id).query("progress", result_type=RunProgress)
    assert progress.paused
    assert progress.doing == "paused by Ada"
    assert {step.path: step.status for step in progress.steps} == {
        "one": StepStatus.COMPLETED,
        "two": StepStatus.PENDING,
    }
    await world.signal(run_id, "resume")
    assert (await world.closed(run_id)).status is RunStatus.COMPLETED


@pytest.mark.parametrize("kind", [Kind.WORKFLOW, Kind.NETWORK, Kind.CAMPAIGN])
async def test_cancel_stops_the_run_and_what_is_below_it(world: World, kind: Kind) -> None:
    agent = await world.agent(durationMs=60_000)
    specs: dict[Kind, dict[str, object]] = {
        Kind.WORKFLOW: {"steps": [{"key": "one", "agent": agent.slug}]},
        Kind.NETWORK: {"members": [agent.slug]},
        Kind.CAMPAIGN: {"objective": "o", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": agent.slug}]}]},
    }
    run_id = await world.start(await world.primitive(kind, specs[kind]))

    async def child_runs() -> None:
        assert [child.status for child in await world.children(run_id)] == [RunStatus.RUNNING]

    await assert_eventually(child_runs)
    answer = await world.handle(run_id).execute_update(
        "cancel", {"reason": "enough", "by": "Ada"}, result_type=CancelAccepted
    )
    assert answer.reason == "enough"
    run = await world.closed(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "enough")
    assert [child.status for child in await world.children(run_id)] == [RunStatus.CANCELLED]
    open_steps = {StepStatus.PENDING, StepStatus.RUNNING, StepStatus.WAITING}
    assert not open_steps & {step.status for step in (await world.steps(run_id)).values()}


async def test_cancel_needs_no_argument_and_is_refused_the_second_time(world: World) -> None:
    run_id = await world.start(await approval(world))
    await has_status(world, run_id, RunStatus.WAITING)
    await world.handle(run_id).execute_update("cancel", result_type=CancelAccepted)
    with pytest.raises((WorkflowUpdateFailedError, RPCError)):
        await world.handle(run_id).execute_update("cancel", result_type=CancelAccepted)
    assert (await world.closed(run_id)).status is RunStatus.CANCELLED


async def test_cancelling_through_temporal_closes_the_run_as_cancelled(world: World) -> None:
    run_id = await world.start(await world.agent(durationMs=60_000))
    await has_status(world, run_id, RunStatus.RUNNING)
    await world.handle(run_id).cancel()
    run = await world.closed(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "cancelled through Temporal")

    async def temporal_agrees() -> None:
        status = (await world.handle(run_id).describe()).status
        assert status is not None
        assert status.name == "CANCELED"

    await assert_eventually(temporal_agrees)


async def test_tasks_are_added_to_and_skipped_in_a_running_campaign(world: World) -> None:
    slow, quick = await world.agent(durationMs=700), await world.agent()
    tasks = [{"name": "first", "agent": slow.slug}, {"name": "dropped", "agent": slow.slug}]
    spec = {"objective": "o", "missions": [{"name": "m", "tasks": tasks}]}
    run_id = await world.start(await world.primitive(Kind.CAMPAIGN, spec))

    async def begun() -> None:
        steps = await world.steps(run_id)
        assert "m0.t0" in steps
        assert steps["m0.t0"].status is StepStatus.RUNNING

    await assert_eventually(begun)
    await world.signal(run_id, "skip_task", {"task": "m/dropped"})
    await world.signal(run_id, "add_task", {"name": "added", "agent": quick.slug, "input": 1})
    run = await world.closed(run_id)
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    statuses = {task["name"]: task["status"] for task in run.output["missions"][0]["tasks"]}
    assert statuses == {"first": "completed", "dropped": "skipped", "added": "completed"}


async def test_evaluate_now_ends_a_pulses_waiting_for_running_members(world: World) -> None:
    agent = await world.agent(durationMs=30_000)
    busy = await world.start(agent)
    await has_status(world, busy, RunStatus.RUNNING)
    spec = {"goal": "g", "members": [{"agent": agent.slug}], "settleSeconds": 600}
    run_id = await world.start(await world.primitive(Kind.PULSE, spec))
    await has_status(world, run_id, RunStatus.WAITING)
    await world.signal(run_id, "evaluate_now")
    assert (await world.closed(run_id)).status is RunStatus.COMPLETED
    await world.handle(busy).execute_update("cancel", result_type=CancelAccepted)
    await world.closed(busy)
