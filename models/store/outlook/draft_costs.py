"""What a draft adds to the costs of the coming month."""

from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.live import CostEstimate
from models.contracts.preview import PreviewCost
from models.rules.cost import cost_of, p90_cost
from models.rules.projection.month_costs import total_usd
from models.rules.projection.portfolio import Experience, Roster
from models.store.outlook.costs import lines_of, recent_costs
from models.store.outlook.drafts import Draft, month_fires
from models.store.outlook.portfolio import RosterCache


async def draft_cost(
    session: AsyncSession, cache: RosterCache, roster: Roster, known: Experience, draft: Draft, now: datetime
) -> PreviewCost:
    """Tell what everything costs without the draft, and with it."""
    everyone = np.ones(len(roster.automations), dtype=np.bool_)
    lines = await lines_of(session, cache, roster, known, everyone, {}, now)
    before = total_usd(lines)
    occurring = month_fires(draft, now)
    per_run, sample = draft.known.mean_usd[0], draft.known.samples[0]
    recent = await recent_costs(session, draft.told_by)
    dear = p90_cost([cost for known_costs in recent.values() for cost in known_costs])
    month = cost_of(occurring, per_run, active=draft.asked.is_active)
    own = roster.automations[draft.itself].id if draft.itself is not None else None
    others = total_usd([line for line in lines if line.automation.id != own])
    return PreviewCost(
        occurrences=occurring,
        per_run=per_run,
        estimate=CostEstimate(mean=month, p90=cost_of(occurring, dear, active=draft.asked.is_active), sample=sample),
        total_before=before,
        total_after=None if month is None else others + month,
    )
