"""Stored plans of spreading."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.spread import SpreadPlanView
from models.errors import NotFound
from models.rules.spread.moves import Step
from models.store.tables.spread import StoredSpread

KEPT_UNAPPLIED = timedelta(days=7)
KEPT = timedelta(days=90)


async def keep_plan(session: AsyncSession, view: SpreadPlanView, steps: Sequence[Step]) -> None:
    """Store a plan; one that is there already stays, because it is the same. Old plans are deleted."""
    old = or_(
        StoredSpread.created_at < view.created_at - KEPT,
        and_(StoredSpread.created_at < view.created_at - KEPT_UNAPPLIED, StoredSpread.applied_at.is_(None)),
    )
    await session.execute(delete(StoredSpread).where(old))
    plan = {
        "id": view.plan_id,
        "created_at": view.created_at,
        "created_by": view.created_by,
        "answer": view.wire(),
        "steps": [{**asdict(step), "automation_id": str(step.automation_id)} for step in steps],
    }
    await session.execute(insert(StoredSpread).values(plan).on_conflict_do_nothing())


async def plan_by_id(session: AsyncSession, plan_id: UUID, *, lock: bool = False) -> StoredSpread:
    """Return a plan.

    Raises:
        NotFound: There is none, or it was deleted because it was old.
    """
    query = select(StoredSpread).where(StoredSpread.id == plan_id)
    found = await session.scalar(query.with_for_update(key_share=True) if lock else query)
    if found is None:
        raise NotFound(f"there is no plan {plan_id}", hint="Plans that are not applied are kept for a week.")
    return found


def steps_of(row: StoredSpread) -> list[Step]:
    return [Step(**{**step, "automation_id": UUID(step["automation_id"])}) for step in row.steps]


def view_of(row: StoredSpread, **more: Any) -> SpreadPlanView:
    """Return the plan as it was answered, with what was done with it since."""
    done = {
        "appliedAt": row.applied_at,
        "appliedBy": row.applied_by,
        "undoneAt": row.undone_at,
        "undoneBy": row.undone_by,
    }
    return SpreadPlanView.model_validate(
        {**row.answer, **{key: value and _text(value) for key, value in done.items()}, **more}
    )


def _text(value: datetime | str) -> str:
    return value.isoformat() if isinstance(value, datetime) else value
