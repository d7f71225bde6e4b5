"""An agent run: one call of the agent's runner."""

import asyncio
import contextlib
from datetime import datetime

from pydantic import JsonValue
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.agent_runs import AgentRunActivities
    from activities.agents import AgentActivities
    from models import names
    from models.contracts.primitives.specs import AgentSpec
    from models.contracts.workflows.lifecycle import AgentCall, OpenedRun, RunRequest, RunResult, RunTouches
    from models.kinds import KINDS, Kind
    from workflows.options import agent_call, agent_run
    from workflows.runs.lifecycle import RunLifecycle
    from workflows.runs.outcomes import uncancelled
    from workflows.runs.row import record_touches

MIN_WAIT_SECONDS = 0.2
"""Between two looks at a row, where the clocks of worker and database differ."""


@workflow.defn(name=KINDS[Kind.AGENT].temporal_type)
class AgentRun(RunLifecycle):
    """Calls the runner in one activity, with the timeout and retries of the agent's spec."""

    def __init__(self) -> None:
        super().__init__()
        self._called_back = False
        self._accepted_until: datetime | None = None
        self._failure: BaseException | None = None

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        """Execute the run: as a rule in one activity, else step by step: open, body, close."""
        if request.runner and not self.paused:
            result = await self._at_once(request, request.runner)
            if result:
                return result
        return await self.live(Kind.AGENT, request, self._call)

    async def _at_once(self, request: RunRequest, runner: str) -> RunResult | None:
        """Carry out the run in one activity; None where it needs more than one call that succeeds."""
        self.tell(f"calling the agent ({runner})")
        options = agent_run(names.RUNNER_QUEUES[runner])
        workflow.set_signal_handler(names.CALLED_BACK_SIGNAL, self._note_callback)
        while True:
            opening = self.opening(Kind.AGENT, request)
            try:
                end = await self.cancellable(
                    workflow.execute_activity_method(AgentRunActivities.run_agent, opening, **options)
                )
            except (Exception, asyncio.CancelledError) as failure:
                self._failure = failure
                return None
            if end.held_by is None:
                break
            if not await self.decision(end.held_by):
                return None
            self.tell(f"calling the agent ({runner})")
        self._accepted_until = end.accepted_until
        if end.result and self.touches.interventions and workflow.patched("touches-of-whole-runs"):
            touched = RunTouches(run_id=end.result.run_id, interventions=self.touches.interventions)
            await uncancelled(record_touches(touched))
        return self.done(end.result) if end.result else None

    async def _call(self, run: OpenedRun) -> JsonValue:
        if self._failure:
            raise self._failure
        spec = AgentSpec.model_validate(run.spec)
        await self.unpaused()
        self.tell(f"calling {run.primitive_name} ({spec.runner.type})")
        # Runs that were opened before 2026-12 call on the queue of their workflow, and wait for callbacks there.
        queue = names.RUNNER_QUEUES[spec.runner.type] if workflow.patched("agent-calls-have-queues") else None
        call = AgentCall(
            run_id=run.run_id,
            root_run_id=run.root_run_id,
            primitive_id=run.primitive_id,
            input=run.input,
            due_at=run.due_at,
            timeout_seconds=spec.timeout_seconds,
            max_attempts=spec.retry.max_attempts if queue else None,
            may_accept=queue is not None,
        )
        options = agent_call(spec.timeout_seconds, spec.retry, run.primitive_name, queue)
        # Not one of the kind's signals: nobody but Podium sends it, and the callback itself is on the run's row.
        workflow.set_signal_handler(names.CALLED_BACK_SIGNAL, self._note_callback)
        accepted_until = self._accepted_until
        while True:
            if accepted_until:
                await self._callback(accepted_until)
            answer = await workflow.execute_activity_method(AgentActivities.call_agent, call, **options)
            if answer.accepted_until is None:
                return answer.output
            accepted_until = answer.accepted_until

    def _note_callback(self) -> None:
        self._called_back = True

    async def _callback(self, until: datetime) -> None:
        """Wait, without a worker's slot, until the agent has called back or its time is over."""
        self.tell(f"{self.opened.primitive_name} has accepted the call and calls back")
        left = (until - workflow.now()).total_seconds()
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._called_back, timeout=max(left, MIN_WAIT_SECONDS))
        self._called_back = False
