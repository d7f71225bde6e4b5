"""A draft before it is saved: what it would do, cost and crowd."""

import datetime

from pydantic import JsonValue

from models.contracts.automations import Overlap
from models.contracts.base import Contract, Exact, Instant, Money, Stored
from models.contracts.density import DensityPeak
from models.contracts.live import CostEstimate
from models.contracts.runs import AutomationRef
from models.kinds import Kind
from models.states import Source


class PreviewSchedule(Stored):
    """The part of a schedule that a preview needs; what else a draft has is let pass."""

    cron_expr: str = ""
    """Empty while nothing has been written yet."""
    timezone: str = "UTC"
    overlap: Overlap = Overlap.SKIP


class PreviewPrimitive(Stored):
    """What would run, as far as it has been chosen."""

    kind: Kind | None = None
    slug: str | None = None


class PreviewWebhook(Stored):
    """The part of a webhook that a preview needs."""

    path: str | None = None
    filter: str | None = None


class PreviewEvent(Stored):
    """The part of an event trigger that a preview needs."""

    name: str = ""
    filter: str | None = None


class PreviewSlack(Stored):
    """The part of a Slack trigger that a preview needs."""

    events: tuple[str, ...] = ()
    command: str | None = None
    channel: str | None = None
    filter: str | None = None


class PreviewSample(Stored):
    """Something that arrives: a delivery as `GET /api/deliveries` lists it, or made up."""

    payload: JsonValue = None
    headers: dict[str, str] = {}


class PreviewRequest(Stored):
    """An `AutomationDraft`, or as much of one as somebody has filled in."""

    automation: str | None = None
    """The id or slug of the automation that is being changed: it is not counted beside itself."""
    slug: str | None = None
    primitive: PreviewPrimitive | None = None
    source: Source | None = None
    schedule: PreviewSchedule | None = None
    webhook: PreviewWebhook | None = None
    event: PreviewEvent | None = None
    slack: PreviewSlack | None = None
    sample: PreviewSample | None = None
    """What is to be held against the filter of the source."""
    budget_usd_month: Money | None = None
    is_active: bool = True


class NextFire(Contract):
    """One coming fire, in UTC and as the zone's clocks show it."""

    at: Instant
    local: Instant


class ClockChangeEffect(Contract):
    """What a schedule does on a day on which the clocks of its zone change."""

    day: datetime.date
    at: Instant
    shift_minutes: int
    fires: tuple[NextFire, ...]
    """On that day, at most 100."""
    differs: bool
    """Whether the change makes a difference to the schedule."""
    text: str


class PreviewCost(Contract):
    """What the draft adds to the coming month; null where nothing is known of its primitive's cost."""

    occurrences: int
    per_run: Exact | None
    estimate: CostEstimate
    total_before: Exact
    total_after: Exact | None


class PeakChange(Contract):
    """The density's peak without and with the draft."""

    hours: int
    before: DensityPeak | None
    after: DensityPeak | None


class HourAhead(Contract):
    """What starts in one of the coming 24 hours."""

    start: Instant
    """In the zone of the schedule."""
    others: int
    """Starts without the draft, and without the automation that it changes."""
    added: int
    """The draft's own."""


class FilterVerdict(Contract):
    """What the filter makes of the sample, by the code that judges deliveries."""

    error: str | None = None
    """Why the filter cannot be carried out at all; it would not be saved."""
    fires: bool | None = None
    """Whether the sample would fire the draft; null where there is no sample, or an error."""
    reason: str | None = None
    """Why not, where it is more than that the filter is false."""


class CapacityConflict(Contract):
    """An agent that would be called more often at once than its capacity allows."""

    agent: str
    capacity: int
    concurrency: int
    at: Instant
    """When the hour begins in which that happens first."""


class Preview(Contract):
    """What a draft would do. Nothing is saved."""

    cron_text: str | None
    next_fires: tuple[NextFire, ...]
    clock_changes: tuple[ClockChangeEffect, ...]
    cost: PreviewCost
    peaks: tuple[PeakChange, ...]
    """Over 24 hours and over 7 days."""
    hours: tuple[HourAhead, ...]
    """The coming 24 hours; empty where no clock fires the draft."""
    duplicates: tuple[AutomationRef, ...]
    """Automations of the same primitive, cron and zone, or at the same webhook path."""
    conflicts: tuple[CapacityConflict, ...]
    warnings: tuple[str, ...]
    filter: FilterVerdict | None = None
    """Null where the draft has neither a filter nor a sample."""
