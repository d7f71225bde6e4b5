"""The missions and tasks of a campaign run: their states, their steps, and the after-action report."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.contracts.primitives.specs import CampaignSpec
    from models.contracts.runs.views import RunError
    from models.contracts.workflows.lifecycle import RunResult, StepChange
    from models.contracts.workflows.signals import NewTask, TaskRef
    from models.errors import PayloadTooLarge
    from models.limits import MAX_CAMPAIGN_TASKS
    from models.states import StepStatus
    from workflows.runs.signals import conflict, invalid


@dataclass(slots=True)
class Task:
    """A task of this run and its state."""

    name: str
    agent: str
    input: JsonValue
    position: int
    status: StepStatus = StepStatus.PENDING
    result: RunResult | None = None


@dataclass(slots=True)
class Mission:
    """A mission of this run; tasks can be added until it is closed."""

    name: str
    position: int
    tasks: list[Task] = field(default_factory=list)
    closed: bool = False

    def add(self, name: str, agent: str, input_: JsonValue) -> None:
        self.tasks.append(Task(name, agent, input_, len(self.tasks)))


def mission_for(missions: Sequence[Mission], task: NewTask) -> Mission:
    """Return the mission that a task is added to; raise `invalid` or `conflict`."""
    if task.mission is not None and task.mission not in {mission.name for mission in missions}:
        raise invalid(f"this run has no mission {task.mission!r}", "mission")
    mission = next((m for m in reversed(missions) if not m.closed and task.mission in (None, m.name)), None)
    if mission is None:
        raise conflict(f"mission {task.mission!r} has ended" if task.mission else "no mission is open")
    if any(known.name == task.name for known in mission.tasks):
        raise conflict(f"mission {mission.name!r} has a task {task.name!r} already")
    if sum(len(m.tasks) for m in missions) >= MAX_CAMPAIGN_TASKS:
        raise conflict(f"the run has {MAX_CAMPAIGN_TASKS} tasks, which is the most")
    return mission


def pending_task(missions: Sequence[Mission], ref: TaskRef) -> tuple[Mission, Task]:
    """Return the task that is to be skipped; raise `invalid` or `conflict`."""
    found = [
        (mission, task)
        for mission in missions
        for task in mission.tasks
        if ref.task in (task.name, f"{mission.name}/{task.name}")
    ]
    if not found:
        raise invalid(f"this run has no task {ref.task!r}", "task")
    pending = [(mission, task) for mission, task in found if task.status is StepStatus.PENDING]
    if not pending:
        raise conflict(f"task {ref.task!r} has started or ended already")
    if len(pending) > 1:
        names = ", ".join(f"{mission.name}/{task.name}" for mission, task in pending)
        raise conflict(f"{len(pending)} tasks are called {ref.task!r}; name one of them: {names}")
    return pending[0]


def after_action_report(spec: CampaignSpec, missions: Sequence[Mission]) -> JsonValue:
    """Return the after-action report.

    Raises:
        ApplicationError: fewer tasks succeeded than the spec requires; the message lists the failures.
    """
    tasks = [task for mission in missions for task in mission.tasks]
    counted = [task for task in tasks if task.status is not StepStatus.SKIPPED]
    completed = sum(task.status is StepStatus.COMPLETED for task in counted)
    rate = 100 * completed / len(counted) if counted else 100.0
    if rate < spec.min_success_rate:
        failures = "; ".join(
            f"{task.name} ({task.agent}): {task.result.error.message}"
            for task in counted
            if task.result and task.result.error
        )
        message = f"{completed} of {len(counted)} tasks completed, {spec.min_success_rate:g}% are required: {failures}"
        raise ApplicationError(message, type="campaign_failed", non_retryable=True)
    return {
        "objective": spec.objective,
        "tasks": len(tasks),
        "completed": completed,
        "failed": len(counted) - completed,
        "skipped": len(tasks) - len(counted),
        "successRate": round(rate, 2),
        "missions": [
            {"name": mission.name, "tasks": [_reported(task) for task in mission.tasks]} for mission in missions
        ],
    }


def pending_steps(mission: Mission) -> list[StepChange]:
    return [mission_step(mission, StepStatus.PENDING), *(task_step(mission, task) for task in mission.tasks)]


def mission_step(mission: Mission, status: StepStatus, error: RunError | None = None) -> StepChange:
    return StepChange(
        path=f"m{mission.position}",
        key=mission.name,
        kind="mission",
        status=status,
        position=mission.position,
        error=error,
    )


def task_step(mission: Mission, task: Task) -> StepChange:
    return StepChange(
        path=f"m{mission.position}.t{task.position}",
        key=task.name,
        kind="task",
        status=task.status,
        position=task.position,
        detail=task.agent,
    )


def _reported(task: Task) -> JsonValue:
    failed = task.result.error if task.result else None
    # A task whose input was too large has no run.
    ran = task.result if not failed or failed.type != PayloadTooLarge.code else None
    return {
        "name": task.name,
        "agent": task.agent,
        "status": task.status.value,
        "runId": str(ran.run_id) if ran else None,
        "error": failed.message if failed else None,
    }
