"""What Temporal has to be told after a transaction that has admitted runs; kept with its session.

It is told after the commit, by whoever opened the transaction. What is not told is found by the sweep.
"""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.store.runs.to_start import RunToStart

_KEY = "admissions"


@dataclass(slots=True)
class Admissions:
    """What the transaction has decided."""

    to_start: list[RunToStart] = field(default_factory=list)
    """Admitted runs without a Temporal workflow."""
    to_wake: list[str] = field(default_factory=list)
    """Temporal workflows that wait for admission, and must look at their row again."""
    to_cancel: list[str] = field(default_factory=list)
    """Temporal workflows of running runs that a newer one replaces."""
    frees_budget: bool = False
    """Whether a run that waits for a budget may have room now."""
    backfills: set[UUID] = field(default_factory=set)
    """Backfills whose next runs may have their turn, or that may have ended."""
    followers: list[UUID] = field(default_factory=list)
    """Pending deliveries to automations that the end of a run fires: their runs are stored next."""
    waits_for_time: bool = False
    """Whether a run waits for an instant, such as the next token of a throttle, that nobody waited for before."""

    def __bool__(self) -> bool:
        """Return whether there is anything to tell."""
        later = self.waits_for_time or self.followers or self.frees_budget or self.backfills
        return bool(self.to_start or self.to_wake or self.to_cancel or later)


def admissions(session: AsyncSession) -> Admissions:
    """Return the admissions of the session's transaction, to add to."""
    found: Admissions = session.info.setdefault(_KEY, Admissions())
    return found


def take_admissions(session: AsyncSession) -> Admissions:
    """Return, once, what is to be told after the commit."""
    found: Admissions | None = session.info.pop(_KEY, None)
    return found or Admissions()
