"""What Control shows of runs and budgets: sums by kind and hour, open approvals, budgets at their limit."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.control import BudgetHealth, KindHealth
from models.contracts.governance.budgets import BudgetState
from models.kinds import Kind
from models.rules.control.facts import Approval
from models.rules.health import success_rate
from models.rules.listing.severity import severity
from models.rules.runs.waits import WAIT_BUCKETS, wait_percentile
from models.states import BudgetAction, HealthState, RunSource, RunStatus, Severity, StepStatus
from models.store.budgets.names import names_of
from models.store.budgets.queries import state_of
from models.store.budgets.standings import standings
from models.store.stats.counting import hour_of
from models.store.stats.kind_hours import of_hours
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget
from models.store.tables.primitives import Primitive
from models.store.tables.runs import OPEN_CONDITION, Run, RunStep
from models.store.tables.stats import KindHour

WINDOW = timedelta(hours=24)
MOST_BUDGETS = 500
VERDICTS = {
    Severity.HEALTHY: HealthState.HEALTHY,
    Severity.DEGRADING: HealthState.DEGRADED,
    Severity.UNSTABLE: HealthState.DEGRADED,
    Severity.FAILING: HealthState.UNHEALTHY,
}


@dataclass(frozen=True, slots=True)
class LastDay:
    """The runs that arrived within the window and have ended."""

    kinds: tuple[KindHealth, ...]
    cost_usd: Decimal
    unknown_costs: int


def window_start(now: datetime) -> datetime:
    """Return where the 24 whole hours before the current one begin."""
    return hour_of(now - WINDOW)


async def last_day(session: AsyncSession, now: datetime) -> LastDay:
    """Add up the sums of the current hour and the 24 before it."""
    buckets = [func.sum(KindHour.wait_histogram[place]) for place in range(1, WAIT_BUCKETS + 1)]
    sums = (func.sum(KindHour.occurrences), func.sum(KindHour.own_cost_usd_sum), func.sum(KindHour.unknown_costs))
    is_child = KindHour.source == RunSource.PARENT
    query = select(KindHour.kind, KindHour.status, is_child, *sums, *buckets)
    rows = await session.execute(
        query.where(*of_hours(window_start(now))).group_by(KindHour.kind, KindHour.status, is_child)
    )
    counts: dict[Kind, Counter[RunStatus]] = defaultdict(Counter)
    waits: dict[Kind, list[int]] = defaultdict(lambda: [0] * WAIT_BUCKETS)
    cost, unknown = Decimal(), 0
    for kind, status, child, occurrences, usd, without, *histogram in rows:
        cost, unknown = cost + usd, unknown + int(without)
        if child:
            continue
        counts[kind][status] += int(occurrences)
        waits[kind] = [one + int(more) for one, more in zip(waits[kind], histogram, strict=True)]
    return LastDay(tuple(_kind(kind, counts[kind], waits[kind]) for kind in Kind), cost, unknown)


def _kind(kind: Kind, counts: Counter[RunStatus], waits: Sequence[int]) -> KindHealth:
    completed, failed = counts[RunStatus.COMPLETED], counts[RunStatus.FAILED]
    ended = completed + failed
    return KindHealth(
        kind=kind,
        verdict=VERDICTS[severity(completed, failed)] if ended else HealthState.IDLE,
        runs=ended + counts[RunStatus.CANCELLED],
        completed=completed,
        failed=failed,
        cancelled=counts[RunStatus.CANCELLED],
        skipped=counts[RunStatus.SKIPPED],
        missed=counts[RunStatus.MISSED],
        success_rate=success_rate(completed, failed),
        wait_p95_ms=wait_percentile(waits, 95),
    )


async def approvals(session: AsyncSession, limit: int) -> tuple[tuple[Approval, ...], int]:
    """Return the first `limit` decisions that runs wait for, the oldest first, and how many there are in all."""
    # The condition of the index of open runs, which is small.
    waiting = (
        select(Run.id, Run.primitive_id, Run.automation_id)
        .where(OPEN_CONDITION, Run.status == RunStatus.WAITING)
        .subquery()
    )
    query = (
        select(
            waiting.c.id,
            RunStep.key,
            RunStep.started_at,
            func.coalesce(Automation.name, Primitive.name).label("of"),
            func.count().over().label("in_all"),
        )
        .join(RunStep, RunStep.run_id == waiting.c.id)
        .join(Primitive, Primitive.id == waiting.c.primitive_id)
        .outerjoin(Automation, Automation.id == waiting.c.automation_id)
        .where(RunStep.kind == "approval", RunStep.status == StepStatus.WAITING)
        .order_by(RunStep.started_at, waiting.c.id)
        .limit(limit)
    )
    rows = (await session.execute(query)).all()
    found = tuple(Approval(str(row.id), row.key, row.of, row.started_at) for row in rows)
    return found, rows[0].in_all if rows else 0


async def budgets_at_limit(session: AsyncSession, now: datetime) -> tuple[BudgetHealth, ...]:
    """Return the budgets that are spent, and those that have reached a level of warning; the fullest first."""
    rows = (await session.scalars(select(Budget).order_by(Budget.id).limit(MOST_BUDGETS))).all()
    if not rows:
        return ()
    known = await standings(session, rows, now)
    names = await names_of(session, rows)
    found = []
    for row in rows:
        standing = known[row.id]
        state = state_of(row, standing)
        if state is BudgetState.OK:
            continue
        found.append(
            BudgetHealth(
                name=names[row.id],
                spent=state is BudgetState.SPENT,
                stops=row.action is BudgetAction.STOP,
                percent=int(100 * standing.spent_usd / row.limit_usd) if row.limit_usd else 100,
                ends_at=standing.month.ends_at,
                link="/budgets",
            )
        )
    return tuple(sorted(found, key=lambda one: (not one.spent, -one.percent, one.name)))
