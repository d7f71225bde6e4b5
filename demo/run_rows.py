"""Builds the rows of one past run: the run, its child runs and its steps."""

import random
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from demo.agent_calls import Call
from demo.history_import import History
from demo.random_outcomes import duration_ms, spending
from models.contracts.primitives.specs import AgentSpec, SimulatedRunner
from models.contracts.runs.views import RunError
from models.names import new_id
from models.states import RunStatus, StepStatus
from models.store.runs.closing import add_tokens
from models.store.stats.recount import Columns
from models.store.tables.primitives import Primitive

BETWEEN_CALLS = timedelta(milliseconds=120)
NOTHING_YET = (
    *("automation_id", "delivery_id", "parent_run_id", "reason", "due_at", "started_at", "finished_at", "duration_ms"),
    *("cost_usd", "tokens", "input", "output", "error_type", "error_message", "answered_at"),
)
STEP_OF = {
    RunStatus.COMPLETED: StepStatus.COMPLETED,
    RunStatus.FAILED: StepStatus.FAILED,
    RunStatus.CANCELLED: StepStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Agent:
    row: Primitive
    spec: AgentSpec


def past_id(at: datetime) -> uuid.UUID:
    """Return a random id with the timestamp of a past row; loading the demo again yields other ids."""
    return new_id(at, secrets.randbits(74))


def run_row(primitive: Primitive, status: RunStatus, queued_at: datetime, **columns: Any) -> Columns:
    """Return the row of a run that has not started, marked as simulated whatever its runner."""
    run_id = past_id(queued_at)
    row: Columns = {
        "id": run_id,
        "root_run_id": run_id,
        "kind": primitive.kind,
        "primitive_id": primitive.id,
        "status": status,
        "queued_at": queued_at,
        "simulated": True,
    }
    zero = {"unknown_costs": 0, "agent_runs": 0}
    return {**dict.fromkeys(NOTHING_YET), **zero, **row, **columns}


def call_agent(row: Columns, agent: Agent, at: datetime, chance: random.Random) -> None:
    """Fill in an agent's run that started at an instant; its status says how it ends."""
    _end(row, at, at + timedelta(milliseconds=duration_ms(chance, agent.spec)))
    cost, tokens = spending(chance, agent.spec)
    unknown = int(cost is None)
    row.update(cost_usd=cost, tokens=tokens, unknown_costs=unknown, agent_runs=1, answered_at=row["finished_at"])
    if row["status"] is RunStatus.COMPLETED:
        row["output"] = {"simulated": True, "agent": agent.row.slug, "text": f"{agent.row.name} did its part."}
    elif row["status"] is RunStatus.FAILED:
        message = agent.spec.runner.error if isinstance(agent.spec.runner, SimulatedRunner) else "it failed"
        row.update(error_type="agent_refused", error_message=message)


def call_below(
    row: Columns, plan: list[Call], agents: dict[str, Agent], at: datetime, chance: random.Random, history: History
) -> None:
    """Fill in a run that calls agents one after another, and add their runs and steps to the history."""
    history.runs.append(row)
    unlucky = chance.choice(plan) if row["status"] is not RunStatus.COMPLETED else None
    cursor, left, children = at, list(plan), []
    while left:
        call = left.pop(0)
        status = row["status"] if call is unlucky else RunStatus.COMPLETED
        agent, began = agents[call.agent], cursor + BETWEEN_CALLS
        child = run_row(
            agent.row,
            status,
            began,
            parent_run_id=row["id"],
            root_run_id=row["root_run_id"],
            input=row["input"],
        )
        call_agent(child, agent, began, chance)
        history.steps.append(_step(row, call, STEP_OF[status], child))
        children.append(child)
        cursor = child["finished_at"]
        if call is unlucky:
            row.update(error_type=child["error_type"], error_message=_blame(call, child))
            if call.stops_the_run:
                break
    history.runs.extend(children)
    history.steps.extend(_step(row, call, StepStatus.SKIPPED, None) for call in left if call.is_planned)
    if plan[0].mission is not None:
        history.steps.extend(_missions(row, plan, history.steps[-len(plan) :]))
    _end(row, at, cursor + BETWEEN_CALLS)
    _roll_up(row, children)


def pulse_evaluation(row: Columns, members: int, at: datetime, chance: random.Random, history: History) -> None:
    """Add the rows of a pulse evaluation that only reports."""
    history.runs.append(row)
    _end(row, at, at + timedelta(milliseconds=round(180 * chance.lognormvariate(0, 0.3))))
    row["cost_usd"] = Decimal(0)
    if row["status"] is RunStatus.FAILED:
        row.update(error_type="database_unavailable", error_message="PostgreSQL was restarted meanwhile")
    step = Call("", "collect", "collect", "collect", 0)
    found = f"{chance.randint(40, 400)} finished runs of {members} members"
    history.steps.append(_step(row, step, STEP_OF[row["status"]], row) | {"detail": found, "child_run_id": None})


def _end(row: Columns, began: datetime, ended: datetime) -> None:
    row.update(started_at=began, finished_at=ended, duration_ms=int((ended - began).total_seconds() * 1000))


def _roll_up(row: Columns, children: list[Columns]) -> None:
    row["unknown_costs"] = sum(child["unknown_costs"] for child in children)
    row["agent_runs"] = sum(child["agent_runs"] for child in children)
    known = [child["cost_usd"] for child in children if child["cost_usd"] is not None]
    row["cost_usd"] = None if row["unknown_costs"] and not known else sum(known, Decimal(0))
    for child in children:
        row["tokens"] = add_tokens(row["tokens"], child["tokens"])
    if row["status"] is RunStatus.COMPLETED:
        row["output"] = {"simulated": True, "last": children[-1]["output"]}


def _blame(call: Call, child: Columns) -> str | None:
    return f"{call.path} ({call.agent}): {child['error_message']}" if child["error_message"] else None


def _step(run: Columns, call: Call, status: StepStatus, child: Columns | None) -> Columns:
    error = None
    if child is not None and child["error_type"]:
        error = RunError(type=child["error_type"], message=child["error_message"]).wire()
    return {
        "run_id": run["id"],
        "path": call.path,
        "key": call.key,
        "kind": call.kind,
        "position": call.position,
        "status": status,
        "detail": call.agent or None,
        "child_run_id": child["id"] if child else None,
        "output": child["output"] if child else None,
        "error": error,
        "started_at": child["started_at"] if child else None,
        "finished_at": child["finished_at"] if child else None,
    }


def _missions(run: Columns, plan: list[Call], tasks: list[Columns]) -> list[Columns]:
    """Return the steps of the missions above the tasks."""
    names = dict.fromkeys(call.mission for call in plan if call.mission is not None)
    found = []
    for position, name in enumerate(names):
        mine = [task for call, task in zip(plan, tasks, strict=True) if call.mission == name]
        failed = sum(task["status"] is StepStatus.FAILED for task in mine)
        step = _step(run, Call("", f"m{position}", name, "mission", position), StepStatus.COMPLETED, None)
        step.update(started_at=mine[0]["started_at"], finished_at=mine[-1]["finished_at"])
        if failed:
            message = f"{failed} of {len(mine)} tasks failed"
            step.update(status=StepStatus.FAILED, error=RunError(type="tasks_failed", message=message).wire())
        found.append(step)
    return found
