"""Schedule sync: makes one automation's Temporal schedule equal to its row, durably, so that no change is lost."""

from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.schedules import ScheduleActivities
    from models.contracts.workflows.schedule_sync import SyncResult
    from models.names import SYNC_TEMPORAL_TYPE
    from workflows.options import SCHEDULE_SYNC


@workflow.defn(name=SYNC_TEMPORAL_TYPE)
class ScheduleSync:
    """Syncs until the row has not changed during a sync."""

    def __init__(self) -> None:
        self._changes = 0

    @workflow.signal
    def row_changed(self) -> None:
        """Sync once more: the row has changed."""
        self._changes += 1

    @workflow.run
    async def run(self, automation_id: UUID) -> SyncResult:
        """Sync, again for every change that arrived during a sync."""
        while True:
            seen = self._changes
            result = await workflow.execute_activity_method(
                ScheduleActivities.sync_schedule, automation_id, **SCHEDULE_SYNC
            )
            if self._changes == seen:
                return result
