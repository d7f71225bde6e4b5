"""When an automation that its health policy has disabled is tried again, and what the trial decides.

A probe is the single trial of a half-open circuit breaker. The delay before it doubles with each trip, as the time of
an ejection in Envoy's outlier detection does, and one trial is under way at a time.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.rules.schedule import Schedule
from models.states import RunStatus

LONGEST_WAIT = timedelta(hours=25)
"""A day on which clocks go back. A schedule that is not due for longer is probed without waiting for its due time."""
LATE = timedelta(minutes=5)
"""How late a due time may still be probed at least: a pass of the sweep may take a while."""
MOST_DOUBLINGS = 20
JITTER_PERCENT = 10


@dataclass(frozen=True, slots=True)
class ProbePolicy:
    """The delay before the first probe, the longest delay, and how many successes in a row enable it again."""

    after: timedelta
    longest: timedelta
    successes: int


@dataclass(frozen=True, slots=True)
class ProbeTime:
    """When a probe starts, and the due time that it stands for; None: it stands for none."""

    at: datetime
    due_at: datetime | None


def probe_delay(policy: ProbePolicy, trips: int, automation_id: uuid.UUID) -> timedelta:
    """Return the delay before the next probe: it doubles with each trip, up to the longest, +-10 % by the id.

    Automations that one cause has disabled are then not all tried at the same moment, and a delay that was shown is
    the one that is kept.
    """
    doubled = policy.after * (1 << min(max(trips - 1, 0), MOST_DOUBLINGS))
    steps = automation_id.int % (20 * JITTER_PERCENT + 1) - 10 * JITTER_PERCENT
    return min(doubled, policy.longest) * (1 + steps / 1000)


def probe_time(schedule: Schedule, probe_at: datetime, now: datetime, catchup: timedelta) -> ProbeTime:
    """Return when a schedule is probed that may be from `probe_at` on: at its next due time, as a rule.

    What is meant for nine o'clock is not sent at three. A due time that has passed by more than the catch-up window
    (and `LATE`) is left out, as after an outage of any other schedule.
    """
    since = max(probe_at, now - max(catchup, LATE))
    due_at = schedule.next_due(since)
    if due_at is None or due_at - since > LONGEST_WAIT:
        return ProbeTime(since, None)
    return ProbeTime(due_at, due_at)


def verdict(status: RunStatus) -> bool | None:
    """Return whether a probe that ended so has passed; None: it decides nothing, because it did not run to its end."""
    match status:
        case RunStatus.COMPLETED:
            return True
        case RunStatus.FAILED:
            return False
        case _:
            return None
