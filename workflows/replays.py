"""Replays deliveries at a rate: one Temporal workflow for all replays, which runs while one of them does."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.replays import ReplayActivities
    from models.names import REPLAYS_TEMPORAL_TYPE
    from workflows.options import REPLAY
    from workflows.repeating import Repeating


@workflow.defn(name=REPLAYS_TEMPORAL_TYPE)
class ReplayDeliveries(Repeating):
    """Repeats the activity until no replay is running."""

    @workflow.run
    async def run(self) -> None:
        """Replay, wait for the next turn or a signal, and end when no replay is running."""
        await self.repeat(self._replay)

    async def _replay(self) -> float | None:
        return await workflow.execute_activity_method(ReplayActivities.replay_due, **REPLAY)
