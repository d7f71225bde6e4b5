from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.contracts.outlook.trend import Trend
from models.rules.cron.zones import zone
from models.states import RunStatus, Severity, Source
from models.store.stats.counting import hour_of
from models.store.stats.trend import trend
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationHour
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, queue_run


async def automation(sessions: Sessions) -> UUID:
    async with transaction(sessions) as session:
        return (await make_automation(session, await make_agent(session), Source.MANUAL)).id


async def happened(sessions: Sessions, key: UUID, *at: datetime, **counts: Any) -> None:
    async with transaction(sessions) as session:
        session.add_all(AutomationHour(automation_id=key, hour=hour, **(counts or {"started": 1})) for hour in at)


async def read(sessions: Sessions, key: UUID, tz: str, now: datetime, days: int = 3) -> Trend:
    async with transaction(sessions) as session:
        return await trend(session, key, days=days, tz=zone(tz), now=now)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("now", "hours", "midnights"),
    [
        (utc(2026, 3, 30, 12), [24, 23, 24], [utc(2026, 3, 27, 23), utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)]),
        (utc(2026, 10, 26, 12), [24, 25, 24], [utc(2026, 10, 23, 22), utc(2026, 10, 24, 22), utc(2026, 10, 25, 23)]),
    ],
    ids=["forward", "back"],
)
async def test_a_day_has_the_length_of_its_zone(
    sessions: Sessions, now: datetime, hours: list[int], midnights: list[datetime]
) -> None:
    key = await automation(sessions)
    end = midnights[-1] + timedelta(hours=hours[-1])
    span = int((end - midnights[0]) / timedelta(hours=1))
    await happened(sessions, key, *(midnights[0] + timedelta(hours=hour) for hour in range(-1, span + 1)))
    found = await read(sessions, key, "Europe/Berlin", now)
    assert [day.start for day in found.days] == midnights
    assert [day.end for day in found.days] == [*midnights[1:], end]
    assert [day.started for day in found.days] == hours, "each hour is in one day, and none from outside"
    assert found.total.started == sum(hours)
    assert found.days[-1].day == now.date()


async def test_a_day_that_starts_at_half_past_leaves_its_first_hour_to_the_day_before(sessions: Sessions) -> None:
    key = await automation(sessions)
    # In Kolkata the 11th starts at 18:30 UTC.
    await happened(sessions, key, utc(2026, 5, 10, 18), utc(2026, 5, 10, 19), utc(2026, 5, 11, 18))
    found = await read(sessions, key, "Asia/Kolkata", utc(2026, 5, 12, 3))
    assert [(day.day, day.started) for day in found.days] == [
        (date(2026, 5, 10), 1),
        (date(2026, 5, 11), 2),
        (date(2026, 5, 12), 0),
    ]
    assert found.days[1].start == utc(2026, 5, 10, 18, 30)


async def test_sums_means_and_bands_are_per_day_and_overall(sessions: Sessions) -> None:
    key, other = await automation(sessions), await automation(sessions)
    bad = {"started": 5, "completed": 2, "failed": 2, "cancelled": 1, "skipped": 3, "missed": 4}
    paid = {"duration_ms_sum": 10_001, "duration_count": 5, "cost_usd_sum": Decimal("0.9"), "cost_count": 3}
    await happened(sessions, key, utc(2026, 5, 11, 7), **bad, **paid, known_usd_sum=Decimal("1.1"))
    good = {"started": 16, "completed": 16, "duration_ms_sum": 16_000, "duration_count": 16}
    await happened(sessions, key, utc(2026, 5, 12, 23), **good)
    await happened(sessions, other, utc(2026, 5, 11, 7), started=9)
    found = await read(sessions, key, "UTC", utc(2026, 5, 12, 23, 30))
    quiet, worse, better = found.days
    assert (quiet.started, quiet.success_rate, quiet.severity) == (0, None, Severity.HEALTHY)
    assert (quiet.avg_duration_ms, quiet.avg_cost_per_run, quiet.spent, quiet.unknown_costs) == (
        None,
        None,
        Decimal(0),
        0,
    )
    assert (worse.completed, worse.failed, worse.cancelled, worse.skipped, worse.missed) == (2, 2, 1, 3, 4)
    assert (worse.success_rate, worse.severity, worse.avg_duration_ms) == (50.0, Severity.FAILING, 2000)
    assert (worse.avg_cost_per_run, worse.spent, worse.unknown_costs) == (Decimal("0.3"), Decimal("1.1"), 2)
    assert (better.success_rate, better.severity, better.unknown_costs) == (100.0, Severity.HEALTHY, 16)
    assert better.avg_cost_per_run is None, "an unknown cost is not nothing"
    assert (found.total.completed, found.total.failed, found.total.severity) == (18, 2, Severity.DEGRADING)
    assert (found.total.success_rate, found.total.spent) == (90.0, Decimal("1.1"))
    assert found.total.avg_duration_ms == round(26_001 / 21)


async def test_the_runs_table_is_not_read(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        row = await make_automation(session, agent)
        now = utc(2026, 5, 12, 12)
        run: Run = await queue_run(session, agent, row, started_at=now, status=RunStatus.COMPLETED, finished_at=now)
        assert run.started_at is not None
    assert (await read(sessions, row.id, "UTC", now)).total.started == 0
    await happened(sessions, row.id, hour_of(now))
    assert (await read(sessions, row.id, "UTC", now)).total.started == 1
