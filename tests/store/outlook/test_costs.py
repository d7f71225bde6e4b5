from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from models.contracts.automations.drafts import Overlap
from models.contracts.outlook.costs import Costs
from models.states import Source
from models.store.outlook.costs import costs
from models.store.outlook.portfolio import PortfolioCache
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

# February has 28 days: the month from the 10th on has 28 days, the rest of this one 19.
NOW = datetime(2026, 2, 10, tzinfo=UTC)
DAILY: dict[str, Any] = {"cron_expr": "0 12 * * *", "overlap": Overlap.ALLOW_ALL}


async def automation(sessions: Sessions, *recent: str, source: Source = Source.SCHEDULE, **columns: Any) -> Automation:
    """Add an automation whose latest runs have these costs; none means that no cost is known."""
    async with transaction(sessions) as session:
        given = {**(DAILY if source is Source.SCHEDULE else {}), **columns}
        row = await make_automation(session, await make_agent(session), source, **given)
        numbered = [[number, cost] for number, cost in enumerate(recent, 1)]
        sums = {"cost_usd_sum": sum(map(Decimal, recent)), "cost_count": len(recent)}
        session.add(AutomationStats(automation_id=row.id, started=1, completed=1, recent_costs=numbered, **sums))
        return row


async def hour(sessions: Sessions, row: Automation, at: datetime, **counts: Any) -> None:
    async with transaction(sessions) as session:
        session.add(AutomationHour(automation_id=row.id, hour=at, **counts))


async def read(sessions: Sessions, *, now: datetime = NOW, limit: int = 100, **wanted: Any) -> Costs:
    async with transaction(sessions) as session:
        return await costs(session, PortfolioCache(), wanted.get("ids"), limit=limit, now=now)


@pytest.mark.parametrize(
    ("recent", "mean", "p90"),
    [
        (["0.5"], "0.5", "0.5"),
        (["0.1", "0.3"], "0.2", "0.3"),
        ([str(number) for number in range(1, 11)], "5.5", "9"),
        (["1"] * 9 + ["101"], "11", "1"),
        (["1"] * 8 + ["101"] * 2, "21", "101"),
        (["0", "0"], "0", "0"),
    ],
)
async def test_a_month_is_the_mean_or_the_p90_times_its_due_times(
    sessions: Sessions, recent: list[str], mean: str, p90: str
) -> None:
    row = await automation(sessions, *recent)
    (found,) = (await read(sessions)).automations
    assert (found.id, found.sample, found.occurrences) == (row.id, len(recent), 28)
    assert (found.mean, found.p90) == (Decimal(mean), Decimal(p90))
    assert found.est_monthly_cost.mean == 28 * Decimal(mean)
    assert found.est_monthly_cost.p90 == 28 * Decimal(p90)


@pytest.mark.parametrize(
    ("columns", "occurrences", "month"),
    [
        ({}, 28, "28"),
        ({"slowdown": 2, "slowdown_anchor": NOW}, 14, "14"),
        ({"slowdown": 4, "slowdown_anchor": NOW}, 7, "7"),
        ({"is_active": False}, 0, "0"),
        ({"cron_expr": "0 0 29 2 *"}, 0, "0"),
        ({"cron_expr": "0 12 * * *", "timezone": "Pacific/Auckland"}, 28, "28"),
    ],
    ids=["active", "every 2nd", "every 4th", "paused", "not within the month", "another zone"],
)
async def test_only_due_times_that_will_fire_are_costed(
    sessions: Sessions, columns: dict[str, Any], occurrences: int, month: str
) -> None:
    await automation(sessions, "1", **columns)
    found = await read(sessions)
    (line,) = found.automations
    assert (line.occurrences, line.est_monthly_cost.mean) == (occurrences, Decimal(month))
    assert (found.total, found.unknown) == (Decimal(month), 0)


