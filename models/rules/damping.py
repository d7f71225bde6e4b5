"""Keeps health policies from acting too often, on one automation and on all of them.

Sources: outlier detection in Envoy (the multiplier of the ejection time falls with each healthy interval; at most a
share of the hosts is ejected), flap detection in Nagios.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from models.rules.health import COMPLETED, FAILED, HealthPolicy, success_rate

FLAPPING_TRIPS = 3
FLAPPING_WITHIN = timedelta(days=7)
TRIPS_KEPT = 10
BRAKE_WITHIN = timedelta(hours=1)
BRAKE_LEAST = 5
"""Fewer automations than that are disabled whatever share of all of them they are."""


def is_flapping(tripped_at: Sequence[datetime], at: datetime) -> bool:
    """Return whether a policy has begun to act so often lately that it goes back and forth."""
    return sum(at - FLAPPING_WITHIN < one <= at for one in tripped_at) >= FLAPPING_TRIPS


def with_trip(tripped_at: Sequence[datetime], at: datetime) -> list[datetime]:
    """Return the trips with another one; only the newest are kept."""
    return [*tripped_at, at][-TRIPS_KEPT:]


def ends_healthy_window(policy: HealthPolicy, outcomes: str, finished_since_reset: int) -> bool:
    """Return whether the newest run completes another full window, and the window is healthy: one trip is forgiven."""
    if not finished_since_reset or finished_since_reset % policy.window:
        return False
    newest = outcomes[-policy.window :]
    rate = success_rate(newest.count(COMPLETED), newest.count(FAILED))
    return rate is not None and rate >= policy.recovers_at


def brakes(disabled: int, automations: int, percent: int) -> bool:
    """Return whether one more automation must not be disabled, because too many have been within an hour.

    When so many fail together, the cause is not theirs: a provider or the network is down.

    Args:
        disabled: How many were disabled within the last hour.
        automations: How many could be disabled, those included.
        percent: The share of them that may be disabled in an hour.
    """
    return disabled + 1 >= BRAKE_LEAST and (disabled + 1) * 100 > percent * automations
