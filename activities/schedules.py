"""Makes the Temporal Schedule of an automation equal to its row, and verifies it.

The row is the truth: what stands in Temporal is compared, replaced and read again, never trusted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from temporalio import activity
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo
from temporalio.client import (
    Client,
    Schedule,
    ScheduleAction,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleState,
    ScheduleUpdate,
)
from temporalio.converter import decode_typed_search_attributes
from temporalio.service import RPCError, RPCStatusCode

from activities.schedule_spec import to_schedule_spec
from models import names
from models.contracts.automations import Overlap
from models.contracts.clock import SyncResult
from models.contracts.lifecycle import RunRequest
from models.errors import PodiumError, Unavailable
from models.kinds import KINDS
from models.rules.cron import expression as cron
from models.rules.cron import zones
from models.rules.cron.slowdown import Slowdown
from models.rules.temporal_schedule.compiler import CompiledSchedule, compile_schedule, is_due_for_renewal
from models.states import Source
from models.store.automations import schedule_sync as clock
from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from runtime.temporal import temporal_errors

OVERLAPS = {
    Overlap.SKIP: ScheduleOverlapPolicy.SKIP,
    Overlap.BUFFER_ONE: ScheduleOverlapPolicy.BUFFER_ONE,
    Overlap.BUFFER_ALL: ScheduleOverlapPolicy.BUFFER_ALL,
    Overlap.CANCEL_OTHER: ScheduleOverlapPolicy.CANCEL_OTHER,
    Overlap.TERMINATE_OTHER: ScheduleOverlapPolicy.TERMINATE_OTHER,
    Overlap.ALLOW_ALL: ScheduleOverlapPolicy.ALLOW_ALL,
}


@dataclass(frozen=True, slots=True)
class Desired:
    """What should stand in Temporal: the schedule, and from where to where its calendars reach."""

    schedule: Schedule
    note: str
    covers: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class ScheduleActivities:
    """The activities that turn rows into Temporal Schedules."""

    sessions: Sessions
    client: Client

    @activity.defn(name="sync-schedule")
    async def sync_schedule(self, automation_id: UUID) -> SyncResult:
        """Make the Temporal Schedule equal to the row.

        1. Read the row as it is now.
        2. Compare what should be with what is; create, replace or delete.
        3. Read it back and verify.
        4. Write the revision that Temporal has now; where it differed although it was synced, that was drift.

        Raises:
            Unavailable: Temporal holds something else than it was given, or cannot be reached.
        """
        now = datetime.now(UTC)
        async with transaction(self.sessions) as session:
            automation = await clock.automation_with_primitive(session, automation_id)
        try:
            action = await self._converge(automation_id, automation, now)
        except (PodiumError, RPCError) as error:
            async with transaction(self.sessions) as session:
                await clock.note_sync_error(session, automation_id, str(error))
            raise
        return SyncResult(automation_id=automation_id, revision=automation.revision if automation else 0, action=action)

    async def _converge(self, automation_id: UUID, automation: Automation | None, now: datetime) -> str:
        desired = desired_schedule(automation, now) if automation else None
        handle = self.client.get_schedule_handle(names.temporal_schedule_id(automation_id))
        with temporal_errors():
            action = await _make_equal(self.client, handle, desired)
            left = await _described(handle)
        if not await _equal(self.client, left, desired):
            raise Unavailable("Temporal does not hold the schedule that it was given", hint="It is tried again.")
        if automation is None:
            return action
        note = desired.note if desired else None
        renewed = desired is not None and desired.covers[0] == now
        settled = automation.synced_revision == automation.revision and automation.synced_note == note and not renewed
        async with transaction(self.sessions) as session:
            if settled and action != "unchanged":
                await clock.note_drift(session, automation_id, f"changed outside Podium, and {action} by the sync")
            await clock.note_synced(
                session,
                automation_id,
                revision=automation.revision,
                note=note,
                covers=desired.covers if desired else None,
                at=now,
            )
        return action


def desired_schedule(automation: Automation, now: datetime) -> Desired | None:
    """Build what should stand in Temporal for a row with its primitive loaded; None: nothing."""
    if automation.source is not Source.SCHEDULE or automation.archived_at or automation.cron_expr is None:
        return None
    rule, zone = cron.parse(automation.cron_expr), zones.zone(automation.timezone)
    slowdown = None
    if automation.slowdown and automation.slowdown_anchor:
        slowdown = Slowdown(automation.slowdown, automation.slowdown_anchor)
    begin = automation.synced_from if automation.synced_revision == automation.revision else None
    compiled = compile_schedule(rule, zone, begin or now, slowdown=slowdown)
    if begin and is_due_for_renewal(compiled.covers_from, compiled.horizon_end, now):
        begin, compiled = None, compile_schedule(rule, zone, now, slowdown=slowdown)
    note = schedule_note(automation.revision, compiled)
    return Desired(_schedule(automation, compiled, note), note, (begin or now, compiled.horizon_end))


def schedule_note(revision: int, compiled: CompiledSchedule) -> str:
    """Write what tells from afar which revision and which spec a Temporal Schedule carries."""
    return f"Podium revision {revision}, spec {compiled.spec_hash}"


def _schedule(automation: Automation, compiled: CompiledSchedule, note: str) -> Schedule:
    primitive = automation.primitive
    facts = KINDS[automation.kind]
    return Schedule(
        action=ScheduleActionStartWorkflow(
            facts.temporal_type,
            RunRequest(automation_id=automation.id),
            id=names.scheduled_temporal_workflow_id(automation.id),
            task_queue=names.TASK_QUEUE,
            typed_search_attributes=names.run_attributes(automation.kind, primitive.slug, automation.id, None),
            static_summary=f"{primitive.name} by {automation.name}",
            static_details=f"{facts.label} `{primitive.slug}`, due by schedule `{automation.slug}`",
        ),
        spec=to_schedule_spec(compiled, jitter=timedelta(seconds=automation.jitter_seconds)),
        policy=SchedulePolicy(
            overlap=OVERLAPS[automation.overlap], catchup_window=timedelta(seconds=automation.catchup_seconds)
        ),
        state=ScheduleState(note=note, paused=not automation.is_active),
    )


async def _make_equal(client: Client, handle: ScheduleHandle, desired: Desired | None) -> str:
    found = await _described(handle)
    if await _equal(client, found, desired):
        return "unchanged"
    if desired is None:
        await handle.delete()
        return "deleted"
    if found is None:
        try:
            await client.create_schedule(handle.id, desired.schedule)
        except ScheduleAlreadyRunningError:
            await handle.update(lambda _: ScheduleUpdate(desired.schedule))
        return "created"
    await handle.update(lambda _: ScheduleUpdate(desired.schedule))
    return "replaced"


async def _described(handle: ScheduleHandle) -> ScheduleDescription | None:
    try:
        return await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def _equal(client: Client, found: ScheduleDescription | None, desired: Desired | None) -> bool:
    if found is None or desired is None:
        return found is None and desired is None
    there, wanted = found.raw_description.schedule, desired.schedule
    return (
        there.spec == wanted.spec._to_proto()
        and there.policies == wanted.policy._to_proto()
        and there.state.notes == desired.note
        and there.state.paused == wanted.state.paused
        and await _starts_the_same(client, there.action.start_workflow, wanted.action)
    )


async def _starts_the_same(client: Client, there: NewWorkflowExecutionInfo, wanted: ScheduleAction) -> bool:
    if not isinstance(wanted, ScheduleActionStartWorkflow):
        raise TypeError("our schedules start workflows")
    named = (there.workflow_type.name, there.workflow_id, there.task_queue.name)
    if named != (wanted.workflow, wanted.id, wanted.task_queue):
        return False
    given = await client.data_converter.decode(there.input.payloads, [RunRequest])
    return (
        given == wanted.args
        and decode_typed_search_attributes(there.search_attributes) == wanted.typed_search_attributes
    )
