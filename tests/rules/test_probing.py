"""When a disabled automation is probed, and what the probe decides."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.probing import LATE, LONGEST_WAIT, ProbePolicy, ProbeTime, probe_delay, probe_time, verdict
from models.rules.schedule import Schedule
from models.states import OPEN_STATUSES, RunStatus
from tests.rules.properties import examples

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
POLICY = ProbePolicy(after=30 * MINUTE, longest=24 * HOUR, successes=1)
MIDDLE = uuid.UUID(int=100)
"""An id whose share of the spread is nought."""
NINE = Schedule.parse("0 9 * * *", "America/New_York")
FRIDAYS = Schedule.parse("0 9 * * 5", "America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_delay_doubles_up_to_the_longest() -> None:
    delays = [probe_delay(POLICY, trips, MIDDLE) for trips in range(1, 9)]
    assert delays == [30 * MINUTE * 2**doublings for doublings in range(6)] + [24 * HOUR] * 2
    assert probe_delay(POLICY, 10_000, MIDDLE) == 24 * HOUR


@examples(300)
@given(id=st.uuids(), trips=st.integers(0, 100), after=st.integers(1, 43_200), more=st.integers(0, 43_200))
def test_a_delay_is_spread_by_the_id_alone_and_by_at_most_a_tenth(
    id: uuid.UUID, trips: int, after: int, more: int
) -> None:
    policy = ProbePolicy(after * MINUTE, (after + more) * MINUTE, 1)
    plain, delay = probe_delay(policy, trips, MIDDLE), probe_delay(policy, trips, id)
    assert delay == probe_delay(policy, trips, id)
    assert abs(delay - plain) <= plain / 10 + timedelta(microseconds=1)
    assert probe_delay(policy, trips + 1, id) >= delay


def test_delays_of_ids_made_at_the_same_moment_differ() -> None:
    ids = [uuid.uuid4() for _ in range(50)]
    assert len({probe_delay(POLICY, 1, one) for one in ids}) > 25


@pytest.mark.parametrize(
    ("schedule", "probe_at", "now", "expected"),
    [
        (NINE, "2026-03-02T05:00", "2026-03-02T05:00", ProbeTime(utc("2026-03-02T14:00"), utc("2026-03-02T14:00"))),
        # From the evening before clocks go back, the next nine o'clock is more than a day away.
        (NINE, "2026-10-31T13:30", "2026-10-31T13:30", ProbeTime(utc("2026-11-01T14:00"), utc("2026-11-01T14:00"))),
        (FRIDAYS, "2026-03-02T05:00", "2026-03-02T05:00", ProbeTime(utc("2026-03-02T05:00"), None)),
        (FRIDAYS, "2026-03-06T05:00", "2026-03-02T05:00", ProbeTime(utc("2026-03-06T14:00"), utc("2026-03-06T14:00"))),
        # After an outage of some hours, it is not the past nine o'clock that is made up for.
        (NINE, "2026-03-02T05:00", "2026-03-02T20:00", ProbeTime(utc("2026-03-03T14:00"), utc("2026-03-03T14:00"))),
        (NINE, "2026-03-02T05:00", "2026-03-02T14:04", ProbeTime(utc("2026-03-02T14:00"), utc("2026-03-02T14:00"))),
    ],
    ids=["due", "long day", "weekly", "weekly soon", "after an outage", "a little late"],
)
def test_a_schedule_is_probed_at_a_due_time_unless_that_is_far_off(
    schedule: Schedule, probe_at: str, now: str, expected: ProbeTime
) -> None:
    assert probe_time(schedule, utc(probe_at), utc(now), MINUTE) == expected


@examples(200)
@given(
    cron=st.sampled_from(["* * * * *", "0 9 * * *", "30 1 * * 1-5", "0 9 * * 5", "0 0 1 * *"]),
    at=st.integers(0, 365 * 86_400).map(lambda seconds: utc("2026-01-01") + timedelta(seconds=seconds)),
    later=st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_a_probe_comes_at_the_due_time_that_follows_or_at_once(cron: str, at: datetime, later: timedelta) -> None:
    schedule = Schedule.parse(cron, "Europe/Berlin")
    now = at + later
    planned = probe_time(schedule, at, now, MINUTE)
    assert planned.at >= max(at, now - LATE)
    if planned.due_at is None:
        assert planned.at == max(at, now - LATE)
        assert not schedule.due_between(planned.at, planned.at + LONGEST_WAIT)
    else:
        assert planned.at == planned.due_at
        assert schedule.due_between(max(at, now - LATE), planned.at) == [planned.due_at]


def test_only_what_ran_to_its_end_decides() -> None:
    verdicts = {status: verdict(status) for status in RunStatus if status not in OPEN_STATUSES}
    assert verdicts == {
        RunStatus.COMPLETED: True,
        RunStatus.FAILED: False,
        RunStatus.CANCELLED: None,
        RunStatus.SKIPPED: None,
        RunStatus.MISSED: None,
    }
