"""A task is stuck after three attempts and twenty seconds, whichever comes later."""

from datetime import UTC, datetime, timedelta

import pytest

from models.rules.stuck import STUCK_AFTER, STUCK_ATTEMPTS, is_stuck

SINCE = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "after", "stuck"),
    [
        (STUCK_ATTEMPTS, STUCK_AFTER, True),
        (STUCK_ATTEMPTS - 1, STUCK_AFTER * 100, False),
        (STUCK_ATTEMPTS * 100, STUCK_AFTER - timedelta(seconds=1), False),
    ],
)
def test_a_task_is_stuck_once_it_has_failed_often_and_long_enough(attempts: int, after: timedelta, stuck: bool) -> None:
    assert is_stuck(attempts, SINCE, SINCE + after) is stuck
