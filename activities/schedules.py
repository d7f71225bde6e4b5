"""Schedule sync: makes the Temporal schedule of an automation equal to its row, and verifies it.

The row is the truth: what Temporal has is compared, replaced and read again, never trusted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from temporalio import activity
from temporalio.api.schedule.v1 import Schedule
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo
from temporalio.client import Client
from temporalio.converter import decode_typed_search_attributes
from temporalio.service import RPCError, RPCStatusCode

from activities import schedule_messages as messages
from models import names
from models.contracts.workflows.lifecycle import RunRequest
from models.contracts.workflows.schedule_sync import SyncResult
from models.errors import PodiumError, Unavailable
from models.rules.temporal_schedule.compiler import CompiledSchedule, compile_schedule, is_due_for_renewal
from models.store.automations import schedule_sync
from models.store.automations.schedule_columns import read_schedule
from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from runtime.temporal.connection import temporal_errors


@dataclass(frozen=True, slots=True)
class Desired:
    """Temporal's API message, its note, and the period its calendars cover."""

    schedule: Schedule
    note: str
    covers: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class ScheduleActivities:
    """The activity of schedule sync."""

    sessions: Sessions
    client: Client

    @activity.defn(name="sync-schedule")
    async def sync_schedule(self, automation_id: UUID) -> SyncResult:
        """Make the Temporal schedule equal to the row.

        1. Read the row.
        2. Compare the desired schedule with the one in Temporal; create, replace or delete.
        3. Read it back and verify.
        4. Store the revision that Temporal has now. A difference on a row that was in sync is recorded as drift.

        Raises:
            Unavailable: Temporal has something else than it was sent, or cannot be reached.
        """
        now = datetime.now(UTC)
        async with transaction(self.sessions) as session:
            automation = await schedule_sync.automation_with_primitive(session, automation_id)
        try:
            action = await self._converge(automation_id, automation, now)
        except (PodiumError, RPCError) as error:
            async with transaction(self.sessions) as session:
                await schedule_sync.note_sync_error(session, automation_id, str(error))
            raise
        return SyncResult(automation_id=automation_id, revision=automation.revision if automation else 0, action=action)

    async def _converge(self, automation_id: UUID, automation: Automation | None, now: datetime) -> str:
        desired = await desired_schedule(self.client, automation, now) if automation else None
        schedule_id = names.temporal_schedule_id(automation_id)
        with temporal_errors():
            action = await _make_equal(self.client, schedule_id, desired)
            left = await messages.describe_schedule(self.client, schedule_id)
        if not await _equal(self.client, left, desired):
            raise Unavailable(
                "Temporal does not have the schedule that it was sent", hint="The sync is retried automatically."
            )
        if automation is None:
            return action
        note = desired.note if desired else None
        renewed = desired is not None and desired.covers[0] == now
        settled = automation.synced_revision == automation.revision and automation.synced_note == note and not renewed
        async with transaction(self.sessions) as session:
            if settled and action != "unchanged":
                await schedule_sync.note_drift(
                    session, automation_id, f"changed outside Podium; the sync has {action} it"
                )
            await schedule_sync.note_synced(
                session,
                automation_id,
                revision=automation.revision,
                note=note,
                covers=desired.covers if desired else None,
                at=now,
            )
        return action


async def desired_schedule(client: Client, automation: Automation, now: datetime) -> Desired | None:
    """Build what Temporal should have for a row whose primitive is loaded; None: no schedule."""
    due = None if automation.archived_at else read_schedule(automation)
    if due is None:
        return None
    begin = automation.synced_from if automation.synced_revision == automation.revision else None
    compiled = compile_schedule(due, begin or now)
    if begin and is_due_for_renewal(compiled.covers_from, compiled.horizon_end, now):
        begin, compiled = None, compile_schedule(due, now)
    note = schedule_note(automation.revision, compiled)
    schedule = await messages.schedule_message(client, automation, compiled, note)
    return Desired(schedule, note, (begin or now, compiled.horizon_end))


def schedule_note(revision: int, compiled: CompiledSchedule) -> str:
    """Return the note that identifies revision and spec where schedules are only listed, not described."""
    return f"Podium revision {revision}, spec {compiled.spec_hash}"


async def _make_equal(client: Client, schedule_id: str, desired: Desired | None) -> str:
    found = await messages.describe_schedule(client, schedule_id)
    if await _equal(client, found, desired):
        return "unchanged"
    if desired is None:
        await messages.delete_schedule(client, schedule_id)
        return "deleted"
    if found is not None:
        await messages.replace_schedule(client, schedule_id, desired.schedule)
        return "replaced"
    try:
        await messages.create_schedule(client, schedule_id, desired.schedule)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
        # Another sync has created it since we looked.
        await messages.replace_schedule(client, schedule_id, desired.schedule)
    return "created"


async def _equal(client: Client, found: Schedule | None, desired: Desired | None) -> bool:
    if found is None or desired is None:
        return found is None and desired is None
    wanted = desired.schedule
    return (
        found.spec == wanted.spec
        and found.policies == wanted.policies
        and found.state.notes == wanted.state.notes
        and found.state.paused == wanted.state.paused
        and await _starts_the_same(client, found.action.start_workflow, wanted.action.start_workflow)
    )


async def _starts_the_same(client: Client, found: NewWorkflowExecutionInfo, wanted: NewWorkflowExecutionInfo) -> bool:
    same_workflow = (
        found.workflow_id == wanted.workflow_id
        and found.workflow_type.name == wanted.workflow_type.name
        and found.task_queue.name == wanted.task_queue.name
        and found.workflow_task_timeout == wanted.workflow_task_timeout
    )
    # Decoded: encryption makes other bytes of the same value each time.
    return (
        same_workflow
        and await _requests(client, found) == await _requests(client, wanted)
        and decode_typed_search_attributes(found.search_attributes)
        == decode_typed_search_attributes(wanted.search_attributes)
    )


async def _requests(client: Client, started: NewWorkflowExecutionInfo) -> list[RunRequest]:
    requests: list[RunRequest] = await client.data_converter.decode(started.input.payloads, [RunRequest])
    # The runner saves a step where it is right; a schedule that was made before the agent changed works as well.
    return [request.model_copy(update={"runner": None}) for request in requests]
