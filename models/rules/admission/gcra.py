"""The rate of starts, by the generic cell rate algorithm: a single instant per key is its whole state.

The instant is the time up to which the rate has been used. Intervals are rounded up to microseconds, so that a rate is
never exceeded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.contracts.automations.flow_control import FlowControl

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """One token each `interval`; after a quiet time `burst + 1` at once."""

    interval: timedelta
    burst: int

    @classmethod
    def of(cls, limit: int, period_seconds: int, burst: int) -> "Rate":
        """Return the rate of `limit` tokens each `period_seconds`."""
        return cls(-(-timedelta(seconds=period_seconds) // (limit * MICROSECOND)) * MICROSECOND, burst)

    def tokens(self, used_until: datetime | None, now: datetime) -> int:
        """Return how many tokens there are; `used_until` is None before the first one was taken."""
        return max(0, (now - self._base(used_until, now)) // self.interval)

    def after_taking(self, used_until: datetime | None, now: datetime, taken: int) -> datetime:
        """Return the new instant, after taking at most as many as there are."""
        return self._base(used_until, now) + taken * self.interval

    def next_token_at(self, used_until: datetime | None, now: datetime) -> datetime:
        """Return when the next token is there, `now` if one is."""
        return max(now, self._base(used_until, now) + self.interval)

    def _base(self, used_until: datetime | None, now: datetime) -> datetime:
        earliest = now - (self.burst + 1) * self.interval
        return earliest if used_until is None else max(used_until, earliest)


def throttle_rate(control: FlowControl | None) -> Rate | None:
    """Return the rate at which runs start, None if it is not limited."""
    found = control.throttle if control else None
    return Rate.of(found.limit, found.period_seconds, found.burst) if found else None


def accepted_rate(control: FlowControl | None) -> Rate | None:
    """Return the rate at which deliveries are accepted, None if it is not limited."""
    found = control.rate_limit if control else None
    # All of the limit at once, as everybody reads "5 an hour".
    return Rate.of(found.limit, found.period_seconds, found.limit - 1) if found else None
