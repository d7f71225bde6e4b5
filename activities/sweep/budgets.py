"""The sweep's share in budgets: it counts a new budget's month again, once all that was under way knows of it."""

from datetime import datetime
from uuid import UUID

import structlog

from activities.sweep.reconciliation import side_by_side
from models.store.budgets import recount
from models.store.tables.budgets import Budget
from runtime.database import Sessions, long_statements, transaction

log = structlog.get_logger(__name__)

MOST_PRIMITIVES = 1000


async def count_again(sessions: Sessions, now: datetime) -> None:
    """Count the months of budgets that are due for it; one that fails is tried again in the next pass.

    1. Reserve for the runs under way, in a transaction of its own: it waits for their locks.
    2. Count the month from the statistics, and remember what runs of its primitives cost.
    """

    async def count(budget_id: UUID) -> bool:
        async with transaction(sessions) as session:
            if (budget := await session.get(Budget, budget_id)) is not None:
                adopted = await recount.reserve_for_open_runs(session, budget, waits=True)
                log.info("counting a budget again", budget_id=str(budget_id), reserved_for=adopted)
        with long_statements():
            async with transaction(sessions) as session:
                if (budget := await session.get(Budget, budget_id)) is not None:
                    await recount.learn_estimates(session, budget, MOST_PRIMITIVES)
                    await recount.count_month(session, budget, now)
        # Not with the count: whoever opens a run would wait for it.
        async with transaction(sessions) as session:
            await recount.note_recounted(session, budget_id)
        return True

    async with transaction(sessions) as session:
        due = await recount.due_for_recount(session, now)
    await side_by_side(due, count, what="count a budget again")
