"""What a run keeps when it closes: its source, wait and own cost, and the group of its error."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text

from models.contracts.runs.views import RunError
from models.contracts.workflows.lifecycle import ChildOf, OpenRun, RunOutcome, RunRequest
from models.kinds import Kind
from models.names import run_temporal_workflow_id
from models.rules.fingerprint.template import ANY
from models.states import RunSource, RunStatus, Source
from models.store.ids import fresh_id
from models.store.runs import fingerprints
from models.store.runs.closing import close_run, finish
from models.store.runs.description import note_rescued
from models.store.runs.locks import lock_run
from models.store.runs.opening import open_run
from models.store.stats.run_sums_check import differing_sums
from models.store.sweep.missed import record_missed
from models.store.sweep.uncounted import count_uncounted, uncounted, unfilled_since
from models.store.tables.errors import ErrorGroup, ErrorHour
from models.store.tables.runs import Run
from models.store.tables.stats import KindHour, PrimitiveHour
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive, queue_run

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def opened(
    sessions: Sessions, request: RunRequest, kind: Kind, at: datetime, due_at: datetime | None = None
) -> uuid.UUID:
    opening = OpenRun(
        request=request,
        kind=kind,
        due_at=due_at,
        started_at=at,
        temporal_workflow_id=run_temporal_workflow_id(request.run_id) if request.run_id else "due",
        temporal_run_id="x",
    )
    async with transaction(sessions) as session:
        return (await open_run(session, opening)).run_id


async def ended(sessions: Sessions, run_id: uuid.UUID, error: RunError | None = None, at: datetime = NOON) -> Run:
    status = RunStatus.FAILED if error else RunStatus.COMPLETED
    async with transaction(sessions) as session:
        await close_run(session, RunOutcome(run_id=run_id, status=status, finished_at=at, error=error))
    async with sessions() as session:
        return await session.get_one(Run, run_id)


async def groups(sessions: Sessions) -> Sequence[ErrorGroup]:
    async with sessions() as session:
        return (await session.scalars(select(ErrorGroup).order_by(ErrorGroup.template))).all()


async def nothing_differs(sessions: Sessions) -> None:
    async with sessions() as session:
        assert await differing_sums(session, NOON - timedelta(days=9), NOON + timedelta(days=9)) == []


async def test_a_scheduled_run_waits_from_its_due_time_and_is_counted_by_its_arrival(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        nightly = await make_automation(session, agent, Source.SCHEDULE, cron_expr="0 12 * * *")
    run_id = await opened(sessions, RunRequest(automation_id=nightly.id), Kind.AGENT, NOON + 5 * SECOND, NOON)
    run = await ended(sessions, run_id, at=NOON + 9 * SECOND)
    assert (run.source, run.wait_ms, run.duration_ms, run.is_counted) == (RunSource.SCHEDULE, 5000, 4000, True)
    async with sessions() as session:
        (hour,) = await session.scalars(select(PrimitiveHour))
        (of_kind,) = await session.scalars(select(KindHour))
    for sums in (hour, of_kind):
        assert (sums.hour, sums.runs, sums.started, sums.unattended, sums.wait_ms_sum) == (NOON, 1, 1, 1, 5000)
        assert (sums.duration_ms_sum, sums.duration_log_sum) == (4000, 8294)
        assert [place for place, count in enumerate(sums.wait_histogram) if count] == [9]
        # It was never called, so its cost is not known.
        assert (sums.own_cost_usd_sum, sums.own_cost_count, sums.unknown_costs) == (Decimal(0), 0, 1)
    await nothing_differs(sessions)


async def test_a_run_that_failed_because_of_a_child_has_its_error_and_is_not_counted_twice(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await make_agent(session, "scout")
        pipeline = await make_primitive(session, Kind.WORKFLOW, {"steps": [{"key": "a", "agent": "scout"}]})
        root = await queue_run(session, pipeline, queued_at=NOON)
    await opened(sessions, RunRequest(run_id=root.id), Kind.WORKFLOW, NOON)
    child = ChildOf(parent_run_id=root.id, root_run_id=root.id, agent="scout", step="a")
    child_id = await opened(sessions, RunRequest(run_id=fresh_id(), child=child), Kind.AGENT, NOON)
    message = f"HTTP 503 from https://x.example/{child_id}"
    failed = await ended(sessions, child_id, RunError(type="agent_failed", message=message))
    blaming = await ended(sessions, root.id, RunError(type="agent_failed", message=f"step 'a' failed: {message}"))
    assert (failed.source, failed.caused_by) == (RunSource.PARENT, None)
    assert (blaming.error_key, blaming.caused_by) == (failed.error_key, child_id)
    (group,) = await groups(sessions)
    assert (group.key, group.error_type, group.template) == (failed.error_key, "agent_failed", "HTTP 503 from <url>")
    assert (group.sample, group.sample_run_id, group.first_seen) == (message, child_id, NOON)
    async with sessions() as session:
        assert [hour.runs for hour in await session.scalars(select(ErrorHour))] == [1]
    await nothing_differs(sessions)


async def test_skipped_and_missed_runs_are_grouped_by_their_reason(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        automation = await make_automation(session, agent)
        for _ in range(3):
            run = await queue_run(session, agent, automation, queued_at=NOON)
            await finish(session, run, RunStatus.SKIPPED, at=NOON, reason="paused")
        await record_missed(session, automation.id, NOON, reason="overlap", occurrences=4, now=NOON)
    found = {(group.error_type, group.template): group.key for group in await groups(sessions)}
    assert found.keys() == {("missed", "overlap"), ("skipped", "paused")}
    async with sessions() as session:
        hours = {hour.key: hour.runs for hour in await session.scalars(select(ErrorHour))}
        assert hours == {found["skipped", "paused"]: 3, found["missed", "overlap"]: 1}
        (missed,) = await session.scalars(select(KindHour).where(KindHour.status == RunStatus.MISSED))
        assert (missed.runs, missed.occurrences, missed.started) == (1, 4, 0)
    await nothing_differs(sessions)


async def test_errors_that_never_repeat_become_one_group(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "MOST_NEW_GROUPS", 3)
    words = ["apples", "pears", "plums", "grapes", "figs", "apples"]
    for word in words:
        async with transaction(sessions) as session:
            run = await queue_run(session, await make_agent(session), queued_at=NOON, started_at=NOON)
        await ended(sessions, run.id, RunError(type="agent_refused", message=f"I would rather have {word}"))
    found = {group.template for group in await groups(sessions)}
    assert found == {*(f"I would rather have {word}" for word in words[:3]), ANY}
    await nothing_differs(sessions)


async def test_a_run_that_is_run_again_is_rescued_whether_or_not_it_was_counted(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        automation = await make_automation(session, agent, Source.EVENT)
        run = await queue_run(session, agent, automation, queued_at=NOON, source=RunSource.EVENT, started_at=NOON)
    await ended(sessions, run.id)
    for _ in range(2):
        async with transaction(sessions) as session:
            await note_rescued(session, [run.id])
        async with sessions() as session:
            (hour,) = await session.scalars(select(PrimitiveHour))
            assert (hour.runs, hour.rescued, hour.intervened, hour.unattended) == (1, 1, 1, 0)
    await nothing_differs(sessions)


async def test_what_a_rolled_back_transaction_has_closed_is_not_counted(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        run = await queue_run(session, agent, queued_at=NOON)
    async with sessions() as session:
        async with session.begin_nested() as savepoint:
            await finish(session, await lock_run(session, run.id), RunStatus.SKIPPED, at=NOON, reason="paused")
            await savepoint.rollback()
        await session.commit()
        await finish(session, await lock_run(session, run.id), RunStatus.SKIPPED, at=NOON, reason="archived")
        await session.rollback()
        await session.commit()
    async with sessions() as session:
        assert (await session.scalars(select(KindHour))).all() == []
    await nothing_differs(sessions)


async def test_runs_of_older_versions_are_filled_in_and_counted_the_newest_first(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        pipeline = await make_primitive(session, Kind.WORKFLOW, {"steps": [{"key": "a", "agent": "scout"}]})
        for number in range(6):
            at = NOON - number * timedelta(hours=1)
            old: dict[str, Any] = {"status": RunStatus.FAILED, "error_type": "agent_failed", "duration_ms": 1000}
            old |= {"started_at": at + SECOND, "finished_at": at + 2 * SECOND}
            message = f"HTTP 503 after {number} s"
            root = await queue_run(session, pipeline, queued_at=at, error_message=f"step 'a' failed: {message}", **old)
            old |= {"cost_usd": Decimal("0.5"), "parent_run_id": root.id}
            child = await queue_run(session, agent, queued_at=at + SECOND, error_message=message, **old)
            child.root_run_id = root.id
        await session.flush()
        await session.execute(text("UPDATE runs SET source = NULL"))
    async with sessions() as session:
        assert await unfilled_since(session) == NOON + SECOND
    counts = []
    for _ in range(4):
        async with transaction(sessions) as session:
            counts.append(await count_uncounted(session, await uncounted(session, 5)))
            left = await unfilled_since(session)
    assert (counts, left) == ([5, 5, 2, 0], None)
    await nothing_differs(sessions)
    async with sessions() as session:
        runs = (await session.scalars(select(Run))).all()
        assert {(run.kind, run.source, run.wait_ms, run.own_cost_usd) for run in runs} == {
            (Kind.WORKFLOW, RunSource.MANUAL, 1000, None),
            (Kind.AGENT, RunSource.PARENT, 0, Decimal("0.5")),
        }
        assert len({run.error_key for run in runs}) == 1
        assert {run.caused_by is None for run in runs if run.kind is Kind.WORKFLOW} == {False}
        assert sum(await session.scalars(select(ErrorHour.runs))) == 6
