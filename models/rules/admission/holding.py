"""What holds a waiting run now: not what held it when it arrived, but what its automation's limits leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from models.rules.admission.choice import Limits
from models.rules.admission.gcra import Rate
from models.states import HeldBy

WINDOWS = frozenset({HeldBy.DEBOUNCE, HeldBy.BATCH})


@dataclass(frozen=True, slots=True)
class Holding:
    """The limits of one automation, and how far they are used up at an instant."""

    now: datetime
    limits: Limits
    by_budget: bool = False
    """Whether the limit on all runs is what its budget has room for."""
    open_runs: Mapping[str, int] = field(default_factory=dict)
    """Open runs that do not wait, by key."""
    rate: Rate | None = None
    """The throttle's."""
    used_until: Mapping[str, datetime] = field(default_factory=dict)
    """Until when the throttle has been used, by its key."""

    def of(self, stored: HeldBy, key: str, throttle_key: str, not_before: datetime | None) -> HeldBy:
        """Return what holds a run; `stored` is what held it when it arrived, and counts where nothing else does."""
        if stored in WINDOWS and not_before is not None and not_before > self.now:
            return stored
        if sum(self.open_runs.values()) >= self.limits.total:
            return HeldBy.BUDGET if self.by_budget else HeldBy.CONCURRENCY
        if self.open_runs.get(key, 0) >= self.limits.per_key:
            return HeldBy.CONCURRENCY
        if self.rate is not None and self.rate.tokens(self.used_until.get(throttle_key), self.now) < 1:
            return HeldBy.THROTTLE
        return stored
