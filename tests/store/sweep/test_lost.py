from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.states import RunStatus, Source
from models.store.runs.to_start import RunToStart
from models.store.sweep.lost import OpenRow, QueuedRun, open_rows, queued_runs
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, queue_run

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def add(sessions: Sessions, seconds_ago: int, status: RunStatus = RunStatus.QUEUED, **columns: Any) -> UUID:
    async with transaction(sessions) as session:
        queued_at = NOW - seconds_ago * SECOND
        return (
            await queue_run(session, await make_agent(session), None, status=status, queued_at=queued_at, **columns)
        ).id


async def queued(sessions: Sessions, limit: int = 10) -> list[UUID]:
    async with transaction(sessions) as session:
        return [one.run.run_id for one in await queued_runs(session, NOW - 5 * SECOND, limit)]


async def test_old_queued_runs_are_started_oldest_first_and_fresh_ones_are_left(sessions: Sessions) -> None:
    runs = {seconds: await add(sessions, seconds) for seconds in (6, 60, 5, 1)}
    assert await queued(sessions) == [runs[60], runs[6]]
    assert await queued(sessions, limit=1) == [runs[60]]


@pytest.mark.parametrize("status", [status for status in RunStatus if status is not RunStatus.QUEUED])
async def test_only_queued_runs_wait_for_a_start(sessions: Sessions, status: RunStatus) -> None:
    await add(sessions, 60, status)
    assert await queued(sessions) == []


async def test_runs_of_schedules_and_parents_are_not_started_by_the_sweep(sessions: Sessions) -> None:
    parent = await add(sessions, 60)
    await add(sessions, 50, due_at=NOW - 50 * SECOND)
    await add(sessions, 40, parent_run_id=parent)
    assert await queued(sessions) == [parent]


async def test_a_queued_run_is_found_with_its_display_names(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        row = await make_automation(session, agent, Source.WEBHOOK, webhook_path="in")
        own = await queue_run(session, agent, row, queued_at=NOW - 60 * SECOND)
    alone = await add(sessions, 50)
    async with transaction(sessions) as session:
        first, second = await queued_runs(session, NOW, 10)
    run = RunToStart(own.id, agent.kind, "scout", "Scout", row.id, row.name, "simulated")
    assert first == QueuedRun(run, NOW - 60 * SECOND)
    assert (second.run.run_id, second.run.automation_id, second.run.automation_name) == (alone, None, None)


async def test_open_runs_are_paged_by_id_with_their_temporal_ids(sessions: Sessions) -> None:
    ids = [
        await add(sessions, 60, status, temporal_workflow_id=f"run:{status}", temporal_run_id="first")
        for status in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)
    ]
    for status in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.SKIPPED, RunStatus.MISSED, RunStatus.CANCELLED):
        await add(sessions, 60, status)
    await add(sessions, 10, RunStatus.RUNNING)
    found: list[OpenRow] = []
    after = None
    while True:
        async with transaction(sessions) as session:
            page = await open_rows(session, NOW - 30 * SECOND, after, 2)
        found += page
        if len(page) < 2:
            break
        after = page[-1].run_id
    assert [row.run_id for row in found] == sorted(ids)
    assert {row.status: row.temporal_workflow_id for row in found} == {
        RunStatus.QUEUED: "run:queued",
        RunStatus.RUNNING: "run:running",
        RunStatus.WAITING: "run:waiting",
    }
    assert {(row.temporal_run_id, row.queued_at) for row in found} == {("first", NOW - 60 * SECOND)}
