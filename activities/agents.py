"""The activity that calls agents.

An answer is stored on the run's row before the activity returns it, and a run with a stored answer is not called again,
however often Temporal delivers the activity.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
import structlog
from pydantic import JsonValue
from temporalio import activity

from activities.runners import registry
from activities.runners.base import RunnerContext, Spending
from activities.runners.output import checked_output
from models.contracts.base import JsonObject
from models.contracts.lifecycle import AgentAnswer, AgentCall
from models.contracts.specs import AgentSpec, SimulatedRunner
from models.errors import AgentTimedOut, DatabaseUnavailable
from models.store.runs.agent_results import Cost, add_cost, agent_spec, call_state, callback_of, record_answer
from runtime.callbacks import callback_url
from runtime.database import Sessions, transaction
from runtime.keyring import Keyring
from runtime.secrets import SPEC_SECRETS, reveal
from runtime.settings import Settings

log = structlog.get_logger(__name__)

_HEARTBEAT_SECONDS = 1.0
_CALLBACK_POLL_SECONDS = 1.0
_PATIENCE_SECONDS = (0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class AgentActivities:
    """The activity and its dependencies."""

    sessions: Sessions
    settings: Settings
    http: httpx2.AsyncClient
    keyring: Keyring

    @activity.defn(name="call-agent")
    async def call_agent(self, call: AgentCall) -> AgentAnswer:
        """Call the agent of a run, unless it has answered before.

        1. Return the answer that an earlier attempt has stored, if any.
        2. Load the agent's spec from PostgreSQL, so that its secrets do not pass through Temporal.
        3. Call its runner within the timeout, with heartbeats, through which a cancellation arrives.
        4. Check the answer: JSON, within the size limit, valid against the agent's output schema.
        5. Store it with its cost; of a failed call, store only the cost.
        """
        async with transaction(self.sessions) as session:
            state = await call_state(session, call.run_id)
            if state.answer is not None:
                log.info("the agent has already answered; it is not called again")
                return state.answer
            slug, spec = await agent_spec(session, call.primitive_id)
        context = self._context(call, slug, spec, state.callback)
        try:
            async with _heartbeats():
                answer = await _in_time(call, spec, context)
            output = checked_output(answer.output, spec.output_schema)
        except BaseException:
            await asyncio.shield(self._book_failure(call, context.spending))
            raise
        return await self._record(call, output, spec, context.spending)

    async def _record(self, call: AgentCall, output: JsonValue, spec: AgentSpec, spending: Spending) -> AgentAnswer:
        """Store the answer; wait for an absent PostgreSQL rather than pay for another call."""
        simulated = isinstance(spec.runner, SimulatedRunner)
        for pause_seconds in (*_PATIENCE_SECONDS, None):
            try:
                async with transaction(self.sessions) as session:
                    now = datetime.now(UTC)
                    return await record_answer(
                        session, call.run_id, output, _cost(spending), simulated=simulated, at=now
                    )
            except DatabaseUnavailable:
                if pause_seconds is None:
                    raise
                log.warning("the answer cannot be stored yet", retry_in_seconds=pause_seconds)
                await asyncio.sleep(pause_seconds)
        raise AssertionError("the loop returns or raises")

    def _context(self, call: AgentCall, slug: str, spec: AgentSpec, callback: JsonObject | None) -> RunnerContext:
        return RunnerContext(
            agent=slug,
            attempt=activity.info().attempt,
            settings=self.settings,
            http=self.http,
            reveal=lambda secret: reveal(self.keyring, secret, context=SPEC_SECRETS),
            callback_url=lambda: callback_url(self.settings, call.run_id, timedelta(seconds=call.timeout_seconds)),
            called_back=callback,
            wait_for_callback=lambda: self._wait_for_callback(call),
            output_schema=spec.output_schema,
        )

    async def _wait_for_callback(self, call: AgentCall) -> JsonValue:
        while True:
            async with transaction(self.sessions) as session:
                callback = await callback_of(session, call.run_id)
            if callback is not None:
                return callback["body"]
            await asyncio.sleep(_CALLBACK_POLL_SECONDS)

    async def _book_failure(self, call: AgentCall, spending: Spending) -> None:
        """Store the cost of a failed call; an error here must not hide the call's own."""
        try:
            async with transaction(self.sessions) as session:
                await add_cost(session, call.run_id, _cost(spending))
        except Exception:
            log.exception("the cost of a failed call was not stored", cost_usd=spending.cost_usd)


async def _in_time(call: AgentCall, spec: AgentSpec, context: RunnerContext) -> AgentAnswer:
    try:
        async with asyncio.timeout(call.timeout_seconds) as limit:
            return await registry.run(spec.runner, call, context)
    except TimeoutError:
        if not limit.expired():
            raise
        raise AgentTimedOut(f"{context.agent} did not answer within {call.timeout_seconds:g} s") from None


@asynccontextmanager
async def _heartbeats() -> AsyncIterator[None]:
    heartbeats = asyncio.create_task(_send_heartbeats())
    try:
        yield
    finally:
        heartbeats.cancel()
        with suppress(asyncio.CancelledError):
            await heartbeats


async def _send_heartbeats() -> None:
    limit = activity.info().heartbeat_timeout
    pause_seconds = min(_HEARTBEAT_SECONDS, limit.total_seconds() / 3) if limit else _HEARTBEAT_SECONDS
    while True:
        activity.heartbeat()
        await asyncio.sleep(pause_seconds)


def _cost(spending: Spending) -> Cost:
    return Cost(spending.cost_usd, spending.unknown_costs, spending.tokens, spending.model)
