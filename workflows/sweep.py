"""The sweep's clock: one Temporal workflow for ever, so that exactly one pass is under way, whatever the workers do."""

from collections.abc import Awaitable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.sweep import SweepActivities
    from models.contracts.clock import SweepInput, SweepReport
    from workflows.options import SWEEP

PASSES_PER_RUN = 200
"""Then it goes on as new, so that its history stays short."""


@workflow.defn(name="sweep")
class Sweep:
    """Passes again and again."""

    @workflow.run
    async def run(self, given: SweepInput) -> None:
        """Pass, wait, and go on as new after some passes."""
        for number in range(PASSES_PER_RUN):
            await _attempt(workflow.execute_activity_method(SweepActivities.sweep_runs, **SWEEP))
            await _attempt(workflow.execute_activity_method(SweepActivities.request_syncs, **SWEEP))
            await _attempt(workflow.execute_activity_method(SweepActivities.account_due_times, **SWEEP))
            if number % given.passes_per_comparison == 0:
                await _attempt(workflow.execute_activity_method(SweepActivities.compare_clocks, **SWEEP))
            await workflow.sleep(timedelta(seconds=given.interval_seconds))
        workflow.continue_as_new(given)


async def _attempt(piece: Awaitable[SweepReport]) -> None:
    """Do one piece of a pass; its failure is logged and leaves the others to be done."""
    try:
        await piece
    except ActivityError as failure:
        if is_cancelled_exception(failure):
            raise
        workflow.logger.warning("a piece of the sweep failed", exc_info=failure)
