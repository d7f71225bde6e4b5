from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.rules.spread.bounds import lower_bounds
from models.rules.spread.grid import NEGLIGIBLE, Grid, Targets
from models.rules.spread.planner import SpreadPlan, plan_spread, sums_of
from models.rules.spread.week import HOURS, MINUTES, UNIT, FlatFires, WeekLoad
from tests.rules.properties import examples
from tests.rules.spread.weeks import all_plans, daily, distance, least_distance, load, loads

MORNING = 9 * 60


@given(loads(), st.sampled_from([(None, None), (0.5, None), (None, 0.5), (0.8, 0.7), (2.0, 3.0)]))
@examples(300)
def test_a_plan_is_never_worse_and_keeps_every_promise(some: list[WeekLoad], shares: tuple[Any, Any]) -> None:
    peaks = sums_of(some, np.zeros(len(some), dtype=np.int64)).peaks
    hour, minute = (share and share * peak for share, peak in zip(shares, (peaks.hour, peaks.minute), strict=True))
    plan = plan_spread(some, hour, minute)
    assert plan.before.peaks == peaks
    assert plan.after.peaks.hour <= peaks.hour
    assert plan.after.peaks.minute <= peaks.minute
    for one, shift in zip(some, plan.shifts.tolist(), strict=True):
        assert shift in one.shifts.tolist()
    if plan.reached:
        assert plan.after.peaks.hour <= plan.targets.hour + NEGLIGIBLE
        assert plan.after.peaks.minute <= plan.targets.minute + NEGLIGIBLE
    assert plan.bounds.hour <= plan.after.peaks.hour + NEGLIGIBLE
    assert plan.bounds.minute <= plan.after.peaks.minute + NEGLIGIBLE
    assert np.array_equal(plan.after.hours, FlatFires.of(some).by_hour(plan.shifts))
    _is_the_same(plan, plan_spread(some, hour, minute))


def _is_the_same(one: SpreadPlan, other: SpreadPlan) -> None:
    assert one.shifts.tolist() == other.shifts.tolist()
    assert one.targets == other.targets


@given(loads(most=3))
@examples(150)
def test_no_plan_at_all_is_below_the_bounds(some: list[WeekLoad]) -> None:
    assume(np.prod([one.shifts.size for one in some]) < 300)
    bounds = lower_bounds(some)
    for shifts in all_plans(some):
        peaks = sums_of(some, shifts).peaks
        assert bounds.hour <= peaks.hour + NEGLIGIBLE
        assert bounds.minute <= peaks.minute + NEGLIGIBLE


@given(loads(), st.data())
@examples(200)
def test_the_grid_counts_what_the_flat_sums_count(some: list[WeekLoad], data: st.DataObject) -> None:
    grid = Grid(some, np.zeros(len(some), dtype=np.int64))
    grid.aim(Targets(grid.peaks.hour * 0.6, grid.peaks.minute * 0.6))
    for _ in range(3):
        index = data.draw(st.integers(0, len(some) - 1))
        grid.move(index, data.draw(st.sampled_from(some[index].shifts.tolist())))
    sums = sums_of(some, grid.shifts)
    assert grid.hours.tolist() == sums.hours.tolist()
    assert grid.minutes.tolist() == sums.minutes.tolist()


@given(loads(), st.data())
@examples(200)
def test_the_cost_of_a_shift_is_the_overload_that_it_adds(some: list[WeekLoad], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(some) - 1))
    one = some[index]
    # Several of its own starts in one hour, or runs in one minute, are counted one by one: near enough.
    assume(one.lasts <= 7 and len({int(fire) // 60 for fire in one.fires}) == one.fires.size)
    grid = Grid(some, np.zeros(len(some), dtype=np.int64))
    grid.aim(Targets(grid.peaks.hour * 0.6, grid.peaks.minute * 0.6))
    costs = grid.costs(index)
    found = []
    for shift in one.shifts.tolist():
        grid.move(index, shift)
        found.append(grid.overload)
    assert np.allclose(costs - costs[0], np.array(found) - found[0])


def test_the_bounds_know_what_cannot_leave_its_hour() -> None:
    hourly = list(range(0, MINUTES, 60))
    bounds = lower_bounds([load(hourly, weight=3, slack=0), load(daily(MORNING), weight=2)])
    assert (bounds.hour, bounds.minute) == (5 * UNIT, 5 * UNIT)


def test_a_target_below_what_can_be_reached_is_said_to_be_missed() -> None:
    plan = plan_spread([load(daily(MORNING)) for _ in range(4)], minute=UNIT)
    assert not plan.reached
    assert not plan.shifts.any()


def test_nothing_moves_while_nothing_is_above_the_target() -> None:
    plan = plan_spread([load(daily(MORNING), slack=30) for _ in range(4)], hour=4 * UNIT, minute=4 * UNIT)
    assert plan.reached
    assert not plan.shifts.any()


def test_what_was_moved_before_goes_back_where_there_is_room_again() -> None:
    moved = load(daily(MORNING + 20), slack=40, wanted=-20)
    plan = plan_spread([moved, load(daily(MORNING))], hour=3 * UNIT, minute=UNIT)
    assert plan.shifts.tolist() == [-21, 0], "a minute away on either side: the earlier one"


def test_an_empty_week_has_an_empty_plan() -> None:
    plan = plan_spread([])
    assert plan.shifts.size == 0
    assert plan.before.hours.size == HOURS


def test_shifts_are_within_a_fifth_of_the_least_on_small_weeks() -> None:
    ours = least = 0
    for seed in range(30):
        some, targets = _small_week(np.random.default_rng(seed))
        best = least_distance(some, targets)
        if best is None:
            continue
        plan = plan_spread(some, targets.hour, targets.minute)
        assert plan.reached
        ours, least = ours + distance(some, plan.shifts), least + best
    assert 0 < least <= ours <= 1.2 * least


def _small_week(random: np.random.Generator) -> tuple[list[WeekLoad], Targets]:
    """Return nine automations around nine o'clock, and targets halfway between their peaks and their bounds."""
    some = [
        load(
            [MORNING + int(random.choice([0, 0, 0, 15, 40]))],
            weight=int(random.integers(1, 6)),
            lasts=int(random.integers(1, 20)),
            slack=int(random.choice([0, 30, 60])),
            step=10,
        )
        for _ in range(9)
    ]
    peaks, bounds = sums_of(some, np.zeros(9, dtype=np.int64)).peaks, lower_bounds(some)
    return some, Targets((peaks.hour + bounds.hour) / 2, (peaks.minute + bounds.minute) / 2)


@pytest.mark.parametrize("count", [30, 200])
def test_what_starts_together_is_spread_over_the_hour(count: int) -> None:
    plan = plan_spread([load(daily(MORNING), slack=30) for _ in range(count)])
    assert plan.after.peaks.minute <= 1.25 * plan.bounds.minute + UNIT
    assert plan.before.peaks.minute == count * UNIT
