"""A busy worker gets what somebody waits for before what is run afterwards: Temporal honours the classes of work."""

import uuid

import pytest
from temporalio.worker import Worker

from models import names
from models.states import WorkClass
from models.store.runs.to_start import run_to_start
from runtime.security.outbound import outgoing_client
from runtime.temporal.starting import start_run
from tests.support.backend import Backend, agent_work
from tests.support.eventually import assert_eventually


async def test_calls_of_deliveries_go_before_those_of_backfills(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = f"busy-{uuid.uuid4().hex}"
    monkeypatch.setattr(names, "RUNNER_QUEUES", {**names.RUNNER_QUEUES, "simulated": queue})
    agent = await backend.agent(durationMs=20)
    classes = [WorkClass.BACKFILL] * 24 + [WorkClass.INTERACTIVE] * 3
    runs = [await backend.queue(agent) for _ in classes]
    for run, work in zip(runs, classes, strict=True):
        await start_run(backend.client, run_to_start(run.id, agent, None, work))

    async def all_wait_for_a_slot() -> None:
        for run in runs:
            described = await backend.handle(run.id).describe()
            assert len(described.raw_description.pending_activities) == 1

    await assert_eventually(all_wait_for_a_slot, timeout=30)
    async with (
        outgoing_client(backend.settings) as http,
        Worker(
            backend.client,
            task_queue=queue,
            activities=agent_work(backend, backend.settings, http),
            max_concurrent_activities=1,
            # More would take tasks before they can be ordered.
            max_concurrent_activity_task_polls=1,
        ),
    ):
        rows = [await backend.closed(run.id) for run in runs]
    order = sorted(range(len(rows)), key=lambda index: str(rows[index].called_at))
    # Each partition of the queue has an order of its own. In order of arrival they would be the last ones.
    assert sum(order.index(urgent) for urgent in (24, 25, 26)) / 3 < 10, order
