from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.errors import BadCron
from models.rules.cron.expression import parse
from models.rules.cron.occurrences import LAST_INSTANT, next_occurrence, occurrences
from models.rules.cron.slowdown import Slowdown, slowed
from models.rules.cron.zones import zone
from models.rules.projection.plan import Row, make_plan
from models.rules.projection.totals import next_runs, starts_in_window, starts_per_hour, starts_per_slot
from tests.rules.strategies import HARD_CRONS, HARD_ZONES, cron_texts, windows

EXAMPLES = settings.default.max_examples if settings.default else 1
TICK = timedelta(microseconds=1)


def due(row: Row, start: datetime, end: datetime) -> list[datetime]:
    """List what a row fires in [start, end)."""
    cron, tz = parse(row.cron), zone(row.timezone)
    if not row.active:
        return []
    if row.slowdown is None:
        return occurrences(cron, tz, start - TICK, end - TICK)
    every = occurrences(cron, tz, min(start - TICK, row.slowdown.anchor), end - TICK)
    kept = slowed(every, row.slowdown.anchor, row.slowdown.every)
    return [moment for moment in kept if start <= moment]


@st.composite
def rows(draw: st.DrawFn, near: datetime) -> Row:
    text = draw(cron_texts())
    try:
        parse(text)
    except BadCron:
        assume(False)
    anchor = near + timedelta(minutes=draw(st.integers(-10_000, 3_000)))
    slowdown = draw(st.sampled_from([None, None, None, Slowdown(2, anchor), Slowdown(8, anchor)]))
    return Row(text, draw(st.sampled_from(HARD_ZONES)), active=draw(st.integers(0, 9)) > 0, slowdown=slowdown)


@given(st.data())
@settings(max_examples=150 * EXAMPLES)
def test_counts_and_next_runs_equal_what_is_listed(data: st.DataObject) -> None:
    start, end = data.draw(windows(data.draw(st.sampled_from(HARD_ZONES)), first_year=1980))
    drawn = data.draw(st.lists(rows(start), min_size=1, max_size=12))
    plan = make_plan(drawn)
    step = timedelta(minutes=data.draw(st.sampled_from([7, 30, 60, 95, 1440])))
    edges = [start + step * index for index in range(1 + int((end - start) / step))]
    assume(len(edges) > 1)
    listed = [due(row, edges[0], edges[-1]) for row in drawn]
    expected = [np.diff(np.searchsorted(np.array(moments, dtype=object), np.array(edges))) for moments in listed]
    assert starts_per_slot(plan, edges).tolist() == [counts.tolist() for counts in expected]
    for row, moment in zip(drawn, next_runs(plan, start), strict=True):
        if not row.active:
            assert moment is None
        elif row.slowdown is None:
            assert moment == next_occurrence(parse(row.cron), zone(row.timezone), start)
        elif moment is None:
            assert due(row, start + TICK, min(start + timedelta(days=50 * 366), LAST_INSTANT)) == []
        else:
            assert due(row, start + TICK, moment + TICK) == [moment]


def test_all_hard_crons_in_all_hard_zones_over_a_year() -> None:
    start = datetime(2026, 10, 15, 9, tzinfo=UTC)
    drawn = [Row(text, name) for text in HARD_CRONS if text != "* * * * *" for name in HARD_ZONES]
    plan = make_plan(drawn)
    totals = starts_in_window(plan, start, start + timedelta(days=365))
    listed = [len(due(row, start, start + timedelta(days=365))) for row in drawn]
    assert totals.tolist() == listed
    assert starts_per_hour(plan, start, 365 * 24).sum(axis=1).tolist() == listed


def test_an_hour_holds_its_first_minute_and_not_the_next_hours() -> None:
    start = datetime(2026, 1, 1, 22, tzinfo=UTC)
    plan = make_plan([Row("0 * * * *", "UTC"), Row("0 * * * *", "UTC", active=False)])
    assert starts_per_hour(plan, start, 2).tolist() == [[1, 1], [0, 0]]
    assert next_runs(plan, start) == [start + timedelta(hours=1), None]


def test_the_rarest_cron_is_found_forty_years_ahead() -> None:
    after, sunday_the_29th = datetime(2088, 3, 1, tzinfo=UTC), datetime(2128, 2, 29, tzinfo=UTC)
    assert next_runs(make_plan([Row("0 0 29 2 */7", "UTC")]), after) == [sunday_the_29th]
    assert next_occurrence(parse("0 0 29 2 */7"), zone("UTC"), after) == sunday_the_29th


def test_an_empty_plan_answers_with_nothing() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert starts_per_hour(make_plan([]), start, 24).shape == (0, 24)
    assert next_runs(make_plan([]), start) == []
