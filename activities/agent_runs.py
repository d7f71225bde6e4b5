"""The activity that carries out a whole agent run: open, call, close, in two transactions.

It is the usual case, and spares Temporal two local activities a run. An attempt that fails for good, an agent that
calls back and a cancellation are left to the workflow, which goes on as if it had opened the run itself
(`workflows/agent.py`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.agents import AcceptedByAgent, AgentActivities, call_owner
from activities.database_outage import Heartbeats, KeptAnswer, kept_answer, patiently
from activities.runs import RunActivities
from models.contracts.primitives.specs import AgentSpec
from models.contracts.workflows.lifecycle import AgentCall, AgentRunEnd, OpenRun, RunResult
from models.store.runs import closing
from models.store.runs.agent_results import CallState, claim_locked, state_of
from models.store.runs.closing import ClosedRun, result_of
from models.store.runs.opening import FoundRun, begin
from runtime.telemetry import current_trace_id
from runtime.temporal.admissions import admitting

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Begun:
    found: FoundRun
    state: CallState
    spec: AgentSpec

    @property
    def call(self) -> AgentCall:
        run, spec = self.found.run, self.spec
        return AgentCall(
            run_id=run.id,
            root_run_id=run.root_run_id,
            primitive_id=run.primitive_id,
            input=run.input,
            due_at=run.due_at or run.nominal_at,
            timeout_seconds=spec.timeout_seconds,
            max_attempts=spec.retry.max_attempts,
            may_accept=True,
        )


@dataclass(frozen=True, slots=True)
class AgentRunActivities:
    """The activity and what it is made of."""

    runs: RunActivities
    agents: AgentActivities

    @activity.defn(name="run-agent")
    async def run_agent(self, opening: OpenRun) -> AgentRunEnd:
        """Carry out an agent run, unless it was carried out before.

        1. Open the run and claim its call, in one transaction.
        2. Call the agent; an answer that an earlier attempt has left is used instead.
        3. Store the answer and close the run, in one transaction.

        An empty result leaves the run to its workflow: the agent's runner is not of the expected type any more.
        """
        async with Heartbeats() as heartbeats:
            begun = await patiently(lambda: self._begin(opening))
            run = begun.found.run
            if begun.found.held_by:
                return AgentRunEnd(held_by=begun.found.held_by)
            if not begun.found.admitted:
                # An earlier attempt may have closed it, and been lost before Temporal heard of its result.
                return AgentRunEnd(result=result_of(run))
            if (kept := kept_answer()) or begun.state.answer:
                return await self._end(begun, kept, heartbeats)
            if begun.spec.runner.type != opening.request.runner:
                return AgentRunEnd()
            if begun.state.callback_until and begun.state.callback is None:
                return AgentRunEnd(accepted_until=begun.state.callback_until)
            try:
                slug = begun.found.primitive.slug
                answer = await self.agents.ask(begun.call, slug, begun.spec, begun.state.callback)
            except AcceptedByAgent:
                return AgentRunEnd(accepted_until=(await self.agents.accepted(begun.call)).accepted_until)
            return await self._end(begun, answer, heartbeats)

    async def _begin(self, opening: OpenRun) -> _Begun:
        now = datetime.now(UTC)
        async with admitting(self.runs.sessions, self.runs.client) as session:
            # It has a slot: unlike a run that its workflow opens, it is running at once.
            facts = {"started_at": now, "call_is_claimed": False, "trace_id": current_trace_id()}
            found = await begin(session, opening.model_copy(update=facts))
            run, spec = found.run, AgentSpec.model_validate(found.primitive.spec)
            begun = _Begun(found, state_of(run), spec)
            if found.admitted and begun.state.answer is None and spec.runner.type == opening.request.runner:
                await claim_locked(session, run, owner=call_owner(), attempt=activity.info().attempt, at=now)
            return begun

    async def _end(self, begun: _Begun, answer: KeptAnswer | None, heartbeats: Heartbeats) -> AgentRunEnd:
        """Store the answer and close the run; while PostgreSQL is away, the answer is kept in the heartbeats."""
        run = begun.found.run

        async def close(session: AsyncSession, counted: bool) -> tuple[ClosedRun, RunResult]:
            given = answer.stored() if answer else None
            return await closing.close_answered(session, run.id, given, at=datetime.now(UTC), counted=counted)

        def keep() -> None:
            if answer:
                heartbeats.keep(answer)

        return AgentRunEnd(result=await patiently(lambda: self.runs.closed(close), meanwhile=keep))
