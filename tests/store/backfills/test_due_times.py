"""Backfills of due times in the database: which get a run, when it is their turn, and what a cancellation leaves."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from models.contracts.workflows.lifecycle import OpenRun, RunRequest
from models.errors import AlreadyFinished, Conflict, LimitExceeded, PlanOutdated
from models.kinds import Kind
from models.names import due_temporal_workflow_id
from models.states import Again, BackfillStatus, LeftOut, RunStatus, Source, WorkClass
from models.store.backfills.ending import cancel, lock_backfill, pause, refuse_ended
from models.store.backfills.planning import left_out, plan_due_times
from models.store.backfills.queries import by_id
from models.store.runs.opening import open_run
from models.store.stats.run_sums_check import differing_sums
from models.store.stats.verification import differing
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation
from tests.store.backfills.schedules import HOUR, NOON, Hourly, hourly


async def agree(one: Hourly) -> bool:
    """Return whether the stats and the sums by hour equal a recount."""
    async with transaction(one.sessions) as session:
        sums = await differing_sums(session, NOON - timedelta(days=9), NOON + timedelta(days=9))
        return await differing(session, [one.automation.id]) == [] and sums == []


async def counts(one: Hourly) -> tuple[int, int, int]:
    async with transaction(one.sessions) as session:
        stats = await session.get_one(AutomationStats, one.automation.id)
        return stats.started, stats.missed, stats.skipped


async def test_every_due_time_without_a_run_gets_exactly_one(sessions: Sessions) -> None:
    one = await hourly(sessions)
    await one.record(0, RunStatus.COMPLETED)
    await one.record(1, RunStatus.FAILED)
    missed = await one.record(2, RunStatus.MISSED, "outage")
    skipped = await one.record(3, RunStatus.SKIPPED, "over_budget")
    found = await one.plan(5)
    assert left_out(found.planned) == {LeftOut.RAN: 1, LeftOut.FAILED: 1}
    await one.start(found)
    assert await one.states() == [(0, "completed"), (1, "failed"), *((hour, "backfill") for hour in range(2, 6))]
    runs = await one.runs()
    # The rows of due times that had one are their runs now.
    assert [runs[2].id, runs[3].id] == [missed, skipped]
    assert runs[2].input == runs[4].input == {"day": 1}
    assert await counts(one) == (2, 0, 0)
    assert await agree(one)
    # A second plan finds nothing to run.
    again = await one.plan(5, Again.ALL)
    assert left_out(again.planned)[LeftOut.UNDER_WAY] == 4


async def test_a_plan_that_somebody_was_faster_with_starts_nothing(sessions: Sessions) -> None:
    one = await hourly(sessions)
    await one.record(2, RunStatus.MISSED, "outage")
    first, second = await one.plan(3), await one.plan(3)
    await one.start(first)
    with pytest.raises(PlanOutdated):
        await one.start(second)
    assert len(await one.runs()) == 4
    assert await agree(one)


async def test_runs_have_their_turn_in_order_and_never_more_than_the_limit_at_once(sessions: Sessions) -> None:
    one = await hourly(sessions)
    backfill = await one.start(await one.plan(4), limit=2)
    started = (await one.advance(backfill)).to_start
    ids = [run.id for run in await one.runs()]
    assert [run.run_id for run in started] == ids[:2]
    assert {run.work for run in started} == {WorkClass.BACKFILL}
    assert (await one.advance(backfill)).to_start == []
    told = await one.end(ids[0])
    assert told.backfills == {backfill}
    assert [run.run_id for run in (await one.advance(backfill)).to_start] == [ids[2]]
    found = await one.progress(backfill)
    assert (found.pending, found.under_way, found.completed) == (2, 2, 1)
    for run_id in ids[1:]:
        await one.end(run_id)
        await one.advance(backfill)
    await one.advance(backfill)
    ended = await one.backfill(backfill)
    assert (ended.status, ended.finished_at is not None) == (BackfillStatus.COMPLETED, True)
    assert ended.counts is not None
    assert ended.counts["completed"] == 5
    assert await agree(one)


async def test_live_runs_go_before_the_runs_of_a_backfill(sessions: Sessions) -> None:
    one = await hourly(sessions, flow_control={"concurrency": {"limit": 1}})
    backfill = await one.start(await one.plan(2), limit=2)
    await one.advance(backfill)
    ids = [run.id for run in await one.runs()]
    assert [state for _, state in await one.states()] == ["admitted", "concurrency", "backfill"]
    opening = OpenRun(
        request=RunRequest(automation_id=one.automation.id),
        kind=Kind.AGENT,
        due_at=NOON + 9 * HOUR,
        started_at=datetime.now(UTC),
        temporal_workflow_id=due_temporal_workflow_id(one.automation.id, NOON + 9 * HOUR),
        temporal_run_id="live",
    )
    async with transaction(sessions) as session:
        live = await open_run(session, opening)
    assert live.held_by == "concurrency"
    # The live run came last, and is next.
    told = await one.end(ids[0])
    assert told.to_wake == [opening.temporal_workflow_id]
    assert [state for _, state in await one.states()] == ["completed", "concurrency", "backfill", "admitted"]


async def test_failed_ones_are_rerun_if_asked_for_and_keep_their_due_time(sessions: Sessions) -> None:
    one = await hourly(sessions)
    failed = await one.record(0, RunStatus.FAILED)
    await one.record(1, RunStatus.COMPLETED)
    backfill = await one.start(await one.plan(1, Again.FAILED))
    (rerun,) = (await one.advance(backfill)).to_start
    row = next(run for run in await one.runs() if run.id == rerun.run_id)
    assert (row.rerun_of, row.due_at, row.nominal_at) == (failed, None, NOON)
    await one.end(row.id)
    # Its due time has completed now.
    assert left_out((await one.plan(1, Again.FAILED)).planned) == {LeftOut.RAN: 2}


async def test_a_backfill_from_the_middle_of_an_outage_leaves_the_rest_of_it_missed(sessions: Sessions) -> None:
    one = await hourly(sessions)
    await one.record(0, RunStatus.MISSED, "outage", occurrences=10)
    backfill = await one.start(await one.plan(5, since=4))
    assert await one.states() == [(0, "missed 4"), (4, "backfill"), (5, "backfill"), (6, "missed 4")]
    assert (await counts(one))[1] == 8
    assert await agree(one)
    await cancelled(one, backfill)
    assert await one.states() == [(0, "missed 4"), (4, "missed"), (5, "missed"), (6, "missed 4")]
    assert (await counts(one))[1] == 10
    assert await agree(one)


async def test_a_backfill_from_the_start_of_an_outage_takes_its_row(sessions: Sessions) -> None:
    one = await hourly(sessions)
    row = await one.record(0, RunStatus.MISSED, "outage", occurrences=6)
    await one.start(await one.plan(1))
    assert await one.states() == [(0, "backfill"), (1, "backfill"), (2, "missed 4")]
    assert (await one.runs())[0].id == row
    assert await agree(one)


async def cancelled(one: Hourly, backfill_id: object) -> None:
    async with transaction(one.sessions) as session:
        row = await lock_backfill(session, backfill_id)  # type: ignore[arg-type]
        await cancel(session, row, "ann", "a mistake", datetime.now(UTC))
    await one.advance(backfill_id)  # type: ignore[arg-type]


async def test_a_cancelled_backfill_takes_back_what_has_not_started(sessions: Sessions) -> None:
    one = await hourly(sessions)
    await one.record(1, RunStatus.MISSED, "outage")
    await one.record(2, RunStatus.SKIPPED, "over_budget")
    backfill = await one.start(await one.plan(3))
    await one.advance(backfill)
    first = (await one.runs())[0].id
    await cancelled(one, backfill)
    assert await one.states() == [(0, "admitted"), (1, "missed"), (2, "skipped"), (3, "skipped")]
    assert [run.reason for run in await one.runs()] == [None, "outage", "over_budget", "cleared"]
    assert (await one.backfill(backfill)).finished_at is None
    await one.end(first)
    await one.advance(backfill)
    ended = await one.backfill(backfill)
    assert (ended.status, ended.finished_at is not None) == (BackfillStatus.CANCELLED, True)
    assert await agree(one)
    with pytest.raises(AlreadyFinished):
        refuse_ended(ended)
    # What was taken back can be run by another backfill.
    assert left_out((await one.plan(3)).planned) == {LeftOut.RAN: 1}


async def test_a_pause_holds_what_has_not_started(sessions: Sessions) -> None:
    one = await hourly(sessions)
    backfill = await one.start(await one.plan(2))
    await one.advance(backfill)
    async with transaction(sessions) as session:
        await pause(session, await lock_backfill(session, backfill), "ann", "", datetime.now(UTC))
    await one.end((await one.runs())[0].id)
    assert (await one.advance(backfill)).to_start == []
    assert [state for _, state in await one.states()] == ["completed", "backfill", "backfill"]


async def test_a_paused_automation_holds_its_backfill_unless_it_is_forced(sessions: Sessions) -> None:
    one = await hourly(sessions, is_active=False)
    held = await one.start(await one.plan(1))
    assert (await one.advance(held)).to_start == []
    forced = await one.start(await one.plan(3, since=2), forced=True)
    assert len((await one.advance(forced)).to_start) == 1
    async with transaction(sessions) as session:
        shown = [await by_id(session, found, datetime.now(UTC)) for found in (held, forced)]
    assert [view.waits_for for view in shown] == [f"{one.automation.name} is paused", None]
    await one.set(is_active=True)
    assert len((await one.advance(held)).to_start) == 1


async def test_a_forced_backfill_keeps_the_limits_of_a_paused_automation(sessions: Sessions) -> None:
    one = await hourly(sessions, is_active=False, flow_control={"concurrency": {"limit": 1}})
    backfill = await one.start(await one.plan(2), limit=3, forced=True)
    assert len((await one.advance(backfill)).to_start) == 1
    assert [state for _, state in await one.states()] == ["admitted", "concurrency", "concurrency"]
    told = await one.end((await one.runs())[0].id)
    assert len(told.to_start) == 1


async def test_an_archived_automation_ends_its_backfill(sessions: Sessions) -> None:
    one = await hourly(sessions)
    backfill = await one.start(await one.plan(1))
    await one.set(archived_at=datetime.now(UTC))
    for _ in range(3):
        await one.advance(backfill)
    assert {run.reason for run in await one.runs()} == {"archived"}
    assert (await one.backfill(backfill)).status is BackfillStatus.COMPLETED


async def test_outcomes_count_for_health_only_if_asked(sessions: Sessions) -> None:
    one = await hourly(sessions, health_enabled=True, health_min_runs=1, health_threshold=60)
    await one.record(0, RunStatus.COMPLETED)
    for judged, hour in ((False, 1), (True, 2)):
        backfill = await one.start(await one.plan(hour, since=hour), judged=judged)
        (run,) = (await one.advance(backfill)).to_start
        await one.end(run.run_id, RunStatus.FAILED)
        async with transaction(sessions) as session:
            stats = await session.get_one(AutomationStats, one.automation.id)
            row = await session.get_one(Automation, one.automation.id)
        assert stats.failed == hour
        assert (stats.recent_outcomes, row.is_active) == (("CF", False) if judged else ("C", True))
        assert await agree(one)


async def test_a_fire_that_comes_late_has_the_due_time_of_a_backfill_at_once(sessions: Sessions) -> None:
    one = await hourly(sessions)
    await one.start(await one.plan(2))
    opening = OpenRun(
        request=RunRequest(automation_id=one.automation.id),
        kind=Kind.AGENT,
        due_at=NOON + HOUR,
        started_at=datetime.now(UTC),
        temporal_workflow_id=due_temporal_workflow_id(one.automation.id, NOON + HOUR),
        temporal_run_id="late",
    )
    for _ in range(2):
        async with transaction(sessions) as session:
            assert (await open_run(session, opening)).admitted
    assert await one.states() == [(0, "backfill"), (1, "running"), (2, "backfill")]


async def test_due_times_that_may_still_start_are_left_to_their_schedule(sessions: Sessions) -> None:
    one = await hourly(sessions, accounted_until=NOON + 2 * HOUR)
    assert left_out((await one.plan(4)).planned) == {LeftOut.MAY_START: 2}
    await one.set(is_active=False)
    # What an edit or pause has left to be accounted for may still be missed.
    assert left_out((await one.plan(4)).planned) == {LeftOut.MAY_START: 2}


async def test_what_has_no_due_times_or_too_many_is_refused(sessions: Sessions) -> None:
    one = await hourly(sessions, cron_expr="* * * * *")
    async with transaction(sessions) as session:
        row = await session.get_one(Automation, one.automation.id)
        with pytest.raises(LimitExceeded, match="10000"):
            await plan_due_times(session, row, NOON, NOON + 24 * 8 * HOUR, Again.NONE)
        trigger = await make_automation(session, await make_agent(session), Source.EVENT, event_name="e")
        with pytest.raises(Conflict, match="not a schedule"):
            await plan_due_times(session, trigger, NOON, NOON + HOUR, Again.NONE)


async def test_an_edited_cron_does_not_hide_what_an_old_outage_stands_for(sessions: Sessions) -> None:
    one = await hourly(sessions)
    await one.record(0, RunStatus.MISSED, "outage", occurrences=4)
    await one.set(cron_expr="30 * * * *")
    found = await one.plan(2)
    # By the cron as it is now: 12:30 and 13:30, which no run has.
    assert [one_.at for one_ in found.planned] == [NOON + HOUR / 2, NOON + 3 * HOUR / 2]
    await one.start(found)
    assert (await one.states())[0] == (0, "missed 4")
    assert await agree(one)


async def test_pending_runs_neither_fill_the_queue_nor_expire_with_it(sessions: Sessions) -> None:
    control = {"concurrency": {"limit": 1}, "maxQueue": 1, "maxWaitSeconds": 1}
    one = await hourly(sessions, flow_control=control)
    await one.start(await one.plan(6))
    async with transaction(sessions) as session:
        await session.execute(update(Run).values(queued_at=NOON))
    opening = OpenRun(
        request=RunRequest(automation_id=one.automation.id),
        kind=Kind.AGENT,
        due_at=NOON + 9 * HOUR,
        started_at=datetime.now(UTC),
        temporal_workflow_id=due_temporal_workflow_id(one.automation.id, NOON + 9 * HOUR),
        temporal_run_id="live",
    )
    async with transaction(sessions) as session:
        assert (await open_run(session, opening)).admitted
    assert [state for _, state in await one.states()] == ["backfill"] * 7 + ["running"]
