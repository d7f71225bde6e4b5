"""A late fire replaces the `missed` row of its due time, and the counts follow."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.contracts.workflows.lifecycle import OpenRun, RunRequest
from models.kinds import Kind
from models.names import due_temporal_workflow_id
from models.states import RunStatus, Source
from models.store.runs.opening import open_run
from models.store.stats.verification import differing
from models.store.sweep.missed import record_missed
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def missed_five(sessions: Sessions) -> Automation:
    async with transaction(sessions) as session:
        row = await make_automation(session, await make_agent(session), Source.SCHEDULE, cron_expr="* * * * *")
    async with transaction(sessions) as session:
        await record_missed(session, row.id, NOON, reason="outage", occurrences=5, now=NOON + 10 * MINUTE)
    return row


async def fire(sessions: Sessions, row: Automation, due_at: datetime) -> None:
    opening = OpenRun(
        request=RunRequest(automation_id=row.id),
        kind=Kind.AGENT,
        due_at=due_at,
        started_at=NOON + 20 * MINUTE,
        temporal_workflow_id=due_temporal_workflow_id(row.id, due_at),
        temporal_run_id="first",
    )
    for _ in range(2):
        async with transaction(sessions) as session:
            assert (await open_run(session, opening)).admitted


@pytest.mark.parametrize(
    ("late", "left"),
    [(0, [(1, 4)]), (2, [(0, 4)]), (7, [(0, 5)])],
    ids=["the first that the row stands for", "one in its middle", "one behind it"],
)
async def test_a_late_fire_runs_and_is_no_longer_counted_as_missed(
    sessions: Sessions, late: int, left: list[tuple[int, int]]
) -> None:
    row = await missed_five(sessions)
    await fire(sessions, row, NOON + late * MINUTE)
    async with transaction(sessions) as session:
        runs = {run.due_at: run for run in await session.scalars(select(Run))}
        assert runs.pop(NOON + late * MINUTE).status is RunStatus.RUNNING
        assert [(run.due_at, run.status, run.reason, run.occurrences) for run in runs.values()] == [
            (NOON + minute * MINUTE, RunStatus.MISSED, "outage", count) for minute, count in left
        ]
        stats = await session.get_one(AutomationStats, row.id)
        assert (stats.started, stats.running_now, stats.missed) == (1, 1, sum(count for _, count in left))
        assert await differing(session, [row.id]) == []
