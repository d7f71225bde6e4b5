"""Runs that flow control holds, and the workflow that admits runs as time passes."""

from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from models import names
from models.contracts.workflows.lifecycle import RunRequest
from models.kinds import KINDS, Kind
from models.states import Source
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from runtime.temporal.admissions import start_admission
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually

DUE = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def agent(backend: Backend) -> str:
    """An agent's run waits for the one that fell due before it."""
    automation = await _schedule(backend, await backend.agent(durationMs=300))
    return await _second(backend, automation, "simulated")


async def pipeline(backend: Backend) -> str:
    """A pipeline's run waits for the one that fell due before it."""
    agent = await backend.agent(durationMs=300)
    primitive = await backend.primitive(Kind.WORKFLOW, {"steps": [{"key": "one", "agent": agent.slug}]})
    automation = await _schedule(backend, primitive)
    return await _second(backend, automation)


async def admission(backend: Backend) -> str:
    """Nothing waits, so that it looks and ends."""
    await start_admission(backend.client)
    return await _ended(backend, names.ADMISSION_WORKFLOW_ID)


async def _schedule(backend: Backend, primitive: Primitive) -> Automation:
    return await backend.automation(
        primitive, Source.SCHEDULE, cron_expr="0 * * * *", flow_control={"concurrency": {"limit": 1}}
    )


async def _second(backend: Backend, automation: Automation, runner: str | None = None) -> str:
    """Fire two due times, and return the workflow of the second one when it has ended."""
    await _fire(backend.client, automation, 0, runner)

    async def is_open() -> None:
        assert await backend.runs_of(automation)

    await assert_eventually(is_open, timeout=30)
    return await _ended(backend, await _fire(backend.client, automation, 1, runner))


async def _fire(client: Client, automation: Automation, hour: int, runner: str | None = None) -> str:
    due_at = DUE + hour * timedelta(hours=1)
    handle = await client.start_workflow(
        KINDS[automation.kind].temporal_type,
        RunRequest(automation_id=automation.id, runner=runner),
        id=names.due_temporal_workflow_id(automation.id, due_at),
        task_queue=names.TASK_QUEUE,
        search_attributes=TypedSearchAttributes([SearchAttributePair(names.NOMINAL_TIME_ATTRIBUTE, due_at)]),
    )
    return handle.id


async def _ended(backend: Backend, temporal_workflow_id: str) -> str:
    await backend.client.get_workflow_handle(temporal_workflow_id).result()
    return temporal_workflow_id
