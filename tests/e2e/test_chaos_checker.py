"""The checker of chaos runs finds what it is there to find, in rows that are wrong on purpose."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.states import RunStatus, Source
from models.store.ids import fresh_id
from models.store.tables.deliveries import Delivery
from tests import factories
from tests.e2e.chaos import checker
from tests.e2e.chaos.checker import Database
from tests.e2e.chaos.load import EVENT, Schedule
from tests.support.servers import libpq_url

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
CLOSED: dict[str, Any] = {"status": RunStatus.COMPLETED, "finished_at": NOON}


@pytest.fixture
def rows(database: str) -> Database:
    return Database(libpq_url(database))


async def test_due_times_without_a_row_with_two_and_at_a_wrong_second(session: AsyncSession, rows: Database) -> None:
    agent = await factories.make_agent(session)
    automation = await factories.make_automation(session, agent, Source.SCHEDULE, cron_expr="* * * * *")
    for minute, columns in ((1, CLOSED), (3, {"status": RunStatus.MISSED, "occurrences": 3}), (4, CLOSED)):
        due_at = NOON + timedelta(minutes=minute)
        await factories.queue_run(session, agent, automation, **{**columns, "due_at": due_at})
    await factories.queue_run(session, agent, automation, **CLOSED, due_at=NOON + timedelta(minutes=6, seconds=1))
    await session.commit()
    schedule = Schedule(str(automation.id), "it", NOON)
    assert list(checker.due_times(rows, schedule, NOON + timedelta(minutes=6))) == [
        "it: 12:04:00 has 2 rows",
        "it: 2026-11-02 12:06:01+00:00 is not a due time",
        "it: 12:02:00 has no row",
    ]


async def test_deliveries_that_are_lost_or_have_other_runs(session: AsyncSession, rows: Database) -> None:
    agent = await factories.make_agent(session)
    ids = {}
    for key, endpoint, runs in (("whole", "execute", 1), ("half", f"event:{EVENT}", 1), ("none", "execute", 0)):
        delivery_id = fresh_id()
        values = {"id": delivery_id, "source": Source.MANUAL, "endpoint": endpoint, "body": b"", "outcome": "fired"}
        await session.execute(insert(Delivery).values(**values, idempotency_key=key))
        made = [await factories.queue_run(session, agent, delivery_id=delivery_id, **CLOSED) for _ in range(runs)]
        ids[key] = [str(run.id) for run in made]
    await session.commit()
    found = list(checker.deliveries(rows, {**ids, "lost": ["1"], "half": [*ids["half"], "2"]}))
    assert found[0].startswith("the delivery half was answered")
    assert found[1] == "the accepted delivery lost is not stored"
    assert found[2:] == ["the delivery half has 1 runs instead of 2", "the delivery none has 0 runs instead of 1"]


async def test_late_calls_and_runs_that_failed_or_stayed_open(session: AsyncSession, rows: Database) -> None:
    agent = await factories.make_agent(session)
    parent = await factories.queue_run(session, agent, **CLOSED, answered_at=NOON)
    child = await factories.queue_run(session, agent, parent_run_id=parent.id)
    failed = await factories.queue_run(
        session, agent, status=RunStatus.FAILED, finished_at=NOON, error_type="worker_lost", error_message="gone"
    )
    await session.commit()
    assert [row["id"] for row in checker.open_runs(rows)] == [child.id]
    assert list(checker.calls(rows, {str(parent.id): [NOON - timedelta(seconds=1)]})) == []
    (late,) = checker.calls(rows, {str(parent.id): [NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)]})
    assert str(parent.id) in late
    assert list(checker.outcomes(rows)) == [
        f"run {failed.id} (agent) failed: worker_lost: gone",
        f"run {child.id} is queued below a run that is completed",
    ]
