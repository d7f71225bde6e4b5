"""A batch of a large map step, as a Temporal workflow of its own, so that no history grows with the whole list.

It writes the same steps of the same run as a small map does, and is paused and cancelled with its run.
"""

import asyncio
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models import names
    from models.contracts.workflows.map_batches import MapBatchRequest, MapBatchResult
    from models.errors import PodiumError
    from models.kinds import Kind
    from models.limits import WORKFLOW_TASK
    from models.states import RunStatus, StepStatus
    from workflows.runs.lifecycle import RunLifecycle
    from workflows.steps.agent_steps import MapItems, run_items


@workflow.defn(name=names.MAP_BATCH_TEMPORAL_TYPE)
class MapBatch(RunLifecycle):
    """Runs the items of one batch; the run itself is opened and closed by its pipeline."""

    @workflow.run
    async def run(self, batch: MapBatchRequest) -> MapBatchResult:
        """Run the items and return their outputs.

        Raises:
            ApplicationError: the outputs together are too large.
        """
        self._run, self._run_id, self._status = batch.run, batch.run.run_id, RunStatus.RUNNING
        items = MapItems(batch.step, batch.change, batch.items, batch.first, batch.variables, batch.slots)
        try:
            results = await run_items(self, items)
        except PodiumError as error:
            raise ApplicationError(error.detail, type=error.code, non_retryable=True) from error
        failed = sum(result.status is StepStatus.FAILED for result in results)
        return MapBatchResult(outputs=tuple(result.output for result in results), failed=failed)

    def paused_by(self) -> str:
        """A batch does not know who pauses its run."""
        return "paused with its run"

    async def _record_pause(self) -> None:
        """The pipeline has written on the row that the run is held."""


async def run_batch(life: RunLifecycle, batch: MapBatchRequest) -> MapBatchResult:
    """Run a batch as a child workflow, and pass pauses on to it.

    Raises:
        ChildWorkflowError: the batch failed, or the run is being cancelled.
    """
    await life.unpaused()
    last = batch.first + len(batch.items) - 1
    child = await workflow.start_child_workflow(
        MapBatch.run,
        batch,
        id=names.map_batch_temporal_workflow_id(batch.run.run_id, batch.step.key, batch.first),
        parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
        task_timeout=WORKFLOW_TASK[Kind.WORKFLOW],
        search_attributes=names.root_run_attributes(batch.run.root_run_id),
        static_summary=f"Items {batch.first} to {last} of step {batch.step.key} of {batch.run.primitive_name}",
    )
    pauses = asyncio.create_task(_pass_pauses_on(life, child))
    try:
        return await child
    finally:
        pauses.cancel()


async def _pass_pauses_on(life: RunLifecycle, child: workflow.ChildWorkflowHandle[MapBatch, MapBatchResult]) -> None:
    # The batch starts unpaused: `run_batch` has waited for that.
    held = False
    while True:
        await workflow.wait_condition(partial(_is_other, life, held))
        note = life.paused
        held = note is not None
        try:
            await child.signal("pause" if held else "resume", note.wire() if note else None)
        except ApplicationError:
            # The batch has ended meanwhile.
            return


def _is_other(life: RunLifecycle, held: bool) -> bool:
    return (life.paused is not None) != held
