"""Applies a health policy's decision in the transaction that closes the run."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.health_policies import HealthAction
from models.rules.damping import ends_healthy_window, with_trip
from models.rules.health import HealthDecision, HealthPolicy, decide
from models.store.automations.pausing import ENABLED_AGAIN
from models.store.governance import audit
from models.store.health.brake import ACTOR, is_braked
from models.store.health.notices import tell
from models.store.health.probes import is_proven, plan_probe, settle_probe
from models.store.stats.folding import OUTCOME_LETTERS
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats

REASON_LENGTH = 500


async def apply_policy(
    session: AsyncSession, automation: Automation, stats: AutomationStats, run: Run, at: datetime
) -> bool:
    """Evaluate the policy of a locked automation after a run has closed; return whether its revision changed."""
    if is_probe(automation, run):
        return await end_probe(session, automation, stats, run, at)
    if not automation.is_active or automation.archived_at:
        return False
    policy, seen = policy_of(automation), (stats.recent_outcomes, stats.finished_since_reset)
    if run.status in OUTCOME_LETTERS and automation.health_trips and ends_healthy_window(policy, *seen):
        automation.health_trips -= 1
    decision = decide(policy, *seen)
    if decision is None:
        return False
    if decision.action is HealthAction.DISABLE and await is_braked(session, automation, at):
        return False
    before = _facts(automation)
    _carry_out(automation, stats, decision, at)
    await _record(session, automation, _verb(automation, decision), before, decision.reason, at)
    return _has_changed(automation, before, at)


def is_probe(automation: Automation, run: Run) -> bool:
    """Return whether a run is the probe that the locked automation waits for; it does not count in the window."""
    return run.probe and automation.health_probe_run_id == run.id


async def end_probe(
    session: AsyncSession, automation: Automation, stats: AutomationStats, run: Run | None, at: datetime
) -> bool:
    """Let a closed probe decide about a locked automation; return whether its revision changed.

    Without a run its row is gone, and it decides nothing.
    """
    before = _facts(automation)
    passed = settle_probe(automation, run, at)
    if passed is None or run is None:
        return False
    if passed and is_proven(automation) and automation.archived_at is None:
        for name, value in ENABLED_AGAIN.items():
            setattr(automation, name, value)
        automation.revision += 1
        stats.finished_since_reset = 0
        await _record(session, automation, "enabled", before, f"its probe completed (run {run.id})", at)
    elif passed:
        await _record(session, automation, "probe_passed", before, f"a probe completed (run {run.id})", at)
    else:
        reason = f"its probe failed (run {run.id}): {run.error_message or run.reason or 'no reason given'}"
        await _record(session, automation, "probe_failed", before, reason[:REASON_LENGTH], at)
    return _has_changed(automation, before, at)


async def _record(
    session: AsyncSession, automation: Automation, verb: str, before: dict[str, object], reason: str, at: datetime
) -> None:
    # Only what differs: a probe that fails is not another pause.
    old, new = audit.differences(before, _facts(automation))
    await audit.record(
        session,
        actor=ACTOR,
        action=f"health.{verb}",
        subject_type="automation",
        subject_id=automation.id,
        before=old,
        after=new,
        reason=reason,
    )
    await tell(session, automation, verb, reason, at)


def _has_changed(automation: Automation, before: dict[str, object], at: datetime) -> bool:
    changed = automation.revision != before["revision"]
    if changed:
        automation.updated_at = at
    return changed


def policy_of(automation: Automation) -> HealthPolicy:
    return HealthPolicy(
        enabled=automation.health_enabled,
        threshold=automation.health_threshold,
        window=automation.health_window,
        min_runs=automation.health_min_runs,
        action=automation.health_action,
        triggered=automation.health_triggered_at is not None,
        slowdown=automation.slowdown,
        recover_threshold=automation.health_recover_threshold,
    )


def _verb(automation: Automation, decision: HealthDecision) -> str:
    """Return the verb of the audit entry; a step back to full speed is `recovering`, the last one `recovered`."""
    if decision.action:
        return decision.action.value
    return "recovering" if automation.slowdown is not None else "recovered"


def _carry_out(automation: Automation, stats: AutomationStats, decision: HealthDecision, at: datetime) -> None:
    if decision.action:
        if automation.health_triggered_at is None:
            automation.health_tripped_at = with_trip(automation.health_tripped_at, at)
        automation.health_triggered_at = at
    elif decision.slowdown is None:
        automation.health_triggered_at = None
    match decision.action:
        case HealthAction.DISABLE:
            automation.is_active = False
            automation.paused_reason = f"{decision.reason}; the health policy asks for {automation.health_threshold}%"
            automation.paused_by = ACTOR
            automation.paused_at = at
            automation.paused_until = None
            automation.revision += 1
            automation.health_trips += 1
            automation.health_probes_passed = 0
            plan_probe(automation, at)
        case HealthAction.REDUCE_FREQUENCY:
            automation.slowdown = decision.slowdown
            automation.slowdown_anchor = automation.slowdown_anchor or at
            automation.revision += 1
            # The reduced frequency is evaluated by the runs that follow it.
            stats.finished_since_reset = 0
        case None if automation.slowdown is not None:
            # The anchor stays, so that the due times that fire now are among those that fire after the next step.
            automation.slowdown = decision.slowdown
            automation.slowdown_anchor = automation.slowdown_anchor if decision.slowdown else None
            automation.revision += 1
            stats.finished_since_reset = 0
        case _:
            pass


def _facts(automation: Automation) -> dict[str, object]:
    return {
        "isActive": automation.is_active,
        "slowdown": automation.slowdown,
        "pausedReason": automation.paused_reason,
        "probeAt": automation.health_probe_at.isoformat() if automation.health_probe_at else None,
        "revision": automation.revision,
    }
