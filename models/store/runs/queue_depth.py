"""The number of open runs, read from their partial index."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.states import OPEN_STATUSES, HeldBy, RunStatus
from models.store.admission.holders import holdings
from models.store.tables.runs import HELD_CONDITION, Run


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Open runs by status, and how long the oldest queued run has waited.

    Attributes:
        held: Runs that wait for their admission, by kind and what holds them; `by_status` counts them as queued too.
        oldest_queued_seconds: Of those that may start.
        oldest_held_seconds: Of those that wait for their admission.
    """

    by_status: Mapping[RunStatus, int]
    held: Mapping[tuple[Kind, str], int]
    oldest_queued_seconds: float
    oldest_held_seconds: float


async def queue_depth(session: AsyncSession) -> QueueDepth:
    """Count open runs; what holds those in the queues of automations is worked out for each key."""
    of_agent, of_budget = Run.agent_held_at.is_not(None), Run.budget_held_at.is_not(None)
    holder = func.coalesce(Run.held_by, case((of_agent, HeldBy.CAPACITY.value), (of_budget, HeldBy.BUDGET.value)))
    waited = func.extract("epoch", func.now() - func.min(Run.queued_at))
    lines = (Run.automation_id, func.coalesce(Run.admission_key, ""), func.coalesce(Run.throttle_key, ""))
    in_line = [case((HELD_CONDITION, column)) for column in (*lines, Run.not_before)]
    query = (
        select(Run.status, Run.kind, holder, *in_line, func.count(), waited)
        .where(Run.status.in_(OPEN_STATUSES))
        .group_by(Run.status, Run.kind, holder, *in_line)
    )
    rows = (await session.execute(query)).all()
    holding = await holdings(session, {row[3] for row in rows if row[3] is not None})
    by_status = Counter(dict.fromkeys(sorted(OPEN_STATUSES), 0))
    held = Counter[tuple[Kind, str]]()
    oldest = {True: 0.0, False: 0.0}
    for status, kind, held_by, automation_id, key, throttle_key, not_before, count, seconds in rows:
        by_status[status] += count
        if status is not RunStatus.QUEUED:
            continue
        if held_by != HeldBy.BACKFILL:
            # How long a backfill takes is not how long runs wait.
            oldest[held_by is not None] = max(oldest[held_by is not None], float(seconds))
        if held_by is None:
            continue
        now = holding.get(automation_id) if automation_id is not None else None
        by = now.of(HeldBy(held_by), key, throttle_key, not_before).value if now else held_by
        held[kind, by] += count
    return QueueDepth(by_status, held, oldest_queued_seconds=oldest[False], oldest_held_seconds=oldest[True])
