"""Renders automations from their rows and what was read beside them; the table `runs` is never read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from models import names
from models.contracts.automations.health_policies import ProbeConfig
from models.contracts.automations.live import (
    AutomationConfig,
    AutomationStatsView,
    AutomationView,
    CostEstimate,
    HealthPolicyView,
    LastRun,
    RecentStats,
    SourceType,
)
from models.contracts.primitives.views import EntityView
from models.kinds import KINDS
from models.rules.cost import cost_of, mean_cost, mean_ms, month_estimate, p90_cost
from models.rules.cron.expression import parse
from models.rules.cron.words import describe
from models.rules.damping import is_flapping
from models.rules.health import success_rate
from models.rules.listing.severity import StateFacts, severity, state
from models.rules.projection.forecast import Forecast
from models.rules.schedule import NEVER
from models.states import Source
from models.store.automations.pausing import can_fire, is_snoozed, will_fire
from models.store.automations.related import Related
from models.store.automations.schedule_columns import stored_schedule
from models.store.health.policy import policy_of
from models.store.health.probes import planned_probe
from models.store.stats.folding import count_outcomes, known_costs
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationStats

MINUTE = timedelta(minutes=1)


def view(row: Automation, related: Related, now: datetime, standing: StateFacts | None = None) -> AutomationView:
    """Return an automation as the API shows it, with its severity over the newest `healthWindow` finished runs."""
    counts = stats_of(row, related)
    recent = recent_stats(counts.recent_outcomes, row.health_window, counts.consecutive_failures)
    return AutomationView(
        id=row.id,
        slug=row.slug,
        source_type=source_type(row.source),
        type=row.source,
        primitive_type=row.kind,
        name=row.name,
        description=row.description,
        is_active=row.is_active,
        is_archived=row.archived_at is not None,
        archived_at=row.archived_at,
        paused_reason=row.paused_reason,
        paused_by=row.paused_by,
        paused_at=row.paused_at,
        paused_until=row.paused_until,
        agent=entity_view(row.primitive) if KINDS[row.kind].calls_agent else None,
        entity=entity_view(row.primitive),
        simulated=row.primitive.simulated,
        temporal_schedule_id=names.temporal_schedule_id(row.id) if _has_schedule(row) else None,
        config=config(row),
        stats=_stats(counts, recent, related.forecasts[row.id].next_due_at, related.waiting.get(row.id, 0)),
        last_run=last_run(counts),
        severity=severity(recent.completed, recent.failed),
        state=state(standing or state_facts(row, related, now), now),
        est_monthly_cost=month_cost(row, counts, related.forecasts[row.id]),
        health_policy=health_policy(row, counts, now),
        depends_on=related.dependencies.depends_on.get(row.id, ()),
        triggers=related.dependencies.triggers.get(row.id, ()),
        revision=row.revision,
        synced_revision=row.synced_revision,
        sync_error=row.sync_error,
        accounting_error=row.accounting_error,
        managed_by=row.managed_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def source_type(source: Source) -> SourceType:
    return SourceType.SCHEDULE if source is Source.SCHEDULE else SourceType.TRIGGER


def entity_view(primitive: Primitive) -> EntityView:
    return EntityView(id=primitive.id, slug=primitive.slug, name=primitive.name)


def stats_of(row: Automation, related: Related) -> AutomationStats:
    """Return the automation's stats, all zero before its first run."""
    return related.stats.get(row.id) or _no_stats()


def month_cost(row: Automation, stats: AutomationStats, forecast: Forecast) -> CostEstimate:
    """Return the coming month's cost: its fires times the mean and times the p90 cost of a run."""
    mean, p90 = mean_cost(stats.cost_usd_sum, stats.cost_count), p90_cost(known_costs(stats.recent_costs))
    return month_estimate(forecast.month_fires, mean, p90, stats.cost_count, active=will_fire(row))


def month_usd(row: Automation, stats: AutomationStats, forecast: Forecast) -> Decimal | None:
    """Return the coming month's cost at the mean of a run, as `month_cost` does; None if that is unknown."""
    mean = mean_cost(stats.cost_usd_sum, stats.cost_count)
    return cost_of(forecast.month_fires, mean, active=will_fire(row))


def recent_stats(outcomes: str, window: int, consecutive_failures: int) -> RecentStats:
    newest = outcomes[-window:]
    completed, failed = count_outcomes(newest)
    return RecentStats(
        window=window,
        completed=completed,
        failed=failed,
        success_rate=success_rate(completed, failed),
        outcomes=newest,
        consecutive_failures=consecutive_failures,
    )


def config(row: Automation) -> AutomationConfig:
    match row.source:
        case Source.SCHEDULE:
            return AutomationConfig(
                cron_expr=row.cron_expr,
                timezone=row.timezone,
                cron_text=schedule.text if (schedule := stored_schedule(row)) else None,
                spread_from=row.spread_from,
                spread_from_text=describe(parse(row.spread_from)) if row.spread_from else None,
                overlap=row.overlap,
                catchup_seconds=row.catchup_seconds,
                catchup=row.catchup,
                jitter_seconds=row.jitter_seconds,
            )
        case Source.WEBHOOK:
            return AutomationConfig(webhook_path=row.webhook_path, verification=row.verification, filter=row.filter)
        case Source.EVENT:
            return AutomationConfig(event_name=row.event_name, filter=row.filter)
        case Source.SLACK:
            slack = row.slack or {}
            return AutomationConfig(
                slack_events=tuple(slack.get("events", ())),
                slack_command=slack.get("command"),
                slack_channel=slack.get("channel"),
                filter=row.filter,
            )
        case Source.MANUAL:
            return AutomationConfig()


