"""What a campaign's run shows: missions and tasks, what they cost, and the after-action report."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.primitives.specs import CampaignSpec
from models.contracts.runs.details import AfterActionReport, CampaignDetails, MissionView, TaskFailures, TaskView
from models.contracts.runs.facts import CampaignFacts
from models.states import OPEN_STATUSES, StepStatus
from models.store.runs.details.parts import (
    NO_CHILDREN,
    Sums,
    by_status,
    part,
    part_fields,
    short_error,
    steps,
    sums_above,
    sums_by_step,
)
from models.store.tables.runs import Run, RunStep

PLANNER, MISSION, TASK = "planner", "mission", "task"
MOST_FAILURES = 20


async def campaign_details(session: AsyncSession, run: Run) -> CampaignDetails:
    rows = await steps(session, run.id)
    sums = await sums_by_step(session, run.id)
    costs = sums_above(sums)
    tasks: dict[str, list[RunStep]] = defaultdict(list)
    for row in rows:
        if row.kind == TASK:
            tasks[row.path.rpartition(".")[0]].append(row)
    missions = [row for row in rows if row.kind == MISSION]
    facts = _facts(run)
    return CampaignDetails(
        objective=facts.objective if facts else None,
        required_rate=facts.min_success_rate if facts else None,
        planner=next((part(row, sums, row.key) for row in rows if row.kind == PLANNER), None),
        missions=tuple(_mission(row, tasks[row.path], sums, costs) for row in missions),
        report=_report(run, [row for row in rows if row.kind == TASK], costs, facts),
    )


def _facts(run: Run) -> CampaignFacts | None:
    if run.facts:
        return CampaignFacts.model_validate(run.facts)
    if run.status not in OPEN_STATUSES:
        return None
    # Written when the run closes; until then its spec says the same, unless somebody has edited that meanwhile.
    spec = CampaignSpec.model_validate(run.primitive.spec)
    return CampaignFacts(objective=spec.objective, min_success_rate=spec.min_success_rate)


def _mission(row: RunStep, tasks: Sequence[RunStep], sums: Sums, costs: Sums) -> MissionView:
    return MissionView(
        path=row.path,
        name=row.key,
        status=row.status,
        started_at=row.started_at,
        finished_at=row.finished_at,
        cost=costs.get(row.path, NO_CHILDREN).view(),
        by_status=by_status(tasks),
        tasks=tuple(TaskView(**part_fields(task, sums, task.detail)) for task in tasks),
    )


def _report(run: Run, tasks: Sequence[RunStep], costs: Sums, facts: CampaignFacts | None) -> AfterActionReport | None:
    """Judge as the workflow does: skipped tasks do not count."""
    if not tasks:
        return None
    counted = [row for row in tasks if row.status is not StepStatus.SKIPPED]
    completed = sum(row.status is StepStatus.COMPLETED for row in counted)
    rate = 100 * completed / len(counted) if counted else None
    is_over = run.status not in OPEN_STATUSES
    enough = None if facts is None or not is_over else (100.0 if rate is None else rate) >= facts.min_success_rate
    return AfterActionReport(
        tasks=len(counted),
        by_status=by_status(tasks),
        success_rate=rate,
        is_met=enough,
        failures=_failures(tasks),
        slowest=_slowest(tasks),
        costliest=_costliest(costs),
    )


def _failures(tasks: Sequence[RunStep]) -> tuple[TaskFailures, ...]:
    found: dict[tuple[str, str], TaskFailures] = {}
    for row in tasks:
        error = short_error(row.error)
        if error is None:
            continue
        key = error.type, error.message
        before = found.get(key)
        found[key] = TaskFailures(
            error=error, tasks=before.tasks + 1 if before else 1, first=before.first if before else row.path
        )
    most_first = sorted(found.values(), key=lambda one: -one.tasks)
    return tuple(most_first[:MOST_FAILURES])


def _slowest(tasks: Sequence[RunStep]) -> str | None:
    ended = [(row.finished_at - row.started_at, row.path) for row in tasks if row.started_at and row.finished_at]
    return max(ended)[1] if len(ended) > 1 else None


def _costliest(costs: Sums) -> str | None:
    known = [(sums.known_usd, path) for path, sums in costs.items() if sums.known_usd]
    return max(known)[1] if len(known) > 1 else None
