"""The tree of a run as a timeline, a part at a time: the steps below one node, each together with its child runs."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, load_only

from models.contracts.runs.parts import AttemptView, CostView
from models.contracts.runs.tree import RunNode, RunTree, Span
from models.errors import NotFound
from models.rules.runs import spans as rule
from models.rules.runs.spans import RunTimes, StepTimes, Try, Waiting
from models.states import RunStatus, StepStatus
from models.store.runs.details.attempts import attempts_in, began, error_of, recorded_attempts
from models.store.runs.details.parts import (
    NO_CHILDREN,
    Sums,
    short_error,
    statuses_below,
    steps,
    sums_by_step,
)
from models.store.tables.primitives import Primitive
from models.store.tables.runs import STEP_ORDER, Run, RunStep

MOST_ATTEMPTS = 20
CONTAINERS = frozenset({"map", "mission"})
NODE_COLUMNS = load_only(
    *(Run.id, Run.kind, Run.status, Run.step_path, Run.parent_run_id, Run.due_at, Run.queued_at, Run.primitive_id),
    *(Run.called_at, Run.started_at, Run.finished_at, Run.cost_usd, Run.unknown_costs, Run.agent_runs),
    *(Run.error_type, Run.error_message, Run.call_failures),
    raiseload=True,
)
"""What a node needs of its run; never its values, which may be megabytes each."""

# What remains of each waiting step where nothing else of the run works.
_WAITS = text("""
    WITH works AS (
        SELECT range_agg(tstzrange(started_at, greatest(started_at, coalesce(finished_at, :now)))) AS busy
        FROM run_steps
        WHERE run_id = :run_id AND started_at IS NOT NULL AND kind <> ALL(:waiting) AND kind <> ALL(:containers)
    )
    SELECT kind, lower(idle) AS started_at,
        CASE WHEN finished_at IS NULL AND upper(idle) >= :now THEN NULL ELSE upper(idle) END AS ended_at
    FROM run_steps, works, unnest(
        tstzmultirange(tstzrange(started_at, greatest(started_at, coalesce(finished_at, :now))))
        - coalesce(busy, '{}'::tstzmultirange)
    ) AS idle
    WHERE run_id = :run_id AND started_at IS NOT NULL AND kind = ANY(:waiting)
    ORDER BY 2 LIMIT 1000
""")


@dataclass(frozen=True, slots=True)
class TreePart:
    """Which nodes are asked for: those below the step `under`, or at the top, and in one of these statuses."""

    under: str | None = None
    statuses: frozenset[str] = frozenset()
    offset: int = 0
    limit: int = 200

    def of(self, statuses: type[StepStatus] | type[RunStatus]) -> list[StepStatus | RunStatus]:
        """Return those of the statuses that a step, or a run, can have."""
        return [status for status in statuses if status.value in self.statuses]


async def tree(session: AsyncSession, run: Run, part: TreePart, now: datetime) -> RunTree:
    """Return a part of the tree of a run; runs without a step, if there are any, come last at the top.

    Raises:
        NotFound: the run has no step `under`.
    """
    above = await _above(session, run.id, part.under) if part.under is not None else None
    level = _level(run.id, part.under)
    counts = await _counts(session, select(RunStep.status, func.count()).where(*level).group_by(RunStep.status))
    stepless = _stepless(run.id)
    if above is None:
        counts += await _counts(session, select(Run.status, func.count()).where(*stepless).group_by(Run.status))
    asked = (*level, RunStep.status.in_(part.of(StepStatus))) if part.statuses else level
    in_steps = await session.scalar(select(func.count()).select_from(RunStep).where(*asked)) or 0
    nodes = await _step_nodes(session, run.id, asked, part, above)
    if above is None and len(nodes) < part.limit:
        offset = max(0, part.offset - in_steps)
        nodes += await _run_nodes(session, stepless, part, offset, part.limit - len(nodes))
    return RunTree(
        run=await root_node(session, run, now),
        under=part.under,
        total=sum(number for status, number in counts.items() if not part.statuses or status in part.statuses),
        by_status=dict(counts),
        offset=part.offset,
        nodes=nodes,
        now=now,
    )


async def root_node(session: AsyncSession, run: Run, now: datetime) -> RunNode:
    """Return the node of a run itself; it waits wherever one of its steps only waits and none works."""
    since = run.due_at if run.due_at and run.parent_run_id is None else run.queued_at
    began_at = began(run)
    times = RunTimes(min(since, began_at) if began_at else since, began_at, run.finished_at)
    waits: Sequence[Waiting] = ()
    if began_at:
        waiting = {"waiting": list(rule.WAITING_STEPS), "containers": list(CONTAINERS)}
        rows = await session.execute(_WAITS, {"run_id": run.id, "now": now, **waiting})
        waits = [Waiting(rule.WAITING_STEPS[row.kind], row.started_at, row.ended_at) for row in rows]
    recorded = await recorded_attempts(session, [run])
    attempts = attempts_in([run], recorded)
    retries = [Waiting("retry", one.ended_at, then.started_at) for one, then in pairwise(attempts) if one.ended_at]
    return _run_node(run, rule.run_spans(times, [*waits, *retries]), attempts)


def _level(run_id: uuid.UUID, under: str | None) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the steps directly below one, or at the top."""
    mine = RunStep.run_id == run_id
    if under is None:
        return mine, not_(RunStep.path.contains("."))
    rest = func.substr(RunStep.path, len(under) + 2)
    return mine, RunStep.path.startswith(f"{under}.", autoescape=True), not_(rest.contains("."))


