"""The history that Control draws: each hour beside what is usual for it, and when something was changed."""

from models.contracts.base import Contract, Exact, Instant


class Usual(Contract):
    """The usual range of an hour: the quartiles of the same hour, by local time, in the weeks before."""

    low: float
    """A quarter of these weeks were at or below it."""
    median: float
    high: float
    """A quarter of these weeks were at or above it."""


class ControlHistoryHour(Contract):
    """The runs that arrived within an hour and have ended."""

    start: Instant
    """In the requested time zone. The last hour is the current one, which is not over."""
    runs: int
    """Root runs that completed, failed or were cancelled."""
    completed: int
    failed: int
    failure_rate: float | None
    """Percent of failed among completed and failed. null: none."""
    cost_usd: Exact
    """The known cost of all calls, those of child runs too."""
    unknown_costs: int
    usual_runs: Usual | None
    """null: fewer than three weeks before it are known; the same for the other two."""
    usual_failure_rate: Usual | None
    usual_cost_usd: Usual | None


class ControlMarker(Contract):
    """Changes by people, declarations and health policies within an hour."""

    start: Instant
    """Start of the hour."""
    changes: int
    text: str
    link: str
    """Address within the page that shows them."""


class ControlHistory(Contract):
    """The last days by hour, oldest first."""

    as_of: Instant
    timezone: str
    weeks: int
    """So many weeks before are compared with, at most."""
    hours: tuple[ControlHistoryHour, ...]
    markers: tuple[ControlMarker, ...]
    """Only hours in which something was changed."""
