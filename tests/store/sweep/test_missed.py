from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.contracts.automations.drafts import Overlap
from models.kinds import Kind
from models.rules.missed_spans import missed_spans
from models.states import RunStatus, Source
from models.store.sweep.missed import (
    GRACE,
    UnaccountedWindow,
    due_times_with_runs,
    overlapped,
    record_missed,
    save_accounted_until,
    unaccounted_windows,
)
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive, queue_run

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def schedule(sessions: Sessions, **columns: Any) -> Automation:
    async with transaction(sessions) as session:
        values = {"cron_expr": "*/10 * * * *", "catchup_seconds": 60, "accounted_until": NOON - 2 * HOUR, **columns}
        return await make_automation(session, await make_agent(session), Source.SCHEDULE, **values)


async def add_run(sessions: Sessions, automation: Automation, **columns: Any) -> Run:
    async with transaction(sessions) as session:
        row = await session.get_one(Automation, automation.id)
        agent = await make_agent(session)
        return await queue_run(session, agent, row, **columns)


async def windows(sessions: Sessions, now: datetime = NOON, limit: int = 10) -> list[UnaccountedWindow]:
    async with transaction(sessions) as session:
        return [*await unaccounted_windows(session, now, limit)]


async def missed(sessions: Sessions, automation: Automation) -> list[tuple[datetime | None, str | None, int]]:
    query = select(Run.due_at, Run.reason, Run.occurrences).where(Run.status == RunStatus.MISSED)
    async with transaction(sessions) as session:
        rows = await session.execute(query.where(Run.automation_id == automation.id).order_by(Run.due_at))
        return [(row[0], row[1], row[2]) for row in rows]


@pytest.mark.parametrize(
    ("catchup", "jitter"), [(60, 0), (3600, 0), (60, 120)], ids=["default", "long catch-up", "jitter"]
)
async def test_a_due_time_is_recorded_as_missed_once_it_can_no_longer_start(
    sessions: Sessions, catchup: int, jitter: int
) -> None:
    row = await schedule(sessions, catchup_seconds=catchup, jitter_seconds=jitter)
    (window,) = await windows(sessions)
    assert (window.automation_id, window.since) == (row.id, NOON - 2 * HOUR)
    assert window.until == NOON - GRACE - timedelta(seconds=catchup + jitter)


async def test_accounting_of_a_new_schedule_starts_at_its_creation(sessions: Sessions) -> None:
    await schedule(sessions, accounted_until=None)
    now = datetime.now(UTC) + HOUR
    (window,) = await windows(sessions, now)
    assert NOON < window.since < now - HOUR + MINUTE


@pytest.mark.parametrize(
    "columns",
    [
        {"is_active": False},
        {"archived_at": NOON - HOUR},
        {"accounted_until": NOON - MINUTE},
    ],
    ids=["paused", "archived", "may still start"],
)
async def test_paused_and_archived_schedules_are_not_accounted(sessions: Sessions, columns: dict[str, Any]) -> None:
    await schedule(sessions, **columns)
    assert await windows(sessions) == []


