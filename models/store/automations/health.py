"""Applies a health policy's decision in the transaction that closes the run."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.drafts import HealthAction
from models.rules.health import HealthDecision, HealthPolicy, decide
from models.store.governance import audit
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationStats

ACTOR = "health policy"


async def apply_policy(session: AsyncSession, automation: Automation, stats: AutomationStats, at: datetime) -> bool:
    """Evaluate the policy of a locked automation after a run has closed; return whether its revision changed."""
    if not automation.is_active or automation.archived_at:
        return False
    decision = decide(policy_of(automation), stats.recent_outcomes, stats.finished_since_reset)
    if decision is None:
        return False
    before = _facts(automation)
    _carry_out(automation, stats, decision, at)
    await audit.record(
        session,
        actor=ACTOR,
        action=f"health.{_verb(automation, decision)}",
        subject_type="automation",
        subject_id=automation.id,
        before=before,
        after=_facts(automation),
        reason=decision.reason,
    )
    return automation.revision != before["revision"]


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
        automation.health_triggered_at = at
    elif decision.slowdown is None:
        automation.health_triggered_at = None
    match decision.action:
        case HealthAction.DISABLE:
            automation.is_active = False
            automation.paused_reason = f"{decision.reason}; the health policy asks for {automation.health_threshold} %"
            automation.paused_by = ACTOR
            automation.paused_at = at
            automation.paused_until = None
            automation.revision += 1
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
        "revision": automation.revision,
    }
