"""A recount of the runs equals the statistics that each open and close has updated."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.views import RunError
from models.states import RunStatus
from models.store.runs.closing import finish
from models.store.stats.folding import fold_opened
from models.store.stats.recount import recount
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationHour, AutomationStats
from tests.factories import make_agent, make_automation, queue_run

ENDS = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SKIPPED, RunStatus.MISSED, None)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


async def live_through(session: AsyncSession, automation: Automation, run: Run, end: RunStatus | None) -> None:
    """Open and close a run as its workflow does; None leaves it running."""
    at = run.queued_at
    if end in (RunStatus.SKIPPED, RunStatus.MISSED):
        await finish(session, run, end, at=at, reason="paused")
        return
    run.status, run.started_at = RunStatus.RUNNING, at
    await session.flush()
    await fold_opened(session, run)
    if end is None:
        return
    run.cost_usd = None if run.queued_at.minute % 7 == 0 else Decimal("0.25")
    error = RunError(type="x", message="x") if end is RunStatus.FAILED else None
    await finish(session, run, end, at=at + timedelta(seconds=run.queued_at.minute), error=error)


async def test_a_recount_equals_the_statistics_kept_run_by_run(session: AsyncSession) -> None:
    agent = await make_agent(session)
    automations = [await make_automation(session, agent) for _ in range(2)]
    chance = random.Random(5)
    for number in range(260):
        automation = automations[0] if number % 13 else automations[1]
        end = chance.choice(ENDS) if number % 50 else None
        at = MONDAY + timedelta(minutes=number * 7)
        occurrences = 3 if end is RunStatus.MISSED else 1
        run = await queue_run(session, agent, automation, queued_at=at, due_at=at, occurrences=occurrences)
        await live_through(session, automation, run, end)
    await queue_run(session, agent, automations[0])
    child = await queue_run(session, agent, None, parent_run_id=run.id)
    child.root_run_id = run.id
    await session.flush()

    counted = await recount(session)
    session.expunge_all()
    assert len(counted.stats) == 2
    for row in counted.stats:
        stats = await session.get_one(AutomationStats, row["automation_id"])
        costs = [(number, Decimal(cost)) for number, cost in row.pop("recent_costs")]
        assert costs == [(number, Decimal(cost)) for number, cost in stats.recent_costs]
        assert row == {name: getattr(stats, name) for name in row}
    hours = {(row["automation_id"], row["hour"]): row for row in counted.hours}
    kept = {(row.automation_id, row.hour): row for row in await session.scalars(select(AutomationHour))}
    assert hours.keys() == kept.keys()
    for key, row in hours.items():
        assert row == {name: getattr(kept[key], name) for name in row}
    only = await recount(session, [automations[1].id])
    assert [row["automation_id"] for row in only.stats] == [automations[1].id]
