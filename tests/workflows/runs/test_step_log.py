"""The steps of a run are stored as they change, those that change at once in one transaction."""

import json
from base64 import b64decode
from typing import Any
from uuid import UUID

from models.kinds import Kind
from models.states import RunStatus, StepStatus
from tests.support.backend import Backend

TASKS = 20


async def test_steps_that_change_at_once_are_stored_together(backend: Backend) -> None:
    agent = await backend.agent(capacity=TASKS)
    tasks = [{"name": f"t{number}", "agent": agent.slug} for number in range(TASKS)]
    spec = {"objective": "All at once.", "concurrency": TASKS, "missions": [{"name": "m", "tasks": tasks}]}
    run = await backend.run(await backend.primitive(Kind.CAMPAIGN, spec))
    assert run.status is RunStatus.COMPLETED, run.error_message
    steps = [step for path, step in (await backend.steps(run.id)).items() if "." in path]
    children = {child.id: child for child in await backend.children(run.id)}
    assert len(steps) == len(children) == TASKS
    for step in steps:
        assert step.status is StepStatus.COMPLETED
        assert step.started_at
        assert step.finished_at
        assert step.child_run_id
        # When it changed, not when that was stored.
        assert step.started_at <= children[step.child_run_id].started_at  # type: ignore[operator]
    # Each by itself would be two for each task, besides those of the mission.
    assert 3 <= await written(backend, run.id) < 2 * TASKS


async def written(backend: Backend, run_id: UUID) -> int:
    """Return how often the run has stored steps."""
    events: list[dict[str, Any]] = (await backend.handle(run_id).fetch_history()).to_json_dict()["events"]
    markers = [event["markerRecordedEventAttributes"] for event in events if "markerRecordedEventAttributes" in event]
    told = [marker["details"]["data"]["payloads"][0]["data"] for marker in markers if "data" in marker["details"]]
    return sum(json.loads(b64decode(data)).get("activity_type") == "record-steps" for data in told)
