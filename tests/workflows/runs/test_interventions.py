"""What people do to a run is counted where its message is handled, through whichever door it comes."""

import uuid

from temporalio.client import WorkflowUpdateFailedError

from models.contracts.workflows.signals import BY_FLOW_CONTROL, CancelAccepted, CancelRequest
from models.kinds import Kind
from models.states import RunStatus
from models.store.tables.runs import Run
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.runs.gates import approval, has_status


def counts(run: Run) -> tuple[int, int]:
    return run.interventions, run.gates


async def begun(backend: Backend, run_id: uuid.UUID) -> None:
    async def check() -> None:
        assert (await backend.row(run_id)).called_at is not None

    await assert_eventually(check)


async def test_an_approval_is_a_gate_and_a_rejection_an_intervention(backend: Backend) -> None:
    gate = await approval(backend)
    approved, rejected, paused = [await backend.start(gate) for _ in range(3)]
    for run_id in (approved, rejected, paused):
        await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(rejected, "reject", {"by": "Bob"})
    await backend.signal(paused, "pause")
    await backend.signal(paused, "pause", {"nonsense": 1})
    await backend.signal(paused, "resume")
    await backend.signal(paused, "approve")
    await backend.handle(approved).execute_update("approve")
    assert counts(await backend.closed(approved)) == (0, 1)
    assert counts(await backend.closed(rejected)) == (1, 1)
    assert counts(await backend.closed(paused)) == (2, 1)


async def test_an_approval_that_nobody_gave_needed_somebody(backend: Backend) -> None:
    run = await backend.run(await approval(backend, timeoutSeconds=1))
    assert (run.status, counts(run)) == (RunStatus.FAILED, (1, 1))


async def test_a_cancellation_counts_once_on_the_run_and_not_below_it(backend: Backend) -> None:
    slow = await backend.agent(durationMs=60_000)
    network = await backend.primitive(Kind.NETWORK, {"members": [slow.slug], "router": {"type": "sequence"}})
    by_update, by_temporal, replaced = [await backend.start(network) for _ in range(3)]

    async def all_have_a_child() -> None:
        for run_id in (by_update, by_temporal, replaced):
            assert await backend.children(run_id)

    await assert_eventually(all_have_a_child)
    await backend.handle(by_update).execute_update("cancel", result_type=CancelAccepted)
    await backend.handle(by_temporal).cancel()
    by = CancelRequest(reason="a newer one runs", by=BY_FLOW_CONTROL)
    await backend.handle(replaced).execute_update("cancel", by, result_type=CancelAccepted)
    for run_id, expected in ((by_update, 1), (by_temporal, 1), (replaced, 0)):
        run = await backend.closed(run_id)
        assert (run.status, counts(run)) == (RunStatus.CANCELLED, (expected, 0))
        assert [counts(child) for child in await backend.children(run_id)] == [(0, 0)]


async def test_a_run_that_one_activity_carries_out_is_touched_too(backend: Backend) -> None:
    slow = await backend.agent(durationMs=1500)
    run_id = await backend.start(slow)
    await begun(backend, run_id)
    await backend.signal(run_id, "pause")

    async def counted() -> None:
        run = await backend.row(run_id)
        assert (run.status, counts(run)) == (RunStatus.COMPLETED, (1, 0))

    await assert_eventually(counted, timeout=20)


async def test_tasks_that_are_added_and_skipped_count(backend: Backend) -> None:
    slow = await backend.agent(durationMs=1500)
    missions = [{"name": "m", "tasks": [{"name": "t", "agent": slow.slug}, {"name": "u", "agent": slow.slug}]}]
    spec = {"objective": "o", "missions": missions, "concurrency": 1}
    run_id = await backend.start(await backend.primitive(Kind.CAMPAIGN, spec))

    async def added() -> None:
        try:
            await backend.handle(run_id).execute_update("add_task", {"name": "v", "agent": slow.slug})
        except WorkflowUpdateFailedError as refused:
            raise AssertionError from refused

    await assert_eventually(added)
    for task in ("v", "u"):
        await backend.handle(run_id).execute_update("skip_task", {"task": task})
    assert counts(await backend.closed(run_id)) == (3, 0)
