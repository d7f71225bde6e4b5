"""Starts child agent runs, and gives back what became of them as a value: a parent decides what a failure means."""

import asyncio
from dataclasses import dataclass

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ChildWorkflowError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from uuid import UUID

    from models import names
    from models.contracts.lifecycle import ChildOf, OpenedRun, RunRequest, RunResult
    from models.kinds import Kind
    from models.states import RunStatus
    from workflows.agent import AgentRun
    from workflows.failures import run_error


@dataclass(frozen=True, slots=True)
class ChildCall:
    """One agent run below another run; `run_id` is made beforehand so that the step can name it."""

    run_id: UUID
    agent: str
    step: str
    input: JsonValue


def new_child(agent: str, step: str, input_: JsonValue) -> ChildCall:
    """Prepare a call of an agent, with an id from the workflow's own clock and random source."""
    run_id = names.new_id(workflow.now(), workflow.random().getrandbits(74))
    return ChildCall(run_id, agent, step, input_)


async def run_child(parent: OpenedRun, call: ChildCall) -> RunResult:
    """Run the agent as a child Temporal workflow to its end; raises only when the parent itself is cancelled."""
    child = ChildOf(parent_run_id=parent.run_id, root_run_id=parent.root_run_id, agent=call.agent, step=call.step)
    try:
        return await workflow.execute_child_workflow(
            AgentRun.run,
            RunRequest(run_id=call.run_id, child=child, input=call.input),
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
