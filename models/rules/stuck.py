"""When a run counts as stuck: its workflow task fails again and again."""

from datetime import datetime, timedelta

STUCK_ATTEMPTS = 3
STUCK_AFTER = timedelta(seconds=20)
"""A worker that dies or deploys in the middle of a task costs one or two attempts within seconds; this is more."""


def is_stuck(attempts: int, since: datetime, now: datetime) -> bool:
    """Whether a task first scheduled at `since` has failed often and long enough."""
    return attempts >= STUCK_ATTEMPTS and now - since >= STUCK_AFTER
