from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.contracts.automations.drafts import Overlap
from models.contracts.outlook.calendar import Calendar
from models.errors import Invalid, NotFound
from models.rules.cron.zones import zone
from models.states import RunStatus, Source
from models.store.outlook.calendar import CalendarRequest, calendar
from models.store.outlook.portfolio import PortfolioCache
from models.store.runs.closing import finish
from models.store.stats.folding import fold_opened
from models.store.sweep.missed import record_missed
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationHour
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, queue_run

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


async def schedule(sessions: Sessions, cron: str, timezone: str = "UTC", **columns: Any) -> Automation:
    async with transaction(sessions) as session:
        given = {"cron_expr": cron, "timezone": timezone, "overlap": Overlap.ALLOW_ALL, **columns}
        return await make_automation(session, await make_agent(session), Source.SCHEDULE, **given)


async def ran(sessions: Sessions, row: Automation, at: datetime, status: RunStatus = RunStatus.COMPLETED) -> UUID:
    async with transaction(sessions) as session:
        agent = await session.get_one(Primitive, row.primitive_id)
        due_at = at if row.source is Source.SCHEDULE else None
        run = await queue_run(session, agent, row, queued_at=at, due_at=due_at)
        run.status, run.started_at = RunStatus.RUNNING, at
        await session.flush()
        await fold_opened(session, run)
        await finish(session, run, status, at=at + MINUTE)
        return run.id


async def read(
    sessions: Sessions, start: datetime, end: datetime, now: datetime, tz: str = "UTC", **asked: Any
) -> Calendar:
    async with transaction(sessions) as session:
        return await calendar(session, PortfolioCache(), None, CalendarRequest(start, end, zone(tz), **asked), now)


def midnight(day: date, tz: str) -> datetime:
    return datetime.combine(day, time(), zone(tz))


def counts(found: Calendar) -> list[int]:
    return [entry.count for entry in found.entries]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 3 * * *", [1]),
        ("0 0-10 * * *", [1] * 11),
        ("0 */2 * * *", [12]),
        ("* * * * *", [1440]),
        ("0 0 1 * *", []),
    ],
)
async def test_a_day_of_twelve_fires_or_more_is_one_entry(sessions: Sessions, cron: str, expected: list[int]) -> None:
    row = await schedule(sessions, cron)
    tomorrow = MONDAY + DAY
    found = await read(sessions, tomorrow, tomorrow + DAY, MONDAY)
    assert counts(found) == expected
    assert all((entry.cadence is None) == (entry.count == 1) for entry in found.entries)
    alone = await read(sessions, tomorrow, tomorrow + DAY, MONDAY, automations=(row.slug,))
    assert counts(alone) == [1] * sum(expected), "asked for alone, each fire is an entry"
    forced = await read(sessions, tomorrow, tomorrow + DAY, MONDAY, automations=(str(row.id),), compress=True)
    assert counts(forced) == expected


@pytest.mark.parametrize(
    ("tz", "start", "expected"),
    [
        ("Europe/Berlin", date(2026, 3, 28), [24, 23, 24]),
        ("Europe/Berlin", date(2026, 10, 24), [24, 25, 24]),
        ("America/New_York", date(2026, 3, 7), [24, 23, 24]),
        # A day of 24.5 hours contains parts of 25 UTC hours.
        ("Australia/Lord_Howe", date(2026, 4, 4), [24, 25, 24]),
        ("Asia/Kolkata", date(2026, 3, 28), [24, 24, 24]),
        ("UTC", date(2026, 3, 28), [24, 24, 24]),
    ],
)
async def test_past_and_future_days_have_the_length_of_their_zone(
    sessions: Sessions, tz: str, start: date, expected: list[int]
) -> None:
    """Read an hourly UTC schedule when all days are in the future, and again when all have run."""
    row = await schedule(sessions, "0 * * * *")
    begin, end = midnight(start, tz), midnight(start + 3 * DAY, tz)
    ahead = await read(sessions, begin, end, begin.astimezone(UTC) - DAY, tz)
    assert counts(ahead) == expected
    assert [entry.at.date() for entry in ahead.entries] == [start + number * DAY for number in range(3)]
    hour = begin.astimezone(UTC).replace(minute=0)
    hours = [hour + number * HOUR for number in range(-1, sum(expected) + 2)]
    due = [at for at in hours if begin <= at < end]
    async with transaction(sessions) as session:
        session.add_all(AutomationHour(automation_id=row.id, hour=at, started=1, failed=1) for at in due)
    past = await read(sessions, begin, end, end.astimezone(UTC) + DAY, tz)
    assert counts(past) == expected
    assert [entry.failed for entry in past.entries] == expected
    assert [entry.at for entry in past.entries] == [entry.at for entry in ahead.entries]


