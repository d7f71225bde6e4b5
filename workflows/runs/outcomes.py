"""How a run ends: its outcome, and work that has to finish although the run is being cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from pydantic import JsonValue
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.contracts.workflows.lifecycle import OpenedRun, RunOutcome
    from models.states import RunStatus
    from workflows.runs.failures import run_error

Answer = TypeVar("Answer")


def outcome_of(
    run: OpenedRun,
    status: RunStatus,
    *,
    output: JsonValue = None,
    reason: str | None = None,
    failure: BaseException | None = None,
) -> RunOutcome:
    """Return the outcome of a run that ends now."""
    return RunOutcome(
        run_id=run.run_id,
        status=status,
        finished_at=workflow.now(),
        output=output,
        reason=reason,
        error=run_error(failure) if failure else None,
    )


async def uncancelled(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Await work that has to finish even where the Temporal workflow is cancelled meanwhile.

    The cancellation is then raised at the current task's next wait.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        answer = await task
        current = asyncio.current_task()
        if current:
            current.cancel()
        return answer
