"""What a run is expected to cost: by its automation's known costs, else by its primitive's."""

from collections.abc import Iterable
from decimal import Decimal
from typing import cast
from uuid import UUID

from sqlalchemy import Table, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.cost import expected_cost
from models.states import OPEN_STATUSES
from models.store.stats.folding import known_costs
from models.store.tables.budgets import Budget, PrimitiveCosts
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats

COSTS_KEPT = 50
_NEWEST = 200
"""How many runs of a primitive are read for its costs until a budget has counted one."""

_ADD = text(
    """
    INSERT INTO primitive_costs (primitive_id, recent_costs)
    VALUES (:primitive_id, jsonb_build_array(CAST(:cost AS text)))
    ON CONFLICT (primitive_id) DO UPDATE SET recent_costs =
        CASE WHEN jsonb_array_length(primitive_costs.recent_costs) < :kept THEN primitive_costs.recent_costs
             ELSE primitive_costs.recent_costs - 0 END || excluded.recent_costs
    """
)


async def expected_usd(
    session: AsyncSession, primitive_id: UUID, automation_id: UUID | None, budgets: Iterable[Budget]
) -> Decimal | None:
    """Return what a run is expected to cost; None while nothing is known and no budget sets an estimate."""
    own = select(AutomationStats.recent_costs).where(AutomationStats.automation_id == automation_id).scalar_subquery()
    of_primitive = select(PrimitiveCosts.recent_costs).where(PrimitiveCosts.primitive_id == primitive_id)
    costs, others = (await session.execute(select(own, of_primitive.scalar_subquery()))).one()
    found = expected_cost(known_costs(costs or []))
    if found is None:
        found = expected_cost([Decimal(one) for one in others] if others else await _newest(session, primitive_id))
    if found is None:
        found = max((one.estimate_usd for one in budgets if one.estimate_usd is not None), default=None)
    return found


async def keep_cost(session: AsyncSession, run: Run) -> None:
    """Remember what a closed run has cost, if all of it is known."""
    if run.cost_usd is None or run.unknown_costs:
        return
    given = {"primitive_id": run.primitive_id, "cost": f"{run.cost_usd:f}", "kept": COSTS_KEPT}
    await session.execute(_ADD, given)


async def learn_costs(session: AsyncSession, primitive_id: UUID) -> None:
    """Remember the known costs of a primitive's newest runs, unless that is done."""
    costs = [f"{cost:f}" for cost in await _newest(session, primitive_id)]
    if costs:
        table = cast("Table", PrimitiveCosts.__table__)
        given = insert(table).values(primitive_id=primitive_id, recent_costs=costs[-COSTS_KEPT:])
        await session.execute(given.on_conflict_do_nothing())


async def _newest(session: AsyncSession, primitive_id: UUID) -> list[Decimal]:
    """Return the known costs among a primitive's newest runs, oldest first."""
    newest = (
        select(Run.id, Run.status, Run.started_at, Run.unknown_costs, Run.cost_usd, Run.queued_at)
        .where(Run.primitive_id == primitive_id)
        .order_by(Run.queued_at.desc(), Run.id.desc())
        .limit(_NEWEST)
        .subquery()
    )
    query = select(newest.c.cost_usd).where(
        *(newest.c.status.not_in(OPEN_STATUSES), newest.c.started_at.is_not(None)),
        *(newest.c.unknown_costs == literal(0), newest.c.cost_usd.is_not(None)),
    )
    found = await session.scalars(query.order_by(newest.c.queued_at, newest.c.id))
    return [cost for cost in found if cost is not None]
