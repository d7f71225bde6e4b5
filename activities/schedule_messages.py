"""Temporal schedules as API messages, and the calls that read and write them.

The SDK's own classes cannot carry time-zone rules, though Temporal's API can. Without them the server uses its own
zone database, and a zone whose rules have changed since would fire at other times than Podium shows. So schedules are
built, sent and compared as API messages.
"""

import uuid
from datetime import timedelta

from temporalio.api.common.v1 import Payloads, SearchAttributes, WorkflowType
from temporalio.api.enums.v1 import ScheduleOverlapPolicy
from temporalio.api.schedule.v1 import (
    Range,
    Schedule,
    ScheduleAction,
    SchedulePolicies,
    ScheduleSpec,
    ScheduleState,
    StructuredCalendarSpec,
)
from temporalio.api.sdk.v1 import UserMetadata
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    CreateScheduleRequest,
    DeleteScheduleRequest,
    DescribeScheduleRequest,
    UpdateScheduleRequest,
)
from temporalio.client import Client
from temporalio.converter import encode_search_attributes
from temporalio.service import RPCError, RPCStatusCode

from models import names
from models.contracts.automations.drafts import Overlap
from models.contracts.workflows.lifecycle import RunRequest
from models.kinds import KINDS
from models.limits import WORKFLOW_TASK
from models.rules.temporal_schedule.compiler import CompiledSchedule, TemporalCalendar
from models.rules.temporal_schedule.ranges import Span
from models.store.tables.automations import Automation

OVERLAPS = {
    Overlap.SKIP: ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP,
    Overlap.BUFFER_ONE: ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
    Overlap.BUFFER_ALL: ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL,
    Overlap.CANCEL_OTHER: ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER,
    Overlap.TERMINATE_OTHER: ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_TERMINATE_OTHER,
    Overlap.ALLOW_ALL: ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL,
}


def schedule_spec(compiled: CompiledSchedule, *, jitter: timedelta = timedelta(0)) -> ScheduleSpec:
    """Return the spec that fires at the compiled times, with the zone's rules (a TZif file) inside."""
    spec = ScheduleSpec(
        structured_calendar=[_calendar(calendar) for calendar in compiled.calendars],
        timezone_name=compiled.time_zone_name,
        timezone_data=compiled.time_zone_data,
    )
    if jitter:
        spec.jitter.FromTimedelta(jitter)
    return spec


async def schedule_message(client: Client, automation: Automation, compiled: CompiledSchedule, note: str) -> Schedule:
    """Return the whole Temporal schedule of an automation whose primitive is loaded."""
    policies = SchedulePolicies(overlap_policy=OVERLAPS[automation.overlap])
    policies.catchup_window.FromTimedelta(timedelta(seconds=automation.catchup_seconds))
    spec = schedule_spec(compiled, jitter=timedelta(seconds=automation.jitter_seconds))
    snoozed = not automation.is_active and automation.paused_until is not None
    if snoozed and automation.paused_until is not None:
        # Temporal ends the snooze at its time, however late the sweep updates the row.
        spec.start_time.FromDatetime(automation.paused_until)
    return Schedule(
        spec=spec,
        action=ScheduleAction(start_workflow=await _started_workflow(client, automation)),
        policies=policies,
        state=ScheduleState(notes=note, paused=not (automation.is_active or snoozed)),
    )


async def _started_workflow(client: Client, automation: Automation) -> NewWorkflowExecutionInfo:
    primitive, facts = automation.primitive, KINDS[automation.kind]
    encode = client.data_converter.encode
    (summary,) = await encode([f"{primitive.name} ({automation.name})"])
    (details,) = await encode([f"{facts.label} `{primitive.slug}`, started by schedule `{automation.slug}`"])
    attributes = SearchAttributes()
    encode_search_attributes(
        names.run_attributes(automation.kind, primitive.slug, automation.id, None),
        attributes,
    )
    started = NewWorkflowExecutionInfo(
        workflow_id=names.scheduled_temporal_workflow_id(automation.id),
        workflow_type=WorkflowType(name=facts.temporal_type),
        task_queue=TaskQueue(name=names.TASK_QUEUE),
        input=Payloads(payloads=await encode([RunRequest(automation_id=automation.id, runner=primitive.runner)])),
        user_metadata=UserMetadata(summary=summary, details=details),
        search_attributes=attributes,
    )
    if task_timeout := WORKFLOW_TASK.get(automation.kind):
        started.workflow_task_timeout.FromTimedelta(task_timeout)
    return started


async def describe_schedule(client: Client, schedule_id: str) -> Schedule | None:
    """Return the schedule that Temporal has; None where it has none."""
    request = DescribeScheduleRequest(namespace=client.namespace, schedule_id=schedule_id)
    try:
        return (await client.workflow_service.describe_schedule(request, retry=True)).schedule
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def create_schedule(client: Client, schedule_id: str, schedule: Schedule) -> None:
    """Create a schedule; raise `RPCError` with `ALREADY_EXISTS` where the id is in use."""
    request = CreateScheduleRequest(
        namespace=client.namespace,
        schedule_id=schedule_id,
        schedule=schedule,
        identity=client.identity,
        request_id=str(uuid.uuid4()),
    )
    await client.workflow_service.create_schedule(request, retry=True)


async def replace_schedule(client: Client, schedule_id: str, schedule: Schedule) -> None:
    """Replace all of a schedule but its history of actions."""
    request = UpdateScheduleRequest(
        namespace=client.namespace,
        schedule_id=schedule_id,
        schedule=schedule,
        identity=client.identity,
        request_id=str(uuid.uuid4()),
    )
    await client.workflow_service.update_schedule(request, retry=True)


async def delete_schedule(client: Client, schedule_id: str) -> None:
    """Delete a schedule; runs that it has started go on."""
    request = DeleteScheduleRequest(namespace=client.namespace, schedule_id=schedule_id, identity=client.identity)
    await client.workflow_service.delete_schedule(request, retry=True)


def _calendar(calendar: TemporalCalendar) -> StructuredCalendarSpec:
    return StructuredCalendarSpec(
        second=_ranges(calendar.second),
        minute=_ranges(calendar.minute),
        hour=_ranges(calendar.hour),
        day_of_month=_ranges(calendar.day_of_month),
        month=_ranges(calendar.month),
        year=_ranges(calendar.year),
        day_of_week=_ranges(calendar.day_of_week),
        comment=calendar.comment,
    )


def _ranges(spans: tuple[Span, ...]) -> list[Range]:
    return [Range(start=span.start, end=span.end, step=span.step) for span in spans]
