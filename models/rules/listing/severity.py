"""The severity of an automation, by its success rate, and its state."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.rules.health import success_rate
from models.states import AutomationState, Severity

BANDS = ((95.0, Severity.HEALTHY), (80.0, Severity.DEGRADING), (60.0, Severity.UNSTABLE))
NEEDS_ATTENTION = frozenset({Severity.FAILING, Severity.UNSTABLE})
OVERDUE_GRACE = timedelta(minutes=2)
SYNC_GRACE = timedelta(seconds=30)
RECHECK = timedelta(seconds=10)


def severity(completed: int, failed: int) -> Severity:
    """Return the band of the success rate; healthy before the first finished run."""
    rate = success_rate(completed, failed)
    if rate is None:
        return Severity.HEALTHY
    return next((band for floor, band in BANDS if rate >= floor), Severity.FAILING)


@dataclass(frozen=True, slots=True)
class StateFacts:
    """The facts that decide the state.

    Attributes:
        next_due_at: The next due time, or a past one that has neither run nor been accounted for; None for a trigger.
        changed_at: When the row last changed: a sync takes a moment.
        can_run: Whether its primitive is active.
        snoozed: Whether its pause has an end.
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
    snoozed: bool = False


def state(facts: StateFacts, now: datetime) -> AutomationState:
    """Return the first state that holds; the most urgent are checked first."""
    claims = (
        (facts.is_archived, AutomationState.ARCHIVED),
        (not facts.is_active and facts.auto_disabled, AutomationState.AUTO_DISABLED),
        (facts.snoozed and facts.can_run, AutomationState.SNOOZED),
        # While its primitive is inactive every fire is skipped, so the automation counts as paused.
        (not facts.is_active or not facts.can_run, AutomationState.PAUSED),
        (facts.over_budget, AutomationState.OVER_BUDGET),
        (_drifted(facts, now), AutomationState.DRIFTED),
        (_overdue(facts, now), AutomationState.OVERDUE),
        (facts.slowed, AutomationState.SLOWED),
        (facts.running_now > 0, AutomationState.RUNNING),
        (facts.finished == 0, AutomationState.NEW),
    )
    return next((found for holds, found in claims if holds), AutomationState.OK)


def steady_until(facts: StateFacts, now: datetime) -> datetime:
    """Return until when state and next run stay the same if only time passes."""
    flips = [(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)]
    fires = (facts.is_active or facts.snoozed) and not facts.is_archived
    if facts.is_schedule and fires and facts.next_due_at is not None:
        both = (facts.next_due_at, facts.next_due_at + OVERDUE_GRACE)
        # An overdue one may be accounted for at any moment.
        flips.append(next((at for at in both if at > now), now + RECHECK))
    if facts.is_schedule and not facts.synced and now <= facts.changed_at + SYNC_GRACE:
        flips.append(facts.changed_at + SYNC_GRACE)
    return max(min(flips), now + timedelta(milliseconds=1))


def _drifted(facts: StateFacts, now: datetime) -> bool:
    return facts.is_schedule and (facts.sync_error or (not facts.synced and now - facts.changed_at > SYNC_GRACE))


def _overdue(facts: StateFacts, now: datetime) -> bool:
    return facts.is_schedule and (facts.next_due_at is None or facts.next_due_at + OVERDUE_GRACE < now)
