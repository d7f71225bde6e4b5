"""What happens to a schedule that is moved at the very time around which it is due."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from models.rules.schedule import Schedule


@dataclass(slots=True)
class Around:
    """Schedules that were due around the moment of the change."""

    twice: list[UUID] = field(default_factory=list)
    """Due shortly before it, and again after it."""
    skipped: list[UUID] = field(default_factory=list)
    """Due after it, at a time that is now in the past."""


def due_around(moved: Iterable[tuple[UUID, str, str, int]], now: int) -> Around:
    """Look for schedules that a change at `now` makes due twice, or not at all.

    Args:
        moved: The id, the cron before, the zone and the shift in minutes of each schedule.
        now: The moment, in seconds since 1970.
    """
    found = Around()
    for key, cron, timezone, shift in moved:
        seconds = shift * 60
        low, high = sorted((now + 1, now + 1 - seconds))
        if Schedule.parse(cron, timezone).due_instants(low, high).size:
            (found.twice if shift > 0 else found.skipped).append(key)
    return found
