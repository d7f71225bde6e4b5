"""An automation as pages and programs read it: one shape for every kind and source."""

import uuid
from collections.abc import Mapping
from enum import StrEnum

from pydantic import JsonValue

from models.contracts.automations import (
    EventConfig,
    HealthPolicyConfig,
    Overlap,
    ScheduleConfig,
    SlackConfig,
    Verification,
    WebhookConfig,
)
from models.contracts.base import Contract, Exact, Instant, Money
from models.contracts.primitives import EntityView, PrimitiveRef
from models.contracts.runs import AutomationRef
from models.kinds import Kind
from models.states import AutomationState, RunStatus, Severity, Source


class SourceType(StrEnum):
    """Whether the clock fires it or something that happens."""

    SCHEDULE = "schedule"
    TRIGGER = "trigger"


class AutomationConfig(Contract):
    """When or by what it fires, flat; null where its source has no such thing."""

    cron_expr: str | None = None
    timezone: str | None = None
    cron_text: str | None = None
    overlap: Overlap | None = None
    catchup_seconds: int | None = None
    jitter_seconds: int | None = None
    webhook_path: str | None = None
    verification: Verification | None = None
    event_name: str | None = None
    slack_events: tuple[str, ...] | None = None
    slack_command: str | None = None
    slack_channel: str | None = None
    filter: str | None = None


class RecentStats(Contract):
    """The outcomes that severity judges by: the newest `window` finished runs."""

    window: int
    completed: int
    failed: int
    success_rate: float | None
    outcomes: str
    """Oldest first: C completed, F failed."""
    consecutive_failures: int


class AutomationStatsView(Contract):
    """What an automation's runs came to, over its whole life; rates are null before the first finished run."""

    total_runs: int
    success_runs: int
    failed_runs: int
    cancelled_runs: int
    skipped_runs: int
    missed_runs: int
    running_now: int
    success_rate: float | None
    avg_duration_ms: int | None
    avg_cost_per_run: Exact | None
    last_run_at: Instant | None
    next_run_at: Instant | None
    recent: RecentStats


class LastRun(Contract):
    """The newest run in short."""

    id: uuid.UUID
    status: RunStatus
    started_at: Instant | None
    duration_ms: int | None


class CostEstimate(Contract):
    """What a month would cost; null is unknown."""

    mean: Exact | None
    p90: Exact | None
    sample: int


class HealthPolicyView(HealthPolicyConfig):
    """The policy, and what it did."""

    triggered_at: Instant | None = None
    slowdown: int | None = None


class AutomationView(Contract):
    """An automation on the wire."""

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
    depends_on: tuple[AutomationRef, ...]
    triggers: tuple[AutomationRef, ...]
    revision: int
    synced_revision: int
    sync_error: str | None
    managed_by: str | None
    created_at: Instant
    updated_at: Instant


class AutomationDetail(AutomationView):
    """An automation with what was declared: sent back, these fields change nothing."""

    source: Source
    primitive: PrimitiveRef
    schedule: ScheduleConfig | None
    webhook: WebhookConfig | None
    event: EventConfig | None
    slack: SlackConfig | None
    payload: JsonValue
    budget_usd_month: Money | None
    warnings: tuple[str, ...] = ()
    """What a save wants to be known, such as a cron that other schedulers read otherwise; empty in all that is read."""


class TypeCounts(Contract):
    """How many the clock fires, and how many something else does."""

    scheduled: int
    triggered: int


class Facets(Contract):
    """How many each value of a filter would show, were it chosen: beside what all the other filters ask for."""

    primitive: Mapping[Kind, int]
    type: Mapping[Source, int]
    severity: Mapping[Severity, int]
    state: Mapping[AutomationState, int]


class LiveSummary(Contract):
    """Counts over everything that the filters let through, not only the page."""

    total: int
    active: int
    archived: int
    by_primitive: Mapping[Kind, int]
    by_type: TypeCounts
    by_severity: Mapping[Severity, int]
    overall_success_rate: float | None
    overall_severity: Severity
    """The band of the overall rate; healthy before the first finished run."""
    needs_attention: int
    est_monthly_cost: CostEstimate
    facets: Facets


class LivePage(Contract):
    """A page of automations and the summary of all of them."""

    automations: tuple[AutomationView, ...]
    summary: LiveSummary
    next_cursor: str | None


class RunNotice(Contract):
    """Where a run stands, as `/api/live/stream` tells it."""

    run_id: uuid.UUID
    kind: Kind
    status: RunStatus
    reason: str | None
    automation_id: uuid.UUID | None
    parent_run_id: uuid.UUID | None
    started_at: Instant | None
    finished_at: Instant | None
