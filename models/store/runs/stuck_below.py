"""Open runs that wait for a stuck run below them: themselves they make no progress either, and nothing fails there.

It is not stored: it is over as soon as the run below goes on or ends, by whichever way.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.contracts.runs.views import StuckBelow
from models.kinds import KINDS
from models.states import OPEN_STATUSES
from models.store.tables.runs import Run

# The status is spelt out: with a parameter in its place, the index of stuck runs would not be used.
_STUCK_BELOW = text(
    """
    WITH RECURSIVE above AS (
        SELECT id AS stuck_id, parent_run_id AS id FROM runs
        WHERE status = 'stuck' AND parent_run_id IS NOT NULL AND root_run_id = ANY(:roots)
        UNION ALL
        SELECT above.stuck_id, runs.parent_run_id FROM above JOIN runs USING (id) WHERE runs.parent_run_id IS NOT NULL
    )
    SELECT DISTINCT ON (above.id) above.id, found.id AS run_id, primitives.name, found.stuck->>'since' AS since
    FROM above JOIN runs AS found ON found.id = above.stuck_id JOIN primitives ON primitives.id = found.primitive_id
    WHERE above.id = ANY(:asked)
    ORDER BY above.id, since, found.id
    """
)


def waits_for_stuck() -> ColumnElement[bool]:
    """Return the condition of an open run that waits for a stuck run below it."""
    stuck = select(Run.parent_run_id.label("id")).where(text("runs.status = 'stuck'"), Run.parent_run_id.is_not(None))
    above = stuck.cte("above_stuck", recursive=True)
    parent = aliased(Run)
    above = above.union(
        select(parent.parent_run_id).join(above, above.c.id == parent.id).where(parent.parent_run_id.is_not(None))
    )
    return and_(Run.status.in_(OPEN_STATUSES), Run.id.in_(select(above.c.id)))


async def stuck_below(session: AsyncSession, runs: Sequence[Run]) -> Mapping[UUID, StuckBelow]:
    """Return, of the open runs among these, the run below each that has been stuck for longest."""
    asked = [run for run in runs if run.status in OPEN_STATUSES and not KINDS[run.kind].calls_agent]
    if not asked:
        return {}
    parameters = {"roots": list({run.root_run_id for run in asked}), "asked": [run.id for run in asked]}
    rows = await session.execute(_STUCK_BELOW, parameters)
    return {row.id: StuckBelow(run_id=row.run_id, name=row.name, since=row.since) for row in rows}
