"""Old rows are deleted; what is open, judged, unaccounted or counted is not lost with them."""

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.health import OUTCOMES_KEPT
from models.states import DeliveryOutcome, MatchOutcome, RunStatus, Source, StepStatus
from models.store import retention
from models.store.deliveries.matches import Match
from models.store.deliveries.new_deliveries import NewDelivery, store_deliveries
from models.store.deliveries.queries import Arrival, first_answer
from models.store.ids import fresh_id
from models.store.stats.verification import verify_locked
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.delivery_matches import DeliveryMatch
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.retention import RunRetention
from models.store.tables.runs import Run, RunStep
from models.store.tables.stats import AutomationHour, AutomationStats
from tests.factories import make_agent, make_automation, queue_run
from tests.store.stats.test_recount import live_through

NOW = datetime(2026, 3, 2, 12, 34, tzinfo=UTC)
CUTOFF = NOW - timedelta(days=30)
C, F = RunStatus.COMPLETED, RunStatus.FAILED
ENDS = (C, F, C, RunStatus.SKIPPED, F, RunStatus.MISSED, C, RunStatus.CANCELLED)


async def run_at(
    session: AsyncSession, agent: Primitive, automation: Automation | None, at: datetime, end: RunStatus | None
) -> Run:
    run = await queue_run(session, agent, automation, queued_at=at)
    if automation is not None:
        await live_through(session, automation, run, end)
    elif end is not None:
        run.status, run.started_at, run.finished_at = end, at, at
    await session.flush()
    return run


async def child_of(session: AsyncSession, agent: Primitive, root: Run, status: RunStatus) -> Run:
    child = await queue_run(session, agent, None, parent_run_id=root.id, status=status)
    child.root_run_id = root.id
    session.add(
        RunStep(
            run_id=root.id,
            path=str(child.id),
            key="a",
            kind="agent",
            position=0,
            status=StepStatus.COMPLETED,
            child_run_id=child.id,
        )
    )
    await session.flush()
    return child


async def delete_all(session: AsyncSession, cutoff: datetime = CUTOFF) -> int:
    """Delete what is older than the cutoff; return the number of rows of runs."""
    await session.execute(update(RunRetention).values(checked_at=NOW - timedelta(days=1)))
    _, found = await retention.automations_to_check(session, cutoff, NOW, 100)
    gone = 0
    for one in found:
        while some := await retention.delete_runs_of(session, one, None):
            gone += some
    while some := await retention.delete_direct_runs(session, cutoff, None):
        gone += some
    session.expunge_all()
    return gone


async def count(session: AsyncSession, table: type) -> int:
    return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def test_stats_hours_and_their_verification_do_not_notice_that_runs_are_gone(session: AsyncSession) -> None:
    agent = await make_agent(session)
    automation = await make_automation(session, agent)
    for number in range(400):
        at = CUTOFF - timedelta(hours=400 - number)
        run = await run_at(session, agent, automation, at, ENDS[number % 8])
        await child_of(session, agent, run, RunStatus.COMPLETED)
    for number in range(50):
        await run_at(session, agent, automation, CUTOFF + timedelta(hours=number + 2), ENDS[number % 2])
    key = automation.id
    stats = {name: value for name, value in vars(await session.get_one(AutomationStats, key)).items() if name[0] != "_"}
    hours = await count(session, AutomationHour)

    gone = await delete_all(session)
    assert gone > 250
    assert gone % 2 == 0
    assert await count(session, Run) == 50 + 2 * await count(session, RunStep)
    judged = await session.scalar(select(func.count()).where(Run.automation_id == key, Run.close_number.is_not(None)))
    assert judged is not None
    assert judged >= OUTCOMES_KEPT
    after = vars(await session.get_one(AutomationStats, key))
    assert {name: after[name] for name in stats} == stats
    assert await count(session, AutomationHour) == hours
    assert await verify_locked(session, key, repair=False, actor="test") == []

    automation = await session.get_one(Automation, key)
    agent = await session.get_one(Primitive, automation.primitive_id)
    for number in range(30):
        await run_at(session, agent, automation, NOW - timedelta(minutes=number), ENDS[number % 3])
    assert await verify_locked(session, key, repair=False, actor="test") == []
    assert await delete_all(session, NOW - timedelta(days=28)) > 0
    assert await verify_locked(session, key, repair=False, actor="test") == []

    stored = await session.get_one(AutomationStats, key)
    right, stored.completed = stored.completed, 1
    await session.flush()
    assert [one.column for one in await verify_locked(session, key, repair=True, actor="test")] == ["completed"]
    session.expunge_all()
    assert (await session.get_one(AutomationStats, key)).completed == right
    assert await verify_locked(session, key, repair=False, actor="test") == []


async def test_failures_in_a_row_are_still_counted_when_the_first_of_them_are_deleted(session: AsyncSession) -> None:
    agent = await make_agent(session)
    automation = await make_automation(session, agent)
    for number in range(OUTCOMES_KEPT + 50):
        at = CUTOFF - timedelta(hours=OUTCOMES_KEPT + 50 - number)
        await run_at(session, agent, automation, at, RunStatus.FAILED)
    assert await delete_all(session) > 40
    assert await verify_locked(session, automation.id, repair=False, actor="test") == []
    stats = await session.get_one(AutomationStats, automation.id)
    assert stats.consecutive_failures == OUTCOMES_KEPT + 50


