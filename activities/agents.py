"""The one activity that calls agents.

The rule kept here: an answer is recorded on the run's row before Temporal hears of it, and a run that has an answer
is never called again, however often Temporal delivers the call.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

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
    """The activity with what its process gives it: sessions, settings, the guarded client and the keys."""

    sessions: Sessions
    settings: Settings
    http: httpx2.AsyncClient
    keyring: Keyring

    @activity.defn(name="call-agent")
    async def call_agent(self, call: AgentCall) -> AgentAnswer:
        """Call a run's agent, once for all.

        1. Give the answer that an earlier try has recorded, if there is one.
        2. Load the agent's spec; its secrets never cross Temporal.
        3. Call its runner within the call's time, with heartbeats; a cancellation reaches it.
        4. Check the answer: JSON, not too long, as the agent's schema wants it.
        5. Record it on the run's row with what it cost; where the call failed, record only the cost.
        6. Return it.
        """
        async with transaction(self.sessions) as session:
            state = await call_state(session, call.run_id)
            if state.answer is not None:
                log.info("the agent has answered before, so it is not called again")
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
        """Record the answer; where PostgreSQL is away for a moment, wait for it rather than call the agent again."""
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
                log.warning("the answer cannot be recorded yet", again_in_seconds=pause_seconds)
                await asyncio.sleep(pause_seconds)
        raise AssertionError("the loop returns or raises")

    def _context(self, call: AgentCall, slug: str, spec: AgentSpec, callback: JsonObject | None) -> RunnerContext:
        return RunnerContext(
            agent=slug,
            attempt=activity.info().attempt,
            settings=self.settings,
            http=self.http,
            reveal=lambda secret: reveal(self.keyring, secret, context=SPEC_SECRETS),
            callback_url=lambda: callback_url(self.settings, call.run_id),
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
        """Keep what a failed call cost; the call's own error matters more than one in here."""
        try:
            async with transaction(self.sessions) as session:
                await add_cost(session, call.run_id, _cost(spending))
        except Exception:
            log.exception("the cost of a failed call could not be recorded", cost_usd=spending.cost_usd)


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
    beating = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beat() -> None:
    limit = activity.info().heartbeat_timeout
    pause_seconds = min(_HEARTBEAT_SECONDS, limit.total_seconds() / 3) if limit else _HEARTBEAT_SECONDS
    while True:
        activity.heartbeat()
        await asyncio.sleep(pause_seconds)


def _cost(spending: Spending) -> Cost:
    return Cost(spending.cost_usd, spending.unknown_costs, spending.tokens, spending.model)
