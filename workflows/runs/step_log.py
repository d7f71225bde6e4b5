"""Stores the states of a run's steps: changes that come while others are being written are written together."""

import asyncio
from dataclasses import dataclass, field

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from uuid import UUID

    from activities.runs import RunActivities
    from models.contracts.workflows.lifecycle import StepChange, StepChanges
    from models.contracts.workflows.signals import StepProgress
    from workflows.options import DATABASE
    from workflows.runs.failures import until_done


@dataclass
class StepLog:
    """The last state of each step of a run, and the changes that are not stored yet."""

    states: dict[str, StepProgress] = field(default_factory=dict)
    unwritten: tuple[StepChange, ...] = ()
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)


async def record_steps(log: StepLog, run_id: UUID, changes: tuple[StepChange, ...]) -> None:
    """Store changes; returns when they are stored."""
    for change in changes:
        log.states[change.path] = StepProgress(path=change.path, status=change.status, child_run_id=change.child_run_id)
    # Runs that recorded steps before 2026-12 wrote each change by itself.
    if not workflow.patched("step-changes-are-gathered"):
        await _write(run_id, changes)
        return
    now = workflow.now()
    log.unwritten += tuple(change.model_copy(update={"at": now}) for change in changes)
    async with log.writing:
        given, log.unwritten = log.unwritten, ()
        # Otherwise whoever wrote before has written these as well.
        if given:
            try:
                await _write(run_id, given)
            except BaseException:
                # Who writes is cancelled; the others are not.
                log.unwritten = given + log.unwritten
                raise


async def _write(run_id: UUID, changes: tuple[StepChange, ...]) -> None:
    given = StepChanges(run_id=run_id, at=workflow.now(), steps=changes)
    await until_done(lambda: workflow.execute_local_activity_method(RunActivities.record_steps, given, **DATABASE))
