"""Generates past runs of the demo's automations; the same seed and `now` generate the same runs.

A scheduled run has a real due time of its cron, and no two runs share one.
"""

import json
import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from demo import random_outcomes as chances
from demo.agent_calls import calls
from demo.history_import import History, Past
from demo.recipe import ZONE, Recipe
from demo.run_rows import Agent, call_agent, call_below, past_id, pulse_evaluation, run_row
from models.contracts.primitives.specs import SPECS, Spec
from models.endpoints import EndpointKind, endpoint
from models.rules.health import COMPLETED, FAILED, decide
from models.rules.probing import probe_delay
from models.rules.schedule import Schedule
from models.states import RunStatus
from models.store.health.brake import ACTOR
from models.store.health.policy import policy_of
from models.store.health.probes import probe_policy
from models.store.stats.recount import Columns
from models.store.tables.automations import Automation

SETTLED = timedelta(minutes=15)
"""Generated runs start at least this long ago, so all have ended."""
LONGEST_DELAY_MS = 900
LETTERS = {RunStatus.COMPLETED: COMPLETED, RunStatus.FAILED: FAILED}
MISSED = "outage"
CANCELLED = "cancelled by an operator"
PAUSED = "Its threads contradict each other; paused until the new model is in"


def make_up(
    automations: Sequence[tuple[Automation, Recipe]], agents: dict[str, Agent], *, seed: int, now: datetime
) -> History:
    """Generate past runs of these automations; their rows must be loaded with their primitives."""
    history = History()
    deliveries: dict[tuple[str, datetime], uuid.UUID] = {}
    for automation, recipe in automations:
        _one(history, deliveries, automation, recipe, agents, seed, now)
    return history


def _one(
    history: History,
    deliveries: dict[tuple[str, datetime], uuid.UUID],
    automation: Automation,
    recipe: Recipe,
    agents: dict[str, Agent],
    seed: int,
    now: datetime,
) -> None:
    chance = chances.dice(seed, automation.slug)
    until = now - SETTLED - timedelta(days=recipe.ended_days_ago)
    spec = SPECS[automation.primitive.kind].model_validate(automation.primitive.spec)
    times = _due_times(automation, recipe, until) or _arrivals(automation, recipe, seed, until)
    missed = chances.pick(chance, times, recipe.missed)
    ran = [at for at in times if at not in missed]
    failed = recipe.failures(len(ran) - recipe.cancelled)
    ends = chances.outcomes(chance, len(ran), failed, recipe.recent_failed, recipe.cancelled)
    for at, status in zip(ran, ends, strict=True):
        row = run_row(automation.primitive, status, at, **_cause(history, deliveries, automation, recipe, chance, at))
        row["reason"] = CANCELLED if status is RunStatus.CANCELLED else None
        _carry_out(history, row, recipe, spec, agents, automation.primitive.slug, chance)
    for at in sorted(missed):
        later = {"due_at": at, "finished_at": at + timedelta(minutes=3), "reason": MISSED}
        row = run_row(automation.primitive, RunStatus.MISSED, at, automation_id=automation.id, **later)
        history.runs.append(row)
    columns = _what_became(history, automation, recipe, ends, until)
    history.automations.append(Past(automation.id, times[0] - timedelta(days=1), columns))


def _carry_out(
    history: History,
    row: Columns,
    recipe: Recipe,
    spec: Spec,
    agents: dict[str, Agent],
    slug: str,
    chance: random.Random,
) -> None:
    began = row["queued_at"] + timedelta(milliseconds=chance.randint(20, LONGEST_DELAY_MS))
    plan = calls(spec)
    if recipe.watches:
        pulse_evaluation(row, len(plan), began, chance, history)
    elif plan:
        call_below(row, plan, agents, began, chance, history)
    else:
        call_agent(row, agents[slug], began, chance)
        history.runs.append(row)


def _due_times(automation: Automation, recipe: Recipe, until: datetime) -> list[datetime]:
    if automation.cron_expr is None:
        return []
    since = until - timedelta(days=recipe.days)
    due = Schedule.parse(automation.cron_expr, automation.timezone).due_between(since, until)
    return due if recipe.runs is None else due[-recipe.runs :]


def _arrivals(automation: Automation, recipe: Recipe, seed: int, until: datetime) -> list[datetime]:
    # Drawn by event name, so that all listeners of an event have received the same ones.
    chance = chances.dice(seed, automation.event_name or automation.slug)
    return chances.arrivals(chance, recipe.per_day or 0, recipe.days, until, ZONE)


def _endpoint(automation: Automation) -> str:
    if automation.webhook_path:
        return endpoint(EndpointKind.WEBHOOK, automation.webhook_path)
    if automation.event_name:
        return endpoint(EndpointKind.EVENT, automation.event_name)
    if automation.slack:
        return endpoint(EndpointKind.SLACK, automation.slack.get("command") or automation.slack["events"][0])
    return endpoint(EndpointKind.AUTOMATION, automation.id)


def _cause(
    history: History,
    deliveries: dict[tuple[str, datetime], uuid.UUID],
    automation: Automation,
    recipe: Recipe,
    chance: random.Random,
    at: datetime,
) -> dict[str, Any]:
    """Return what started a run: its due time, or the delivery, which is written with its first run."""
    if automation.cron_expr is not None:
        return {"automation_id": automation.id, "due_at": at, "input": automation.payload}
    key = (_endpoint(automation), at)
    payload = {"demo": True, "number": chance.randint(1, 9999), **recipe.payload}
    if key not in deliveries:
        deliveries[key] = past_id(at)
        history.deliveries.append(
            {
                "id": deliveries[key],
                "source": automation.source,
                "endpoint": key[0],
                "headers": {"content-type": "application/json"},
                "body": json.dumps(payload).encode(),
                "payload": payload,
                "outcome": "fired",
                "received_at": at,
            }
        )
    return {"automation_id": automation.id, "delivery_id": deliveries[key], "input": payload}


def _what_became(
    history: History, automation: Automation, recipe: Recipe, ends: Sequence[RunStatus], at: datetime
) -> dict[str, Any]:
    """Return the state that the past led to: paused manually, or disabled by the health policy."""
    if not recipe.ended_days_ago:
        return {}
    if not automation.is_active:
        return {"paused_at": at, "paused_reason": PAUSED}
    letters = "".join(LETTERS[status] for status in ends if status in LETTERS)
    decision = decide(policy_of(automation), letters, len(letters))
    if decision is None or decision.action is None:
        return {}
    reason = f"{decision.reason}; the health policy asks for {automation.health_threshold} %"
    history.audits.append(
        {
            "id": past_id(at),
            "at": at,
            "actor": ACTOR,
            "action": f"health.{decision.action.value}",
            "subject_type": "automation",
            "subject_id": automation.id,
            "automation_id": automation.id,
            "before": {"isActive": True},
            "after": {"isActive": False, "pausedReason": reason},
            "reason": decision.reason,
        }
    )
    stopped = {"is_active": False, "paused_at": at, "paused_by": ACTOR, "paused_reason": reason}
    tripped = {"health_triggered_at": at, "health_trips": 1, "health_tripped_at": [at]}
    policy = probe_policy(automation)
    probed = {"health_probe_at": at + probe_delay(policy, 1, automation.id)} if policy else {}
    return {**stopped, **tripped, **probed, "revision": automation.revision + 1}
