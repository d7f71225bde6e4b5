"""An agent run: one call of the agent's runner."""

import contextlib
from datetime import datetime

from pydantic import JsonValue
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.agents import AgentActivities
    from models import names
    from models.contracts.primitives.specs import AgentSpec
    from models.contracts.workflows.lifecycle import AgentCall, OpenedRun, RunRequest, RunResult
    from models.kinds import KINDS, Kind
    from workflows.lifecycle import RunLifecycle
    from workflows.options import agent_call

MIN_WAIT_SECONDS = 0.2
"""Between two looks at a row, where the clocks of worker and database differ."""


@workflow.defn(name=KINDS[Kind.AGENT].temporal_type)
class AgentRun(RunLifecycle):
    """Calls the runner in one activity, with the timeout and retries of the agent's spec."""

    def __init__(self) -> None:
        super().__init__()
        self._called_back = False

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        """Execute the run: open, body, close."""
        return await self.live(Kind.AGENT, request, self._call)

    async def _call(self, run: OpenedRun) -> JsonValue:
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
            timeout_seconds=spec.timeout_seconds,
            max_attempts=spec.retry.max_attempts if queue else None,
            may_accept=queue is not None,
        )
        options = agent_call(spec.timeout_seconds, spec.retry, run.primitive_name, queue)
        # Not one of the kind's signals: nobody but Podium sends it, and the callback itself is on the run's row.
        workflow.set_signal_handler(names.CALLED_BACK_SIGNAL, self._note_callback)
        answer = await workflow.execute_activity_method(AgentActivities.call_agent, call, **options)
        while answer.accepted_until is not None:
            await self._callback(answer.accepted_until)
            answer = await workflow.execute_activity_method(AgentActivities.call_agent, call, **options)
        return answer.output

    def _note_callback(self) -> None:
        self._called_back = True

    async def _callback(self, until: datetime) -> None:
        """Wait, without a worker's slot, until the agent has called back or its time is over."""
        self.tell(f"{self.opened.primitive_name} has accepted the call and calls back")
        left = (until - workflow.now()).total_seconds()
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._called_back, timeout=max(left, MIN_WAIT_SECONDS))
        self._called_back = False
