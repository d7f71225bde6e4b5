"""Reads and writes of a run's row, as local activities."""

from pydantic import JsonValue
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from uuid import UUID

    from activities.runs import RunActivities
    from activities.senders import SenderActivities
    from models.contracts.workflows.lifecycle import OpenedRun, OpenRun, RunMark, RunOutcome, RunTouches
    from models.contracts.workflows.signals import RunPause
    from models.states import RunStatus
    from workflows.options import DATABASE
    from workflows.runs.failures import until_done


async def open_run(opening: OpenRun) -> OpenedRun:
    return await until_done(lambda: workflow.execute_local_activity_method(RunActivities.open_run, opening, **DATABASE))


async def mark_run(run_id: UUID, status: RunStatus) -> None:
    mark = RunMark(run_id=run_id, status=status)
    await until_done(lambda: workflow.execute_local_activity_method(RunActivities.mark_run, mark, **DATABASE))


async def record_touches(touches: RunTouches) -> None:
    await until_done(lambda: workflow.execute_local_activity_method(RunActivities.record_touches, touches, **DATABASE))


async def record_pause(pause: RunPause) -> bool:
    """Write a pause on the row; return whether it is verified by whom."""
    return bool(
        await until_done(
            lambda: workflow.execute_local_activity_method(SenderActivities.record_pause, pause, **DATABASE)
        )
    )


async def recorded_output(run_id: UUID) -> JsonValue:
    return await until_done(
        lambda: workflow.execute_local_activity_method(RunActivities.recorded_output, run_id, **DATABASE)
    )


async def close_run(outcome: RunOutcome) -> RunStatus:
    return await until_done(
        lambda: workflow.execute_local_activity_method(RunActivities.close_run, outcome, **DATABASE)
    )
