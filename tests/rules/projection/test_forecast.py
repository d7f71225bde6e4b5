from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.automations.drafts import Overlap
from models.rules.cost import cascade_weight, coming_month, cost_of, mean_cost, p90_cost, this_month, trailing_fires
from models.rules.projection.counts import slot_counts
from models.rules.projection.forecast import Forecast, forecasts
from models.rules.projection.overlap import simulate_overlap
from models.rules.projection.portfolio import Portfolio, held_back
from models.rules.projection.starts import list_starts
from models.rules.schedule import Schedule, Slowdown
from tests.rules.portfolios import One, averages_of, portfolio_of, trailing_of
from tests.rules.properties import examples

NOW = datetime(2026, 10, 15, 9, 30, tzinfo=UTC)
MONTH = datetime(2026, 11, 15, 9, 30, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def projected(ones: Sequence[One]) -> list[Forecast]:
    return forecasts(portfolio_of(ones), averages_of(ones), trailing_of(ones), NOW)


def test_a_schedule_costs_its_due_times_of_the_coming_month() -> None:
    schedule = Schedule.parse("30 2 * * 1-5", "Europe/Berlin")
    (forecast,) = projected([One(schedule, mean_usd=Decimal("0.10"))])
    due = schedule.due_between(NOW - TICK, MONTH - TICK)
    assert forecast.month_fires == len(due)
    assert forecast.month_usd == len(due) * Decimal("0.10")
    assert forecast.next_due_at == schedule.next_due(NOW)


def test_paused_costs_nothing_unknown_stays_unknown_and_slowed_costs_less() -> None:
    row = Schedule.parse("0 * * * *", "UTC")
    slow = Schedule.parse("0 * * * *", "UTC", 4, NOW)
    ones = [
        One(row, active=False, mean_usd=Decimal(1)),
        One(row, active=False),
        One(row),
        One(slow, mean_usd=Decimal(1)),
        One(None, mean_usd=Decimal("0.5"), trailing=7),
        One(None, trailing=7),
        One(None, active=False, mean_usd=Decimal(1), trailing=7),
    ]
    assert [one.month_usd for one in projected(ones)] == [0, 0, None, 186, Decimal("3.5"), None, 0]
    assert [one.next_due_at for one in projected(ones)][4:] == [None, None, None]


def test_costs_are_means_and_nearest_ranks_of_known_costs() -> None:
    assert mean_cost(Decimal("1.00"), 0) is None
    assert mean_cost(Decimal("0.30"), 3) == Decimal("0.10")
    assert p90_cost([]) is None
    assert p90_cost(["3"]) == 3
    assert p90_cost([str(cost) for cost in range(10, 0, -1)]) == 9
    assert p90_cost([str(cost) for cost in range(1, 12)]) == 10
    assert cost_of(3, None, active=True) is None
    assert trailing_fires(30, timedelta(days=10)) == 10


@examples(100)
@given(st.lists(st.tuples(st.integers(0, 44_640), st.integers(1, 10**12), st.integers(1, 997)), max_size=50))
def test_costs_add_up_and_subtract_to_zero(known: list[tuple[int, int, int]]) -> None:
    costs = [cost_of(fires, Decimal(units).scaleb(-8) / runs, active=True) for fires, units, runs in known]
    total = Decimal(0)
    for cost in costs:
        assert cost is not None
        total += cost
    for cost in reversed(costs):
        total -= cost or 0
    assert total == 0


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-01-31T10:00:00+00:00", "2026-02-28T10:00:00+00:00"),
        ("2028-01-30T10:00:00+00:00", "2028-02-29T10:00:00+00:00"),
        ("2026-12-24T10:00:00+00:00", "2027-01-24T10:00:00+00:00"),
    ],
)
def test_the_coming_month_ends_on_the_same_day_or_on_the_last_of_the_month(now: str, end: str) -> None:
    assert coming_month(datetime.fromisoformat(now))[1] == datetime.fromisoformat(end)


def test_this_month_is_the_calendar_month() -> None:
    assert this_month(datetime(2026, 12, 24, 10, tzinfo=UTC)) == (
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )


def test_the_weight_of_a_fire_is_its_past_cascade_or_its_members_and_at_least_one() -> None:
    assert cascade_weight(12, 3, members=9) == 4.0
    assert cascade_weight(0, 0, members=5) == 5.0
    assert cascade_weight(0, 0, members=0) == 1.0
    assert cascade_weight(1, 2, members=5) == 1.0


