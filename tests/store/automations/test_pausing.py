"""Ending snoozes in the database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models.states import Source
from models.store.automations.pausing import end_snoozes, is_paused
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

NOW = datetime(2026, 3, 2, 9, 0, 10, tzinfo=UTC)
UNTIL = datetime(2026, 3, 2, 9, tzinfo=UTC)


def snoozed(until: datetime | None) -> dict[str, Any]:
    return {
        "is_active": False,
        "paused_at": UNTIL - timedelta(hours=1),
        "paused_by": "ann",
        "paused_reason": "maintenance",
        "paused_until": until,
    }


async def test_an_ended_snooze_resumes_with_an_audit_entry_and_a_fresh_health_window(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        over = await make_automation(session, agent, Source.SCHEDULE, cron_expr="0 * * * *", **snoozed(UNTIL))
        later = await make_automation(session, agent, **snoozed(NOW + timedelta(hours=1)))
        for_good = await make_automation(session, agent, **snoozed(None))
        gone = await make_automation(session, agent, archived_at=UNTIL, **snoozed(UNTIL))
        stats = await session.get(AutomationStats, over.id)
        if stats is None:
            session.add(stats := AutomationStats(automation_id=over.id))
        stats.finished_since_reset = 7
    async with transaction(sessions) as session:
        assert await end_snoozes(session, NOW, 10) == ([over.id], 1)
    async with transaction(sessions) as session:
        row = await session.get_one(Automation, over.id)
        assert (row.is_active, row.paused_until, row.paused_by, row.revision) == (True, None, None, over.revision + 1)
        assert row.accounted_until is not None
        assert UNTIL - timedelta(seconds=1) < row.accounted_until < UNTIL, "what is due at the end itself is owed"
        assert (await session.get_one(AutomationStats, over.id)).finished_since_reset == 0
        (entry,) = await session.scalars(select(AuditEntry))
        assert (entry.actor, entry.action, entry.automation_id) == ("podium", "automation.resumed", over.id)
        assert entry.before == {"isActive": False, "pausedUntil": UNTIL.isoformat()}
        for other in (later, for_good, gone):
            assert not (await session.get_one(Automation, other.id)).is_active
        assert await end_snoozes(session, NOW, 10) == ([], 0), "the next pass finds nothing"


async def test_a_locked_row_waits_for_the_next_pass(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        row = await make_automation(session, await make_agent(session), **snoozed(UNTIL))
    async with transaction(sessions) as mine, transaction(sessions) as theirs:
        await theirs.scalar(select(Automation).where(Automation.id == row.id).with_for_update())
        assert await end_snoozes(mine, NOW, 10) == ([], 0)
    async with transaction(sessions) as session:
        assert await end_snoozes(session, NOW, 10) == ([], 1), "a trigger needs no sync"


def test_an_ended_snooze_no_longer_pauses() -> None:
    row = Automation(is_active=False, paused_until=UNTIL)
    assert is_paused(row, UNTIL - timedelta(seconds=1))
    assert not is_paused(row, UNTIL)
    assert is_paused(Automation(is_active=False, paused_until=None), UNTIL)
    assert not is_paused(Automation(is_active=True, paused_until=None), UNTIL)