def health_policy(row: Automation, stats: AutomationStats, now: datetime) -> HealthPolicyView:
    return HealthPolicyView(
        enabled=row.health_enabled,
        threshold=row.health_threshold,
        window=row.health_window,
        min_runs=row.health_min_runs,
        action=row.health_action,
        recover_threshold=row.health_recover_threshold,
        probe=probe_config(row),
        recovers_at=policy_of(row).recovers_at,
        triggered_at=row.health_triggered_at,
        slowdown=row.slowdown,
        next_step_at=_next_step_at(row, stats, now),
        trips=row.health_trips,
        flapping=row.health_triggered_at is not None and is_flapping(row.health_tripped_at, row.health_triggered_at),
        probe_at=row.health_probe_at,
        next_probe_at=planned.at if (planned := planned_probe(row, now)) else None,
        probe_run_id=row.health_probe_run_id,
        probes_passed=row.health_probes_passed,
    )


def probe_config(row: Automation) -> ProbeConfig | None:
    """Return how the health policy probes the automation, as it was declared."""
    if row.health_probe_minutes is None:
        return None
    return ProbeConfig(
        after_minutes=row.health_probe_minutes,
        max_minutes=row.health_probe_max_minutes,
        successes=row.health_probe_successes,
    )


def _next_step_at(row: Automation, stats: AutomationStats, now: datetime) -> datetime | None:
    schedule = stored_schedule(row)
    if schedule is None or schedule.slowdown is None or not can_fire(row):
        return None
    missing = max(row.health_min_runs - stats.finished_since_reset, 1)
    due = schedule.upcoming(now, missing)
    return due[-1] if len(due) == missing else None


def last_run(stats: AutomationStats) -> LastRun | None:
    if stats.last_run_id is None or stats.last_run_status is None:
        return None
    return LastRun(
        id=stats.last_run_id,
        status=stats.last_run_status,
        started_at=stats.last_run_started_at,
        duration_ms=stats.last_run_duration_ms,
        error=stats.last_run_error,
    )


def state_facts(row: Automation, related: Related, now: datetime) -> StateFacts:
    """Gather what the state is read from."""
    stats = stats_of(row, related)
    return StateFacts(
        is_schedule=row.source is Source.SCHEDULE,
        is_active=row.is_active,
        is_archived=row.archived_at is not None,
        auto_disabled=row.health_triggered_at is not None,
        slowed=row.slowdown is not None,
        over_budget=row.id in related.exhausted_until,
        synced=row.synced_revision >= row.revision,
        sync_error=row.sync_error is not None,
        running_now=stats.running_now,
        finished=stats.completed + stats.failed,
        next_due_at=_overdue_at(row, stats, now) or related.forecasts[row.id].next_due_at,
        changed_at=row.updated_at,
        can_run=row.primitive.can_run,
        snoozed=is_snoozed(row),
    )


def _overdue_at(row: Automation, stats: AutomationStats, now: datetime) -> datetime | None:
    """Return the due time that has passed, has no run and is not accounted for as missed."""
    schedule = stored_schedule(row)
    if schedule is None or not can_fire(row) or stats.running_now:
        return None
    settled = row.accounted_until or row.created_at
    if stats.last_run_started_at is not None:
        settled = max(settled, stats.last_run_started_at)
    # Due times are whole minutes: skip the search if none lies in between.
    if settled.replace(second=0, microsecond=0) + MINUTE > now:
        return None
    due = schedule.next_instant(int(settled.timestamp()) + 1)
    return datetime.fromtimestamp(due, UTC) if NEVER < due <= now.timestamp() else None


def _stats(stats: AutomationStats, recent: RecentStats, due: datetime | None, waiting: int) -> AutomationStatsView:
    return AutomationStatsView(
        total_runs=stats.started,
        success_runs=stats.completed,
        failed_runs=stats.failed,
        cancelled_runs=stats.cancelled,
        skipped_runs=stats.skipped,
        missed_runs=stats.missed,
        running_now=stats.running_now,
        waiting_runs=waiting,
        success_rate=success_rate(stats.completed, stats.failed),
        avg_duration_ms=mean_ms(stats.duration_ms_sum, stats.duration_count),
        avg_cost_per_run=mean_cost(stats.cost_usd_sum, stats.cost_count),
        last_run_at=stats.last_run_started_at,
        next_run_at=due,
        recent=recent,
    )


def _has_schedule(row: Automation) -> bool:
    return row.source is Source.SCHEDULE and row.archived_at is None


@cache
def _no_stats() -> AutomationStats:
    """Return the stand-in for a missing row of stats; shared, so it must not be changed."""
    counts = ("started", "completed", "failed", "cancelled", "skipped", "missed", "running_now")
    zero = (*counts, "consecutive_failures", "finished_since_reset")
    sums = ("duration_ms_sum", "duration_count", "cost_usd_sum", "cost_count", "known_usd_sum")
    return AutomationStats(recent_outcomes="", recent_costs=[], **dict.fromkeys((*zero, *sums), 0))
