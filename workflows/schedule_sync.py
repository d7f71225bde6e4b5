"""Keeps one automation's Temporal Schedule equal to its row: durable, so that a failed sync is never dropped."""

from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.schedules import ScheduleActivities
    from models.contracts.clock import SyncResult
    from models.names import SYNC_TEMPORAL_TYPE
    from workflows.options import SCHEDULE_SYNC


@workflow.defn(name=SYNC_TEMPORAL_TYPE)
class ScheduleSync:
    """Runs until the schedule is equal to the row and no change has come meanwhile."""

    def __init__(self) -> None:
        """Start with no change seen."""
        self._changes = 0

    @workflow.signal
    def row_changed(self) -> None:
        """Look at the row once more."""
        self._changes += 1

    @workflow.run
    async def run(self, automation_id: UUID) -> SyncResult:
        """Sync, and again while the row changes."""
        while True:
            seen = self._changes
            result = await workflow.execute_activity_method(
                ScheduleActivities.sync_schedule, automation_id, **SCHEDULE_SYNC
            )
            if self._changes == seen:
                return result
