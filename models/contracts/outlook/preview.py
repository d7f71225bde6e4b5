"""Previews: what a draft would do before it is saved."""

import datetime

from pydantic import JsonValue

from models.contracts.automations.drafts import Overlap
from models.contracts.automations.live import CostEstimate
from models.contracts.base import Contract, Exact, Instant, Money, Stored
from models.contracts.outlook.density import DensityPeak
from models.contracts.runs.views import AutomationRef
from models.kinds import Kind
from models.states import Source


class PreviewSchedule(Stored):
    """The fields of a schedule that a preview needs; others are ignored."""

    cron_expr: str = ""
    """Empty: not entered yet."""
    timezone: str = "UTC"
    overlap: Overlap = Overlap.SKIP


class PreviewPrimitive(Stored):
    """The primitive to run, as far as it is chosen."""

    kind: Kind | None = None
    slug: str | None = None


class PreviewWebhook(Stored):
    """The fields of a webhook that a preview needs."""

    path: str | None = None
    filter: str | None = None


class PreviewEvent(Stored):
    """The fields of an event trigger that a preview needs."""

    name: str = ""
    filter: str | None = None


class PreviewSlack(Stored):
    """The fields of a Slack trigger that a preview needs."""

    events: tuple[str, ...] = ()
    command: str | None = None
    channel: str | None = None
    bots: bool = False
    filter: str | None = None


class PreviewKeyed(Stored):
    """The expression of one part of flow control; other fields are ignored."""

    key: str | None = None


class PreviewIdempotency(Stored):
    """The expression of idempotency."""

    expression: str | None = None


class PreviewFlowControl(Stored):
    """The expressions of flow control, valid or not."""

    concurrency: PreviewKeyed | None = None
    throttle: PreviewKeyed | None = None
    rate_limit: PreviewKeyed | None = None
    debounce: PreviewKeyed | None = None
    batch: PreviewKeyed | None = None
    singleton: PreviewKeyed | None = None
    idempotency: PreviewIdempotency | None = None
    priority: str | None = None


class PreviewSample(Stored):
    """A sample to try expressions on: a delivery from `GET /api/deliveries`, or made up."""

    payload: JsonValue = None
    headers: dict[str, str] = {}


class PreviewRequest(Stored):
    """An `AutomationDraft`, complete or not."""

    automation: str | None = None
    """Id or slug of the automation that is being changed, which the preview then leaves out."""
    slug: str | None = None
    primitive: PreviewPrimitive | None = None
    source: Source | None = None
    schedule: PreviewSchedule | None = None
    webhook: PreviewWebhook | None = None
    event: PreviewEvent | None = None
    slack: PreviewSlack | None = None
    payload: JsonValue = None
    """The default input: without a sample, flow control's expressions are tried on it."""
    flow_control: PreviewFlowControl | None = None
    sample: PreviewSample | None = None
    """A sample to try the filter and flow control's expressions on."""
    budget_usd_month: Money | None = None
    is_active: bool = True


class NextFire(Contract):
    """One coming fire, in UTC and in the schedule's time zone."""

    at: Instant
    local: Instant


class ClockChangeEffect(Contract):
    """The effect of a daylight-saving change on a schedule."""

    day: datetime.date
    at: Instant
    shift_minutes: int
    fires: tuple[NextFire, ...]
    """The fires of that day, at most 100."""
    differs: bool
    """Whether the change affects the schedule."""
    text: str


class PreviewCost(Contract):
    """The cost that the draft adds to the coming month, in US dollars. null: the primitive's cost is unknown."""

    occurrences: int
    per_run: Exact | None
    estimate: CostEstimate
    total_before: Exact
    total_after: Exact | None


class PeakChange(Contract):
    """The busiest hour without and with the draft."""

    hours: int
    before: DensityPeak | None
    after: DensityPeak | None


class HourAhead(Contract):
    """Starts in one of the coming 24 hours."""

    start: Instant
    """Start of the hour in the schedule's time zone."""
    others: int
    """Starts of all other automations."""
    added: int
    """Starts of the draft."""


class FilterVerdict(Contract):
    """Result of the filter on the sample; the same code judges deliveries."""

    error: str | None = None
    """Why the filter is invalid or cannot be evaluated."""
    code: str | None = None
    """Kind of the error: `bad_expression`, or `filter_too_costly` if it exceeds the limit of an evaluation."""
    fires: bool | None = None
    """Whether the sample would fire the draft. null: no sample, or an error."""
    reason: str | None = None
    """Why not, unless the filter is simply false."""


class ExpressionResult(Contract):
    """What an expression of flow control yields for the sample or the default input."""

    field: str
    """Dotted name of its field, such as `flowControl.concurrency.key`."""
    value: str | None = None
    """The key, or the priority in seconds, as the runs get it. null: there is no input to try it on, or an error."""
    error: str | None = None
    """Why it is invalid or cannot be evaluated. A run whose input fails so is skipped as `bad_expression`."""


class CapacityConflict(Contract):
    """An agent that would have more calls at once than its capacity."""

    agent: str
    capacity: int
    concurrency: int
    at: Instant
    """Start of the first hour in which that happens."""


class Preview(Contract):
    """The preview of a draft."""

    cron_text: str | None
    next_fires: tuple[NextFire, ...]
    clock_changes: tuple[ClockChangeEffect, ...]
    cost: PreviewCost
    peaks: tuple[PeakChange, ...]
    """The busiest hour of the next 24 hours, and of the next 7 days."""
    hours: tuple[HourAhead, ...]
    """The coming 24 hours; empty unless the draft is a schedule."""
    duplicates: tuple[AutomationRef, ...]
    """Automations with the same primitive, cron and time zone, or the same webhook path."""
    conflicts: tuple[CapacityConflict, ...]
    warnings: tuple[str, ...]
    filter: FilterVerdict | None = None
    """null: neither a filter nor a sample was given."""
    expressions: tuple[ExpressionResult, ...] = ()
    """The expressions of flow control, each tried on the sample or the default input."""
