"""How badly an automation does, and what it is doing: design section 6, with no clock of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.rules.health import success_rate
from models.states import Severity, State

BANDS = ((95.0, Severity.HEALTHY), (80.0, Severity.DEGRADING), (60.0, Severity.UNSTABLE))
NEEDS_ATTENTION = frozenset({Severity.FAILING, Severity.UNSTABLE})
OVERDUE_GRACE = timedelta(minutes=2)
SYNC_GRACE = timedelta(seconds=30)
RECHECK = timedelta(seconds=10)


def severity(completed: int, failed: int) -> Severity:
    """Give the band of the rate; what has no finished runs is healthy."""
    rate = success_rate(completed, failed)
    if rate is None:
        return Severity.HEALTHY
    return next((band for floor, band in BANDS if rate >= floor), Severity.FAILING)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the state is read from.

    Attributes:
        next_due_at: The next due time, or the one that is past, has not run and is not accounted for; None where
            there is none or where no clock fires it.
        changed_at: When the row last changed: a sync needs a moment.
        can_run: Whether its primitive runs at all.
    """

    is_schedule: bool
    is_active: bool
    is_archived: bool
    auto_disabled: bool
    slowed: bool
    over_budget: bool
    synced: bool
    sync_error: bool
    running_now: int
    finished: int
    next_due_at: datetime | None
    changed_at: datetime
    can_run: bool = True


def state(of: Situation, now: datetime) -> State:
    """Give the first state that holds: what a person must know comes before what merely is."""
    claims = (
        (of.is_archived, State.ARCHIVED),
        (not of.is_active and of.auto_disabled, State.AUTO_DISABLED),
        # A primitive that is switched off pauses all that would run it: every fire is skipped until it is on again.
        (not of.is_active or not of.can_run, State.PAUSED),
        (of.over_budget, State.OVER_BUDGET),
        (_drifted(of, now), State.DRIFTED),
        (_overdue(of, now), State.OVERDUE),
        (of.slowed, State.SLOWED),
        (of.running_now > 0, State.RUNNING),
        (of.finished == 0, State.NEW),
    )
    return next((found for holds, found in claims if holds), State.OK)


def steady_until(of: Situation, now: datetime) -> datetime:
    """Give the instant up to which the state and the next run stay as they are, if nothing but time happens."""
    flips = [(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)]
    if of.is_schedule and of.is_active and not of.is_archived and of.next_due_at is not None:
        both = (of.next_due_at, of.next_due_at + OVERDUE_GRACE)
        # What is overdue may be accounted for at any moment.
        flips.append(next((at for at in both if at > now), now + RECHECK))
    if of.is_schedule and not of.synced and now <= of.changed_at + SYNC_GRACE:
        flips.append(of.changed_at + SYNC_GRACE)
    return max(min(flips), now + timedelta(milliseconds=1))


def _drifted(of: Situation, now: datetime) -> bool:
    return of.is_schedule and (of.sync_error or (not of.synced and now - of.changed_at > SYNC_GRACE))


def _overdue(of: Situation, now: datetime) -> bool:
    return of.is_schedule and (of.next_due_at is None or of.next_due_at + OVERDUE_GRACE < now)
