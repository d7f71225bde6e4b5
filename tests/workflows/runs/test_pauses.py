"""A run that is paused holds before its next step, and says by whom until it is resumed."""

import asyncio

import pytest

from models.contracts.workflows.signals import RunPause, RunProgress
from models.errors import NotStorable
from models.kinds import Kind
from models.states import RunStatus, StepStatus
from models.store.runs import steps as stored_steps
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.runs.gates import approval, has_status


async def test_pause_holds_before_the_next_step_until_resume(backend: Backend) -> None:
    slow, quick = await backend.agent(durationMs=500), await backend.agent()
    steps = [{"key": "one", "agent": slow.slug}, {"key": "two", "agent": quick.slug, "needs": ["one"]}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    await has_status(backend, run_id, RunStatus.RUNNING)
    await backend.signal(run_id, "pause", {"by": "Ada", "reason": "look first"})
    await has_status(backend, run_id, RunStatus.WAITING)
    progress = await backend.handle(run_id).query("progress", result_type=RunProgress)
    assert progress.paused
    assert progress.doing == "paused by Ada (not verified)"
    paused = (await backend.row(run_id)).paused
    assert paused is not None
    assert (paused["by"], paused["reason"]) == ("Ada", "look first")
    assert {step.path: step.status for step in progress.steps} == {
        "one": StepStatus.COMPLETED,
        "two": StepStatus.PENDING,
    }
    await backend.signal(run_id, "resume")
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


async def test_progress_says_what_a_run_does_after_a_pause_and_not_who_paused_it(backend: Backend) -> None:
    slow = await backend.agent(durationMs=3000)
    spec = {
        "missions": [{"name": "m", "tasks": [{"name": name, "agent": slow.slug} for name in "ab"]}],
        "objective": "o",
    }
    run_id = await backend.start(await backend.primitive(Kind.CAMPAIGN, spec))
    await has_status(backend, run_id, RunStatus.RUNNING)
    await backend.signal(run_id, "pause", {"by": "Ada"})
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "resume")
    await has_status(backend, run_id, RunStatus.RUNNING)
    progress = await backend.handle(run_id).query("progress", result_type=RunProgress)
    assert (progress.doing, progress.paused) == ("mission m", False)
    await backend.closed(run_id)


async def test_pauses_and_resumes_that_come_together_are_recorded_in_their_order(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    for _ in range(3):
        await asyncio.gather(*(backend.signal(run_id, signal) for signal in ("pause", "resume") * 5))
        progress = await backend.handle(run_id).query("progress", result_type=RunProgress)

        async def is_recorded(paused: bool = progress.paused) -> None:
            assert ((await backend.row(run_id)).paused is not None) is paused

        await assert_eventually(is_recorded)
        await asyncio.sleep(0.2)
        await is_recorded()
    await backend.signal(run_id, "resume")
    await backend.signal(run_id, "approve")
    await backend.closed(run_id)


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
