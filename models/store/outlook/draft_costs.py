"""The cost of a draft in the coming month."""

from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.preview import PreviewCost
from models.rules.cost import month_estimate, p90_cost
from models.rules.projection.month_costs import total_usd
from models.rules.projection.portfolio import Portfolio, RunAverages
from models.store.outlook.costs import lines_of, recent_costs
from models.store.outlook.drafts import Draft, month_fires
from models.store.outlook.portfolio import PortfolioCache


async def draft_cost(
    session: AsyncSession, cache: PortfolioCache, portfolio: Portfolio, known: RunAverages, draft: Draft, now: datetime
) -> PreviewCost:
    """Return the draft's cost, and the total with and without it."""
    everyone = np.ones(len(portfolio.automations), dtype=np.bool_)
    lines = await lines_of(session, cache, portfolio, known, everyone, {}, now)
    before = total_usd(lines)
    occurring = month_fires(draft, now)
    per_run, sample = draft.known.mean_usd[0], draft.known.samples[0]
    recent = await recent_costs(session, draft.averaged_ids)
    p90 = p90_cost([cost for known_costs in recent.values() for cost in known_costs])
    estimate = month_estimate(occurring, per_run, p90, sample, active=draft.asked.is_active)
    own = portfolio.automations[draft.edited_index].id if draft.edited_index is not None else None
    others = total_usd([line for line in lines if line.automation.id != own])
    return PreviewCost(
        occurrences=occurring,
        per_run=per_run,
        estimate=estimate,
        total_before=before,
        total_after=None if estimate.mean is None else others + estimate.mean,
    )
