"""Verifying and repairing statistics over HTTP while the system runs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from models.states import RunStatus
from models.store.runs.closing import finish
from models.store.stats.folding import fold_opened
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, queue_run


@pytest.fixture
async def two(sessions: Sessions) -> list[Automation]:
    """Return two automations with three runs each."""
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        automations = [await make_automation(session, agent) for _ in range(2)]
        for automation in automations:
            for number in range(3):
                at = datetime(2026, 3, 2, number, tzinfo=UTC)
                run = await queue_run(session, agent, automation, queued_at=at, cost_usd=Decimal("0.1"))
                run.status, run.started_at = RunStatus.RUNNING, at
                await session.flush()
                await fold_opened(session, run)
                await finish(session, run, RunStatus.COMPLETED, at=at + timedelta(seconds=9))
    return automations


async def verified(client: httpx2.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.post("/api/stats/verify", json=asked)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def test_correct_statistics_are_left_alone(client: httpx2.AsyncClient, two: list[Automation]) -> None:
    assert await verified(client, repair=True) == {"checked": 2, "differences": [], "repaired": False}


async def test_differences_are_reported_then_repaired_and_audited(
    client: httpx2.AsyncClient, sessions: Sessions, two: list[Automation]
) -> None:
    async with transaction(sessions) as session:
        await session.execute(
            update(AutomationStats)
            .where(AutomationStats.automation_id == two[0].id)
            .values(completed=7, recent_outcomes="CCF", cost_usd_sum=Decimal("9"))
        )
        await session.execute(
            update(AutomationHour).where(AutomationHour.automation_id == two[0].id).values(failed=1, started=0)
        )
    told = await verified(client)
    assert {one["slug"] for one in told["differences"]} == {two[0].slug}
    whole = {one["column"]: (one["stored"], one["counted"]) for one in told["differences"] if one["hour"] is None}
    assert whole == {"completed": ("7", "3"), "recent_outcomes": ("CCF", "CCC"), "cost_usd_sum": ("9", "0.3")}
    assert len([one for one in told["differences"] if one["hour"]]) == 6
    assert (await verified(client, automation=two[1].slug))["differences"] == []
    assert (await verified(client, repair=True, automation=two[0].slug))["repaired"] is True
    assert (await verified(client))["differences"] == []
    audit = (await client.get("/api/audit", params={"automation": two[0].slug})).json()["items"]
    assert [item["action"] for item in audit] == ["stats.repaired"]


async def test_deleted_statistics_are_restored(
    client: httpx2.AsyncClient, sessions: Sessions, two: list[Automation]
) -> None:
    async with transaction(sessions) as session:
        before = await session.get_one(AutomationStats, two[0].id)
        await session.delete(before)
        await session.flush()
    assert (await verified(client, repair=True))["repaired"] is True
    async with transaction(sessions) as session:
        after = await session.get_one(AutomationStats, two[0].id)
        assert (after.completed, after.recent_outcomes, after.last_run_id) == (3, "CCC", before.last_run_id)
