"""An agent run: one call of the agent's runner."""

from pydantic import JsonValue
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.agents import AgentActivities
    from models.contracts.lifecycle import AgentCall, OpenedRun, RunRequest, RunResult
    from models.contracts.specs import AgentSpec
    from models.kinds import KINDS, Kind
    from workflows.lifecycle import RunLifecycle
    from workflows.options import agent_call


@workflow.defn(name=KINDS[Kind.AGENT].temporal_type)
class AgentRun(RunLifecycle):
    """Calls the runner in one activity, with the timeout and retries of the agent's spec."""

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        """Execute the run: open, body, close."""
        return await self.live(Kind.AGENT, request, self._call)

    async def _call(self, run: OpenedRun) -> JsonValue:
        spec = AgentSpec.model_validate(run.spec)
        await self.unpaused()
        self.tell(f"calling {run.primitive_name} ({spec.runner.type})")
        call = AgentCall(
            run_id=run.run_id,
            root_run_id=run.root_run_id,
            primitive_id=run.primitive_id,
            input=run.input,
            timeout_seconds=spec.timeout_seconds,
        )
        options = agent_call(spec.timeout_seconds, spec.retry, run.primitive_name)
        answer = await workflow.execute_activity_method(AgentActivities.call_agent, call, **options)
        return answer.output
