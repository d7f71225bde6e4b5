"""Selects automations of a portfolio by filters and names."""

from collections.abc import Sequence, Set
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import NotFound
from models.rules.arrays import Mask
from models.rules.listing.severity import severity
from models.rules.projection.portfolio import Portfolio
from models.states import Severity, Window
from models.store.ids import among
from models.store.stats.folding import count_outcomes
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationStats


def selection_mask(portfolio: Portfolio, wanted: Set[UUID] | None, names: Sequence[str] = ()) -> Mask:
    """Return a mask of the selected automations, in the portfolio's order.

    Args:
        portfolio: The automations.
        wanted: The ids that the list's filters select; None for all.
        names: Ids or slugs; empty for all.

    Raises:
        NotFound: No automation has this id or slug.
    """
    chosen = _named(portfolio, names) if names else np.ones(len(portfolio.automations), dtype=np.bool_)
    if wanted is not None:
        chosen &= np.array([one.id in wanted for one in portfolio.automations], dtype=np.bool_)
    return chosen


def _named(portfolio: Portfolio, names: Sequence[str]) -> Mask:
    known: dict[str, list[int]] = {}
    for place, one in enumerate(portfolio.automations):
        # An archived automation's slug may be in use again.
        known.setdefault(one.slug, []).append(place)
        known.setdefault(str(one.id), []).append(place)
    chosen = np.zeros(len(portfolio.automations), dtype=np.bool_)
    for name in names:
        if name not in known:
            raise NotFound(f"there is no automation {name!r}", field="automation")
        chosen[known[name]] = True
    return chosen


async def severities(session: AsyncSession, ids: Sequence[UUID], window: Window) -> dict[UUID, Severity]:
    """Return severities over the newest `healthWindow` finished runs, or over all; those without stats are left out."""
    newest = func.right(AutomationStats.recent_outcomes, Automation.health_window)
    query = (
        select(AutomationStats.automation_id, newest, AutomationStats.completed, AutomationStats.failed)
        .join(Automation, Automation.id == AutomationStats.automation_id)
        .where(among(AutomationStats.automation_id, ids))
    )
    rows = await session.execute(query)
    if window is Window.ALL:
        return {key: severity(completed, failed) for key, _, completed, failed in rows}
    return {key: severity(*count_outcomes(outcomes)) for key, outcomes, _, _ in rows}
