"""What a workflow's run shows: the graph of its steps, with conditions, items and gates."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.details import Gate, GateDecision, ItemCounts, WorkflowDetails, WorkflowStep
from models.contracts.runs.facts import PlannedStep
from models.states import StepStatus
from models.store.runs.details.parts import Sums, part_fields, statuses_below, steps, sums_by_step
from models.store.tables.runs import Run, RunStep

ITEM, MAP, APPROVAL = "item", "map", "approval"


async def pipeline_details(session: AsyncSession, run: Run) -> WorkflowDetails:
    rows = await steps(session, run.id, RunStep.kind != ITEM)
    sums = await sums_by_step(session, run.id, depth=1)
    items = await statuses_below(session, run.id, [row.path for row in rows if row.kind == MAP])
    decisions = await _decisions(session, run.id, rows)
    return WorkflowDetails(
        steps=tuple(_step(row, sums, items.get(row.path, {}), decisions.get(row.path)) for row in rows)
    )


async def _decisions(session: AsyncSession, run_id: uuid.UUID, rows: Sequence[RunStep]) -> Mapping[str, GateDecision]:
    decided = [row.path for row in rows if row.kind == APPROVAL and row.finished_at]
    if not decided:
        return {}
    query = select(RunStep.path, RunStep.output).where(RunStep.run_id == run_id, RunStep.path.in_(decided))
    return {
        path: GateDecision(
            approved=output["approved"],
            by=output["by"],
            by_is_claimed=output.get("byIsClaimed", True),
            comment=output.get("comment") or "",
        )
        for path, output in await session.execute(query)
        if isinstance(output, dict) and "approved" in output
    }


def _step(row: RunStep, sums: Sums, items: dict[StepStatus, int], decision: GateDecision | None) -> WorkflowStep:
    plan = PlannedStep.model_validate(row.facts) if row.facts else None
    until = _until(row.started_at, plan)
    return WorkflowStep(
        **part_fields(row, sums),
        action=row.kind,
        does=plan.does if plan else "",
        needs=plan.needs if plan else None,
        when=plan.when if plan else None,
        condition=_condition(row, plan),
        continues=plan.continues if plan else False,
        until=until if row.kind == "wait" else None,
        items=ItemCounts(total=plan.items if plan else None, by_status=items) if row.kind == MAP else None,
        gate=Gate(question=row.detail or "", expires_at=until, decision=decision) if row.kind == APPROVAL else None,
    )


def _until(started_at: datetime | None, plan: PlannedStep | None) -> datetime | None:
    if started_at is None or plan is None or plan.seconds is None:
        return None
    return started_at + timedelta(seconds=plan.seconds)


def _condition(row: RunStep, plan: PlannedStep | None) -> bool | None:
    """Return whether the step's condition held; a step that was skipped without one was never reached."""
    if row.status is StepStatus.SKIPPED:
        return False if row.detail else None
    return True if plan and plan.when and row.started_at else None
