"""The activity that calls agents.

An answer is stored on the run's row before the activity returns it, and a run with a stored answer is not called again,
however often Temporal delivers the activity. While PostgreSQL is away the activity waits, and keeps the answer in its
heartbeats. Only what the agent fails counts as an attempt of the agent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import httpx2
import structlog
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.database_outage import Heartbeats, KeptAnswer, kept_answer, patiently
from activities.genai_spans import agent_span
from activities.interceptors import as_application_error
from activities.runners import registry
from activities.runners.base import RunnerContext, Spending
from activities.runners.output import checked_output
from activities.runners.python_pool import PythonPool
from models.contracts.base import JsonObject
from models.contracts.primitives.specs import AgentSpec, RetrySpec, SimulatedRunner
from models.contracts.runs.views import RunError
from models.contracts.workflows.lifecycle import AgentAnswer, AgentCall
from models.errors import AgentTimedOut, PodiumError, SecretKeyMissing, Unavailable
from models.rules.retries import retry_delay
from models.store.runs.agent_results import (
    add_cost,
    agent_spec,
    call_state,
    callback_of,
    claim_call,
    record_acceptance,
    record_answer,
)
from models.store.runs.costs import Cost
from runtime.database import Sessions, transaction
from runtime.security.callbacks import callback_url
from runtime.security.chains import chain_header
from runtime.security.keyring import Keyring
from runtime.security.revealed_secrets import scrubbed_text
from runtime.security.secrets import SPEC_SECRETS, reveal
from runtime.security.url_references import reveal_url
from runtime.settings import Settings

log = structlog.get_logger(__name__)
Found = TypeVar("Found")

_CALLBACK_POLL_SECONDS = 1.0


class AcceptedByAgent(Exception):
    """The agent has accepted the call and calls back; the workflow waits for it."""


def call_owner() -> str:
    """Return what names this activity, whichever attempt it is, as the one that may call the agent."""
    info = activity.info()
    return f"{info.workflow_run_id}/{info.activity_id}"


@dataclass(frozen=True, slots=True)
class AgentActivities:
    """The activity and its dependencies."""

    sessions: Sessions
    settings: Settings
    http: httpx2.AsyncClient
    keyring: Keyring
    python: PythonPool = field(default_factory=PythonPool)

    @activity.defn(name="call-agent")
    async def call_agent(self, call: AgentCall) -> AgentAnswer:
        """Call the agent of a run, unless it has answered before.

        1. Return the answer that an earlier attempt has stored or kept in its heartbeats, if any.
        2. Load the agent's spec from PostgreSQL, so that its secrets do not pass through Temporal.
        3. Claim the call and call the runner within the timeout, with heartbeats, through which a cancellation arrives.
        4. Check the answer: JSON, within the size limit, valid against the agent's output schema.
        5. Store it with its cost; of a failed call, store only the cost.
        """
        async with Heartbeats() as heartbeats:
            if kept := kept_answer():
                return await self._record(call, kept, heartbeats)
            state = await patiently(lambda: self._read(call_state, call.run_id))
            if state.answer is not None:
                log.info("the agent has already answered; it is not called again")
                return state.answer
            if call.may_accept and state.callback_until and state.callback is None:
                return await self.still_accepted(call, state.callback_until)
            slug, spec = await patiently(lambda: self._read(agent_spec, call.primitive_id))
            await patiently(lambda: self._claim(call))
            try:
                answer = await self.ask(call, slug, spec, state.callback)
            except AcceptedByAgent:
                return await self.accepted(call)
            return await self._record(call, answer, heartbeats)

    async def ask(self, call: AgentCall, slug: str, spec: AgentSpec, callback: JsonObject | None) -> KeptAnswer:
        """Call the runner within the timeout and check its answer; the cost of a failed call is stored here.

        Raises:
            AcceptedByAgent: the agent calls back.
        """
        context = self._context(call, slug, spec, callback)
        with agent_span(call, spec.runner, context, harmless=AcceptedByAgent):
            return await self._asked(call, spec, context)

    async def _asked(self, call: AgentCall, spec: AgentSpec, context: RunnerContext) -> KeptAnswer:
        try:
            answer = await _in_time(call, spec, context)
            output = checked_output(answer.output, context.notes, spec.output_schema)
        except AcceptedByAgent:
            raise
        except (SecretKeyMissing, Unavailable):
            # This process's fault, not an attempt of the agent: Temporal gives the call to another one.
            await self._book(call, context.spending)
            raise
        except PodiumError as error:
            raise await self._failure(call, error, context.spending, spec.retry) from error
        except BaseException:
            await asyncio.shield(self._book(call, context.spending))
            raise
        note = scrubbed_text("; ".join(context.notes)) or None
        return KeptAnswer.of(output, context.spending, isinstance(spec.runner, SimulatedRunner), note)

    async def _read(self, read: Callable[[AsyncSession, UUID], Awaitable[Found]], key: UUID) -> Found:
        async with transaction(self.sessions) as session:
            return await read(session, key)

    async def _claim(self, call: AgentCall) -> None:
        async with transaction(self.sessions) as session:
            await claim_call(session, call.run_id, owner=call_owner(), attempt=activity.info().attempt)

    async def _record(self, call: AgentCall, answer: KeptAnswer, heartbeats: Heartbeats) -> AgentAnswer:
        """Store the answer; while PostgreSQL is away it is kept in the heartbeats."""

        async def store() -> AgentAnswer:
            async with transaction(self.sessions) as session:
                return await record_answer(session, call.run_id, answer.stored(), datetime.now(UTC))

        return await patiently(store, meanwhile=lambda: heartbeats.keep(answer))

    async def accepted(self, call: AgentCall) -> AgentAnswer:
        """Leave the wait for the callback to the workflow, so that it holds no slot."""
        until = datetime.now(UTC) + timedelta(seconds=call.timeout_seconds)

        async def store() -> bool:
            async with transaction(self.sessions) as session:
                return await record_acceptance(session, call.run_id, until)

        has_called_back = await patiently(store)
        return AgentAnswer(accepted_until=datetime.now(UTC) if has_called_back else until)

    async def still_accepted(self, call: AgentCall, until: datetime) -> AgentAnswer:
        """Return until when the callback is awaited; raise the failed attempt once that has passed."""
        if datetime.now(UTC) < until:
            return AgentAnswer(accepted_until=until)
        late = AgentTimedOut(f"the agent accepted the call and did not call back within {call.timeout_seconds:g} s")
        raise await self._failure(call, late, Spending())

    async def _failure(
        self, call: AgentCall, error: PodiumError, spending: Spending, retry: RetrySpec | None = None
    ) -> Exception:
        """Store the failed attempt and return what to raise: final where it was the agent's last attempt."""
        failures = await asyncio.shield(self._book(call, spending, error))
        if call.max_attempts is None or failures is None or not error.retryable:
            return error
        if failures >= call.max_attempts:
            return as_application_error(error, final=True)
        return as_application_error(error, delay_seconds=retry_delay(retry, failures) if retry else None)

    async def _book(self, call: AgentCall, spending: Spending, failure: PodiumError | None = None) -> int | None:
        """Store the cost of a call without an answer; an error here must not hide the call's own."""

        async def store() -> int:
            async with transaction(self.sessions) as session:
                return await add_cost(session, call.run_id, _cost(spending), _error(failure) if failure else None)

        try:
            if failure:
                return await patiently(store)
            return await store()
        except Exception:
            log.exception("the cost of a failed call was not stored", cost_usd=spending.cost_usd)
            return None

    def _context(self, call: AgentCall, slug: str, spec: AgentSpec, callback: JsonObject | None) -> RunnerContext:
        return RunnerContext(
            agent=slug,
            attempt=activity.info().attempt,
            settings=self.settings,
            http=self.http,
            reveal=lambda secret: reveal(self.keyring, secret, context=SPEC_SECRETS),
            reveal_url=lambda url: reveal_url(url, self.keyring.variables),
            callback_url=lambda: callback_url(self.settings, call.run_id, timedelta(seconds=call.timeout_seconds)),
            chain=lambda: chain_header(self.settings, call.run_id),
            called_back=callback,
            wait_for_callback=lambda: self._wait_for_callback(call),
            output_schema=spec.output_schema,
            python=self.python,
        )

    async def _wait_for_callback(self, call: AgentCall) -> JsonValue:
        if call.may_accept:
            raise AcceptedByAgent
        while True:
            async with transaction(self.sessions) as session:
                callback = await callback_of(session, call.run_id)
            if callback is not None:
                return callback["body"]
            await asyncio.sleep(_CALLBACK_POLL_SECONDS)


async def _in_time(call: AgentCall, spec: AgentSpec, context: RunnerContext) -> AgentAnswer:
    await registry.prepare(spec.runner, context)
    try:
        async with asyncio.timeout(call.timeout_seconds) as limit:
            return await registry.run(spec.runner, call, context)
    except TimeoutError:
        if not limit.expired():
            raise
        raise AgentTimedOut(f"{context.agent} did not answer within {call.timeout_seconds:g} s") from None


def _error(failure: PodiumError) -> RunError:
    return RunError(type=failure.code, message=as_application_error(failure).message)


def _cost(spending: Spending) -> Cost:
    return Cost(spending.cost_usd, spending.unknown_costs, spending.tokens, spending.model)
