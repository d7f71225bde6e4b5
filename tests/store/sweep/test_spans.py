"""Due times before an edit, a pause or archiving are accounted for with the schedule in effect at the time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from models.contracts.automations.health_policies import HealthAction
from models.states import Source
from models.store.sweep.missed import postpone, save_span, unaccounted_spans, unaccounted_windows
from models.store.tables.automations import Automation
from models.store.tables.sweep import AccountingSpan
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

HOUR = timedelta(hours=1)


async def change(sessions: Sessions, row: Automation, **values: Any) -> Automation:
    async with transaction(sessions) as session:
        await session.execute(update(Automation).where(Automation.id == row.id).values(values))
    async with transaction(sessions) as session:
        return await session.get_one(Automation, row.id)


async def schedule(sessions: Sessions, since: datetime, **columns: Any) -> Automation:
    async with transaction(sessions) as session:
        columns = {"cron_expr": "* * * * *", "accounted_until": since, **columns}
        return await make_automation(session, await make_agent(session), Source.SCHEDULE, **columns)


@pytest.mark.parametrize(
    ("values", "goes_on"),
    [
        ({"cron_expr": "*/5 * * * *"}, True),
        ({"timezone": "Asia/Tokyo"}, True),
        ({"slowdown": 2, "slowdown_anchor": datetime(2026, 1, 1, tzinfo=UTC)}, True),
        ({"is_active": False}, False),
        ({"archived_at": datetime(2026, 1, 1, tzinfo=UTC)}, False),
    ],
    ids=["cron", "zone", "slowed", "paused", "archived"],
)
async def test_a_change_keeps_due_times_before_it_pending(
    sessions: Sessions, values: dict[str, Any], goes_on: bool
) -> None:
    since = datetime.now(UTC) - HOUR
    row = await schedule(sessions, since)
    changed = await change(sessions, row, **values)
    later = datetime.now(UTC) + HOUR
    async with transaction(sessions) as session:
        (span,) = await unaccounted_spans(session, later, 10)
        assert (span.automation_id, span.since) == (row.id, since)
        assert len(span.schedule.due_between(span.since, span.until)) in (59, 60, 61)
        windows = await unaccounted_windows(session, later, 10)
        assert [window.since for window in windows] == ([span.until] if goes_on else [])
        assert changed.accounted_until == (span.until if goes_on else since)


async def test_pauses_and_edits_of_other_fields_leave_nothing_pending(sessions: Sessions) -> None:
    since = datetime.now(UTC) - HOUR
    row = await schedule(sessions, since, is_active=False)
    resumed = await change(sessions, row, is_active=True)
    assert resumed.accounted_until is not None
    assert resumed.accounted_until > since + HOUR - timedelta(seconds=1)
    await change(sessions, row, name="other", health_enabled=True, health_action=HealthAction.DISABLE)
    async with transaction(sessions) as session:
        assert (await session.scalars(select(AccountingSpan))).all() == []


async def test_each_of_several_edits_keeps_its_own_span(sessions: Sessions) -> None:
    row = await schedule(sessions, datetime.now(UTC) - HOUR)
    for minute in (5, 6, 7):
        await change(sessions, row, cron_expr=f"{minute} * * * *")
    async with transaction(sessions) as session:
        spans = await unaccounted_spans(session, datetime.now(UTC) + HOUR, 10)
        assert len(spans) == 3
        assert [one.since for one in spans[1:]] == [one.until for one in spans[:-1]]


async def test_a_span_shrinks_is_postponed_after_a_failure_and_deleted_when_done(sessions: Sessions) -> None:
    row = await schedule(sessions, datetime.now(UTC) - HOUR)
    await change(sessions, row, is_active=False)
    later = datetime.now(UTC) + HOUR
    async with transaction(sessions) as session:
        (span,) = await unaccounted_spans(session, later, 10)
        assert span.span_id
        await postpone(session, span, "it broke", later)
    async with transaction(sessions) as session:
        assert await unaccounted_spans(session, later, 10) == []
        assert (await session.get_one(Automation, row.id)).accounting_error == "it broke"
        middle = span.until - HOUR / 2
        await save_span(session, span.span_id, middle, later)
    async with transaction(sessions) as session:
        (rest,) = await unaccounted_spans(session, later, 10)
        assert (rest.since, rest.until) == (middle, span.until)
        await save_span(session, span.span_id, rest.until, later)
        assert await unaccounted_spans(session, later, 10) == []
