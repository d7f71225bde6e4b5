"""Calls of agents: a primitive and an open run in a real database, and the activity that calls the agent."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue
from temporalio.testing import ActivityEnvironment

from activities.agents import AgentActivities
from models.contracts.primitives.specs import AgentSpec
from models.contracts.workflows.lifecycle import AgentAnswer, AgentCall
from models.kinds import Kind
from models.states import RunStatus
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from runtime.security.outbound import outgoing_client
from runtime.security.secrets import secrets_keyring
from runtime.settings import Settings

LOOPBACK = ("127.0.0.0/8",)


async def open_call(sessions: Sessions, spec: dict[str, Any], input: JsonValue = None, **call: Any) -> AgentCall:
    """Store an agent with a running run and return the call."""
    agent_id, run_id = uuid.uuid4(), uuid.uuid4()
    stored = AgentSpec.model_validate(spec).wire()
    async with transaction(sessions) as session:
        session.add(Primitive(id=agent_id, kind=Kind.AGENT, slug=f"a-{agent_id.hex}", name="A", spec=stored))
        await session.flush()
        session.add(
            Run(
                id=run_id,
                kind=Kind.AGENT,
                primitive_id=agent_id,
                root_run_id=run_id,
                status=RunStatus.RUNNING,
                started_at=datetime.now(UTC),
                input=input,
            )
        )
    wanted = {"timeout_seconds": 20.0, **call}
    return AgentCall(run_id=run_id, root_run_id=run_id, primitive_id=agent_id, input=input, **wanted)


async def run_row(sessions: Sessions, call: AgentCall) -> Run:
    async with transaction(sessions) as session:
        return await session.get_one(Run, call.run_id)


class Caller:
    """Runs the activity as a worker does."""

    def __init__(self, activities: AgentActivities) -> None:
        self.activities = activities
        self.environment = ActivityEnvironment()

    async def call(self, call: AgentCall) -> AgentAnswer:
        answer: AgentAnswer = await ActivityEnvironment().run(self.activities.call_agent, call)
        return answer


@asynccontextmanager
async def caller(sessions: Sessions, settings: Settings, **changes: Any) -> AsyncIterator[Caller]:
    """Return a caller. Outgoing calls may reach loopback unless `changes` says otherwise."""
    chosen = settings.model_copy(update={"allowed_private_addresses": LOOPBACK, **changes})
    async with outgoing_client(chosen) as http:
        activities = AgentActivities(sessions, chosen, http, secrets_keyring(chosen))
        yield Caller(activities)
        await activities.python.close()
