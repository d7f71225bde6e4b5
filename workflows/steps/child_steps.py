"""Runs a child as a step, which is stored when it starts and when it ends."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.contracts.workflows.lifecycle import RunResult, StepChange
    from models.errors import PayloadTooLarge
    from models.rules.json.sizes import check_size
    from models.states import RunStatus, StepStatus
    from workflows.runs.failures import run_error
    from workflows.runs.lifecycle import RunLifecycle
    from workflows.steps.children import ChildCall, run_child

STEP_STATUS = {
    RunStatus.COMPLETED: StepStatus.COMPLETED,
    RunStatus.CANCELLED: StepStatus.CANCELLED,
}


async def child_step(life: RunLifecycle, call: ChildCall, step: StepChange) -> RunResult:
    """Wait while paused, run the child and store the step; a failure is returned, not raised.

    An input that is too large fails the step before there is a child.
    """
    await life.unpaused()
    try:
        check_size(call.input, f"the input of {step.path}")
    except PayloadTooLarge as failure:
        refused = RunResult(run_id=call.run_id, status=RunStatus.FAILED, error=run_error(failure))
        await life.steps(step.model_copy(update={"status": StepStatus.FAILED, "error": refused.error}))
        return refused
    begun = step.model_copy(update={"status": StepStatus.RUNNING, "child_run_id": call.run_id})
    await life.steps(begun)
    result = await run_child(life.opened, call)
    ended = {"status": STEP_STATUS.get(result.status, StepStatus.FAILED), "error": result.error}
    await life.steps(begun.model_copy(update=ended))
    return result
