"""What automations cost and will cost, on the wire; amounts in US dollars, null where nothing is known."""

import uuid
from collections.abc import Mapping

from models.contracts.base import Contract, Exact, Instant
from models.contracts.live import CostEstimate
from models.kinds import Kind
from models.states import Source


class AutomationCost(Contract):
    """One automation's cost, its children's included once."""

    id: uuid.UUID
    slug: str
    name: str
    primitive_type: Kind
    type: Source
    is_active: bool
    mean: Exact | None
    """Of one run."""
    p90: Exact | None
    """What nine runs in ten do not exceed, of the last 200."""
    sample: int
    """How many runs' cost is known."""
    occurrences: int
    """Fires in the coming month; of a trigger, those of the last 30 days."""
    est_monthly_cost: CostEstimate
    spent_this_month: Exact
    month_end: Exact | None
    """What this calendar month (UTC) will have cost when it is over."""


class Costs(Contract):
    """What everything asked for costs; unknown costs are not in the sums, `unknown` says how many there are."""

    window_start: Instant
    window_end: Instant
    """The coming month: up to the same day and time of the next."""
    automations: tuple[AutomationCost, ...]
    """The dearest first."""
    automations_left_out: int
    by_primitive: Mapping[Kind, Exact]
    total: Exact
    unknown: int
    """Active automations of which no cost is known."""
    spent_this_month: Exact
    month_end: Exact
