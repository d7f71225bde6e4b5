"""Folds runs into `automation_stats` and `automation_hours`, in the transaction that opens or closes them."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.health import COMPLETED, FAILED, OUTCOMES_KEPT
from models.states import RunStatus
from models.store.ids import among
from models.store.stats.counting import COUNTED, OPENED, CounterDelta, hour_of, parameters
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationHour, AutomationStats

ERROR_KEPT = 300
"""Characters of an error message; lists show the beginning only."""

OUTCOME_LETTERS = {RunStatus.COMPLETED: COMPLETED, RunStatus.FAILED: FAILED}


async def make_stats(session: AsyncSession, *automation_ids: uuid.UUID) -> None:
    """Insert the rows of stats of these automations, all zero, unless they exist."""
    rows = [{"automation_id": one} for one in automation_ids]
    await session.execute(insert(AutomationStats).on_conflict_do_nothing(), rows)


async def reset_health(session: AsyncSession, row: Automation) -> None:
    """Restart the health window, as after an edit of the schedule."""
    await reset_health_windows(session, [row])


async def reset_health_windows(session: AsyncSession, rows: Sequence[Automation]) -> None:
    """Make the health policies of these automations ignore all runs that have finished so far."""
    await session.execute(
        update(AutomationStats)
        .where(among(AutomationStats.automation_id, (row.id for row in rows)))
        .where(AutomationStats.finished_since_reset != 0)
        .values(finished_since_reset=0)
        .execution_options(synchronize_session=False)
    )


async def fold_opened(session: AsyncSession, run: Run) -> None:
    """Fold a root run that has started."""
    if run.automation_id is None or run.started_at is None:
        return
    delta = CounterDelta(run.started_at, {"started": 1})
    facts = {
        "new_running_now": 1,
        "new_last_run_id": run.id,
        "new_last_run_status": run.status,
        "new_last_run_started_at": run.started_at,
    }
    await session.execute(OPENED, {**parameters(run.automation_id, delta), **facts})


async def fold_closed(
    session: AsyncSession, run: Run, automation_id: uuid.UUID, *, in_window: bool = True
) -> AutomationStats:
    """Fold a root run that has closed with any status; return the stats, locked until the commit.

    One that is not `in_window` is not judged by the health policy: a probe.
    """
    at = run.started_at or run.due_at or run.queued_at
    spent = run.cost_usd if run.started_at else None
    cost = None if run.unknown_costs else spent
    counts = {run.status.value: run.occurrences}
    delta = CounterDelta(at, counts, run.duration_ms, cost, spent or Decimal(0), run.agent_runs)
    stats = await _counted(session, automation_id, delta)
    if run.started_at:
        _record_outcome(stats, run, cost, in_window=in_window)
    return stats


async def fold_again(
    session: AsyncSession, automation_id: uuid.UUID, due_at: datetime, counts: Mapping[str, int]
) -> None:
    """Correct what was counted of due times in the hour of `due_at`: one that was missed is run after all."""
    await _counted(session, automation_id, CounterDelta(due_at, dict(counts)))


async def fold_late_cost(
    session: AsyncSession, root: Run, before: Decimal | None, late: Decimal | None, agent_runs: int
) -> None:
    """Correct the sums after a child has closed later than its root.

    Args:
        session: The transaction that closes the child.
        root: The root, with its new totals.
        before: The root's cost that was folded in; None if it was unknown.
        late: The additional cost; None if unknown.
        agent_runs: The number of additional agent runs.
    """
    if root.automation_id is None or root.started_at is None:
        return
    after = root.cost_usd if not root.unknown_costs else None
    difference = {
        "cost_usd_sum": (after or Decimal(0)) - (before or Decimal(0)),
        "cost_count": (after is not None) - (before is not None),
        "known_usd_sum": late or Decimal(0),
        "agent_runs_sum": agent_runs,
    }
    stats = await _locked(session, root.automation_id)
    if root.close_number is not None:
        others = [pair for pair in stats.recent_costs if pair[0] != root.close_number]
        _keep_costs(stats, [*others, *([] if after is None else [[root.close_number, str(after)]])])
    await session.flush()
    for table in (AutomationStats, AutomationHour):
        where = [table.automation_id == root.automation_id]
        if table is AutomationHour:
            where.append(AutomationHour.hour == hour_of(root.started_at))
        await session.execute(
            update(table)
            .where(*where)
            .values({name: getattr(table, name) + by for name, by in difference.items()})
            .execution_options(synchronize_session=False)
        )
    await session.refresh(stats)


async def note_waiting(session: AsyncSession, run: Run) -> None:
    """Copy the run's status to the stats if it is the automation's newest run."""
    if run.automation_id is None:
        return
    await session.execute(
        update(AutomationStats)
        .where(AutomationStats.automation_id == run.automation_id, AutomationStats.last_run_id == run.id)
        .values(last_run_status=run.status)
        .execution_options(synchronize_session=False)
    )


def known_costs(recent_costs: Sequence[tuple[int, str]]) -> list[Decimal]:
    """Return the costs in `automation_stats.recent_costs`, oldest first."""
    return [Decimal(cost) for _, cost in recent_costs]


def count_outcomes(outcomes: str) -> tuple[int, int]:
    """Count how many runs completed and how many failed in letters of `automation_stats.recent_outcomes`."""
    return outcomes.count(COMPLETED), outcomes.count(FAILED)


def _record_outcome(stats: AutomationStats, run: Run, cost: Decimal | None, *, in_window: bool) -> None:
    stats.running_now -= 1
    run.close_number = stats.duration_count
    if stats.last_run_id == run.id:
        stats.last_run_status = run.status
        stats.last_run_duration_ms = run.duration_ms
        failed = run.status is RunStatus.FAILED and run.error_message is not None
        stats.last_run_error = run.error_message[:ERROR_KEPT] if failed and run.error_message else None
    _keep_costs(stats, [*stats.recent_costs, *([] if cost is None else [[run.close_number, str(cost)]])])
    letter = None if run.outside_health else OUTCOME_LETTERS.get(run.status)
    if letter:
        stats.recent_outcomes = (stats.recent_outcomes + letter)[-OUTCOMES_KEPT:]
        stats.finished_since_reset += in_window
        stats.consecutive_failures = stats.consecutive_failures + 1 if letter == FAILED else 0


def _keep_costs(stats: AutomationStats, pairs: list[list[Any]]) -> None:
    oldest = stats.duration_count - OUTCOMES_KEPT
    kept = sorted((pair for pair in pairs if pair[0] > oldest), key=lambda pair: int(pair[0]))
    if kept != stats.recent_costs:
        stats.recent_costs = kept


async def _locked(session: AsyncSession, automation_id: uuid.UUID) -> AutomationStats:
    query = select(AutomationStats).where(AutomationStats.automation_id == automation_id)
    locked = query.with_for_update(key_share=True)
    return (await session.scalars(locked, execution_options={"populate_existing": True})).one()


async def _counted(session: AsyncSession, automation_id: uuid.UUID, delta: CounterDelta) -> AutomationStats:
    """Add to the counters of the automation and of its hour; return its stats, locked until the commit."""
    statement = select(AutomationStats).from_statement(COUNTED)
    found = await session.scalars(
        statement, parameters(automation_id, delta), execution_options={"populate_existing": True}
    )
    stats: AutomationStats = found.one()
    return stats