async def test_triggers_have_no_due_times(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await make_automation(session, await make_agent(session), Source.WEBHOOK, accounted_until=NOON - HOUR)
    assert await windows(sessions) == []


async def test_schedules_are_accounted_longest_pending_first_in_bounded_pages(sessions: Sessions) -> None:
    hours = (3, 5, 4)
    rows = {n: await schedule(sessions, accounted_until=NOON - n * HOUR) for n in hours}
    found = await windows(sessions, limit=2)
    assert [window.automation_id for window in found] == [rows[5].id, rows[4].id]


@pytest.mark.parametrize(
    ("overlap", "status"),
    [
        (Overlap.BUFFER_ONE, RunStatus.RUNNING),
        (Overlap.BUFFER_ALL, RunStatus.WAITING),
        (Overlap.BUFFER_ALL, RunStatus.COMPLETED),
        (Overlap.SKIP, RunStatus.RUNNING),
        (Overlap.ALLOW_ALL, RunStatus.RUNNING),
    ],
)
async def test_a_schedule_is_accounted_while_one_of_its_runs_is_open(
    sessions: Sessions, overlap: Overlap, status: RunStatus
) -> None:
    """A buffering schedule under load always has an open run; Temporal knows which due times it still buffers."""
    row = await schedule(sessions, overlap=overlap)
    await add_run(sessions, row, status=status, due_at=NOON - HOUR, started_at=NOON - HOUR)
    (window,) = await windows(sessions)
    assert (window.automation_id, window.overlap) == (row.id, overlap)


async def test_a_run_of_any_status_accounts_for_its_due_time(
    sessions: Sessions,
) -> None:
    row = await schedule(sessions)
    (window,) = await windows(sessions)
    inside = [(window.since + 10 * MINUTE, RunStatus.SKIPPED), (window.until, RunStatus.FAILED)]
    outside = [(window.since, RunStatus.COMPLETED), (window.until + MINUTE, RunStatus.QUEUED)]
    for due_at, status in [*inside, *outside]:
        await add_run(sessions, row, due_at=due_at, status=status)
    await add_run(sessions, row, status=RunStatus.COMPLETED)
    async with transaction(sessions) as session:
        known = await due_times_with_runs(session, [replace(window, drops_until=None)])
        assert known == {row.id: {due_at for due_at, _ in inside}}


@pytest.mark.parametrize(
    ("started", "finished", "expected"),
    [
        (-30, None, True),
        (-30, 1, True),
        (0, 5, True),
        (-30, 0, False),
        (-30, -5, False),
        (5, None, False),
        (None, None, False),
    ],
    ids=["open", "ended after", "started at it", "ended at it", "ended before", "started after", "never started"],
)
async def test_a_due_time_overlaps_with_a_run_open_at_that_instant(
    sessions: Sessions, started: int | None, finished: int | None, expected: bool
) -> None:
    row, other = await schedule(sessions), await schedule(sessions)
    times = {"started_at": started, "finished_at": finished}
    times_at = {name: None if minutes is None else NOON + minutes * MINUTE for name, minutes in times.items()}
    await add_run(sessions, row, **times_at)
    async with transaction(sessions) as session:
        assert await overlapped(session, row.id, [NOON]) == ({NOON} if expected else set())
        assert not await overlapped(session, other.id, [NOON]), "another automation's run overlaps nothing"


async def test_an_outage_is_one_row_and_each_overlap_has_its_own(sessions: Sessions) -> None:
    """Account for two hours as the sweep does: one run from 10:10 to 10:35, then nothing."""
    row = await schedule(sessions)
    (window,) = await windows(sessions)
    at = window.since + 10 * MINUTE
    await add_run(sessions, row, due_at=at, started_at=at, finished_at=at + 25 * MINUTE, status=RunStatus.COMPLETED)
    due = window.schedule.due_between(window.since, window.until)
    async with transaction(sessions) as session:
        known = (await due_times_with_runs(session, [window]))[row.id]
        missing = [due_at for due_at in due if due_at not in known]
        overlaps = await overlapped(session, row.id, missing)
        reasons = ["overlap" if due_at in overlaps else "outage" for due_at in missing]
        for span in missed_spans(due, missing, reasons):
            written = await record_missed(
                session, row.id, span.due_at, reason=span.reason, occurrences=span.occurrences, now=NOON
            )
            assert written
        await save_accounted_until(session, {row.id: (window.since, window.until)}, {row.id: NOON + MINUTE})
    assert await missed(sessions, row) == [
        (at + 10 * MINUTE, "overlap", 1),
        (at + 20 * MINUTE, "overlap", 1),
        (at + 30 * MINUTE, "outage", 8),
    ]
    async with transaction(sessions) as session:
        stats = await session.get_one(AutomationStats, row.id)
        hours = await session.scalars(select(AutomationHour.missed).order_by(AutomationHour.hour))
        assert (stats.missed, stats.started, stats.last_run_id) == (10, 0, None)
        assert [*hours] == [10]
    assert await windows(sessions) == [], "the window is accounted for"


async def test_a_due_time_with_a_late_run_is_not_missed(sessions: Sessions) -> None:
    row = await schedule(sessions)
    run = await add_run(sessions, row, due_at=NOON)
    for expected in (False, False):
        async with transaction(sessions) as session:
            assert await record_missed(session, row.id, NOON, reason="outage", occurrences=1, now=NOON) is expected
    async with transaction(sessions) as session:
        assert (await session.get_one(Run, run.id)).status is RunStatus.QUEUED
        assert await session.get(AutomationStats, row.id) is None


async def test_a_missed_row_is_written_once(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await make_agent(session, "scout")
        network = await make_primitive(session, Kind.NETWORK, {"members": ["scout"], "router": {"type": "sequence"}})
        row = await make_automation(session, network, Source.SCHEDULE, cron_expr="* * * * *")
    for expected in (True, False):
        async with transaction(sessions) as session:
            assert await record_missed(session, row.id, NOON, reason="outage", occurrences=5, now=NOON) is expected
    assert await missed(sessions, row) == [(NOON, "outage", 5)]
    async with transaction(sessions) as session:
        run = (await session.scalars(select(Run))).one()
        assert (run.kind, run.primitive_id, run.root_run_id) == (network.kind, network.id, run.id)
        assert (run.started_at, run.duration_ms, run.cost_usd) == (None, None, None)


async def test_a_concurrent_edit_keeps_its_own_position(sessions: Sessions) -> None:
    row, edited = await schedule(sessions), await schedule(sessions)
    found = {window.automation_id: (window.since, window.until) for window in await windows(sessions)}
    async with transaction(sessions) as session:
        (await session.get_one(Automation, edited.id)).accounted_until = NOON
    async with transaction(sessions) as session:
        await save_accounted_until(session, found)
    async with transaction(sessions) as session:
        assert (await session.get_one(Automation, row.id)).accounted_until == found[row.id][1]
        assert (await session.get_one(Automation, edited.id)).accounted_until == NOON
