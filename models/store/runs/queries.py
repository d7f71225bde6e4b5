"""Queries of runs, their children and their steps."""

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload

from models.contracts.runs.views import StepView
from models.errors import NotFound
from models.rules.json.storable import shown
from models.store.tables.runs import (
    STEP_ORDER,
    Run,
    RunStep,
)


async def by_id(session: AsyncSession, run_id: uuid.UUID) -> Run:
    """Return a run with its primitive and automation.

    Raises:
        NotFound: No run has this id.
    """
    found = await session.scalar(with_names(select(Run)).where(Run.id == run_id))
    if found is None:
        raise NotFound("there is no run with this id")
    return found


async def children_of(session: AsyncSession, run_id: uuid.UUID, limit: int = 500) -> Sequence[Run]:
    """Return the first `limit` child runs, oldest first."""
    query = with_names(select(Run)).where(Run.parent_run_id == run_id).order_by(Run.queued_at, Run.id).limit(limit)
    return (await session.scalars(query)).all()


async def steps_of(session: AsyncSession, run_id: uuid.UUID) -> tuple[StepView, ...]:
    """Return the steps of a run as a tree."""
    query = select(RunStep).where(RunStep.run_id == run_id).order_by(*STEP_ORDER)
    return step_tree((await session.scalars(query)).all())


def step_tree(rows: Sequence[RunStep]) -> tuple[StepView, ...]:
    """Build the tree of steps: a step's parent is the one with the longest dotted prefix of its path."""
    below: dict[str, list[RunStep]] = {}
    paths = {row.path for row in rows}
    for row in rows:
        below.setdefault(_parent(row.path, paths), []).append(row)

    def grow(path: str) -> tuple[StepView, ...]:
        return tuple(_step(row, grow(row.path)) for row in below.get(path, ()))

    return grow("")


def _parent(path: str, paths: set[str]) -> str:
    parent = path.rpartition(".")[0]
    while parent and parent not in paths:
        parent = parent.rpartition(".")[0]
    return parent


def _step(row: RunStep, children: tuple[StepView, ...]) -> StepView:
    return StepView(
        path=row.path,
        key=row.key,
        kind=row.kind,
        status=row.status,
        run_id=row.child_run_id,
        detail=row.detail,
        output=shown(row.output),
        error=row.error,
        started_at=row.started_at,
        finished_at=row.finished_at,
        children=children,
    )


def with_names(query: Select[Run]) -> Select[Run]:
    """Load runs together with their primitive and automation."""
    return query.join(Run.primitive).options(contains_eager(Run.primitive), joinedload(Run.automation))
