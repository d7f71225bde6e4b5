"""Reads the steps of a run and sums of the child runs that carry them out; values are never read."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, Text, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, defer

from models.contracts.runs.parts import CostView, PartView
from models.contracts.runs.views import RunError
from models.states import RunStatus, StepStatus
from models.store.tables.primitives import Primitive
from models.store.tables.runs import STEP_ORDER, Run, RunStep

LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class ChildSums:
    """Sums over child runs and the attempts of their calls; `agent` is the slug of one of their agents."""

    attempts: int = 0
    known_usd: Decimal | None = None
    unknown: int = 0
    calls: int = 0
    agent: str | None = None

    def plus(self, other: "ChildSums") -> "ChildSums":
        known = [one for one in (self.known_usd, other.known_usd) if one is not None]
        return ChildSums(
            self.attempts + other.attempts,
            sum(known, Decimal()) if known else None,
            self.unknown + other.unknown,
            self.calls + other.calls,
            self.agent or other.agent,
        )

    def view(self) -> CostView:
        return CostView(known_usd=self.known_usd, unknown=self.unknown, calls=self.calls)


NO_CHILDREN = ChildSums()
Sums = Mapping[str, ChildSums]


async def steps(session: AsyncSession, run_id: uuid.UUID, *conditions: ColumnElement[bool]) -> Sequence[RunStep]:
    """Return steps of a run in their order, without their outputs; items of a map are in the order of the list."""
    query = select(RunStep).options(defer(RunStep.output, raiseload=True)).where(RunStep.run_id == run_id, *conditions)
    return (await session.scalars(query.order_by(*STEP_ORDER))).all()


async def sums_by_step(session: AsyncSession, run_id: uuid.UUID, *, depth: int | None = None) -> Sums:
    """Return the sums of the child runs of each step, or with a depth of each step so deep and all below it."""
    found = await _sums(session, _of_children(Run.step_path, depth).where(Run.parent_run_id == run_id))
    if found.pop(None, None):
        # Child runs of older versions do not name their step; the step names only its last one.
        old = _of_children(RunStep.path, depth).join(RunStep, RunStep.child_run_id == Run.id)
        for path, sums in (await _sums(session, old.where(RunStep.run_id == run_id, Run.step_path.is_(None)))).items():
            found[path] = found.get(path, NO_CHILDREN).plus(sums)
    return {path: sums for path, sums in found.items() if path is not None}


def sums_above(sums: Sums) -> Sums:
    """Return the sums of the steps that are above others."""
    found: dict[str, ChildSums] = defaultdict(ChildSums)
    for path, one in sums.items():
        if parent := path.rpartition(".")[0]:
            found[parent] = found[parent].plus(one)
    return found


async def statuses_below(
    session: AsyncSession, run_id: uuid.UUID, paths: Sequence[str]
) -> Mapping[str, dict[StepStatus, int]]:
    """Return how many steps are directly below each of these, by status; those with none are left out."""
    if not paths:
        return {}
    parent = func.array_to_string(func.trim_array(func.string_to_array(RunStep.path, "."), 1), ".")
    query = (
        select(parent, RunStep.status, func.count())
        .where(RunStep.run_id == run_id, RunStep.path.contains("."), parent.in_(paths))
        .group_by(parent, RunStep.status)
    )
    found: dict[str, dict[StepStatus, int]] = defaultdict(dict)
    for path, status, number in await session.execute(query):
        found[path][status] = number
    return found


def part_fields(row: RunStep, sums: Sums, agent: str | None = None) -> dict[str, Any]:
    """Return the fields of `PartView`; the agent is that of the child runs, or else `agent`."""
    mine = sums.get(row.path, NO_CHILDREN)
    return {
        "path": row.path,
        "name": row.key,
        "status": row.status,
        "agent": mine.agent or agent,
        "run_id": row.child_run_id,
        "tries": mine.attempts,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "cost": mine.view(),
        "error": short_error(row.error),
    }


def part(row: RunStep, sums: Sums, agent: str | None = None) -> PartView:
    return PartView(**part_fields(row, sums, agent))


def by_status(rows: Sequence[RunStep]) -> dict[StepStatus, int]:
    return dict(Counter(row.status for row in rows))


def short_error(stored: Mapping[str, str] | None) -> RunError | None:
    """Return an error whose message is short enough to be one of thousands."""
    if not stored:
        return None
    error = RunError.model_validate(stored)
    return error.model_copy(update={"message": short(error.message)})


def short(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}…"


def _of_children(path: ColumnElement[Any] | InstrumentedAttribute[Any], depth: int | None) -> Select[*tuple[Any, ...]]:
    if depth is not None:
        path = func.array_to_string(func.string_to_array(path, ".", type_=ARRAY(Text))[1:depth], ".")
    unknown, calls = (func.coalesce(func.sum(column), 0) for column in (Run.unknown_costs, Run.agent_runs))
    succeeds = case((Run.status == RunStatus.FAILED, 0), else_=1)
    attempts = func.sum(func.greatest(Run.call_failures + succeeds, 1))
    columns = (path, attempts, func.sum(Run.cost_usd), unknown, calls, func.max(Primitive.slug))
    return select(*columns).select_from(Run).join(Primitive, Primitive.id == Run.primitive_id).group_by(path)


async def _sums(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> dict[str | None, ChildSums]:
    return {path: ChildSums(*sums) for path, *sums in await session.execute(query)}
