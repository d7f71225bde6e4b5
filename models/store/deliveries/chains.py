"""Chains at run time: runs that have fired one another, by dependencies or through what they have sent to Podium.

The rule kept here: a chain ends. It has a limited length, and what runs send fires an automation a limited number of
times, so that a loop ends also where each of its runs sends several events. `models/rules/chains.py` bounds what
dependencies alone set off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.store.tables.runs import Run


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """The place in a chain of a delivery that a run has caused.

    Attributes:
        id: The run that began the chain.
        depth: How many automations have fired one another up to here.
        caused_by: The run that has caused the delivery.
    """

    id: UUID
    depth: int
    caused_by: UUID


async def chain_after(session: AsyncSession, run_id: UUID) -> ChainPlace | None:
    """Return the place of what a run causes, itself or with a run below it; None if the run is gone."""
    root = aliased(Run)
    query = select(root.id, root.chain_id, root.chain_depth).join(Run, Run.root_run_id == root.id)
    found = (await session.execute(query.where(Run.id == run_id))).one_or_none()
    return found and ChainPlace(found.chain_id or found.id, found.chain_depth + 1, run_id)


async def runs_in_chain(
    session: AsyncSession, chain: ChainPlace, targets: Sequence[tuple[UUID | None, UUID]]
) -> dict[tuple[UUID | None, UUID], int]:
    """Count the chain's runs of each target, an automation (or None) and a primitive.

    Others that add to the chain wait until the transaction ends, so that the number stays true.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(chain.id), 0))))
    query = (
        select(Run.automation_id, Run.primitive_id, func.count())
        .where(or_(Run.chain_id == chain.id, Run.id == chain.id))
        .group_by(Run.automation_id, Run.primitive_id)
    )
    found = {(one, other): count for one, other, count in await session.execute(query)}
    return {target: found.get(target, 0) for target in targets}