async def test_open_trees_and_few_runs_are_kept(session: AsyncSession) -> None:
    agent = await make_agent(session)
    automation = await make_automation(session, agent)
    old = CUTOFF - timedelta(days=100)
    for number in range(10):
        await run_at(session, agent, automation, old + timedelta(hours=number), RunStatus.COMPLETED)
    waits = await run_at(session, agent, automation, old, None)
    unjudged = await run_at(session, agent, automation, old - timedelta(days=1), RunStatus.MISSED)
    direct = await run_at(session, agent, None, old, RunStatus.COMPLETED)
    has_open_child = await run_at(session, agent, None, old, RunStatus.COMPLETED)
    await child_of(session, agent, has_open_child, RunStatus.WAITING)
    fresh = await run_at(session, agent, None, NOW, RunStatus.COMPLETED)
    assert await delete_all(session) == 2
    left = set(await session.scalars(select(Run.id)))
    assert {waits.id, has_open_child.id, fresh.id} < left
    assert not {unjudged.id, direct.id} & left
    assert len(left) == 14


async def test_due_times_that_are_not_accounted_for_keep_their_runs(session: AsyncSession) -> None:
    agent = await make_agent(session)
    since = CUTOFF - timedelta(days=9)
    automation = await make_automation(
        session, agent, Source.SCHEDULE, cron_expr="0 * * * *", accounted_until=since, is_active=True
    )
    kept = await run_at(session, agent, automation, since + timedelta(hours=3), RunStatus.MISSED)
    gone = await run_at(session, agent, automation, since - timedelta(hours=3), RunStatus.MISSED)
    assert await delete_all(session) == 1
    assert set(await session.scalars(select(Run.id))) == {kept.id} != {gone.id}


async def test_automations_are_looked_at_in_turn(session: AsyncSession) -> None:
    agent = await make_agent(session)
    ids = {(await make_automation(session, agent)).id for _ in range(5)}
    assert [(await retention.automations_to_check(session, CUTOFF, NOW, 3))[0] for _ in range(3)] == [3, 2, 0]
    assert set(await session.scalars(select(RunRetention.automation_id))) == ids
    later = NOW + retention.CHECKED_EVERY + timedelta(seconds=1)
    assert (await retention.automations_to_check(session, CUTOFF, later, 9))[0] == 5


async def deliver(session: AsyncSession, key: str, at: datetime, automation: Automation) -> uuid.UUID:
    arrival = Arrival(Source.EVENT, "event:x", {"secret": "content"}, b"content", {"a": "b"}, idempotency_key=key)
    new = NewDelivery(arrival, DeliveryOutcome.FIRED, at, matches=[Match(automation.id, MatchOutcome.MATCHED)])
    (stored,) = await store_deliveries(session, [new])
    assert not stored.duplicate
    return stored.delivery_id


async def test_content_of_old_deliveries_is_deleted_and_their_keys_live_as_long_as_their_runs(
    session: AsyncSession,
) -> None:
    agent = await make_agent(session)
    automation = await make_automation(session, agent, Source.EVENT)
    old, young = CUTOFF - timedelta(days=1), CUTOFF + timedelta(days=1)
    fired, _, recent = [
        await deliver(session, key, at, automation)
        for key, at in (("fired", old), ("unmatched", old), ("recent", young))
    ]
    run = await run_at(session, agent, None, old, RunStatus.COMPLETED)
    run.delivery_id = fired
    await session.flush()

    assert await retention.empty_deliveries(session, CUTOFF, NOW) == 2
    assert await retention.empty_deliveries(session, CUTOFF, NOW) == 0
    session.expunge_all()
    rows = {row.id: row for row in await session.scalars(select(Delivery))}
    assert set(rows) == {fired, recent}
    assert (rows[fired].body, rows[fired].payload, rows[fired].headers) == (b"", None, {})
    assert rows[fired].content_deleted_at == NOW
    assert rows[fired].size == 7
    assert rows[recent].payload == {"secret": "content"}
    assert {row.delivery_id for row in await session.scalars(select(DeliveryMatch))} == {recent}
    repeated = await first_answer(session, "event:x", "fired")
    assert repeated
    assert [one.run_id for one in repeated.runs] == [run.id]

    assert await retention.delete_direct_runs(session, CUTOFF, CUTOFF) == 1
    assert set(await session.scalars(select(Delivery.id))) == {recent}


async def test_old_audit_entries_are_deleted_where_that_is_set(session: AsyncSession) -> None:
    for days in (-1, 0, 1):
        session.add(
            AuditEntry(id=fresh_id(), at=CUTOFF + timedelta(days=days), actor="a", action="x", subject_type="y")
        )
    await session.flush()
    assert await retention.delete_audit_entries(session, CUTOFF) == 1
    assert await retention.delete_audit_entries(session, CUTOFF) == 0
    assert await count(session, AuditEntry) == 2
