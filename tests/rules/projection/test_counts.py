from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from models.rules.cron.instants import LAST_INSTANT
from models.rules.projection.next_fire import next_fires
from models.rules.projection.plan import make_plan
from models.rules.schedule import Schedule
from tests.rules.due_times import TICK, due, starts_per_hour, starts_per_slot
from tests.rules.properties import examples
from tests.rules.strategies import HARD_CRONS, HARD_ZONES, schedules, windows


@given(st.data())
@examples(150)
def test_counts_and_next_runs_equal_the_listed_due_times(data: st.DataObject) -> None:
    start, end = data.draw(windows(data.draw(st.sampled_from(HARD_ZONES)), first_year=1980))
    drawn = data.draw(st.lists(schedules(start), min_size=1, max_size=12))
    plan = make_plan(drawn)
    step = timedelta(minutes=data.draw(st.sampled_from([7, 30, 60, 95, 1440])))
    edges = [start + step * index for index in range(1 + int((end - start) / step))]
    assume(len(edges) > 1)
    listed = [due(row, edges[0], edges[-1]) for row in drawn]
    expected = [np.diff(np.searchsorted(np.array(moments, dtype=object), np.array(edges))) for moments in listed]
    assert starts_per_slot(plan, edges).tolist() == [counts.tolist() for counts in expected]
    for row, moment in zip(drawn, next_fires(plan, start), strict=True):
        if row is None:
            assert moment is None
        elif row.slowdown is None:
            assert moment == row.next_due(start)
        elif moment is None:
            assert due(row, start + TICK, min(start + timedelta(days=50 * 366), LAST_INSTANT)) == []
        else:
            assert due(row, start + TICK, moment + TICK) == [moment]


@given(st.data())
@examples(100)
def test_a_slowed_schedule_skips_the_same_due_times_in_every_window(data: st.DataObject) -> None:
    start, end = data.draw(windows(data.draw(st.sampled_from(HARD_ZONES)), first_year=1980))
    schedule = data.draw(schedules(start))
    assume(schedule is not None and schedule.slowdown is not None)
    assert schedule is not None
    expected = due(schedule, start + TICK, end + TICK)
    assert schedule.due_between(start, end) == expected
    assert schedule.due_between(start, end, limit=3) == expected[:3]
    middle = start + (end - start) / data.draw(st.integers(2, 9))
    assert schedule.due_between(start, middle) + schedule.due_between(middle, end) == expected


def test_all_hard_crons_in_all_hard_zones_over_a_year() -> None:
    start = datetime(2026, 10, 15, 9, tzinfo=UTC)
    drawn = [Schedule.parse(text, name) for text in HARD_CRONS if text != "* * * * *" for name in HARD_ZONES]
    plan = make_plan(drawn)
    totals = starts_per_slot(plan, [start, start + timedelta(days=365)])[:, 0]
    listed = [len(due(row, start, start + timedelta(days=365))) for row in drawn]
    assert totals.tolist() == listed
    assert starts_per_hour(plan, start, 365 * 24).sum(axis=1).tolist() == listed


def test_an_hour_holds_its_first_minute_and_not_the_next_hours() -> None:
    start = datetime(2026, 1, 1, 22, tzinfo=UTC)
    plan = make_plan([Schedule.parse("0 * * * *", "UTC"), None])
    assert starts_per_hour(plan, start, 2).tolist() == [[1, 1], [0, 0]]
    assert next_fires(plan, start) == [start + timedelta(hours=1), None]


def test_the_rarest_cron_is_found_forty_years_ahead() -> None:
    after, sunday_the_29th = datetime(2088, 3, 1, tzinfo=UTC), datetime(2128, 2, 29, tzinfo=UTC)
    schedule = Schedule.parse("0 0 29 2 */7", "UTC")
    assert next_fires(make_plan([schedule]), after) == [sunday_the_29th]
    assert schedule.next_due(after) == sunday_the_29th


def test_an_empty_portfolio_has_an_empty_projection() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert starts_per_hour(make_plan([]), start, 24).shape == (0, 24)
    assert next_fires(make_plan([]), start) == []