async def test_an_unknown_cost_is_null_and_counted_and_not_summed(sessions: Sessions) -> None:
    unknown, known = await automation(sessions), await automation(sessions, "1")
    paused = await automation(sessions, is_active=False)
    found = await read(sessions)
    lines = {line.id: line for line in found.automations}
    assert [line.id for line in found.automations] == [known.id, paused.id, unknown.id], "unknown comes last"
    assert (lines[unknown.id].mean, lines[unknown.id].p90, lines[unknown.id].month_end) == (None, None, None)
    assert lines[unknown.id].est_monthly_cost.mean is None
    assert lines[paused.id].est_monthly_cost.mean == 0, "paused costs nothing, whatever is known of it"
    assert (found.total, found.unknown) == (Decimal(28), 1)


async def test_the_cost_of_a_trigger_follows_its_last_30_days(sessions: Sessions) -> None:
    hook = await automation(sessions, "2", source=Source.WEBHOOK, webhook_path="in")
    await hour(sessions, hook, datetime(2026, 1, 11, tzinfo=UTC), started=4)
    await hour(sessions, hook, datetime(2026, 2, 9, 23, tzinfo=UTC), started=2, known_usd_sum=Decimal(4))
    await hour(sessions, hook, datetime(2026, 1, 10, 23, tzinfo=UTC), started=100)
    (found,) = (await read(sessions)).automations
    assert (found.occurrences, found.est_monthly_cost.mean) == (6, Decimal(12))
    # 19 of 30 days are left of the month: 6 * 19 / 30 runs at $2, and $4 spent.
    assert (found.spent_this_month, found.month_end) == (Decimal(4), Decimal("11.6"))


async def test_a_paused_trigger_costs_nothing_more(sessions: Sessions) -> None:
    hook = await automation(sessions, "2", source=Source.WEBHOOK, webhook_path="in", is_active=False)
    await hour(sessions, hook, datetime(2026, 2, 9, tzinfo=UTC), started=2, known_usd_sum=Decimal(4))
    (found,) = (await read(sessions)).automations
    assert (found.est_monthly_cost.mean, found.month_end) == (Decimal(0), Decimal(4))


async def test_the_month_end_cost_is_spent_plus_still_due(sessions: Sessions) -> None:
    row = await automation(sessions, "0.5")
    await hour(sessions, row, datetime(2026, 1, 31, 23, tzinfo=UTC), known_usd_sum=Decimal(50))
    await hour(sessions, row, datetime(2026, 2, 1, tzinfo=UTC), known_usd_sum=Decimal("1.25"))
    found = await read(sessions)
    (line,) = found.automations
    assert (line.spent_this_month, line.month_end) == (Decimal("1.25"), Decimal("1.25") + 19 * Decimal("0.5"))
    assert (found.spent_this_month, found.month_end) == (line.spent_this_month, line.month_end)


async def test_the_spending_of_archived_automations_counts_this_month(sessions: Sessions) -> None:
    gone, live = await automation(sessions, "1", archived_at=NOW), await automation(sessions, "1")
    for row in (gone, live):
        await hour(sessions, row, datetime(2026, 2, 2, tzinfo=UTC), known_usd_sum=Decimal(3))
    whole = await read(sessions)
    assert ([line.id for line in whole.automations], whole.spent_this_month) == ([live.id], Decimal(6))
    only = await read(sessions, ids={gone.id})
    (line,) = only.automations
    assert (line.id, line.est_monthly_cost.mean, line.spent_this_month) == (gone.id, Decimal(0), Decimal(3))
    assert (only.total, only.spent_this_month, only.month_end) == (Decimal(0), Decimal(3), Decimal(3))


async def test_the_most_expensive_are_listed_and_sums_include_all(sessions: Sessions) -> None:
    for cost in ("1", "3", "2"):
        await automation(sessions, cost)
    found = await read(sessions, limit=2)
    assert [line.mean for line in found.automations] == [Decimal(3), Decimal(2)]
    assert (found.automations_left_out, found.total) == (1, 28 * Decimal(6))
    assert sum(found.by_primitive.values()) == found.total
