"""The impact of a change as a route answers with it: what it touches, and the same in sentences."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.impact import (
    Impact,
    ImpactAction,
    ImpactedAutomation,
    ImpactedPrimitive,
    ImpactEffect,
    ImpactView,
)
from models.kinds import KINDS
from models.states import OPEN_STATUSES
from models.store.automations.dependencies import ref
from models.store.automations.dependency_graph import dependents_of
from models.store.outlook.impact import impact_of_disabling, impact_of_stopping
from models.store.outlook.portfolio import PortfolioCache
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats


async def automation_impact(
    session: AsyncSession, cache: PortfolioCache, row: Automation, action: ImpactAction, until: datetime | None
) -> ImpactView:
    found = await impact_of_stopping(session, cache, {row.id}, datetime.now(UTC), until=until)
    stats = await session.get(AutomationStats, row.id)
    running = stats.running_now if stats else 0
    return ImpactView(
        **dict(found),
        action=action,
        automation=ref(row),
        primitive=None,
        dependents=tuple(await dependents_of(session, [row.id])),
        running_now=running,
        warnings=tuple(_warnings(found, running)),
    )


async def primitive_impact(
    session: AsyncSession, cache: PortfolioCache, row: Primitive, action: ImpactAction
) -> ImpactView:
    found = await impact_of_disabling(session, cache, row, datetime.now(UTC))
    query = select(func.count()).where(Run.primitive_id == row.id, Run.status.in_(OPEN_STATUSES))
    running = await session.scalar(query) or 0
    label = KINDS[row.kind].label.lower()
    return ImpactView(
        **dict(found),
        action=action,
        automation=None,
        primitive=ImpactedPrimitive(id=row.id, kind=row.kind, slug=row.slug, name=row.name, text=f"is the {label}"),
        dependents=(),
        running_now=running,
        warnings=tuple(_warnings(found, running)),
    )


def _warnings(found: Impact, running: int) -> Iterator[str]:
    for one in found.automations:
        if one.effect is not ImpactEffect.SHARES:
            yield f"{one.name} {one.text}{_lost(one)}"
    if found.automations_left_out:
        yield f"and {found.automations_left_out} more automations"
    for primitive in found.primitives:
        yield f"{primitive.name} {primitive.text}"
    if running:
        yield f"{running} of its runs are in progress and will continue"


def _lost(one: ImpactedAutomation) -> str:
    lost = one.lost
    if not lost.within_week:
        return ""
    most = "at most " if one.effect is ImpactEffect.NOT_FIRED else ""
    fires = "fire" if lost.within_day == 1 else "fires"
    return f": {most}{lost.within_day} {fires} within 24 hours and {lost.within_week} within 7 days are lost"
