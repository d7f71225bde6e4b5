"""No sum keeps a run from closing, however large."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select, update
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.runs import RunActivities
from models.contracts.workflows.lifecycle import RunOutcome
from models.states import RunStatus
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, queue_run

WIDEST = Decimal("9999999999.99999999")
"""The most that was stored for one run before the cost of a call had a bound."""


async def running(sessions: Sessions, row: Automation | None = None) -> tuple[Automation, uuid.UUID]:
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        row = row or await make_automation(session, agent)
        run = await queue_run(session, agent, row, status=RunStatus.RUNNING, started_at=now, cost_usd=WIDEST)
    return row, run.id


async def close(sessions: Sessions, client: Client, run_id: uuid.UUID) -> RunStatus:
    outcome = RunOutcome(run_id=run_id, status=RunStatus.COMPLETED, finished_at=datetime.now(UTC))
    status: RunStatus = await ActivityEnvironment().run(RunActivities(sessions, client).close_run, outcome)
    return status


async def test_runs_close_when_the_sum_of_costs_exceeds_the_limit_of_one(
    sessions: Sessions, temporal_client: Client
) -> None:
    row, run_id = await running(sessions)
    assert await close(sessions, temporal_client, run_id) is RunStatus.COMPLETED
    for _ in range(11):
        _, run_id = await running(sessions, row)
        assert await close(sessions, temporal_client, run_id) is RunStatus.COMPLETED
    async with transaction(sessions) as session:
        assert (await session.get_one(AutomationStats, row.id)).cost_usd_sum == 12 * WIDEST
        hours = await session.scalars(select(AutomationHour.known_usd_sum))
        assert sum(hours) == 12 * WIDEST


async def test_counters_exceed_32_bits(sessions: Sessions, temporal_client: Client) -> None:
    row, run_id = await running(sessions)
    await close(sessions, temporal_client, run_id)
    async with transaction(sessions) as session:
        full = {"agent_runs_sum": 2**31 - 1, "missed": 2**31 - 1}
        await session.execute(update(AutomationStats).values(full))
    _, run_id = await running(sessions, row)
    assert await close(sessions, temporal_client, run_id) is RunStatus.COMPLETED
    async with transaction(sessions) as session:
        assert (await session.get_one(AutomationStats, row.id)).agent_runs_sum == 2**31


async def test_an_overflowing_statistic_does_not_keep_a_run_open(sessions: Sessions, temporal_client: Client) -> None:
    row, run_id = await running(sessions)
    await close(sessions, temporal_client, run_id)
    async with transaction(sessions) as session:
        await session.execute(update(AutomationStats).values(cost_usd_sum=Decimal("9" * 30)))
    _, run_id = await running(sessions, row)
    assert await close(sessions, temporal_client, run_id) is RunStatus.COMPLETED
    async with transaction(sessions) as session:
        run = await session.get_one(Run, run_id)
        assert (run.status, run.finished_at is None) == (RunStatus.COMPLETED, False)
