"""Agent runs and HTTP steps whose histories are recorded; an own worker answers for endpoints on this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.http_steps import HttpStepActivities
from models import names
from models.contracts.workflows.lifecycle import OpenRun
from models.kinds import Kind
from models.states import RunStatus
from models.store.runs.agent_results import store_callback
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.security.outbound import outgoing_client
from runtime.security.secrets import secrets_keyring
from runtime.temporal.starting import tell_called_back
from tests.support.backend import Backend, agent_work
from tests.support.eventually import assert_eventually
from tests.support.http_server import Reply, Request, serve
from tests.workflows.versions.recording.pipelines import has_status, workflow_id

HTTP_QUEUE = "podium-http-recorded"


async def agent(backend: Backend) -> str:
    return workflow_id((await backend.run(await backend.agent())).id)


async def failed(backend: Backend) -> str:
    return workflow_id((await backend.run(await backend.agent(successRate=0))).id)


async def skipped(backend: Backend) -> str:
    """Not admitted: its automation is off."""
    found = await backend.agent()
    return workflow_id((await backend.run(found, await backend.automation(found, is_active=False))).id)


async def cancelled(backend: Backend) -> str:
    run_id = await backend.start(await backend.agent(durationMs=60_000))
    await has_status(backend, run_id, RunStatus.RUNNING)
    await backend.handle(run_id).execute_update("cancel", {"reason": "enough"})
    await backend.closed(run_id)
    return workflow_id(run_id)


async def touched(backend: Backend) -> str:
    """Carried out in one activity, during which somebody pauses it."""
    run_id = await backend.start(await backend.agent(durationMs=1500))

    async def is_called() -> None:
        assert (await backend.row(run_id)).called_at

    await assert_eventually(is_called)
    await backend.signal(run_id, "pause", {"by": "Ada"})
    await backend.handle(run_id).result()
    return workflow_id(run_id)


@asynccontextmanager
async def _http_worker(backend: Backend) -> AsyncIterator[None]:
    settings = backend.settings.model_copy(update={"allowed_private_addresses": ("127.0.0.0/8",)})
    keyring = secrets_keyring(settings)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(names, "HTTP_QUEUE", HTTP_QUEUE)
        patched.setattr(names, "RUNNER_QUEUES", {**names.RUNNER_QUEUES, "http": HTTP_QUEUE})
        async with outgoing_client(settings) as http:
            steps = HttpStepActivities(backend.sessions, http, keyring, settings)
            async with Worker(
                backend.client,
                task_queue=HTTP_QUEUE,
                activities=[*agent_work(backend, settings, http), steps.call_http_step],
            ):
                yield


async def called_back(backend: Backend) -> str:
    """Accepted with 202; the callback is told by a signal, before which an unrelated one wakes the run."""

    async def accept(_: Request) -> Reply:
        return Reply(202)

    async with serve(accept) as server, _http_worker(backend):
        run_id = await backend.start(
            await backend.primitive(Kind.AGENT, {"runner": {"type": "http", "url": server.url}})
        )

        async def accepted() -> None:
            assert (await backend.row(run_id)).callback_until

        await assert_eventually(accepted, timeout=30)
        await tell_called_back(backend.client, workflow_id(run_id))
        async with transaction(backend.sessions) as session:
            assert await store_callback(session, run_id, {"output": "called back"})
        await tell_called_back(backend.client, workflow_id(run_id))
        run = await backend.closed(run_id)
        assert run.output == "called back"
    return workflow_id(run_id)


async def http_steps(backend: Backend) -> str:
    """One that answers, and one that is refused."""

    async def answer(request: Request) -> Reply:
        return Reply(body={"ok": True}) if request.path == "/good" else Reply(404)

    async with serve(answer) as server, _http_worker(backend):
        good = {"key": "good", "http": {"method": "POST", "url": f"{server.url}/good"}}
        bad = {"key": "bad", "http": {"method": "GET", "url": f"{server.url}/bad"}, "onError": "continue"}
        run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": [good, bad]}))
        assert run.status is RunStatus.COMPLETED, run.error_message
    return workflow_id(run.id)


async def lost_after_its_answer(backend: Backend) -> str:
    """The call fails after its answer was recorded, so the run completes with it."""

    @activity.defn(name="run-agent")
    async def answered_and_lost(opening: OpenRun) -> None:
        async with transaction(backend.sessions) as session:
            now = datetime.now(UTC)
            answered = {"output": {"kept": 1}, "answered_at": now, "started_at": now, "status": RunStatus.RUNNING}
            await session.execute(update(Run).where(Run.id == opening.request.run_id).values(**answered))
        raise ApplicationError("the worker is lost", type="worker_lost", non_retryable=True)

    queue = "podium-simulated-recorded"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(names, "RUNNER_QUEUES", {**names.RUNNER_QUEUES, "simulated": queue})
        async with Worker(backend.client, task_queue=queue, activities=[answered_and_lost]):
            run = await backend.run(await backend.agent())
    assert (run.status, run.output) == (RunStatus.COMPLETED, {"kept": 1})
    return workflow_id(run.id)
