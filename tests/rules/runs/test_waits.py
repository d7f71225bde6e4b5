"""How long runs waited, and what a histogram of waits tells."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.runs.waits import WAIT_BUCKETS, WAIT_EDGES_MS, bucket_of, wait_ms, wait_percentile
from models.states import RunSource
from tests.rules.properties import examples

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("source", "expected"), [(RunSource.SCHEDULE, 5000), (RunSource.BACKFILL, 2000), (RunSource.EVENT, 2000)]
)
def test_a_schedule_waits_from_its_due_time_and_all_others_from_their_arrival(source: RunSource, expected: int) -> None:
    assert wait_ms(source, due_at=NOON, queued_at=NOON + 3 * SECOND, started_at=NOON + 5 * SECOND) == expected


def test_a_wait_is_never_negative() -> None:
    assert wait_ms(RunSource.EVENT, due_at=None, queued_at=NOON, started_at=NOON - SECOND) == 0


def test_buckets_double_from_16_ms() -> None:
    assert [bucket_of(wait) for wait in (0, 15, 16, 31, 32, 262_143, 262_144, 10**9)] == [0, 0, 1, 1, 2, 14, 15, 15]
    assert WAIT_BUCKETS == 16


def test_a_percentile_is_the_end_of_its_bucket() -> None:
    counts = [0] * WAIT_BUCKETS
    assert wait_percentile(counts, 95) is None
    counts[0], counts[3] = 95, 5
    assert (wait_percentile(counts, 50), wait_percentile(counts, 95), wait_percentile(counts, 96)) == (16, 16, 128)
    counts[-1] = 1000
    assert wait_percentile(counts, 95) == WAIT_EDGES_MS[-1]


@examples(100)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200), st.floats(1, 100))
def test_so_many_percent_are_below_it(waits: list[int], percent: float) -> None:
    counts = [0] * WAIT_BUCKETS
    for wait in waits:
        counts[bucket_of(wait)] += 1
    bound = wait_percentile(counts, percent)
    assert bound is not None
    below = sum(wait < bound for wait in waits)
    assert below * 100 >= percent * len(waits) * 0.999999 or bound == WAIT_EDGES_MS[-1]
