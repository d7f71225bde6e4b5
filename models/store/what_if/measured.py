"""Measured runs: how long the newest runs of automations and primitives took, and the calls of agents in them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.what_if.samples import MeasuredCall, RunSample
from models.store.ids import among
from models.store.tables.runs import Run

MOST_CALLS = 20_000
"""Calls that are read in all; runs whose calls are beyond it are taken without them."""
RUNS_WITH_CALLS = 10
"""Runs of an automation whose calls are read."""

_OF_AUTOMATIONS = text(
    """
    SELECT wanted.id, newest.* FROM unnest(:ids) AS wanted(id), LATERAL (
      SELECT array_agg(run.id ORDER BY run.finished_at DESC) AS runs,
             array_agg(run.duration_ms ORDER BY run.finished_at DESC) AS durations,
             min(run.started_at) AS first_at, max(run.started_at) AS last_at
        FROM (SELECT id, duration_ms, started_at, finished_at FROM runs
               WHERE automation_id = wanted.id AND started_at IS NOT NULL AND finished_at IS NOT NULL
                 AND status IN ('completed', 'failed')
               ORDER BY finished_at DESC LIMIT :most) run) newest
     WHERE newest.runs IS NOT NULL
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid())), bindparam("most", type_=Integer()))

_OF_PRIMITIVES = text(
    """
    SELECT wanted.id, newest.* FROM unnest(:ids) AS wanted(id), LATERAL (
      SELECT array_agg(run.id ORDER BY run.queued_at DESC) AS runs,
             array_agg(run.duration_ms ORDER BY run.queued_at DESC) AS durations,
             min(run.started_at) AS first_at, max(run.started_at) AS last_at
        FROM (SELECT id, duration_ms, started_at, queued_at FROM runs
               WHERE primitive_id = wanted.id AND started_at IS NOT NULL AND status IN ('completed', 'failed')
               ORDER BY queued_at DESC, id DESC LIMIT :most) run) newest
     WHERE newest.runs IS NOT NULL
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid())), bindparam("most", type_=Integer()))


async def of_automations(
    session: AsyncSession, ids: Collection[UUID], most: int, agents: Collection[UUID], with_calls: Collection[UUID]
) -> Mapping[UUID, RunSample]:
    """Return the newest finished runs of each automation; those that have none are left out.

    Args:
        session: A transaction.
        ids: The automations.
        most: The most runs of each.
        agents: The agents whose calls matter.
        with_calls: The automations whose runs call such agents.
    """
    rows = (await session.execute(_OF_AUTOMATIONS, {"ids": list(ids), "most": most})).all()
    return await _samples(session, rows, agents, with_calls)


async def of_primitives(
    session: AsyncSession, ids: Collection[UUID], most: int, agents: Collection[UUID], with_calls: Collection[UUID]
) -> Mapping[UUID, RunSample]:
    """Return the newest finished runs of each primitive, whoever has started them."""
    rows = (await session.execute(_OF_PRIMITIVES, {"ids": list(ids), "most": most})).all()
    return await _samples(session, rows, agents, with_calls)


async def _samples(
    session: AsyncSession, rows: Iterable[Any], agents: Collection[UUID], with_calls: Collection[UUID]
) -> Mapping[UUID, RunSample]:
    listed = list(rows)
    looked_into = [run for row in listed if row.id in with_calls for run in row.runs[:RUNS_WITH_CALLS]]
    calls = await _calls(session, looked_into, agents) if looked_into and agents else {}
    found = {}
    for row in listed:
        made: tuple[tuple[MeasuredCall, ...], ...] = ()
        durations = row.durations
        if row.id in with_calls:
            durations = durations[:RUNS_WITH_CALLS]
            made = tuple(tuple(calls.get(run, ())) for run in row.runs[:RUNS_WITH_CALLS])
        found[row.id] = RunSample(tuple(durations), made, row.first_at, row.last_at)
    return found


async def _calls(
    session: AsyncSession, roots: Collection[UUID], agents: Collection[UUID]
) -> Mapping[UUID, list[MeasuredCall]]:
    began = {
        run: at for run, at in await session.execute(select(Run.id, Run.started_at).where(among(Run.id, roots))) if at
    }
    query = (
        select(Run.root_run_id, Run.primitive_id, Run.queued_at, Run.started_at, Run.duration_ms)
        .where(among(Run.root_run_id, roots), Run.parent_run_id.is_not(None), among(Run.primitive_id, agents))
        .where(Run.started_at.is_not(None), Run.duration_ms.is_not(None))
        .order_by(Run.root_run_id, Run.queued_at, Run.id)
        .limit(MOST_CALLS)
    )
    found: dict[UUID, list[MeasuredCall]] = {}
    for root, agent, queued_at, started_at, duration_ms in await session.execute(query):
        if root in began and started_at is not None and duration_ms is not None:
            begins, waited = _ms(queued_at, began[root]), _ms(started_at, queued_at)
            found.setdefault(root, []).append(MeasuredCall(agent, begins, duration_ms, waited))
    return found


def _ms(later: datetime, earlier: datetime) -> int:
    return max(0, round((later - earlier).total_seconds() * 1000))
