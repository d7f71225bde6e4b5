"""A group of errors is what people decided, until something happens that ends that."""

from datetime import UTC, datetime, timedelta

import pytest

from models.rules.fingerprint.standing import standing
from models.states import ErrorGroupState, GroupStanding

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(seconds=1), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("state", "seen_since", "until", "up_to", "total", "expected"),
    [
        ("open", False, None, None, 9, "open"),
        ("open", True, None, None, 9, "open"),
        ("resolved", False, None, None, 9, "resolved"),
        ("resolved", True, None, None, 9, "regressed"),
        ("ignored", True, None, None, 9, "ignored"),
        ("ignored", True, LATER, None, 9, "ignored"),
        ("ignored", False, NOW, None, 9, "open"),
        ("ignored", False, EARLIER, None, 9, "open"),
        ("ignored", True, None, 9, 9, "ignored"),
        ("ignored", True, None, 9, 10, "open"),
        # Whichever comes first.
        ("ignored", True, LATER, 9, 10, "open"),
        ("ignored", True, EARLIER, 9, 9, "open"),
    ],
)
def test_what_happens_ends_a_decision(
    state: str, seen_since: bool, until: datetime | None, up_to: int | None, total: int, expected: str
) -> None:
    found = standing(
        ErrorGroupState(state),
        seen_since=seen_since,
        ignored_until=until,
        ignored_up_to=up_to,
        total=total,
        now=NOW,
    )
    assert found is GroupStanding(expected)
