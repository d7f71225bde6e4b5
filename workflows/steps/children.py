"""Child agent runs. A failed child is returned as a value, so that the parent decides what it means."""

import asyncio
from dataclasses import dataclass

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ChildWorkflowError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from uuid import UUID

    from models import names
    from models.contracts.workflows.lifecycle import ChildOf, OpenedRun, RunRequest, RunResult
    from models.kinds import Kind
    from models.states import RunStatus
    from workflows.agent import AgentRun
    from workflows.runs.failures import run_error


@dataclass(frozen=True, slots=True)
class ChildCall:
    """One agent run below another run; the step refers to `run_id` before the child has started."""

    run_id: UUID
    agent: str
    step: str
    input: JsonValue


def new_child(agent: str, step: str, input_: JsonValue) -> ChildCall:
    """Prepare a call of an agent; the run id comes from the workflow's deterministic clock and random source."""
    run_id = names.new_id(workflow.now(), workflow.random().getrandbits(74))
    return ChildCall(run_id, agent, step, input_)


async def run_child(parent: OpenedRun, call: ChildCall) -> RunResult:
    """Run the agent as a child workflow and wait for its result.

    Raises:
        ChildWorkflowError: the parent itself is being cancelled; nothing else raises.
    """
    child = ChildOf(
        parent_run_id=parent.run_id,
        root_run_id=parent.root_run_id,
        agent=call.agent,
        step=call.step,
        due_at=parent.due_at,
    )
    try:
        return await workflow.execute_child_workflow(
            AgentRun.run,
            RunRequest(run_id=call.run_id, child=child, input=call.input, runner=parent.runners.get(call.agent)),
            id=names.run_temporal_workflow_id(call.run_id),
            parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
            search_attributes=names.run_attributes(Kind.AGENT, call.agent, None, parent.root_run_id),
            static_summary=f"{call.agent} for {parent.primitive_name}, {call.step}",
            static_details=f"Agent `{call.agent}`, run `{call.run_id}`, child of run `{parent.run_id}`",
        )
    except ChildWorkflowError as failure:
        current = asyncio.current_task()
        if current and current.cancelling():
            raise
        status = RunStatus.CANCELLED if is_cancelled_exception(failure) else RunStatus.FAILED
        return RunResult(run_id=call.run_id, status=status, error=run_error(failure))