@pytest.mark.parametrize(
    ("day", "shift"), [(date(2026, 3, 29), 60), (date(2026, 10, 25), -60), (date(2026, 7, 1), None)]
)
async def test_days_with_a_zone_transition_are_marked(sessions: Sessions, day: date, shift: int | None) -> None:
    begin, end = midnight(day, "Europe/Berlin"), midnight(day + DAY, "Europe/Berlin")
    found = await read(sessions, begin, end, MONDAY, "Europe/Berlin")
    expected = [] if shift is None else [(day, shift)]
    assert [(one.day, one.shift_minutes) for one in found.clock_changes] == expected
    assert len(found.hours) == 24 - (shift or 0) // 60


async def test_runs_are_shown_up_to_now_and_due_times_after_without_duplicates(sessions: Sessions) -> None:
    row = await schedule(sessions, "0 */4 * * *")
    now = MONDAY + 9 * HOUR
    first = await ran(sessions, row, MONDAY)
    failed = await ran(sessions, row, MONDAY + 8 * HOUR, RunStatus.FAILED)
    found = await read(sessions, MONDAY, MONDAY + DAY, now)
    assert [(entry.at, entry.run_id, entry.status) for entry in found.entries] == [
        (MONDAY, first, RunStatus.COMPLETED),
        (MONDAY + 8 * HOUR, failed, RunStatus.FAILED),
        *((MONDAY + hours * HOUR, None, None) for hours in (12, 16, 20)),
    ]
    assert [hour.fires for hour in found.hours[::4]] == [1, 0, 1, 1, 1, 1]
    assert sum(hour.failed for hour in found.hours) == 1


async def test_today_is_one_entry_of_past_runs_and_remaining_fires(sessions: Sessions) -> None:
    row = await schedule(sessions, "0 * * * *")
    for hour in range(6):
        await ran(sessions, row, MONDAY + hour * HOUR, RunStatus.FAILED if hour < 2 else RunStatus.COMPLETED)
    found = await read(sessions, MONDAY, MONDAY + DAY, MONDAY + 5 * HOUR + MINUTE)
    assert [(entry.at, entry.count, entry.failed) for entry in found.entries] == [(MONDAY, 24, 2)]


async def test_an_outage_is_one_entry_with_a_count_and_counts_as_failed_in_its_hour(sessions: Sessions) -> None:
    row = await schedule(sessions, "0 */4 * * *")
    async with transaction(sessions) as session:
        await record_missed(session, row.id, MONDAY, reason="outage", occurrences=4, now=MONDAY + DAY)
    found = await read(sessions, MONDAY, MONDAY + DAY, MONDAY + DAY)
    assert [(entry.at, entry.count, entry.status) for entry in found.entries] == [(MONDAY, 4, RunStatus.MISSED)]
    assert (found.hours[0].fires, found.hours[0].failed) == (4, 4)


async def test_triggers_appear_only_in_the_past(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        hook = await make_automation(session, await make_agent(session), Source.WEBHOOK, webhook_path="in")
    run = await ran(sessions, hook, MONDAY + HOUR)
    found = await read(sessions, MONDAY, MONDAY + 3 * DAY, MONDAY + DAY)
    assert [(entry.run_id, entry.scheduled) for entry in found.entries] == [(run, False)]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, 6),
        ({"is_active": False}, 0),
        ({"archived_at": MONDAY}, 0),
        ({"slowdown": 2, "slowdown_anchor": MONDAY - DAY}, 3),
    ],
    ids=["active", "paused", "archived", "slowed"],
)
async def test_only_automations_that_will_fire_appear_in_the_future(
    sessions: Sessions, columns: dict[str, Any], expected: int
) -> None:
    await schedule(sessions, "0 */4 * * *", **columns)
    assert len((await read(sessions, MONDAY + DAY, MONDAY + 2 * DAY, MONDAY)).entries) == expected


async def test_entries_beyond_the_limit_are_dropped_and_hours_still_count_them(sessions: Sessions) -> None:
    await schedule(sessions, "0 */4 * * *")
    window = (sessions, MONDAY + DAY, MONDAY + 2 * DAY, MONDAY)
    assert len((await read(*window, limit=6)).entries) == 6
    found = await read(*window, limit=5)
    assert (found.entries, found.entries_left_out) == ((), 6)
    assert sum(hour.fires for hour in found.hours) == 6


@pytest.mark.parametrize(
    ("length", "allowed"), [(62 * DAY, True), (62 * DAY + HOUR, False), (timedelta(0), False), (-DAY, False)]
)
async def test_a_window_is_positive_and_at_most_62_days(sessions: Sessions, length: timedelta, allowed: bool) -> None:
    if allowed:
        assert (await read(sessions, MONDAY, MONDAY + length, MONDAY)).entries == ()
        return
    with pytest.raises(Invalid) as caught:
        await read(sessions, MONDAY, MONDAY + length, MONDAY)
    assert caught.value.field == "to"


async def test_an_unknown_automation_is_refused(sessions: Sessions) -> None:
    with pytest.raises(NotFound):
        await read(sessions, MONDAY, MONDAY + DAY, MONDAY, automations=("nobody",))
