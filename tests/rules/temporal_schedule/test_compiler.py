import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from temporalio.api.common.v1 import WorkflowType
from temporalio.api.schedule import v1 as messages
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import Client, ScheduleHandle

from activities.schedule_messages import create_schedule, replace_schedule, schedule_spec
from models.errors import BadCron
from models.rules.cron.expression import Cron
from models.rules.cron.zone_transitions import zone_transitions
from models.rules.schedule import Schedule, Slowdown
from models.rules.temporal_schedule.compiler import (
    CompiledSchedule,
    Form,
    compile_schedule,
    is_due_for_renewal,
    spec_hash,
)
from tests.rules.due_times import TICK, due
from tests.rules.properties import examples
from tests.rules.strategies import HARD_CRONS, HARD_ZONES, crons

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


async def create(client: Client, compiled: CompiledSchedule) -> ScheduleHandle:
    schedule_id = f"test-{uuid4()}"
    await create_schedule(client, schedule_id, starting_nothing(compiled))
    return client.get_schedule_handle(schedule_id)


def starting_nothing(compiled: CompiledSchedule) -> messages.Schedule:
    started = NewWorkflowExecutionInfo(
        workflow_id="none", workflow_type=WorkflowType(name="none"), task_queue=TaskQueue(name="none")
    )
    return messages.Schedule(spec=schedule_spec(compiled), action=messages.ScheduleAction(start_workflow=started))


async def matching_times(client: Client, handle: ScheduleHandle, start: datetime, end: datetime) -> list[datetime]:
    """Return the times that Temporal fires in (start, end], read in pages of a thousand."""
    found: list[datetime] = []
    while True:
        request = ListScheduleMatchingTimesRequest(namespace=client.namespace, schedule_id=handle.id)
        request.start_time.FromDatetime(found[-1] if found else start)
        request.end_time.FromDatetime(end)
        page = (await client.workflow_service.list_schedule_matching_times(request)).start_time
        found += [moment.ToDatetime(tzinfo=UTC) for moment in page]
        if len(page) < 1000:
            return found


def windows_with_changes(zone_name: str, compiled: CompiledSchedule) -> Sequence[tuple[datetime, datetime]]:
    """Return the first days, the last days, and those around the next four zone transitions."""
    low, high = compiled.covers_from, compiled.horizon_end
    changes = zone_transitions(zone_name).between(int(low.timestamp()), int(high.timestamp()))[:4]
    around = [datetime.fromtimestamp(change.at, UTC) for change in changes]
    spans = [(at - timedelta(days=1, hours=4), at + timedelta(days=1, hours=20)) for at in around]
    spans += [
        (low, low + timedelta(days=2)),
        (NOW, NOW + timedelta(days=40)),
        (high - timedelta(days=3), high),
    ]
    return [(max(start, low), min(end, high)) for start, end in spans]


Windows = Callable[[str, CompiledSchedule], list[tuple[datetime, datetime]]]


def five_years_of_changes(zone_name: str, compiled: CompiledSchedule) -> list[tuple[datetime, datetime]]:
    """Return the days around every zone transition within the schedule's horizon."""
    low, high = compiled.covers_from, compiled.horizon_end
    changes = zone_transitions(zone_name).between(int(low.timestamp()), int(high.timestamp()))
    around = [datetime.fromtimestamp(change.at, UTC) for change in changes]
    return [(max(at - timedelta(days=2), low), min(at + timedelta(days=2), high)) for at in around]


async def assert_fires_exactly(client: Client, schedule: Schedule, windows: Windows | None = None) -> None:
    compiled = compile_schedule(schedule, NOW)
    handle = await create(client, compiled)
    for start, end in (windows or windows_with_changes)(schedule.timezone, compiled):
        if schedule.cron.fires_per_day > 100:
            end = min(end, start + timedelta(days=3))
        assert await matching_times(client, handle, start, end) == due(schedule, start + TICK, end + TICK)
    await handle.delete()


