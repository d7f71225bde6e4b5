"""Automations as the API returns them, and the live list."""

import uuid
from collections.abc import Mapping
from enum import StrEnum

from pydantic import JsonValue

from models.contracts.automations.dependencies import DependencyRef, OwnDependency
from models.contracts.automations.drafts import (
    EventConfig,
    Overlap,
    ScheduleConfig,
    SlackConfig,
    Verification,
    WebhookConfig,
)
from models.contracts.automations.flow_control import FlowControl
from models.contracts.automations.health_policies import HealthPolicyConfig
from models.contracts.base import Contract, Exact, Instant, Money
from models.contracts.primitives.views import EntityView, PrimitiveRef
from models.contracts.runs.deliveries import FilterFailure
from models.kinds import Kind
from models.states import AutomationState, Catchup, RunStatus, Severity, Source


class SourceType(StrEnum):
    """Whether a schedule or a trigger fires it."""

    SCHEDULE = "schedule"
    TRIGGER = "trigger"


class AutomationConfig(Contract):
    """The settings of its source, flat. null: its source has no such field."""

    cron_expr: str | None = None
    timezone: str | None = None
    cron_text: str | None = None
    spread_from: str | None = None
    """The cron that people wanted, if spreading has moved the schedule from there."""
    spread_from_text: str | None = None
    """The same in words."""
    overlap: Overlap | None = None
    catchup_seconds: int | None = None
    catchup: Catchup | None = None
    """What happens to due times that were missed in an outage or a pause."""
    jitter_seconds: int | None = None
    webhook_path: str | None = None
    verification: Verification | None = None
    event_name: str | None = None
    slack_events: tuple[str, ...] | None = None
    slack_command: str | None = None
    slack_channel: str | None = None
    filter: str | None = None


class RecentStats(Contract):
    """The latest `window` finished runs; severity is judged by these."""

    window: int
    completed: int
    failed: int
    success_rate: float | None
    outcomes: str
    """Oldest first: C completed, F failed."""
    consecutive_failures: int


class AutomationStatsView(Contract):
    """Totals of all runs of an automation. Rates are null before the first finished run."""

    total_runs: int
    success_runs: int
    failed_runs: int
    cancelled_runs: int
    skipped_runs: int
    missed_runs: int
    running_now: int
    waiting_runs: int
    """Runs that flow control holds."""
    success_rate: float | None
    avg_duration_ms: int | None
    avg_cost_per_run: Exact | None
    last_run_at: Instant | None
    next_run_at: Instant | None
    recent: RecentStats


class LastRun(Contract):
    """The latest run."""

    id: uuid.UUID
    status: RunStatus
    started_at: Instant | None
    duration_ms: int | None
    error: str | None
    """The beginning of its error message, if it failed."""


class CostEstimate(Contract):
    """Estimated cost of a month, in US dollars. null: unknown."""

    mean: Exact | None
    """At the mean cost of a run."""
    p90: Exact | None
    """If every run cost as much as the 90th percentile of recent runs."""
    sample: int
    """How many runs have a known cost."""


class HealthPolicyView(HealthPolicyConfig):
    """The health policy and its effect."""

    recovers_at: int
    """Success rate in percent from which an alert or a slowdown is taken back."""
    triggered_at: Instant | None = None
    slowdown: int | None = None
    next_step_at: Instant | None = None
    """While it is slowed: the due time whose run may complete the window after which the pace changes again."""
    trips: int
    """How often it was disabled or a probe failed, less the healthy windows since; delays double with each."""
    flapping: bool
    """Whether the policy has begun to act three times within seven days: it is no longer probed, and notices come at
    most once a day."""
    probe_at: Instant | None = None
    """While it is disabled: from when on its next fire is a probe. null: somebody has to resume it."""
    next_probe_at: Instant | None = None
    """Of a disabled schedule: when its next probe starts, at a due time as a rule. null: a trigger is probed by its
    next delivery after `probeAt`."""
    probe_run_id: uuid.UUID | None = None
    """The probe that is under way."""
    probes_passed: int
    """How many probes in a row have completed."""


class AutomationView(Contract):
    """An automation in the live list."""

    id: uuid.UUID
    slug: str
    source_type: SourceType
    type: Source
    primitive_type: Kind
    name: str
    description: str
    is_active: bool
    is_archived: bool
    archived_at: Instant | None
    paused_reason: str | None
    paused_by: str | None
    paused_at: Instant | None
    paused_until: Instant | None
    """When a snooze ends. null: not snoozed."""
    agent: EntityView | None
    entity: EntityView
    simulated: bool
    temporal_schedule_id: str | None
    config: AutomationConfig
    stats: AutomationStatsView
    last_run: LastRun | None
    severity: Severity
    state: AutomationState
    est_monthly_cost: CostEstimate
    health_policy: HealthPolicyView
    depends_on: tuple[DependencyRef, ...]
    """What it depends on."""
    triggers: tuple[DependencyRef, ...]
    """What depends on it; those with `fireWhen` are fired by the ends of its runs."""
    revision: int
    synced_revision: int
    sync_error: str | None
    accounting_error: str | None
    """Why missed due times could not be recorded; null while they can."""
    managed_by: str | None
    created_at: Instant
    updated_at: Instant


class AutomationDetail(AutomationView):
    """An automation with its declared fields. Sent back unchanged, they change nothing."""

    source: Source
    primitive: PrimitiveRef
    schedule: ScheduleConfig | None
    webhook: WebhookConfig | None
    event: EventConfig | None
    slack: SlackConfig | None
    payload: JsonValue
    flow_control: FlowControl | None
    budget_usd_month: Money | None
    spread_minutes: int
    dependencies: tuple[OwnDependency, ...]
    """What it depends on, as it is declared."""
    accounted_until: Instant | None = None
    """Every due time up to here is accounted for: it has a run, or a row that says why not. null: not a schedule."""
    accounting_retry_at: Instant | None = None
    """When due times are accounted for again after `accountingError`. null: there is no error."""
    last_filter_error: FilterFailure | None = None
    """The latest delivery for which its filter could not be evaluated. null: none."""
    warnings: tuple[str, ...] = ()
    """After a save: warnings, such as a cron expression that other schedulers read differently. Otherwise empty."""


class TypeCounts(Contract):
    """Number of automations by schedule and by trigger."""

    scheduled: int
    triggered: int


class Facets(Contract):
    """For each value of a filter: the number of automations that match it and all other filters."""

    primitive: Mapping[Kind, int]
    type: Mapping[Source, int]
    severity: Mapping[Severity, int]
    state: Mapping[AutomationState, int]


class LiveSummary(Contract):
    """Counts over all automations that match the filters, not only this page."""

    total: int
    active: int
    archived: int
    by_primitive: Mapping[Kind, int]
    by_type: TypeCounts
    by_severity: Mapping[Severity, int]
    overall_success_rate: float | None
    overall_severity: Severity
    """Severity of the overall success rate; healthy before the first finished run."""
    needs_attention: int
    est_monthly_cost: CostEstimate
    facets: Facets


class LivePage(Contract):
    """A page of the live list, with the summary of all that match."""

    automations: tuple[AutomationView, ...]
    summary: LiveSummary
    next_cursor: str | None


class RunNotice(Contract):
    """Status of a run, as an event of `/api/live/stream`."""

    run_id: uuid.UUID
    kind: Kind
    status: RunStatus
    reason: str | None
    automation_id: uuid.UUID | None
    parent_run_id: uuid.UUID | None
    started_at: Instant | None
    finished_at: Instant | None
