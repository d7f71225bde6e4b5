"""What is usual for an hour, and what changed within one."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import quantiles

from models.contracts.control_history import Usual
from models.rules.number_format import plural

WEEKS = 6
LEAST_WEEKS = 3
"""With fewer weeks nothing is called usual."""
NAMED = 3
"""So many kinds of changes are told of an hour."""

CHANGES = {
    "automation.created": "created",
    "automation.changed": "changed",
    "automation.paused": "paused",
    "automation.resumed": "resumed",
    "automation.archived": "archived",
    "automation.restored": "restored",
    "automation.spread": "moved",
    "primitive.created": "created",
    "primitive.changed": "changed",
    "primitive.archived": "archived",
    "primitive.restored": "restored",
    "health.disable": "disabled by health policy",
    "health.reduce_frequency": "slowed down by health policy",
    "health.recovered": "back at full speed",
    "budget.created": "created",
    "budget.changed": "changed",
    "budget.removed": "removed",
    "dependency.created": "created",
    "dependency.changed": "changed",
    "dependency.removed": "removed",
    "backfill.started": "started",
}
"""Actions of the audit log that may change how many runs there are, how they end and what they cost."""
SUBJECTS = {"health": "automation", "dependency": "dependency"}
PLURALS = {"dependency": "dependencies"}


def same_hours_before(hour: datetime, tz: tzinfo, weeks: int = WEEKS) -> list[datetime]:
    """Return the hours that had the same local time in the weeks before, in UTC."""
    local = hour.astimezone(tz)
    # Arithmetic on a zoned datetime is in local time.
    return [
        (local - timedelta(weeks=week)).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        for week in range(1, weeks + 1)
    ]


def usual(values: Sequence[float]) -> Usual | None:
    """Return the quartiles of these weeks; None if they are too few."""
    if len(values) < LEAST_WEEKS:
        return None
    low, median, high = quantiles(values, n=4, method="inclusive")
    return Usual(low=round(low, 6), median=round(median, 6), high=round(high, 6))


def changes_in_words(found: Iterable[tuple[str, int, str | None]]) -> str:
    """Say what changed: actions with how often and, if known, the name of one that was changed; most first."""
    ordered = sorted(found, key=lambda one: (-one[1], one[0]))
    told = [_in_words(*one) for one in ordered[:NAMED]]
    left = sum(count for _, count, _ in ordered[NAMED:])
    if left:
        told.append(plural(left, "more change"))
    return ", ".join(told)


def _in_words(action: str, count: int, name: str | None) -> str:
    if count == 1 and name:
        return f"{name} {CHANGES[action]}"
    noun = action.partition(".")[0]
    noun = SUBJECTS.get(noun, noun)
    return f"{plural(count, noun, PLURALS.get(noun, f'{noun}s'))} {CHANGES[action]}"
