"""Runs of older versions are counted in batches, and one that cannot be counted stops no other."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.sweep.counting import count_runs
from models.states import RunStatus
from models.store.tables.runs import Run
from models.store.tables.stats import KindHour
from runtime.database import Sessions, transaction
from tests.factories import make_agent, queue_run


async def test_a_run_that_cannot_be_counted_stops_no_other(sessions: Sessions) -> None:
    at = datetime.now(UTC)
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        for number in range(5):
            tokens = {"input": 10**40 if number == 2 else 7}
            closed: dict[str, Any] = {
                "status": RunStatus.COMPLETED,
                "finished_at": at,
                "cost_usd": Decimal(1),
                "tokens": tokens,
            }
            await queue_run(session, agent, queued_at=at - timedelta(seconds=number), started_at=at, **closed)
        # Nothing writes a closed run without an end, but a table may hold one.
        await queue_run(session, agent, status=RunStatus.FAILED, error_type="agent_failed", error_message="away")
    assert await ActivityEnvironment().run(count_runs, sessions) == 5
    async with sessions() as session:
        left = (await session.scalars(select(Run.tokens).where(~Run.is_counted))).all()
        assert left == [{"input": 10**40}]
        assert sum(await session.scalars(select(KindHour.runs))) == 5
