"""Damping in the database: flapping ends probes and most notices, healthy windows forgive, and the brake."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from models.contracts.automations.health_policies import HealthAction
from models.contracts.governance.notices import NoticeSeverity
from models.contracts.workflows.lifecycle import RunOutcome
from models.states import RunStatus
from models.store.health.brake import PERCENT
from models.store.runs.closing import close_run
from models.store.stats.folding import fold_opened, make_stats
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry
from models.store.tables.notices import Notice
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, session_factory, transaction
from runtime.settings import Settings
from tests.factories import make_agent, make_automation, queue_run
from tests.store.health.test_probes import actions, read

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = {"health_enabled": True, "health_window": 4, "health_min_runs": 2, "health_probe_minutes": 30}


async def watched(sessions: Sessions, **columns: Any) -> Automation:
    async with transaction(sessions) as session:
        row = await make_automation(session, await make_agent(session), **{**POLICY, **columns})
        await make_stats(session, row.id)
        return row


async def finish_runs(sessions: Sessions, row: Automation, letters: str, at: datetime = NOW) -> Automation:
    """Let runs complete (C) or fail (F) one after the other; return the automation as it is then."""
    for letter in letters:
        async with transaction(sessions) as session:
            primitive = await session.get_one(Primitive, row.primitive_id)
            run = await queue_run(session, primitive, row, status=RunStatus.RUNNING, started_at=at)
            await fold_opened(session, run)
        status = RunStatus.COMPLETED if letter == "C" else RunStatus.FAILED
        async with transaction(sessions) as session:
            await close_run(session, RunOutcome(run_id=run.id, status=status, finished_at=at))
    return await read(sessions, row)


async def notices(sessions: Sessions) -> list[tuple[str, int]]:
    async with transaction(sessions) as session:
        return [(one.kind, one.repeats) for one in await session.scalars(select(Notice).order_by(Notice.id))]


async def enabled_again(sessions: Sessions, row: Automation) -> None:
    """Enable it as a completed probe does."""
    async with transaction(sessions) as session:
        changed = await session.get_one(Automation, row.id)
        changed.is_active, changed.health_triggered_at, changed.health_probe_at = True, None, None
        (await session.get_one(AutomationStats, row.id)).finished_since_reset = 0


async def test_every_change_has_a_notice_with_the_reason(sessions: Sessions) -> None:
    row = await watched(sessions)
    await finish_runs(sessions, row, "FF")
    async with transaction(sessions) as session:
        (notice,) = await session.scalars(select(Notice))
    assert (notice.kind, notice.severity, notice.automation_id) == ("health.disable", NoticeSeverity.CRITICAL, row.id)
    assert notice.title == f"{row.name} was disabled by its health policy"
    assert "0% of the last 2 runs completed" in notice.text
    assert "single run after 2026-03-02 12:" in notice.text
    assert (notice.seen_at, notice.send_at) == (None, NOW)
    assert await actions(sessions, row) == ["health.disable"]


async def test_an_automation_that_is_disabled_three_times_in_a_week_is_no_longer_probed(sessions: Sessions) -> None:
    row = await watched(sessions)
    for day, probed in ((0, True), (1, True), (6, False)):
        after = await finish_runs(sessions, row, "FF", NOW + day * DAY)
        assert (after.is_active, after.health_probe_at is not None) == (False, probed)
        await enabled_again(sessions, row)
    assert len(after.health_tripped_at) == 3
    async with transaction(sessions) as session:
        newest = await session.scalar(select(Notice).order_by(Notice.id.desc()).limit(1))
    assert newest
    assert "It goes back and forth" in newest.text
    later = await finish_runs(sessions, row, "FF", NOW + 14 * DAY)
    assert later.health_probe_at, "a week later it is probed again"


async def test_of_a_flapping_automation_one_notice_a_day_is_written_and_the_others_are_counted(
    sessions: Sessions,
) -> None:
    row = await watched(sessions, health_action=HealthAction.ALERT, health_window=2)
    for hour in range(5):
        await finish_runs(sessions, row, "FFCC", NOW + timedelta(hours=hour))
    names = ["health.alert", "health.recovered", "health.alert", "health.recovered", "health.alert"]
    assert await notices(sessions) == [(name, 0) for name in names[:4]] + [(names[4], 5)]
    assert len(await actions(sessions, row)) == 10, "the audit log has all of them"
    await finish_runs(sessions, row, "FF", NOW + timedelta(hours=27))
    assert await notices(sessions) == [(name, 0) for name in names[:4]] + [(names[4], 5), (names[4], 0)]


async def test_each_full_healthy_window_forgives_a_trip(sessions: Sessions) -> None:
    row = await watched(sessions, health_trips=2)
    trips = [(await finish_runs(sessions, row, "C")).health_trips for _ in range(12)]
    assert trips == [2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(("percent", "disabled"), [(30, 6), (100, 20), (10, 4)])
async def test_when_many_fail_at_once_no_more_than_the_share_are_disabled(
    sessions: Sessions, percent: int, disabled: int
) -> None:
    sessions.configure(info={PERCENT: percent})
    rows = [await watched(sessions) for _ in range(20)]
    await asyncio.gather(*(finish_runs(sessions, row, "FFF") for row in rows))
    async with transaction(sessions) as session:
        found = await session.scalar(select(func.count()).where(~Automation.is_active))
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "health.brake"))).all()
        told = (await session.scalars(select(Notice).where(Notice.kind == "health.brake"))).all()
    assert found == disabled
    assert (len(entries), len(told)) == ((0, 0) if disabled == 20 else (1, 1)), "said once"
    for notice in told:
        assert notice.automation_id is None
        assert f"{disabled} of 20 automations" in notice.text


async def test_after_an_hour_the_brake_lets_go(sessions: Sessions) -> None:
    rows = [await watched(sessions) for _ in range(6)]
    states = [(await finish_runs(sessions, row, "FF")).is_active for row in rows]
    assert states == [False] * 4 + [True] * 2
    later = [(await finish_runs(sessions, row, "F", NOW + timedelta(minutes=61))).is_active for row in rows[4:]]
    assert later == [False] * 2


async def test_sessions_know_the_share_of_the_settings(sessions: Sessions, settings: Settings) -> None:
    made = session_factory(sessions.kw["bind"], settings.model_copy(update={"health_brake_percent": 55}))
    async with made() as session:
        assert session.info[PERCENT] == 55
