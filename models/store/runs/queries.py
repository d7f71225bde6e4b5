"""Queries of runs, their children and their steps."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload

from models.contracts.runs.views import StepView
from models.errors import NotFound
from models.kinds import Kind
from models.rules.json.storable import shown
from models.states import RunStatus
from models.store.runs.stuck_below import waits_for_stuck
from models.store.tables.runs import (
    AGENT_HELD_CONDITION,
    BUDGET_HELD_CONDITION,
    HELD_CONDITION,
    PENDING_CONDITION,
    STEP_ORDER,
    Run,
    RunStep,
)


@dataclass(frozen=True, slots=True)
class RunFilters:
    """Filters of the run list; an empty tuple or None matches all."""

    kinds: tuple[Kind, ...] = ()
    statuses: tuple[RunStatus, ...] = ()
    automation_id: uuid.UUID | None = None
    primitive_id: uuid.UUID | None = None
    root_run_id: uuid.UUID | None = None
    parent_run_id: uuid.UUID | None = None
    delivery_id: uuid.UUID | None = None
    backfill_id: uuid.UUID | None = None
    queued_from: datetime | None = None
    queued_to: datetime | None = None
    held: bool | None = None
    roots_only: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filters as SQL conditions."""
        found: list[ColumnElement[bool]] = []
        if self.kinds:
            found.append(Run.kind.in_(self.kinds))
        if self.statuses:
            found.append(_in_status(self.statuses))
        for column in ("automation_id", "primitive_id", "parent_run_id", "delivery_id", "backfill_id"):
            if (wanted := getattr(self, column)) is not None:
                found.append(getattr(Run, column) == wanted)
        if self.root_run_id is not None:
            below = and_(Run.parent_run_id.is_not(None), Run.root_run_id == self.root_run_id)
            found.append(or_(Run.id == self.root_run_id, below))
        if self.queued_from is not None:
            found.append(Run.queued_at >= self.queued_from)
        if self.queued_to is not None:
            found.append(Run.queued_at < self.queued_to)
        if self.held is not None:
            waits = or_(HELD_CONDITION, AGENT_HELD_CONDITION, BUDGET_HELD_CONDITION, PENDING_CONDITION)
            found.append(waits if self.held else not_(waits))
        if self.roots_only:
            found.append(Run.parent_run_id.is_(None))
        return found


def _in_status(wanted: Collection[RunStatus]) -> ColumnElement[bool]:
    """A run that waits for a stuck run below it counts as stuck too: it makes no progress, whatever its own status."""
    own = Run.status.in_(wanted)
    return or_(own, waits_for_stuck()) if RunStatus.STUCK in wanted else own


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
