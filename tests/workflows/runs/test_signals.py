"""Every signal, the update `cancel` and the query `progress`, as people send them to a run."""

import uuid

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from models.contracts.workflows.signals import CancelAccepted, Decided, RunPause, RunProgress
from models.errors import NotStorable
from models.kinds import Kind
from models.states import RunStatus, StepStatus
from models.store.runs import steps as stored_steps
from models.store.tables.primitives import Primitive
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually


async def has_status(backend: Backend, run_id: uuid.UUID, status: RunStatus) -> None:
    async def check() -> None:
        assert (await backend.row(run_id)).status is status

    await assert_eventually(check)


async def approval(backend: Backend, **step: object) -> Primitive:
    steps = [{"key": "ask", "approval": {"message": "Ship it?", **step}}]
    return await backend.primitive(Kind.WORKFLOW, {"steps": steps})


async def test_approve_resumes_a_waiting_step(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve", {"by": "Ada", "comment": "go"})
    run = await backend.closed(run_id)
    assert run.status is RunStatus.COMPLETED
    assert run.output == {"ask": {"approved": True, "by": "Ada", "byIsClaimed": True, "comment": "go"}}


async def two_gates(backend: Backend) -> uuid.UUID:
    steps = [{"key": "legal", "approval": {}}, {"key": "budget", "approval": {}}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))

    async def both_wait() -> None:
        found = await backend.steps(run_id)
        assert [found[key].status for key in ("legal", "budget") if key in found] == [StepStatus.WAITING] * 2

    await assert_eventually(both_wait)
    return run_id


async def refusals(backend: Backend, run_id: uuid.UUID, count: int) -> list[str]:
    async def check() -> list[str]:
        progress = await backend.handle(run_id).query("progress", result_type=RunProgress)
        assert len(progress.refused) == count
        return [refused.reason for refused in progress.refused]

    return await assert_eventually(check)


async def test_a_decision_applies_only_to_the_gate_it_names(backend: Backend) -> None:
    run_id = await two_gates(backend)
    await backend.signal(run_id, "approve", {"stp": "budget"})
    await backend.signal(run_id, "approve", {"step": "nope"})
    await backend.signal(run_id, "approve")
    await backend.signal(run_id, "approve", "budget")
    misspelt, unknown, unnamed, text = await refusals(backend, run_id, 4)
    assert "stp" in misspelt
    assert "no approval step 'nope'" in unknown
    assert "legal" in unknown
    assert "this run has 2 approval steps; name the one that you mean: legal, budget" in unnamed
    assert "argument" in text
    steps = await backend.steps(run_id)
    assert [steps[key].status for key in ("legal", "budget")] == [StepStatus.WAITING] * 2
    await backend.signal(run_id, "approve", {"step": "budget"})

    async def approved() -> None:
        assert (await backend.steps(run_id))["budget"].status is StepStatus.COMPLETED

    # Decided together, the rejection would cancel the other step before it is stored.
    await assert_eventually(approved, timeout=30)
    await backend.signal(run_id, "reject", {"step": "legal", "by": "Bob"})
    run = await backend.closed(run_id)
    assert (run.status, run.error_type) == (RunStatus.FAILED, "rejected")
    assert (await backend.steps(run_id))["budget"].output["approved"] is True  # type: ignore[index]


async def test_a_decision_without_a_name_never_opens_the_next_gate(backend: Backend) -> None:
    gates = [{"key": "legal", "approval": {}}, {"key": "budget", "approval": {}, "needs": ["legal"]}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": gates}))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve")
    with pytest.raises(WorkflowUpdateFailedError):
        await backend.handle(run_id).execute_update("approve")
    assert "name the one that you mean: legal, budget" in (await refusals(backend, run_id, 1))[0]
    await backend.signal(run_id, "approve", {"step": "legal"})
    await backend.signal(run_id, "approve")
    assert len(await refusals(backend, run_id, 2)) == 2
    assert (await backend.steps(run_id))["budget"].status is not StepStatus.COMPLETED
    await backend.handle(run_id).execute_update("cancel", result_type=CancelAccepted)
    await backend.closed(run_id)


async def test_a_decision_before_the_gate_is_refused(backend: Backend) -> None:
    slow = await backend.agent(durationMs=800)
    steps = [{"key": "first", "agent": slow.slug}, {"key": "ask", "approval": {}, "needs": ["first"]}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    await has_status(backend, run_id, RunStatus.RUNNING)
    await backend.signal(run_id, "approve", {"step": "ask"})
    assert await refusals(backend, run_id, 1) == ["step 'ask' is not waiting for approval yet"]
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve", {"step": "ask"})
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


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


async def test_a_signal_cannot_claim_to_be_authenticated(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve", {"by": "administrator", "authenticated": True})
    assert (await backend.closed(run_id)).output == {
        "ask": {"approved": True, "by": "administrator", "byIsClaimed": True, "comment": ""}
    }


async def test_approve_needs_no_argument(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve")
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


async def test_reject_fails_the_step_and_the_run(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "reject", {"step": "ask", "by": "Bob", "comment": "not yet"})
    run = await backend.closed(run_id)
    assert (run.status, run.error_type) == (RunStatus.FAILED, "rejected")
    assert "rejected by Bob (not verified): not yet" in (run.error_message or "")


async def test_an_approval_times_out(backend: Backend) -> None:
    run = await backend.run(await approval(backend, timeoutSeconds=0.2))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "approval_timed_out")


async def test_pause_holds_before_the_next_step_until_resume(backend: Backend) -> None:
    slow, quick = await backend.agent(durationMs=500), await backend.agent()
    steps = [{"key": "one", "agent": slow.slug}, {"key": "two", "agent": quick.slug, "needs": ["one"]}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    await has_status(backend, run_id, RunStatus.RUNNING)
    await backend.signal(run_id, "pause", {"by": "Ada", "reason": "look first"})
    await has_status(backend, run_id, RunStatus.WAITING)
    progress = await backend.handle(run_id).query("progress", result_type=RunProgress)
    assert progress.paused
    assert progress.doing == "paused by Ada"
    paused = (await backend.row(run_id)).paused
    assert paused is not None
    assert (paused["by"], paused["reason"]) == ("Ada", "look first")
    assert {step.path: step.status for step in progress.steps} == {
        "one": StepStatus.COMPLETED,
        "two": StepStatus.PENDING,
    }
    await backend.signal(run_id, "resume")
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


async def test_a_pause_that_cannot_be_recorded_does_not_end_the_run(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object, pause: RunPause, **__: bool) -> None:
        raise NotStorable("a value cannot be stored")

    monkeypatch.setattr(stored_steps, "record_pause", refuse)
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "pause")
    await backend.signal(run_id, "resume")
    await backend.signal(run_id, "approve")
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
