"""Maps with more items than one history can hold run in batches."""

from datetime import timedelta
from typing import Any

import pytest

from models import limits
from models.kinds import Kind
from models.states import OPEN_STATUSES, RunStatus, StepStatus
from models.store.tables.primitives import Primitive
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    # The sandbox re-imports workflow files for each run, but this module only once.
    monkeypatch.setattr(limits, "MAP_BATCH_ITEMS", 4)
    monkeypatch.setattr(limits, "MAX_MAP_ITEMS", 20)


async def mapping(backend: Backend, agent: Primitive, **step: Any) -> Primitive:
    steps = [{"key": "each", "agent": agent.slug, "map": "input", "concurrency": 10, **step}]
    return await backend.primitive(Kind.WORKFLOW, {"steps": steps})


async def test_batches_record_steps_children_and_results_as_one_map(backend: Backend) -> None:
    agent = await backend.agent(output="seen", capacity=10)
    run = await backend.run(
        await mapping(backend, agent, input="{'n': item, 'all': size(input)}"), input=list(range(10))
    )
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert run.output == {"each": ["seen"] * 10}
    steps = await backend.steps(run.id)
    assert set(steps) == {"each", *(f"each.{number}" for number in range(10))}
    assert {step.status for step in steps.values()} == {StepStatus.COMPLETED}
    children = await backend.children(run.id)
    assert sorted(child.input["n"] for child in children if isinstance(child.input, dict)) == list(range(10))
    assert {child.root_run_id for child in children} == {run.id}
    history = await backend.handle(run.id).fetch_history()
    assert (
        sum(event.HasField("start_child_workflow_execution_initiated_event_attributes") for event in history.events)
        == 3
    )


async def test_failed_items_of_all_batches_are_counted(backend: Backend) -> None:
    agent = await backend.agent(successRate=0, capacity=10)
    run = await backend.run(await mapping(backend, agent), input=list(range(6)))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "items_failed")
    assert "6 of 6 items failed" in (run.error_message or "")


async def test_more_items_than_allowed_fail_the_step(backend: Backend) -> None:
    run = await backend.run(await mapping(backend, await backend.agent()), input=list(range(21)))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "limit_exceeded")
    assert "21 items; at most 20" in (run.error_message or "")
    assert await backend.children(run.id) == []


async def test_a_batch_is_paused_and_resumed_with_its_run(backend: Backend) -> None:
    agent = await backend.agent(durationMs=300, capacity=1)
    run_id = await backend.start(await mapping(backend, agent), input=list(range(6)))
    await assert_children(backend, run_id, 1)
    await backend.signal(run_id, "pause", {"by": "ada"})

    async def waits() -> None:
        assert (await backend.row(run_id)).status is RunStatus.WAITING
        assert (await backend.row(run_id)).paused

    await assert_eventually(waits, timeout=20)
    held = len(await backend.children(run_id))
    assert held < 6
    await backend.signal(run_id, "resume")
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED
    assert len(await backend.children(run_id)) == 6


async def test_a_batch_is_cancelled_with_its_run(backend: Backend) -> None:
    agent = await backend.agent(durationMs=60_000, capacity=2)
    run_id = await backend.start(await mapping(backend, agent), input=list(range(6)))
    await assert_children(backend, run_id, 2)
    await backend.handle(run_id).execute_update("cancel", {"reason": "enough"})
    run = await backend.closed(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "enough")
    for child in await backend.children(run_id):
        assert (await backend.closed(child.id)).status is RunStatus.CANCELLED


async def assert_children(backend: Backend, run_id: Any, number: int) -> None:
    async def check() -> None:
        children = await backend.children(run_id)
        assert len([child for child in children if child.status in OPEN_STATUSES]) >= number

    await assert_eventually(check, timeout=timedelta(seconds=20).total_seconds())
