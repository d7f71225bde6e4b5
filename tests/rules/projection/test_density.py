import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from models.kinds import Kind
from models.rules.projection.concurrency import (
    RunSpans,
    concurrency_band,
    kinds_text,
    peak_by_minute,
    peak_concurrency,
    peak_slot,
    peak_text,
    run_spans,
)
from models.rules.projection.plan import make_plan
from models.rules.projection.portfolio import held_back
from models.rules.projection.starts import list_starts, make_timetable
from models.rules.schedule import Schedule
from tests.rules.due_times import due
from tests.rules.portfolios import One, averages_of, portfolio_of
from tests.rules.properties import examples
from tests.rules.strategies import HARD_CRONS, HARD_ZONES, schedules, windows

HOUR_MS = 3_600_000


def listed(drawn: Sequence[Schedule | None], start: datetime, end: datetime) -> list[list[int]]:
    """List each row's starts in milliseconds."""
    found: list[list[int]] = [[] for _ in drawn]
    timetable = make_timetable(make_plan(drawn))
    for part in list_starts(timetable, int(start.timestamp()), int(end.timestamp()), {}):
        for row, at in zip(part.rows.tolist(), part.at_ms.tolist(), strict=True):
            found[row].append(at)
    return [sorted(starts) for starts in found]


@given(st.data())
@examples(100)
def test_the_combined_list_equals_each_row_listed_alone(data: st.DataObject) -> None:
    start, end = data.draw(windows(data.draw(st.sampled_from(HARD_ZONES)), first_year=1980))
    start, end = start.replace(microsecond=0), end.replace(microsecond=0)
    assume(start < end)
    drawn = data.draw(st.lists(schedules(start), min_size=1, max_size=12))
    singly = [[int(moment.timestamp()) * 1000 for moment in due(row, start, end)] for row in drawn]
    assert listed(drawn, start, end) == singly


def test_hard_crons_in_hard_zones_are_listed_across_zone_transitions() -> None:
    drawn = [Schedule.parse(text, name) for text in HARD_CRONS for name in HARD_ZONES]
    for start in (datetime(2026, 10, 24, tzinfo=UTC), datetime(2027, 3, 27, 12, tzinfo=UTC)):
        end = start + timedelta(days=3)
        singly = [[int(moment.timestamp()) * 1000 for moment in due(row, start, end)] for row in drawn]
        assert listed(drawn, start, end) == singly


@given(
    runs=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 90)), max_size=60),
    edges=st.lists(st.integers(0, 300), min_size=2, max_size=8, unique=True).map(sorted),
)
@examples(200)
def test_the_maximum_of_concurrent_runs_is_exact(runs: list[tuple[int, int]], edges: list[int]) -> None:
    spans = RunSpans(
        np.array([start for start, _ in runs], dtype=np.int64),
        np.array([start + max(length, 1) for start, length in runs], dtype=np.int64),
    )
    counted = [
        max(sum(start <= at < start + max(length, 1) for start, length in runs) for at in range(low, high))
        for low, high in itertools.pairwise(edges)
    ]
    assert peak_concurrency(spans, np.array(edges, dtype=np.int64)) == counted


def test_minute_resolution_is_exact_for_runs_of_whole_minutes() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    drawn = [
        Schedule.parse("*/7 * * * *", "UTC"),
        Schedule.parse("0,30 * * * *", "Asia/Kolkata"),
        Schedule.parse("15 3 * * *", "Europe/Paris"),
    ]
    timetable = make_timetable(make_plan(drawn))
    low, high = int(start.timestamp()), int((start + timedelta(days=1)).timestamp())
    run_ms = np.array([10 * 60_000, 45 * 60_000, 3 * HOUR_MS], dtype=np.int64)
    edges = np.arange(low, high + 1, 3600, dtype=np.int64) * 1000
    early = low - 3 * 3600
    exact = peak_concurrency(run_spans(list_starts(timetable, early, high, {}), run_ms), edges)
    assert peak_by_minute(list_starts(timetable, early, high, {}), run_ms, edges) == exact


def test_simultaneous_starts_count_together_even_without_a_known_duration() -> None:
    start = datetime(2026, 1, 1, 22, tzinfo=UTC)
    timetable = make_timetable(make_plan([Schedule.parse("0 22 * * *", "UTC")] * 3))
    low = int(start.timestamp())
    spans = run_spans(list_starts(timetable, low, low + 7200, {}), np.zeros(3, dtype=np.int64))
    assert peak_concurrency(spans, np.array([low, low + 3600, low + 7200]) * 1000) == [3, 0]


def test_a_row_held_back_by_overlap_is_listed_at_its_real_starts() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    row = Schedule.parse("*/10 * * * *", "UTC")
    ones, low = [One(row, run_ms=15 * 60_000)], int(start.timestamp())
    held = held_back(portfolio_of(ones), averages_of(ones), low, low + 3600)
    timetable = make_timetable(make_plan([row]))
    (part,) = [part for part in list_starts(timetable, low, low + 3600, held) if part.rows.size]
    assert part.at_ms.tolist() == [(low + seconds) * 1000 for seconds in (0, 1200, 2400)]


def test_the_peak_is_described_as_on_the_page() -> None:
    kinds = {Kind.AGENT: 8, Kind.CAMPAIGN: 2, Kind.PULSE: 1, Kind.WORKFLOW: 1, Kind.NETWORK: 0}
    text = peak_text(datetime(2026, 1, 1, 22, tzinfo=UTC), kinds)
    assert text == "12 at 22:00 (8 agents, 2 campaigns, 1 pulse, 1 workflow)"
    assert kinds_text({Kind.PULSE: 1, Kind.AGENT: 1436, Kind.NETWORK: 0}) == "1,436 agents, 1 pulse"
    assert kinds_text({}) == ""
    assert peak_slot([0, 3, 1, 3]) == 1
    assert peak_slot([0, 0]) is None


def test_bands_match_the_colours_of_the_page() -> None:
    assert [concurrency_band(count) for count in (0, 1, 3, 4, 7, 8, 90)] == [
        "none", "low", "low", "medium", "medium", "high", "high",
    ]  # fmt: skip
