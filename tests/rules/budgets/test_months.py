"""The months of a budget in its time zone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UnknownTimezone
from models.rules.budgets.months import month_of
from tests.rules.properties import examples

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati", "Australia/Lord_Howe"]


@pytest.mark.parametrize(
    ("at", "zone", "starts_at", "ends_at"),
    [
        ("2026-03-16T12:00Z", "UTC", "2026-03-01T00:00Z", "2026-04-01T00:00Z"),
        ("2026-03-16T12:00Z", "America/New_York", "2026-03-01T05:00Z", "2026-04-01T04:00Z"),
        ("2026-12-31T23:59Z", "Asia/Tokyo", "2026-12-31T15:00Z", "2027-01-31T15:00Z"),
        # Midnight in India is 18:30 UTC: the month begins at the next whole hour, also for the minutes before it.
        ("2026-03-31T18:59Z", "Asia/Kolkata", "2026-02-28T19:00Z", "2026-03-31T19:00Z"),
        ("2026-03-31T19:00Z", "Asia/Kolkata", "2026-03-31T19:00Z", "2026-04-30T19:00Z"),
    ],
)
def test_a_month_begins_at_midnight_there(at: str, zone: str, starts_at: str, ends_at: str) -> None:
    month = month_of(datetime.fromisoformat(at), zone)
    assert (month.starts_at, month.ends_at) == (datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at))


@examples(200)
@given(at=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), zone=st.sampled_from(ZONES))  # noqa: DTZ001
def test_months_follow_each_other_without_a_gap(at: datetime, zone: str) -> None:
    at = at.replace(tzinfo=UTC)
    month = month_of(at, zone)
    assert month.starts_at <= at < month.ends_at
    assert (month.starts_at.minute, month.starts_at.second) == (0, 0)
    assert month_of(month.ends_at, zone).starts_at == month.ends_at
    assert month_of(month.starts_at - timedelta(microseconds=1), zone).ends_at == month.starts_at


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownTimezone):
        month_of(datetime(2026, 3, 1, tzinfo=UTC), "Mars/Olympus")