@pytest.mark.parametrize("zone_name", ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"])
async def test_temporal_fires_the_hard_crons_exactly(temporal: Client, zone_name: str) -> None:
    for text in HARD_CRONS:
        await assert_fires_exactly(temporal, Schedule.parse(text, zone_name))


@pytest.mark.parametrize("zone_name", ["America/Santiago", "America/Havana", "Atlantic/Azores", "Asia/Beirut"])
async def test_temporal_has_the_right_weekday_where_a_transition_skips_midnight(
    temporal: Client, zone_name: str
) -> None:
    for text in ("0 12 * * 0", "0 12 * * 6", "45 12 * * 0#1", "0 15 1-7 9 0", "0 12 */2 * 6", "30 9-17 * * SUN"):
        await assert_fires_exactly(temporal, Schedule.parse(text, zone_name), windows=five_years_of_changes)


@pytest.mark.hypothesis
async def test_temporal_fires_any_cron_exactly(temporal: Client) -> None:
    loop = asyncio.get_running_loop()

    @given(crons(), st.sampled_from(HARD_ZONES), st.sampled_from([None, None, None, 2, 4, 8]))
    @examples(60)
    def check(cron: Cron, zone_name: str, every: int | None) -> None:
        schedule = Schedule(cron, zone_name, Slowdown(every, NOW - timedelta(days=3)) if every else None)
        try:
            compile_schedule(schedule, NOW)
        except BadCron:
            assume(False)
        checking = assert_fires_exactly(temporal, schedule)
        asyncio.run_coroutine_threadsafe(checking, loop).result(timeout=120)

    await asyncio.to_thread(check)


async def test_the_server_uses_our_zone_rules_instead_of_its_own(temporal: Client) -> None:
    # Recent zone rules: the pinned tzdata has them, many servers do not yet.
    for zone_name in ("America/Havana", "America/Vancouver", "Africa/Casablanca", "Asia/Gaza", "Asia/Almaty"):
        schedule = Schedule.parse("0 12 * * *", zone_name)
        assert compile_schedule(schedule, NOW).form is Form.ZONE
        await assert_fires_exactly(temporal, schedule)


async def test_a_recompiled_schedule_fires_beyond_its_first_horizon(temporal: Client) -> None:
    schedule = Schedule.parse("30 1 * * *", "America/New_York")
    first = compile_schedule(schedule, NOW)
    later = first.horizon_end - timedelta(days=200)
    assert is_due_for_renewal(first.covers_from, first.horizon_end, later)
    assert not is_due_for_renewal(first.covers_from, first.horizon_end, NOW)
    handle = await create(temporal, first)
    beyond = first.horizon_end + timedelta(days=365)
    assert await matching_times(temporal, handle, first.horizon_end, beyond) == []
    await replace_schedule(temporal, handle.id, starting_nothing(compile_schedule(schedule, later)))
    window = first.horizon_end - timedelta(days=220), beyond
    assert await matching_times(temporal, handle, *window) == schedule.due_between(*window)


@pytest.mark.parametrize(
    ("text", "zone_name", "form"),
    [
        ("0 22 * * *", "America/New_York", Form.ZONE),
        ("30 1 * * *", "Asia/Kolkata", Form.ZONE),
        ("0 9 LW * *", "Europe/Paris", Form.ZONE),
        ("19 * * * *", "Europe/London", Form.UTC),
        ("*/10 * * * *", "Australia/Lord_Howe", Form.LISTED),
        ("30 1 * * *", "America/New_York", Form.LISTED),
    ],
)
def test_the_most_readable_correct_form_is_chosen(text: str, zone_name: str, form: Form) -> None:
    compiled = compile_schedule(Schedule.parse(text, zone_name), NOW)
    assert compiled.form is form
    assert all(calendar.comment == f"{text} {zone_name}" for calendar in compiled.calendars)


def test_the_hash_depends_on_the_schedule_and_not_on_the_compile_date() -> None:
    schedule = Schedule.parse("30 2 * * *", "Europe/Berlin")
    today, next_week = (compile_schedule(schedule, NOW + timedelta(days=days)) for days in (0, 7))
    assert today.spec_hash == next_week.spec_hash == spec_hash(schedule)
    others = {
        spec_hash(Schedule.parse("31 2 * * *", "Europe/Berlin")),
        spec_hash(Schedule.parse("30 2 * * *", "Europe/Paris")),
        spec_hash(Schedule.parse("30 2 * * *", "Europe/Berlin", 2, NOW)),
        spec_hash(Schedule.parse("30 2 * * *", "Europe/Berlin", 4, NOW)),
    }
    assert len(others | {today.spec_hash}) == 5


def test_an_irregular_schedule_reports_a_shorter_horizon() -> None:
    compiled = compile_schedule(Schedule.parse("*/7 */5 * * *", "Europe/Berlin", 8, NOW), NOW)
    assert len(compiled.calendars) <= 1000
    assert timedelta(days=60) <= compiled.horizon_end - NOW < timedelta(days=4 * 365)
