"""Input and report of the sweep."""

from models.contracts.base import Stored


class SweepInput(Stored):
    """How often the sweep runs."""

    interval_seconds: float
    """Seconds between two passes."""
    passes_per_comparison: int = 2
    """Number of passes between two comparisons of all Temporal schedules with their rows."""


class SweepReport(Stored):
    """Counts of one pass."""

    started: int = 0
    """Queued runs that were started."""
    closed: int = 0
    """Runs that were closed because their Temporal workflow is gone."""
    ended: int = 0
    """Temporal workflows that were ended because their run is closed or has no row."""
    missed: int = 0
    """Due times recorded as missed."""
    synced: int = 0
    """Schedule syncs that were requested."""
    drifted: int = 0
    """Temporal schedules that differed from their rows."""
