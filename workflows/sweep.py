"""The sweep: one Temporal workflow that never ends, so that at most one pass runs at a time, on whichever worker."""

import contextlib
from collections.abc import Awaitable

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.sweep.sweep import SweepActivities
    from models.contracts.workflows.sweep import SweepInput, SweepReport
    from models.names import CONTROL_QUEUE, SWEEP_TEMPORAL_TYPE
    from workflows.options import SWEEP

PASSES_PER_RUN = 200
"""Then it continues as new, so that its history stays short."""


@workflow.defn(name=SWEEP_TEMPORAL_TYPE)
class Sweep:
    """Repeats the pass at an interval."""

    @workflow.init
    def __init__(self, given: SweepInput) -> None:
        """Keep the interval before a signal can change it."""
        self._given = given

    @workflow.signal
    def configure(self, given: SweepInput) -> None:
        """Change the interval: each worker that starts sends its settings."""
        self._given = given

    @workflow.run
    async def run(self, given: SweepInput) -> None:
        """Pass, wait, and continue as new after `PASSES_PER_RUN` passes."""
        for number in range(PASSES_PER_RUN):
            await _attempt(workflow.execute_activity_method(SweepActivities.sweep_runs, **SWEEP))
            await _attempt(workflow.execute_activity_method(SweepActivities.request_syncs, **SWEEP))
            await _attempt(workflow.execute_activity_method(SweepActivities.account_due_times, **SWEEP))
            if number % self._given.passes_per_comparison == 0:
                await _attempt(workflow.execute_activity_method(SweepActivities.compare_schedules, **SWEEP))
            await self._pause(self._given)
        # A sweep that an older version started moves to the queue of control work here.
        workflow.continue_as_new(self._given, task_queue=CONTROL_QUEUE)

    async def _pause(self, pace: SweepInput) -> None:
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._given != pace, timeout=pace.interval_seconds)


async def _attempt(piece: Awaitable[SweepReport]) -> None:
    """Run one part of a pass; a failure is logged, and the other parts still run."""
    try:
        await piece
    except ActivityError as failure:
        if is_cancelled_exception(failure):
            raise
        workflow.logger.warning("a part of the sweep failed", exc_info=failure)
