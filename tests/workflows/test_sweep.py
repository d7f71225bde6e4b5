"""The sweep as a whole: one for ever, at the pace of the newest worker, and nothing queued is forgotten."""

from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowExecutionStatus

from models import names
from models.states import RunStatus
from tests.support.eventually import assert_eventually
from tests.support.world import World
from worker import start_sweep


async def test_the_sweep_takes_the_pace_of_a_worker_that_starts_later(world: World) -> None:
    await start_sweep(world.client, world.settings.model_copy(update={"sweep_seconds": 3600.0}))
    handle = world.client.get_workflow_handle(names.SWEEP_WORKFLOW_ID)
    first = await handle.describe()
    run = await world.queue(await world.agent(), queued_at=datetime.now(UTC) - timedelta(minutes=1))
    await start_sweep(world.client, world.settings.model_copy(update={"sweep_seconds": 0.1}))
    assert (await world.closed(run.id)).status is RunStatus.COMPLETED
    again = await handle.describe()
    assert (again.run_id, again.status) == (first.run_id, WorkflowExecutionStatus.RUNNING)
    await handle.terminate("the test is over")

    async def ended() -> None:
        assert (await handle.describe()).status is WorkflowExecutionStatus.TERMINATED

    await assert_eventually(ended)
