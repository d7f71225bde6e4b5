"""The largest allowed campaign and map complete."""

from datetime import timedelta

import pytest

from models.kinds import Kind
from models.limits import MAX_CAMPAIGN_TASKS, MAX_MAP_ITEMS
from models.states import RunStatus, StepStatus
from tests.support.backend import Backend

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

MAX_EVENTS = 51_200


async def test_the_largest_campaign_completes(backend: Backend) -> None:
    agent = await backend.agent(durationMs=0, capacity=100)
    tasks = [{"name": f"t{number}", "agent": agent.slug} for number in range(MAX_CAMPAIGN_TASKS)]
    spec = {"objective": "o", "concurrency": 100, "missions": [{"name": "all", "tasks": tasks}]}
    run_id = await backend.start(await backend.primitive(Kind.CAMPAIGN, spec))
    run = await backend.closed(run_id, within=timedelta(minutes=50))
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    assert run.output["completed"] == MAX_CAMPAIGN_TASKS
    assert len(await backend.children(run_id)) == MAX_CAMPAIGN_TASKS
    assert (await backend.handle(run_id).describe()).history_length < MAX_EVENTS


async def test_the_largest_map_completes(backend: Backend) -> None:
    agent = await backend.agent(durationMs=0, capacity=100, output="seen")
    steps = [{"key": "each", "agent": agent.slug, "map": "input", "concurrency": 100}]
    pipeline = await backend.primitive(Kind.WORKFLOW, {"steps": steps})
    run_id = await backend.start(pipeline, input=list(range(MAX_MAP_ITEMS)))
    run = await backend.closed(run_id, within=timedelta(minutes=50))
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert run.output == {"each": ["seen"] * MAX_MAP_ITEMS}
    children = await backend.children(run_id)
    assert sorted(child.input for child in children if isinstance(child.input, int)) == list(range(MAX_MAP_ITEMS))
    statuses = {step.status for step in (await backend.steps(run_id)).values()}
    assert statuses == {StepStatus.COMPLETED}
    assert (await backend.handle(run_id).describe()).history_length < 1000