def minute_by_minute(due: list[int], overlap: Overlap, run_ms: int, busy_until_ms: int) -> list[tuple[int, int]]:
    """Simulate an overlap policy minute by minute, with a running run and a buffer."""
    kept: list[tuple[int, int]] = []
    for moment in due:
        free = max([busy_until_ms, *(start + run_ms for _, start in kept)])
        waiting = any(start > moment * 1000 for _, start in kept)
        if free <= moment * 1000:
            kept.append((moment, moment * 1000))
        elif overlap is Overlap.BUFFER_ALL or (overlap is Overlap.BUFFER_ONE and not waiting):
            kept.append((moment, free))
    return kept


@given(
    due=st.lists(st.integers(0, 200), min_size=1, max_size=40, unique=True).map(sorted),
    overlap=st.sampled_from([Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.BUFFER_ALL]),
    run_ms=st.integers(1, 30_000),
    busy=st.integers(0, 50_000),
)
@examples(200)
def test_each_overlap_policy_does_what_it_says(due: list[int], overlap: Overlap, run_ms: int, busy: int) -> None:
    fires = simulate_overlap(np.array(due, dtype=np.int64), overlap, run_ms, busy)
    played = list(zip(fires.due.tolist(), fires.starts_ms.tolist(), strict=True))
    assert played == minute_by_minute(due, overlap, run_ms, busy)


def test_only_runs_longer_than_the_interval_hold_fires_back() -> None:
    row = Schedule.parse("*/10 * * * *", "UTC")
    quarter = 15 * 60 * 1000
    ones = [
        One(row, run_ms=9 * 60 * 1000),
        One(row, run_ms=quarter),
        One(row, run_ms=quarter, overlap=Overlap.ALLOW_ALL),
        One(row, run_ms=quarter, active=False),
        One(Schedule(row.cron, "UTC", Slowdown(2, NOW)), run_ms=quarter),
        One(None, run_ms=quarter),
    ]
    start = int(NOW.timestamp())
    held = held_back(portfolio_of(ones), averages_of(ones), start, start + 3600)
    assert list(held) == [1]
    assert held[1].due.tolist() == [int(NOW.timestamp()) + minutes * 60 for minutes in (0, 20, 40)]
    assert [one.month_fires for one in projected(ones[:3])] == [4464, 2232, 4464]


def test_the_shortest_interval_looks_past_midnight() -> None:
    assert Schedule.parse("0 1,23 * * *", "UTC").shortest_interval_seconds == 2 * 3600
    assert Schedule.parse("0 0 * * *", "UTC").shortest_interval_seconds == 86_400
    assert Schedule.parse("* * * * *", "UTC").shortest_interval_seconds == 60


def test_a_snoozed_schedule_fires_from_the_end_of_its_snooze_on() -> None:
    hourly = Schedule.parse("0 * * * *", "UTC")
    begin = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    until = datetime(2026, 3, 2, 9, tzinfo=UTC)
    snoozed = One(replace(hourly, not_before=until), mean_usd=Decimal(1))
    free = One(hourly, mean_usd=Decimal(1))
    portfolio, averages = portfolio_of([snoozed, free]), averages_of([snoozed, free])
    first, second = forecasts(portfolio, averages, {}, begin)
    assert (first.next_due_at, second.next_due_at) == (until, datetime(2026, 3, 2, 7, tzinfo=UTC))
    assert second.month_fires - first.month_fires == 2, "07:00 and 08:00; 09:00 is after the snooze"
    edges = np.array([int((begin + timedelta(hours=hour)).timestamp()) for hour in range(5)], dtype=np.int64)
    assert slot_counts(portfolio.plan, edges).tolist() == [[0, 0, 1, 1], [1, 1, 1, 1]]
    listed = [part.rows.tolist() for part in list_starts(portfolio.timetable, int(edges[0]), int(edges[-1]), {})]
    assert sorted(row for rows in listed for row in rows) == [0, 0, 1, 1, 1, 1]


def test_a_snoozed_trigger_costs_only_for_the_rest_of_the_month() -> None:
    begin = datetime(2026, 4, 1, tzinfo=UTC)
    one = One(None, trailing=300, mean_usd=Decimal(1))
    portfolio = portfolio_of([one])
    halfway = replace(portfolio.automations[0], snoozed_until=begin + timedelta(days=15))
    (found,) = forecasts(Portfolio((halfway,)), averages_of([one]), trailing_of([one]), begin)
    assert (found.month_fires, found.month_usd) == (150, Decimal(150))
    whole = replace(halfway, snoozed_until=begin + timedelta(days=60))
    (found,) = forecasts(Portfolio((whole,)), averages_of([one]), trailing_of([one]), begin)
    assert (found.month_fires, found.month_usd) == (0, Decimal(0))
