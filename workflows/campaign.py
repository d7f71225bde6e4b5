"""A campaign run: missions in sequence, the tasks of each in parallel, an after-action report at the end."""

import asyncio
from functools import partial

from pydantic import JsonValue, ValidationError
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.runs import RunActivities
    from models.contracts.primitives.specs import CampaignSpec, MissionSpec
    from models.contracts.runs.facts import CampaignFacts
    from models.contracts.runs.views import RunError
    from models.contracts.workflows.lifecycle import OpenedRun, RunRequest, RunResult, StepChange
    from models.contracts.workflows.signals import AgentCheck, NewTask, TaskChanged, TaskRef
    from models.errors import Invalid
    from models.kinds import KINDS, Kind
    from models.rules.json.answers import json_object
    from models.rules.specs.campaigns import check_missions, check_task_count
    from models.states import RunStatus, StepStatus
    from workflows.options import DATABASE
    from workflows.runs.failures import until_done
    from workflows.runs.lifecycle import RunLifecycle
    from workflows.runs.signals import invalid, read_argument
    from workflows.steps.child_steps import child_step
    from workflows.steps.children import new_child
    from workflows.steps.missions import (
        Mission,
        Task,
        after_action_report,
        mission_for,
        mission_step,
        pending_steps,
        pending_task,
        task_step,
    )
    from workflows.steps.turns import in_turns

STEPS_AT_ONCE = 200
"""Thousands of steps in one call take longer than the two seconds that workflow code may run without a pause."""