def _stepless(run_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the child runs that no step names."""
    # Not as EXISTS, for which PostgreSQL may read all steps for each of the runs.
    named = select(RunStep.child_run_id).where(RunStep.run_id == run_id, RunStep.child_run_id.is_not(None))
    return Run.parent_run_id == run_id, Run.step_path.is_(None), Run.id.not_in(named)


async def _above(session: AsyncSession, run_id: uuid.UUID, path: str) -> RunStep:
    found = await steps(session, run_id, RunStep.path == path)
    if not found:
        raise NotFound(f"the run has no step {path!r}", field="under")
    return found[0]


async def _counts(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> Counter[str]:
    return Counter({status.value: number for status, number in await session.execute(query)})


async def _step_nodes(
    session: AsyncSession,
    run_id: uuid.UUID,
    asked: Sequence[ColumnElement[bool]],
    part: TreePart,
    above: RunStep | None,
) -> tuple[RunNode, ...]:
    page = select(RunStep.path).where(*asked).order_by(*STEP_ORDER).offset(part.offset).limit(part.limit)
    rows = await steps(session, run_id, RunStep.path.in_(page.scalar_subquery()))
    children = await _children(session, run_id, rows)
    recorded = await recorded_attempts(session, [child for mine in children.values() for child in mine])
    containers = [row.path for row in rows if row.kind in CONTAINERS]
    below = await statuses_below(session, run_id, containers)
    depth = 1 if part.under is None else part.under.count(".") + 2
    sums = await sums_by_step(session, run_id, depth=depth) if containers else {}
    ready_at = above.started_at if above else None
    nodes = []
    for row in rows:
        mine = children.get(row.path, ())
        nodes.append(_step_node(row, mine, attempts_in(mine, recorded), sums, below.get(row.path, {}), ready_at))
    return tuple(nodes)


async def _children(session: AsyncSession, run_id: uuid.UUID, rows: Sequence[RunStep]) -> Mapping[str, Sequence[Run]]:
    """Return the child runs of these steps in the order in which they were started."""
    paths = [row.path for row in rows if row.kind not in CONTAINERS]
    if not paths:
        return {}
    # Child runs of older versions do not name their step.
    path_of = {row.child_run_id: row.path for row in rows if row.child_run_id}
    query = (
        select(Run)
        .join(Run.primitive)
        .options(NODE_COLUMNS, contains_eager(Run.primitive).load_only(Primitive.name))
        .where(Run.parent_run_id == run_id, or_(Run.step_path.in_(paths), Run.id.in_(path_of)))
        .order_by(Run.queued_at, Run.id)
    )
    found: dict[str, list[Run]] = defaultdict(list)
    for child in await session.scalars(query):
        found[child.step_path or path_of[child.id]].append(child)
    return found


async def _run_nodes(
    session: AsyncSession, stepless: Sequence[ColumnElement[bool]], part: TreePart, offset: int, limit: int
) -> tuple[RunNode, ...]:
    query = (
        select(Run)
        .join(Run.primitive)
        .options(NODE_COLUMNS, contains_eager(Run.primitive).load_only(Primitive.name))
        .where(*stepless, *([Run.status.in_(part.of(RunStatus))] if part.statuses else []))
        .order_by(Run.queued_at, Run.id)
        .offset(offset)
        .limit(limit)
    )
    rows = (await session.scalars(query)).all()
    return tuple(
        _run_node(row, rule.run_spans(RunTimes(row.queued_at, began(row), row.finished_at), ()), ()) for row in rows
    )


def _step_node(
    row: RunStep,
    children: Sequence[Run],
    attempts: Sequence[AttemptView],
    sums: Sums,
    below: dict[StepStatus, int],
    ready_at: datetime | None,
) -> RunNode:
    last = children[-1] if children else None
    times = StepTimes(
        row.kind,
        row.started_at,
        row.finished_at,
        ready_at if row.kind in rule.BESIDE_OTHERS else None,
        [Try(one.started_at, one.ended_at) for one in attempts],
    )
    spans = rule.step_spans(times)
    return RunNode(
        path=row.path,
        name=row.key,
        what=row.kind,
        status=row.status,
        detail=row.detail,
        run_id=row.child_run_id,
        run_kind=last.kind if last else None,
        agent=last.primitive.name if last else (row.facts or {}).get("does") or None,
        started_at=spans[0].started_at if spans else None,
        ended_at=row.finished_at,
        spans=spans,
        attempts=_shown(attempts),
        cost=sums.get(row.path, NO_CHILDREN).view() if row.kind in CONTAINERS else _cost(children),
        error=short_error(row.error),
        below=below,
    )


def _run_node(run: Run, spans: tuple[Span, ...], attempts: Sequence[AttemptView]) -> RunNode:
    return RunNode(
        path=str(run.id),
        name=run.primitive.name,
        what="run",
        status=run.status,
        detail=None,
        run_id=run.id,
        run_kind=run.kind,
        agent=run.primitive.name,
        started_at=spans[0].started_at if spans else None,
        ended_at=run.finished_at,
        spans=spans,
        attempts=_shown(attempts),
        cost=_cost([run]),
        error=error_of(run),
        below={},
    )


def _shown(attempts: Sequence[AttemptView]) -> tuple[AttemptView, ...]:
    return tuple(attempts[-MOST_ATTEMPTS:]) if len(attempts) > 1 else ()


def _cost(runs: Sequence[Run]) -> CostView:
    known = [run.cost_usd for run in runs if run.cost_usd is not None]
    return CostView(
        known_usd=sum(known[1:], known[0]) if known else None,
        unknown=sum(run.unknown_costs for run in runs),
        calls=sum(run.agent_runs for run in runs),
    )
