"""Which automations of a roster the list's filters let through."""

from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.roster import Mask, Roster
from models.store.live import LiveFilters, matching
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive


async def chosen_of(session: AsyncSession, roster: Roster, filters: LiveFilters, now: datetime) -> Mask:
    """Tell, in the roster's order, which automations are asked for."""
    conditions = matching(filters)
    if not conditions:
        return np.ones(len(roster.automations), dtype=np.bool_)
    query = select(Automation.id).join(Primitive, Primitive.id == Automation.primitive_id).where(*conditions)
    chosen = np.zeros(len(roster.automations), dtype=np.bool_)
    places = roster.places
    chosen[[places[key] for key in await session.scalars(query) if key in places]] = True
    return chosen
