"""Steps of a pipeline that run an agent: once, or once per item of a map."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.contracts.primitives.specs import StepSpec
    from models.contracts.runs.views import RunError
    from models.contracts.workflows.lifecycle import RunResult, StepChange
    from models.errors import Invalid, PayloadTooLarge
    from models.limits import MAX_VALUE_BYTES
    from models.rules.json.sizes import json_bytes, too_large
    from models.rules.retries import retry_delay
    from models.states import RunStatus, StepStatus
    from workflows.options import ONE_ATTEMPT
    from workflows.runs.expressions import evaluate
    from workflows.runs.failures import run_error
    from workflows.runs.lifecycle import RunLifecycle
    from workflows.steps.child_steps import child_step
    from workflows.steps.children import new_child


@dataclass(slots=True)
class StepResult:
    """The result of a step, for the expressions of later steps."""

    status: StepStatus
    output: JsonValue = None
    error: RunError | None = None

    def seen(self) -> JsonValue:
        """Return the value of `steps.<key>` in an expression."""
        return {
            "status": self.status.value,
            "output": self.output,
            "error": self.error.wire() if self.error else None,
        }


async def agent_step(life: RunLifecycle, step: StepSpec, change: StepChange, given: JsonValue) -> StepResult:
    """Run the step's agent with the step's retries; `change` is the step as it is stored while it runs."""
    retry = step.retry or ONE_ATTEMPT
    for attempt in range(1, retry.max_attempts + 1):
        result = await child_step(life, new_child(step.agent or "", change.path, given), change)
        if result.status is RunStatus.COMPLETED:
            return StepResult(StepStatus.COMPLETED, result.output)
        if result.error and result.error.type == PayloadTooLarge.code:
            break
        if attempt < retry.max_attempts:
            # Runs that began before 2026-12 called the agent again.
            if _was_ended(result) and workflow.patched("ended-children-are-not-retried"):
                break
            await life.sleep(retry_delay(retry, attempt), f"retrying step {change.path}")
    return StepResult(
        StepStatus.FAILED,
        error=result.error
        or RunError(type=result.status.value, message=result.reason or "the agent returned no result"),
    )


def _was_ended(result: RunResult) -> bool:
    """Return whether somebody has cancelled or terminated the child, which is not a failure of its agent."""
    return result.status is RunStatus.CANCELLED or (result.error is not None and result.error.type == "terminated")


@dataclass(frozen=True, slots=True)
class MapItems:
    """Consecutive items of a map step.

    Attributes:
        change: The map step as it is stored while it runs; each item is a step below it.
        first: Index of the first of `items` in the whole list.
        slots: Most items that run at once.
    """

    step: StepSpec
    change: StepChange
    items: Sequence[JsonValue]
    first: int
    variables: dict[str, JsonValue]
    slots: int


async def run_items(life: RunLifecycle, given: MapItems) -> list[StepResult]:
    """Run the agent once per item.

    Raises:
        PayloadTooLarge: the results together are larger than `MAX_VALUE_BYTES`; items that had not started do not run.
    """
    slots = asyncio.Semaphore(given.slots)
    size = 0

    async def one(index: int, item: JsonValue) -> StepResult:
        nonlocal size
        async with slots:
            if size > MAX_VALUE_BYTES:
                return StepResult(StepStatus.SKIPPED)
            result = await _run_item(life, given, index, item)
            size += json_bytes(result.output)
            return result

    results = await asyncio.gather(*(one(given.first + offset, item) for offset, item in enumerate(given.items)))
    if size > MAX_VALUE_BYTES:
        raise too_large(f"the list of results of step {given.step.key!r}", size)
    return results


async def _run_item(life: RunLifecycle, given: MapItems, index: int, item: JsonValue) -> StepResult:
    step = given.step
    change = given.change.model_copy(update={"path": f"{step.key}.{index}", "kind": "item"})
    try:
        input_ = await evaluate(step.input, {**given.variables, "item": item}) if step.input else item
    except Invalid as failure:
        error = run_error(failure)
        await life.steps(change.model_copy(update={"status": StepStatus.FAILED, "error": error}))
        return StepResult(StepStatus.FAILED, error=error)
    return await agent_step(life, step, change, input_)
