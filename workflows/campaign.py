"""A campaign run: missions in sequence, the tasks of each in parallel, an after-action report at the end."""

import asyncio
from dataclasses import dataclass, field

from pydantic import JsonValue, ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.contracts.lifecycle import OpenedRun, RunRequest, RunResult, StepChange
    from models.contracts.runs import RunError
    from models.contracts.signals import NewTask, TaskRef
    from models.contracts.specs import CampaignSpec, MissionSpec
    from models.kinds import KINDS, Kind
    from models.states import RunStatus, StepStatus
    from workflows.children import new_child
    from workflows.lifecycle import RunLifecycle
    from workflows.stepping import child_step

MOST_TASKS = 2000
"""The history of a run with so many tasks stays well below Temporal's limit of 51,200 events."""


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


@workflow.defn(name=KINDS[Kind.CAMPAIGN].temporal_type)
class CampaignRun(RunLifecycle):
    """Executes the missions of a campaign."""

    def __init__(self) -> None:
        super().__init__()
        self._missions: list[Mission] = []
        self._slots = asyncio.Semaphore(1)
        self._agent_slots: dict[str, asyncio.Semaphore] = {}

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        """Execute the run: open, body, close."""
        return await self.live(Kind.CAMPAIGN, request, self._carry_out)

    @workflow.signal
    def add_task(self, task: NewTask) -> None:
        """Add a task to the open mission that is named, or to the last open one."""
        mission = next((m for m in reversed(self._missions) if not m.closed and task.mission in (None, m.name)), None)
        taken = mission is None or any(known.name == task.name for known in mission.tasks)
        if mission is None or taken or sum(len(m.tasks) for m in self._missions) >= MOST_TASKS:
            workflow.logger.warning("task not added: no open mission, the name is taken, or too many tasks")
            return
        mission.add(task.name, task.agent, task.input)

    @workflow.signal
    def skip_task(self, ref: TaskRef) -> None:
        """Skip a task that has not started."""
        for mission in self._missions:
            for task in mission.tasks:
                if ref.task in (task.name, f"{mission.name}/{task.name}") and task.status is StepStatus.PENDING:
                    task.status = StepStatus.SKIPPED

    async def _carry_out(self, run: OpenedRun) -> JsonValue:
        spec = CampaignSpec.model_validate(run.spec)
        self._slots = asyncio.Semaphore(spec.concurrency)
        for number, planned in enumerate(spec.missions or await self._plan(spec)):
            mission = Mission(planned.name, number)
            for task in planned.tasks:
                mission.add(task.name, task.agent, task.input)
            self._missions.append(mission)
        await self.steps(*(change for mission in self._missions for change in _pending(mission)))
        for mission in self._missions:
            await self._mission(spec, mission)
        return self._report(spec)

    async def _plan(self, spec: CampaignSpec) -> tuple[MissionSpec, ...]:
        planner = spec.planner or ""
        self.tell(f"{planner} plans the missions")
        step = StepChange(path="plan", key=planner, kind="planner", status=StepStatus.PENDING, position=-1)
        question: JsonValue = {"objective": spec.objective, "input": self.opened.input, "agents": _names(self.opened)}
        result = await child_step(self, new_child(planner, "plan", question), step)
        try:
            if result.status is not RunStatus.COMPLETED or not isinstance(result.output, dict):
                raise ValueError(result.error.message if result.error else "the answer is not an object")
            return CampaignSpec.model_validate({"objective": spec.objective, **result.output}).missions
        except (ValidationError, ValueError) as failure:
            message = f"the planner {planner!r} returned no usable missions: {failure}"
            raise ApplicationError(message, type="agent_answer_invalid", non_retryable=True) from failure

    async def _mission(self, spec: CampaignSpec, mission: Mission) -> None:
        self.tell(f"mission {mission.name}")
        await self.steps(_mission_step(mission, StepStatus.RUNNING))
        begun = 0
        while begun < len(mission.tasks):
            # Tasks that were added while these ran are the next round.
            tasks = mission.tasks[begun:]
            begun = len(mission.tasks)
            await asyncio.gather(*(self._task(spec, mission, task) for task in tasks))
        mission.closed = True
        failed = sum(task.status is StepStatus.FAILED for task in mission.tasks)
        error = RunError(type="tasks_failed", message=f"{failed} of {len(mission.tasks)} tasks failed")
        status = StepStatus.FAILED if failed else StepStatus.COMPLETED
        await self.steps(_mission_step(mission, status, error if failed else None))

    async def _task(self, spec: CampaignSpec, mission: Mission, task: Task) -> None:
        capacity = self.opened.capacities.get(task.agent, 1)
        own = self._agent_slots.setdefault(task.agent, asyncio.Semaphore(capacity))
        async with own, self._slots:
            await self.unpaused()
            step = _task_step(mission, task)
            if task.status is StepStatus.SKIPPED:
                await self.steps(step)
                return
            task.status = StepStatus.RUNNING
            given: JsonValue = {
                "objective": spec.objective,
                "mission": mission.name,
                "task": task.name,
                "input": task.input if task.input is not None else self.opened.input,
            }
            task.result = await child_step(self, new_child(task.agent, step.path, given), step)
            done = task.result.status is RunStatus.COMPLETED
            task.status = StepStatus.COMPLETED if done else StepStatus.FAILED

    def _report(self, spec: CampaignSpec) -> JsonValue:
        """Return the after-action report.

        Raises:
            ApplicationError: fewer tasks succeeded than the spec requires; the message lists the failures.
        """
        tasks = [task for mission in self._missions for task in mission.tasks]
        counted = [task for task in tasks if task.status is not StepStatus.SKIPPED]
        completed = sum(task.status is StepStatus.COMPLETED for task in counted)
        rate = 100 * completed / len(counted) if counted else 100.0
        if rate < spec.min_success_rate:
            failures = "; ".join(
                f"{task.name} ({task.agent}): {task.result.error.message}"
                for task in counted
                if task.result and task.result.error
            )
            message = (
                f"{completed} of {len(counted)} tasks completed, {spec.min_success_rate:g}% are required: {failures}"
            )
            raise ApplicationError(message, type="campaign_failed", non_retryable=True)
        return {
            "objective": spec.objective,
            "tasks": len(tasks),
            "completed": completed,
            "failed": len(counted) - completed,
            "skipped": len(tasks) - len(counted),
            "successRate": round(rate, 2),
            "missions": [
                {"name": mission.name, "tasks": [_reported(task) for task in mission.tasks]}
                for mission in self._missions
            ],
        }


def _pending(mission: Mission) -> list[StepChange]:
    return [_mission_step(mission, StepStatus.PENDING), *(_task_step(mission, task) for task in mission.tasks)]


def _mission_step(mission: Mission, status: StepStatus, error: RunError | None = None) -> StepChange:
    return StepChange(
        path=f"m{mission.position}",
        key=mission.name,
        kind="mission",
        status=status,
        position=mission.position,
        error=error,
    )


def _task_step(mission: Mission, task: Task) -> StepChange:
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
    return {
        "name": task.name,
        "agent": task.agent,
        "status": task.status.value,
        "runId": str(task.result.run_id) if task.result else None,
        "error": failed.message if failed else None,
    }


def _names(run: OpenedRun) -> list[JsonValue]:
    return list(run.capacities)
