"""Past and projected costs. Amounts are US dollars; null is unknown."""

import uuid
from collections.abc import Mapping

from models.contracts.automations.live import CostEstimate
from models.contracts.base import Contract, Exact, Instant
from models.kinds import Kind
from models.states import Source


class AutomationCost(Contract):
    """Cost of one automation, child runs included."""

    id: uuid.UUID
    slug: str
    name: str
    primitive_type: Kind
    type: Source
    is_active: bool
    mean: Exact | None
    """Mean cost of a run."""
    p90: Exact | None
    """90th percentile of the cost of the last 200 runs."""
    sample: int
    """Number of runs whose cost is known."""
    occurrences: int
    """Fires in the coming month; for a trigger, those of the last 30 days."""
    est_monthly_cost: CostEstimate
    spent_this_month: Exact
    month_end: Exact | None
    """Projected cost of this calendar month (UTC) as a whole."""


class Costs(Contract):
    """Cost of the automations that match. Unknown costs are not part of the sums."""

    window_start: Instant
    window_end: Instant
    """End of the coming month: the same day and time one month later."""
    automations: tuple[AutomationCost, ...]
    """The most expensive first."""
    automations_left_out: int
    by_primitive: Mapping[Kind, Exact]
    total: Exact
    unknown: int
    """Number of active automations without cost data."""
    spent_this_month: Exact
    month_end: Exact
