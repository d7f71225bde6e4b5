"""Adds runs with their steps and child runs as workflows leave them behind."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.states import RunStatus, StepStatus
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run, RunStep
from tests.factories import make_agent, make_primitive, queue_run

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
ENDS = {StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.CANCELLED, StepStatus.SKIPPED}
RUN_OF = {
    StepStatus.COMPLETED: RunStatus.COMPLETED,
    StepStatus.FAILED: RunStatus.FAILED,
    StepStatus.CANCELLED: RunStatus.CANCELLED,
    StepStatus.RUNNING: RunStatus.RUNNING,
}
SPECS: dict[Kind, dict[str, Any]] = {
    Kind.WORKFLOW: {"steps": [{"key": "a", "agent": "scout"}]},
    Kind.NETWORK: {"members": ["scout"]},
    Kind.CAMPAIGN: {"objective": "win", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": "scout"}]}]},
    Kind.PULSE: {"goal": "grow", "members": [{"agent": "scout"}]},
}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def scout(session: AsyncSession) -> Primitive:
    return await make_agent(session, "scout")


async def run_of(
    session: AsyncSession, kind: Kind, agent: Primitive, *, seconds: float | None = 60, **columns: Any
) -> Run:
    """Add a run that started at `START`; `seconds` later it ended, unless that is None."""
    primitive = agent if kind is Kind.AGENT else await make_primitive(session, kind, SPECS[kind])
    given: dict[str, Any] = {"status": RunStatus.COMPLETED, "queued_at": START, "started_at": START}
    if seconds is not None:
        given |= {"finished_at": at(seconds), "duration_ms": int(seconds * 1000)}
    return await queue_run(session, primitive, **{**given, **columns})


async def step(
    session: AsyncSession,
    run: Run,
    path: str,
    kind: str,
    status: StepStatus,
    *,
    span: tuple[float, float] = (0, 10),
    agent: Primitive | None = None,
    **columns: Any,
) -> Run | None:
    """Add a step; with an agent also the child run that carries it out, called a second after the step began."""
    began = None if status in {StepStatus.PENDING, StepStatus.SKIPPED} else at(span[0])
    ended = at(span[1]) if status in ENDS else None
    child = None
    if agent:
        child = await child_run(session, run, agent, path, RUN_OF[status], span=(span[0] + 1, span[1]))
    row = {"key": path.rpartition(".")[2], "position": 0, "started_at": began, "finished_at": ended, **columns}
    if child:
        row["child_run_id"] = child.id
    session.add(RunStep(run_id=run.id, path=path, kind=kind, status=status, **row))
    await session.flush()
    return child


async def child_run(
    session: AsyncSession,
    run: Run,
    agent: Primitive,
    path: str | None,
    status: RunStatus,
    *,
    span: tuple[float, float] = (0, 10),
    **columns: Any,
) -> Run:
    """Add a child run with a cost of one cent; a failed one has an error."""
    given: dict[str, Any] = {"parent_run_id": run.id, "step_path": path, "agent_runs": 1, "cost_usd": Decimal("0.01")}
    if status is RunStatus.FAILED:
        given |= {"error_type": "agent_refused", "error_message": "HTTP 503"}
    ends = {"finished_at": at(span[1])} if status is not RunStatus.RUNNING else {}
    began = {"queued_at": at(span[0]), "started_at": at(span[0]), "called_at": at(span[0])}
    child = await queue_run(session, agent, **{**given, **began, **ends, "status": status, **columns})
    child.root_run_id = run.id
    return child


async def many_items(session: AsyncSession, run: Run, agent: Primitive, number: int) -> uuid.UUID:
    """Add a map step `each` with so many items, each with its child run; every hundredth failed."""
    await step(session, run, "each", "map", StepStatus.RUNNING, facts={"type": "planned", "items": number})
    await session.execute(
        text("""
            WITH items AS (
                SELECT n, gen_random_uuid() AS child, CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'completed' END AS status
                FROM generate_series(0, :number - 1) AS n
            ), steps AS (
                INSERT INTO run_steps (run_id, path, key, kind, position, status, child_run_id, started_at, finished_at)
                SELECT :run_id, 'each.' || n, 'each', 'item', 0, status, child, :at, :at + interval '1 s' FROM items
            )
            INSERT INTO runs (id, kind, primitive_id, parent_run_id, root_run_id, step_path, status, queued_at,
                started_at, called_at, finished_at, cost_usd, agent_runs)
            SELECT child, 'agent', :agent_id, :run_id, :run_id, 'each.' || n, status, :at, :at, :at,
                :at + interval '1 s', 0.01, 1
            FROM items
        """),
        {"number": number, "run_id": run.id, "agent_id": agent.id, "at": START},
    )
    return run.id