PLAN_SHAPE = (
    'JSON: {"missions": [{"name": text, "tasks": [{"name": text, "agent": slug of one of the agents, '
    '"input": any JSON, optional}]}]}; missions run one after the other, the tasks of one in parallel'
)


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

    @workflow.signal(unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def add_task(self, argument: JsonValue = None) -> None:
        """Add a task to an open mission: the one named, else the last. The argument is a `NewTask`."""
        try:
            await self._add_task(argument)
        except (ActivityError, ApplicationError) as error:
            self.refuse("add_task", error)

    @workflow.signal
    def skip_task(self, argument: JsonValue = None) -> None:
        """Skip a task that has not started. The argument is a `TaskRef`."""
        try:
            self._skip_task(argument)
        except ApplicationError as error:
            self.refuse("skip_task", error)

    @workflow.update(name="add_task", unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def add_task_update(self, argument: JsonValue = None) -> TaskChanged:
        """Same as the signal, but returns the result or the error."""
        return await self._add_task(argument)

    @workflow.update(name="skip_task")
    def skip_task_update(self, argument: JsonValue = None) -> TaskChanged:
        """Same as the signal, but returns the result or the error."""
        return self._skip_task(argument)

    @add_task_update.validator
    def _may_add_task(self, argument: JsonValue = None) -> None:
        mission_for(self._missions, read_argument(NewTask, argument))

    @skip_task_update.validator
    def _may_skip_task(self, argument: JsonValue = None) -> None:
        pending_task(self._missions, read_argument(TaskRef, argument))

    async def _add_task(self, argument: JsonValue) -> TaskChanged:
        task = read_argument(NewTask, argument)
        mission_for(self._missions, task)
        # Runs that were signalled before 2026-12 asked for no agent.
        if workflow.patched("add-task-checks-the-agent"):
            check = AgentCheck(agent=task.agent)
            if not await until_done(
                lambda: workflow.execute_local_activity_method(RunActivities.agent_exists, check, **DATABASE)
            ):
                raise invalid(f"there is no agent {task.agent!r}", "agent")
        # Again, since missions may have closed meanwhile.
        mission = mission_for(self._missions, task)
        self.touches.intervene()
        mission.add(task.name, task.agent, task.input)
        return TaskChanged(mission=mission.name, task=task.name)

    def _skip_task(self, argument: JsonValue) -> TaskChanged:
        mission, task = pending_task(self._missions, read_argument(TaskRef, argument))
        task.status = StepStatus.SKIPPED
        self.touches.intervene()
        return TaskChanged(mission=mission.name, task=task.name)

    async def _carry_out(self, run: OpenedRun) -> JsonValue:
        spec = CampaignSpec.model_validate(run.spec)
        self._facts = CampaignFacts(objective=spec.objective, min_success_rate=spec.min_success_rate)
        self._slots = asyncio.Semaphore(spec.concurrency)
        # Runs that started before 2026-12 had no limit, nor had specs; they recorded all tasks at once.
        limited = workflow.patched("campaign-limits")
        if limited:
            check_task_count(spec.missions)
        for number, planned in enumerate(spec.missions or await self._plan(spec)):
            mission = Mission(planned.name, number)
            for task in planned.tasks:
                mission.add(task.name, task.agent, task.input)
            self._missions.append(mission)
        pending = [change for mission in self._missions for change in pending_steps(mission)]
        at_once = STEPS_AT_ONCE if limited else len(pending)
        for first in range(0, len(pending), at_once):
            await self.steps(*pending[first : first + at_once])
        for mission in self._missions:
            await self._mission(spec, mission)
        return after_action_report(spec, self._missions)

    async def _plan(self, spec: CampaignSpec) -> tuple[MissionSpec, ...]:
        planner = spec.planner or ""
        self.tell(f"{planner} plans the missions")
        step = StepChange(path="plan", key=planner, kind="planner", status=StepStatus.PENDING, position=-1)
        question: dict[str, JsonValue] = {
            "objective": spec.objective,
            "input": self.opened.input,
            "agents": list(self.opened.capacities),
        }
        # Planners that were asked before 2026-12 were told no agents but themselves, and no shape of the answer.
        if workflow.patched("planner-is-told-the-agents"):
            run_id = self.opened.run_id
            agents = await until_done(
                lambda: workflow.execute_local_activity_method(RunActivities.list_agents, run_id, **DATABASE)
            )
            others: list[JsonValue] = [agent.wire() for agent in agents if agent.slug != planner]
            question |= {"agents": others, "answerWith": PLAN_SHAPE}
        result = await child_step(self, new_child(planner, "plan", question), step)
        try:
            plan = json_object(result.output) if result.status is RunStatus.COMPLETED else None
            if plan is None:
                raise ValueError(result.error.message if result.error else "the answer is not an object")
            missions = CampaignSpec.model_validate(
                {"objective": spec.objective, "missions": plan.get("missions")}
            ).missions
            if not missions:
                raise ValueError("the answer has no missions")
            if workflow.patched("campaign-limits"):
                check_missions(missions, field="missions")
        except (ValidationError, ValueError, Invalid) as failure:
            message = f"the planner {planner!r} returned no usable missions: {failure}"
            raise ApplicationError(message, type="agent_answer_invalid", non_retryable=True) from failure
        return missions

    async def _mission(self, spec: CampaignSpec, mission: Mission) -> None:
        self.tell(f"mission {mission.name}")
        await self.steps(mission_step(mission, StepStatus.RUNNING))
        begun = 0
        while begun < len(mission.tasks):
            # Tasks that were added while these ran are the next round.
            tasks = mission.tasks[begun:]
            begun = len(mission.tasks)
            # Runs that began before 2026-12 had an asyncio task per task of the mission.
            if workflow.patched("campaign-tasks-in-turns"):
                given = [(task.agent, task) for task in tasks]
                work = partial(self._carry_out_task, spec, mission)
                await in_turns(given, self.opened.capacities, self._slots, work)
            else:
                await asyncio.gather(*(self._task(spec, mission, task) for task in tasks))
        mission.closed = True
        failed = sum(task.status is StepStatus.FAILED for task in mission.tasks)
        error = RunError(type="tasks_failed", message=f"{failed} of {len(mission.tasks)} tasks failed")
        status = StepStatus.FAILED if failed else StepStatus.COMPLETED
        await self.steps(mission_step(mission, status, error if failed else None))

    async def _task(self, spec: CampaignSpec, mission: Mission, task: Task) -> None:
        capacity = self.opened.capacities.get(task.agent, 1)
        own = self._agent_slots.setdefault(task.agent, asyncio.Semaphore(capacity))
        async with own, self._slots:
            await self._carry_out_task(spec, mission, task)

    async def _carry_out_task(self, spec: CampaignSpec, mission: Mission, task: Task) -> None:
        await self.unpaused()
        step = task_step(mission, task)
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
