"""A pulse evaluation: collect the members' runs since the last one, rank them, change capacities within bounds."""

from datetime import timedelta

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.pulses import PulseActivities
    from models.contracts.primitives.specs import PulseSpec
    from models.contracts.runs.facts import PulseFacts
    from models.contracts.workflows.lifecycle import OpenedRun, RunRequest, RunResult, StepChange
    from models.contracts.workflows.pulses import CapacityChanges, MemberRecords
    from models.contracts.workflows.signals import SignalNote
    from models.kinds import KINDS, Kind
    from models.rules.pulse import capacity_changes, rank, report
    from models.states import StepStatus
    from workflows.options import DATABASE, SETTLE_POLL_SECONDS
    from workflows.runs.failures import until_done
    from workflows.runs.lifecycle import RunLifecycle
    from workflows.runs.signals import read_argument


@workflow.defn(name=KINDS[Kind.PULSE].temporal_type)
class PulseEvaluation(RunLifecycle):
    """Evaluates a pulse once."""

    def __init__(self) -> None:
        super().__init__()
        self._hurry = False

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        """Execute the run: open, body, close."""
        return await self.live(Kind.PULSE, request, self._evaluate)

    @workflow.signal
    def evaluate_now(self, argument: JsonValue = None) -> None:
        """Stop waiting for members' running runs. The argument is a `SignalNote`."""
        try:
            read_argument(SignalNote, argument)
        except ApplicationError as error:
            self.refuse("evaluate_now", error)
            return
        self._hurry = True
        self.touches.intervene()

    async def _evaluate(self, run: OpenedRun) -> JsonValue:
        spec = PulseSpec.model_validate(run.spec)
        records = await self._collect(run, spec)
        self._facts = facts = _facts(spec, records)
        await self.unpaused()
        rankings = rank(spec, records)
        self._facts = facts = facts.model_copy(update={"rankings": rankings})
        changes = capacity_changes(spec, records, rankings)
        if changes:
            given = CapacityChanges(run_id=run.run_id, changes=changes)
            await until_done(
                lambda: workflow.execute_local_activity_method(PulseActivities.change_capacities, given, **DATABASE)
            )
        self._facts = facts.model_copy(update={"changes": changes})
        return report(spec, records, rankings, changes)

    async def _collect(self, run: OpenedRun, spec: PulseSpec) -> MemberRecords:
        collecting = StepChange(path="collect", key="collect", kind="collect", status=StepStatus.RUNNING)
        await self.steps(collecting)
        deadline = workflow.now() + timedelta(seconds=spec.settle_seconds)
        records = await self._records(run)
        while records.open_runs and not self._hurry and workflow.now() < deadline:
            left = (deadline - workflow.now()).total_seconds()
            async with self.waiting(f"{records.open_runs} member runs are still open"):
                await self._hurried(min(left, SETTLE_POLL_SECONDS))
            records = await self._records(run)
        found = f"{sum(member.finished for member in records.members)} finished runs of {len(records.members)} members"
        await self.steps(collecting.model_copy(update={"status": StepStatus.COMPLETED, "detail": found}))
        return records

    async def _hurried(self, seconds: float) -> None:
        try:
            await workflow.wait_condition(lambda: self._hurry, timeout=seconds)
        except TimeoutError:
            return

    async def _records(self, run: OpenedRun) -> MemberRecords:
        return await until_done(
            lambda: workflow.execute_local_activity_method(PulseActivities.member_records, run.run_id, **DATABASE)
        )


def _facts(spec: PulseSpec, records: MemberRecords) -> PulseFacts:
    return PulseFacts(
        goal=spec.goal,
        since=records.since,
        until=records.until,
        open_runs=records.open_runs,
        members=records.members,
        before=records.before,
    )
