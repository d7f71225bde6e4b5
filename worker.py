"""The worker process: connects settings, telemetry, Temporal and database with all workflows and activities.

It runs one SDK worker per task queue, each with slots of its own, so that one kind of work never holds up another.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx2
import structlog
import uvloop
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.admission import AdmissionActivities
from activities.agent_runs import AgentRunActivities
from activities.agents import AgentActivities
from activities.expressions import ExpressionActivities
from activities.http_steps import HttpStepActivities
from activities.interceptors import LongStatements, PodiumInterceptor
from activities.notices.sending import NoticeActivities
from activities.pulses import PulseActivities
from activities.replays import ReplayActivities
from activities.runners.python_pool import PythonPool
from activities.runners.registry import load_models
from activities.runs import RunActivities
from activities.schedules import ScheduleActivities
from activities.senders import SenderActivities
from activities.slots import SlotCounter, keep_reporting
from activities.sweep.retention import Keeping
from activities.sweep.sweep import SweepActivities
from models import names
from runtime.build import build_id, deployment
from runtime.database import Sessions, create_engine, session_factory
from runtime.expressions.evaluation import warm
from runtime.installation_check import check_at_start, watch_installation
from runtime.processes.watchdog import reporting
from runtime.security.outbound import outgoing_client
from runtime.security.secrets import secrets_keyring
from runtime.settings import Settings, read_settings
from runtime.telemetry import configure_telemetry, sdk_runtime
from runtime.temporal.connection import connect_patiently, ensure_search_attributes
from runtime.temporal.payload_store import storing_large_values
from runtime.temporal.sweep_start import ensure_sweep, start_sweep
from workflows.admission import Admission
from workflows.agent import AgentRun
from workflows.campaign import CampaignRun
from workflows.map_batch import MapBatch
from workflows.network import NetworkRun
from workflows.notices import SendNotices
from workflows.options import HEARTBEAT_THROTTLE, SHUTDOWN_GRACE
from workflows.pipeline import PipelineRun
from workflows.pulse import PulseEvaluation
from workflows.replays import ReplayDeliveries
from workflows.runs.signal_guard import SignalGuard
from workflows.schedule_sync import ScheduleSync
from workflows.sweep import Sweep

log = structlog.get_logger(__name__)

ENSURE_SECONDS = 15.0
STOP_MARGIN_SECONDS = 4.0
RUNS = (AgentRun, PipelineRun, NetworkRun, CampaignRun, PulseEvaluation, MapBatch)
CONTROL = (ScheduleSync, Sweep, Admission, SendNotices, ReplayDeliveries)
WORKFLOWS = (*RUNS, *CONTROL)


def sandbox() -> SandboxedWorkflowRunner:
    """Return the sandbox that rejects non-deterministic workflow code; stateless libraries pass through it.

    beartype (a dependency of a model library) hooks imports, and would be imported again for each run.
    """
    passed = SandboxRestrictions.default.with_passthrough_modules("annotated_types", "beartype", "pydantic_core")
    return SandboxedWorkflowRunner(restrictions=passed)


@dataclass(frozen=True, slots=True)
class QueueWork:
    """The work of one task queue, and how much of it runs concurrently."""

    slots: int
    activities: Sequence[Callable[..., Any]] = ()
    workflows: Sequence[type] = ()


@dataclass(slots=True)
class WorkerGroup:
    """The SDK workers of one process, started and stopped together."""

    workers: Mapping[str, Worker]
    counter: SlotCounter
    sessions: Sessions
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)
    _reporting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reporting = asyncio.create_task(keep_reporting(self.sessions, self.counter))
        for worker in self.workers.values():
            await self._running.enter_async_context(worker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reporting is not None:
            self._reporting.cancel()
            await asyncio.gather(self._reporting, return_exceptions=True)
        # Side by side: each may use up the whole grace period.
        await asyncio.gather(*(worker.shutdown() for worker in self.workers.values()))
        await self._running.__aexit__(kind, error, trace)


async def build_worker(
    client: Client, settings: Settings, resources: AsyncExitStack, *, runner: WorkflowRunner | None = None
) -> WorkerGroup:
    """Build the workers of the queues in `settings`; what they open is closed with `resources`.

    Without a `runner`, workflows run outside of the sandbox, which costs a third of a worker's time. The tests run them
    inside: it rejects non-deterministic code, and all workflow code is ours.
    """
    runner = runner or UnsandboxedWorkflowRunner()
    engine = create_engine(settings)
    resources.push_async_callback(engine.dispose)
    sessions = session_factory(engine, settings)
    client = storing_large_values(client, sessions)
    http = await resources.enter_async_context(outgoing_client(settings))
    python = PythonPool()
    resources.push_async_callback(python.close)
    work = _work(settings, client, sessions, http, python)
    chosen = settings.worker_queues or tuple(work)
    counter = SlotCounter({names.QUEUES[name]: work[name].slots for name in chosen})
    workers = {name: _worker(client, names.QUEUES[name], work[name], counter, runner) for name in chosen}
    return WorkerGroup(workers, counter, sessions)


def _work(
    settings: Settings, client: Client, sessions: Sessions, http: httpx2.AsyncClient, python: PythonPool
) -> Mapping[str, QueueWork]:
    runs, pulses = RunActivities(sessions, client), PulseActivities(sessions, client)
    schedules, sweep = ScheduleActivities(sessions, client), SweepActivities(sessions, client, Keeping.of(settings))
    notices = NoticeActivities(sessions, settings, http)
    senders, keyring = SenderActivities(sessions, settings), secrets_keyring(settings)
    agents = AgentActivities(sessions, settings, http, keyring, python)
    whole = AgentRunActivities(runs, agents)
    expressions = ExpressionActivities()
    http_steps = HttpStepActivities(sessions, http, keyring, settings)
    rows = (
        runs.open_run,
        runs.record_steps,
        runs.mark_run,
        senders.record_pause,
        senders.verify_sender,
        runs.agent_exists,
        runs.list_agents,
        runs.recorded_output,
        runs.record_touches,
        runs.close_run,
        pulses.member_records,
        pulses.change_capacities,
        expressions.evaluate,
        expressions.first_condition,
    )
    control = (
        AdmissionActivities(sessions, client).admit_due,
        schedules.sync_schedule,
        sweep.sweep_runs,
        sweep.request_syncs,
        sweep.account_due_times,
        sweep.compare_schedules,
        notices.send_notices,
        ReplayActivities(sessions, client).replay_due,
    )
    calls = (agents.call_agent, http_steps.call_http_step)
    agent_work = (whole.run_agent, agents.call_agent)
    return {
        # Runs, syncs and sweeps that an older version started have all their activities on this queue.
        "workflows": QueueWork(settings.slots_workflows, (*rows, *control, *calls), WORKFLOWS),
        "control": QueueWork(settings.slots_control, control, CONTROL),
        "models": QueueWork(settings.slots_models, agent_work),
        "http": QueueWork(settings.slots_http, (*agent_work, http_steps.call_http_step)),
        "python": QueueWork(settings.slots_python, agent_work),
        "simulated": QueueWork(settings.slots_simulated, agent_work),
    }


def _worker(client: Client, queue: str, work: QueueWork, counter: SlotCounter, runner: WorkflowRunner) -> Worker:
    slow = [LongStatements()] if queue == names.CONTROL_QUEUE else []
    return Worker(
        client,
        task_queue=queue,
        workflows=work.workflows,
        activities=work.activities,
        max_concurrent_activities=work.slots,
        max_concurrent_local_activities=work.slots,
        max_concurrent_workflow_tasks=max(2, work.slots) if work.workflows else None,
        interceptors=[PodiumInterceptor(), SignalGuard(), counter, *slow],
        workflow_runner=runner,
        deployment_config=deployment(),
        graceful_shutdown_timeout=SHUTDOWN_GRACE,
        # A cancellation reaches an agent call with the answer to a heartbeat; by default that may take 16 seconds.
        max_heartbeat_throttle_interval=HEARTBEAT_THROTTLE,
    )


async def keep_ensuring(client: Client, settings: Settings) -> None:
    """Check every `ENSURE_SECONDS` that the sweep and what it needs in Temporal still exist.

    The sweep itself ensures the Temporal schedules.
    """
    while True:
        await asyncio.sleep(ENSURE_SECONDS)
        try:
            await ensure_search_attributes(client)
            if await ensure_sweep(client, settings):
                log.warning("the sweep was not running; it has been started again")
        except Exception:
            log.exception("the sweep cannot be ensured; trying again", retry_in_seconds=ENSURE_SECONDS)


@asynccontextmanager
async def working(client: Client, settings: Settings) -> AsyncIterator[Sessions]:
    """Run a worker until the block ends; its activities then have `SHUTDOWN_GRACE` to finish.

    Yields its database sessions.
    """
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
                log.info("worker ready", build=build_id(), task_queues=[names.QUEUES[name] for name in worker.workers])
                yield worker.sessions
        finally:
            ensuring.cancel()
        await loading
        log.info("worker stopped")


async def run(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM."""
    async with reporting():
        await _run(settings)


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    checking = asyncio.create_task(check_at_start(settings, wait=True))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([checking, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not checking.done():
        checking.cancel()
        return
    checking.result()
    client = await connect_patiently(settings, runtime=sdk_runtime(settings))
    async with working(client, settings) as sessions:
        watching = asyncio.create_task(watch_installation(settings, sessions))
        await asyncio.wait([watching, stopping], return_when=asyncio.FIRST_COMPLETED)
        failure = watching.exception() if watching.done() else None
        watching.cancel()
        if failure is not None:
            log.critical("the worker stops", reason=str(failure))
        # A run whose workflow task hangs would hold the process for ever; Temporal gives its work to another worker.
        limit_seconds = SHUTDOWN_GRACE.total_seconds() + STOP_MARGIN_SECONDS
        asyncio.get_running_loop().call_later(limit_seconds, _exit_at_once)
    if failure is not None:
        raise failure


def _exit_at_once() -> None:
    log.error("the worker did not stop within its grace period; exiting")
    sys.stdout.flush()
    os._exit(1)


def main() -> None:
    """Entry point of the worker process."""
    settings = read_settings()
    configure_telemetry(settings, process="worker")
    uvloop.run(run(settings))


if __name__ == "__main__":
    main()
