"""The rate of starts against its definition: no window of any length has more than its share."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules.admission.gcra import Rate

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

limits = st.integers(1, 1000)
periods = st.integers(1, 3600)
bursts = st.integers(0, 20)
gaps = st.lists(st.integers(0, 5_000_000), min_size=1, max_size=60)


@given(limits, periods, bursts, gaps)
def test_no_window_has_more_than_its_share(limit: int, period: int, burst: int, microseconds: list[int]) -> None:
    rate, now, used = Rate.of(limit, period, burst), START, None
    taken: list[datetime] = []
    for gap in microseconds:
        now += gap * MICROSECOND
        for _ in range(min(rate.tokens(used, now), 30)):
            used = rate.after_taking(used, now, 1)
            taken.append(now)
    for first, since in enumerate(taken):
        for last in range(first, len(taken)):
            share = burst + 1 + (taken[last] - since).total_seconds() * limit / period
            assert last - first + 1 <= share + 1e-6


@given(limits, periods, bursts)
def test_after_a_quiet_time_the_whole_burst_is_there_and_no_more(limit: int, period: int, burst: int) -> None:
    rate = Rate.of(limit, period, burst)
    assert rate.tokens(None, START) == burst + 1
    used = rate.after_taking(None, START, burst + 1)
    assert rate.tokens(used, START) == 0
    assert rate.tokens(used, START + timedelta(days=365)) == burst + 1


@given(limits, periods, bursts)
def test_the_next_token_is_there_when_it_was_said_to_be(limit: int, period: int, burst: int) -> None:
    rate = Rate.of(limit, period, burst)
    used = rate.after_taking(None, START, burst + 1)
    at = rate.next_token_at(used, START)
    assert rate.tokens(used, at - MICROSECOND) == 0
    assert rate.tokens(used, at) == 1


def test_five_an_hour_lets_five_through_at_once_and_then_one_each_twelve_minutes() -> None:
    rate = Rate.of(5, 3600, 4)
    used = rate.after_taking(None, START, 5)
    assert rate.tokens(used, START + timedelta(minutes=11)) == 0
    assert rate.tokens(used, START + timedelta(minutes=12)) == 1
    assert rate.tokens(used, START + timedelta(minutes=60)) == 5
