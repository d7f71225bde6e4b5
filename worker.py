"""The worker process: connects settings, telemetry, Temporal and database with all workflows and activities."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.agents import AgentActivities
from activities.expressions import ExpressionActivities
from activities.http_steps import HttpStepActivities
from activities.interceptors import PodiumInterceptor
from activities.pulses import PulseActivities
from activities.runners.registry import load_models
from activities.runs import RunActivities
from activities.schedules import ScheduleActivities
from activities.sweep import SweepActivities
from models import names
from models.contracts.sweep import SweepInput
from runtime.database import create_engine, session_factory
from runtime.deadlines import START
from runtime.expressions.evaluation import warm
from runtime.outbound import outgoing_client
from runtime.payload_store import storing_large_values
from runtime.secrets import secrets_keyring
from runtime.settings import Settings, read_settings
from runtime.telemetry import configure_telemetry, sdk_runtime
from runtime.temporal import connect_patiently, ensure_search_attributes
from workflows.agent import AgentRun
from workflows.campaign import CampaignRun
from workflows.map_batch import MapBatch
from workflows.network import NetworkRun
from workflows.options import HEARTBEAT_THROTTLE, SHUTDOWN_GRACE
from workflows.pipeline import PipelineRun
from workflows.pulse import PulseEvaluation
from workflows.schedule_sync import ScheduleSync
from workflows.sweep import Sweep

log = structlog.get_logger(__name__)

ENSURE_SECONDS = 15.0
SWEEP_SUMMARY = "Start queued runs, close lost runs, record missed due times, compare Temporal schedules"
WORKFLOWS = (AgentRun, PipelineRun, NetworkRun, CampaignRun, PulseEvaluation, MapBatch, ScheduleSync, Sweep)


def workflow_runner() -> SandboxedWorkflowRunner:
    """Return the sandbox that rejects non-deterministic workflow code; stateless libraries pass through it.

    beartype (a dependency of a model library) hooks imports, and would be imported again for each run.
    """
    passed = SandboxRestrictions.default.with_passthrough_modules("annotated_types", "beartype", "pydantic_core")
    return SandboxedWorkflowRunner(restrictions=passed)


async def build_worker(client: Client, settings: Settings, resources: AsyncExitStack) -> Worker:
    """Build the worker; what it opens is closed with `resources`."""
    engine = create_engine(settings)
    resources.push_async_callback(engine.dispose)
    sessions = session_factory(engine)
    client = storing_large_values(client, sessions)
    http = await resources.enter_async_context(outgoing_client(settings))
    runs, pulses = RunActivities(sessions, client), PulseActivities(sessions)
    schedules, sweep = ScheduleActivities(sessions, client), SweepActivities(sessions, client)
    keyring = secrets_keyring(settings)
    agents = AgentActivities(sessions, settings, http, keyring)
    expressions = ExpressionActivities()
    http_steps = HttpStepActivities(sessions, http, keyring)
    return Worker(
        client,
        task_queue=names.TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=[
            runs.open_run,
            runs.record_steps,
            runs.mark_run,
            runs.record_pause,
            runs.agent_exists,
            runs.list_agents,
            runs.close_run,
            agents.call_agent,
            http_steps.call_http_step,
            expressions.evaluate,
            expressions.first_condition,
            pulses.member_records,
            pulses.change_capacities,
            schedules.sync_schedule,
            sweep.sweep_runs,
            sweep.request_syncs,
            sweep.account_due_times,
            sweep.compare_schedules,
        ],
        interceptors=[PodiumInterceptor()],
        workflow_runner=workflow_runner(),
        graceful_shutdown_timeout=SHUTDOWN_GRACE,
        # A cancellation reaches an agent call with the answer to a heartbeat; by default that may take 16 seconds.
        max_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
    )


async def keep_ensuring(client: Client, settings: Settings) -> None:
    """Ensure again and again what must always exist: Temporal may lose its data, and anybody may terminate the sweep.

    The Temporal schedules are ensured by the sweep itself.
    """
    while True:
        await asyncio.sleep(ENSURE_SECONDS)
        try:
            await ensure_search_attributes(client)
            if await ensure_sweep(client, settings):
                log.warning("the sweep was not running; it has been started again")
        except Exception:
            log.exception("the sweep cannot be ensured; trying again", retry_in_seconds=ENSURE_SECONDS)


async def ensure_sweep(client: Client, settings: Settings) -> bool:
    """Start the sweep unless it is running; return whether it had to be started."""
    try:
        await client.start_workflow(
            Sweep.run,
            SweepInput(interval_seconds=settings.sweep_seconds),
            id=names.SWEEP_WORKFLOW_ID,
            task_queue=names.TASK_QUEUE,
            static_summary=SWEEP_SUMMARY,
            rpc_timeout=START,
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def start_sweep(client: Client, settings: Settings) -> None:
    """Start the sweep, or send a running one our interval."""
    pace = SweepInput(interval_seconds=settings.sweep_seconds)
    await client.start_workflow(
        Sweep.run,
        pace,
        id=names.SWEEP_WORKFLOW_ID,
        task_queue=names.TASK_QUEUE,
        start_signal="configure",
        start_signal_args=[pace],
        static_summary=SWEEP_SUMMARY,
    )


@asynccontextmanager
async def working(client: Client, settings: Settings) -> AsyncIterator[None]:
    """Run a worker until the block ends; its activities then have `SHUTDOWN_GRACE` to finish."""
    sys.path.extend(str(directory.resolve()) for directory in settings.python_agent_path)
    await ensure_search_attributes(client)
    async with AsyncExitStack() as resources:
        worker = await build_worker(client, settings, resources)
        await start_sweep(client, settings)
        loading = asyncio.create_task(load_models())
        ensuring = asyncio.create_task(keep_ensuring(client, settings))
        warm()
        try:
            async with worker:
                log.info("worker ready", task_queue=names.TASK_QUEUE)
                yield
        finally:
            ensuring.cancel()
        await loading
        log.info("worker stopped")


async def run(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    client = await connect_patiently(settings, runtime=sdk_runtime(settings))
    async with working(client, settings):
        await stop.wait()


def main() -> None:
    """Entry point of the worker process."""
    settings = read_settings()
    configure_telemetry(settings, process="worker")
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
