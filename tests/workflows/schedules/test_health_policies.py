"""What a health policy does to a schedule reaches Temporal, the projection and the page."""

from datetime import UTC, datetime, timedelta

from models.contracts.automations.drafts import HealthAction
from models.states import AutomationState, Source
from models.store.automations.related import read_related
from models.store.automations.schedule_columns import stored_schedule
from models.store.automations.views import view
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from runtime.database import transaction
from tests.rules.temporal_schedule.test_compiler import matching_times
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.schedules.test_schedule_sync import handle

DAY = timedelta(days=1)


async def test_a_slowed_schedule_returns_to_full_speed_in_steps_in_temporal_and_in_the_list(backend: Backend) -> None:
    agent = await backend.agent()
    anchor = datetime.now(UTC) - timedelta(hours=3)
    slowed = {"slowdown": 4, "slowdown_anchor": anchor, "health_triggered_at": anchor}
    policy = {"health_enabled": True, "health_min_runs": 2, "health_action": HealthAction.REDUCE_FREQUENCY}
    automation = await backend.automation(agent, Source.SCHEDULE, cron_expr="0 * * * *", **slowed, **policy)
    for pace, fires in ((2, 12), (None, 24)):
        for _ in range(2):
            await backend.run(agent, automation)

        async def is_synced() -> Automation:
            row = await backend.read(automation)
            assert row.synced_revision == row.revision > automation.revision
            return row

        row = await assert_eventually(is_synced)
        assert row.slowdown == pace
        start = datetime.now(UTC)
        found = await matching_times(backend.client, handle(backend, automation), start, start + DAY)
        schedule = stored_schedule(row)
        assert schedule
        assert found == schedule.due_between(start, start + DAY)
        assert len(found) == fires
        async with transaction(backend.sessions) as session:
            row.primitive = await session.get_one(Primitive, row.primitive_id)
            seen = view(row, await read_related(session, [row], start), start)
        assert seen.stats.next_run_at == found[0], "the projection agrees with Temporal"
        assert seen.health_policy.next_step_at == (found[1] if pace else None), "after a window of two runs"
        assert (seen.state is AutomationState.SLOWED) is (pace is not None)
