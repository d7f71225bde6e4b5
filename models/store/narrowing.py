"""Which automations of a roster the list's filters let through."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.live import Severity
from models.errors import NotFound
from models.rules.health import COMPLETED, FAILED
from models.rules.roster import Mask, Roster
from models.rules.severity import severity
from models.store.live import LiveFilters, matching
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationStats


async def chosen_of(
    session: AsyncSession, roster: Roster, filters: LiveFilters, now: datetime, names: Sequence[str] = ()
) -> Mask:
    """Tell, in the roster's order, which automations are asked for; `names` are ids or slugs.

    Raises:
        NotFound: no automation that is not archived has that id or slug.
    """
    chosen = _named(roster, names) if names else np.ones(len(roster.automations), dtype=np.bool_)
    conditions = matching(filters)
    if not conditions:
        return chosen
    query = select(Automation.id).join(Primitive, Primitive.id == Automation.primitive_id).where(*conditions)
    found = np.zeros(len(roster.automations), dtype=np.bool_)
    places = roster.places
    found[[places[key] for key in await session.scalars(query) if key in places]] = True
    return chosen & found


def _named(roster: Roster, names: Sequence[str]) -> Mask:
    known = {one.slug: place for place, one in enumerate(roster.automations)}
    known |= {str(one.id): place for place, one in enumerate(roster.automations)}
    chosen = np.zeros(len(roster.automations), dtype=np.bool_)
    for name in names:
        if name not in known:
            raise NotFound(f"no automation is called {name!r}", field="automation")
        chosen[known[name]] = True
    return chosen


async def severities(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Severity]:
    """Judge automations by their newest `healthWindow` finished runs; those without stats are left out."""
    newest = func.right(AutomationStats.recent_outcomes, Automation.health_window)
    query = (
        select(AutomationStats.automation_id, newest)
        .join(Automation, Automation.id == AutomationStats.automation_id)
        .where(AutomationStats.automation_id.in_(ids))
    )
    rows = await session.execute(query)
    return {key: severity(outcomes.count(COMPLETED), outcomes.count(FAILED)) for key, outcomes in rows}
