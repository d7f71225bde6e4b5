"""A running Podium without the API: database, Temporal and a worker."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
from pydantic import JsonValue
from sqlalchemy import select
from temporalio.client import Client, WorkflowHandle

from activities.agent_runs import AgentRunActivities
from activities.agents import AgentActivities
from activities.runs import RunActivities
from models import names
from models.kinds import Kind
from models.states import OPEN_STATUSES, RunStatus, Source
from models.store.runs.to_start import run_to_start
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run, RunStep
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from runtime.security.secrets import secrets_keyring
from runtime.settings import Settings
from runtime.temporal.starting import start_run
from tests import factories
from tests.support.eventually import assert_eventually


@dataclass(frozen=True)
class Backend:
    """The running parts, with shortcuts to create and run things."""

    settings: Settings
    sessions: Sessions
    client: Client

    async def agent(self, slug: str | None = None, **runner: Any) -> Primitive:
        async with transaction(self.sessions) as session:
            return await factories.make_agent(session, slug, **runner)

    async def primitive(self, kind: Kind, spec: dict[str, Any]) -> Primitive:
        async with transaction(self.sessions) as session:
            return await factories.make_primitive(session, kind, spec)

    async def automation(self, primitive: Primitive, source: Source = Source.MANUAL, **columns: Any) -> Automation:
        async with transaction(self.sessions) as session:
            return await factories.make_automation(session, primitive, source, **columns)

    async def queue(self, primitive: Primitive, automation: Automation | None = None, **columns: Any) -> Run:
        async with transaction(self.sessions) as session:
            return await factories.queue_run(session, primitive, automation, **columns)

    async def start(self, primitive: Primitive, automation: Automation | None = None, **columns: Any) -> uuid.UUID:
        """Queue a run and start it in Temporal."""
        run = await self.queue(primitive, automation, **columns)
        await start_run(self.client, run_to_start(run.id, primitive, automation))
        return run.id

    async def run(self, primitive: Primitive, automation: Automation | None = None, **columns: Any) -> Run:
        """Start a run and wait until it has closed."""
        return await self.closed(await self.start(primitive, automation, **columns))

    async def closed(self, run_id: uuid.UUID, within: timedelta = timedelta(seconds=30)) -> Run:
        async def check() -> Run:
            run = await self.row(run_id)
            assert run.status not in OPEN_STATUSES, f"run is {run.status}"
            return run

        return await assert_eventually(check, timeout=within.total_seconds())

    async def row(self, run_id: uuid.UUID) -> Run:
        async with self.sessions() as session:
            return await session.get_one(Run, run_id)

    async def runs_of(self, automation: Automation) -> list[Run]:
        """Return the automation's runs, oldest first; rows of missed due times are not among them."""
        async with self.sessions() as session:
            query = select(Run).where(Run.automation_id == automation.id, Run.status != RunStatus.MISSED)
            return list(await session.scalars(query.order_by(Run.id)))

    async def primitive_of(self, automation: Automation) -> Primitive:
        async with self.sessions() as session:
            return await session.get_one(Primitive, automation.primitive_id)

    async def children(self, run_id: uuid.UUID) -> list[Run]:
        async with self.sessions() as session:
            query = select(Run).where(Run.parent_run_id == run_id).order_by(Run.id)
            return list(await session.scalars(query))

    async def steps(self, run_id: uuid.UUID) -> dict[str, RunStep]:
        async with self.sessions() as session:
            query = select(RunStep).where(RunStep.run_id == run_id).order_by(RunStep.position, RunStep.path)
            return {step.path: step for step in await session.scalars(query)}

    async def stats(self, automation: Automation) -> AutomationStats:
        async with self.sessions() as session:
            return await session.get_one(AutomationStats, automation.id)

    async def read(self, automation: Automation) -> Automation:
        async with self.sessions() as session:
            return await session.get_one(Automation, automation.id)

    def handle(self, run_id: uuid.UUID) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(names.run_temporal_workflow_id(run_id))

    async def signal(self, run_id: uuid.UUID, name: str, argument: JsonValue = None) -> None:
        """Send a signal as the `temporal` command does: JSON, or no argument."""
        args = [] if argument is None else [argument]
        await self.handle(run_id).signal(name, args=args)


def agent_work(backend: Backend, settings: Settings, http: httpx2.AsyncClient) -> list[Callable[..., Any]]:
    """Return the activities of the queue of one type of runner."""
    agents = AgentActivities(backend.sessions, settings, http, secrets_keyring(settings))
    whole = AgentRunActivities(RunActivities(backend.sessions, backend.client), agents)
    return [whole.run_agent, agents.call_agent]
