"""What a due time does while an earlier run of its schedule is open, as Temporal does it: a run is open from its
start in Temporal until it closes, so also while it waits for its admission.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from models.contracts.automations.drafts import Overlap
from models.rules.simulation.runs import SimulatedRun


class Due(StrEnum):
    """What becomes of a due time."""

    STARTS = "starts"
    MISSED = "missed"
    BUFFERED = "buffered"
    REPLACES = "replaces"
    """It stops the open runs first."""


@dataclass(slots=True)
class ScheduleRuns:
    """The open runs of a schedule, and the due times that wait for their end."""

    overlap: Overlap
    open: dict[int, SimulatedRun] = field(default_factory=dict)
    buffer: deque[SimulatedRun] = field(default_factory=deque)

    def due(self, run: SimulatedRun) -> Due:
        if not self.open or self.overlap is Overlap.ALLOW_ALL:
            self.open[run.number] = run
            return Due.STARTS
        match self.overlap:
            case Overlap.CANCEL_OTHER | Overlap.TERMINATE_OTHER:
                return Due.REPLACES
            case Overlap.BUFFER_ALL:
                self.buffer.append(run)
                return Due.BUFFERED
            case Overlap.BUFFER_ONE if not self.buffer:
                self.buffer.append(run)
                return Due.BUFFERED
        return Due.MISSED

    def closed(self, run: SimulatedRun) -> SimulatedRun | None:
        """Note that a run has closed; return the one that starts now."""
        if self.open.pop(run.number, None) is None or self.open or not self.buffer:
            return None
        following = self.buffer.popleft()
        self.open[following.number] = following
        return following
