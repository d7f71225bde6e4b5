"""What a backfill will cost and how long it will take, from what the runs of its automations have cost and taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.backfills import BackfillEstimate
from models.contracts.automations.drafts import Overlap
from models.rules.admission.choice import Limits
from models.rules.admission.gcra import throttle_rate
from models.rules.cost import NOTHING, cost_of, mean_cost, mean_ms, p90_cost
from models.store.admission.admit import control_of
from models.store.automations.pausing import is_paused
from models.store.backfills.budgets import ToRun, budgets_left
from models.store.budgets.applying import RootRunOf, Spender
from models.store.ids import among
from models.store.stats.folding import known_costs
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationStats


@dataclass(frozen=True, slots=True)
class Estimated:
    """What a backfill will cost and take, and what to know of the budgets that it would break."""

    estimate: BackfillEstimate
    warnings: tuple[str, ...] = ()


async def estimate(session: AsyncSession, runs: Sequence[tuple[Spender, int]], limit: int, now: datetime) -> Estimated:
    """Estimate a backfill from one run of each automation or primitive, and how many there are of it.

    Of runs without an automation nothing is known.
    """
    stats = await _stats(session, [run.automation_id for run, _ in runs if run.automation_id])
    mean, p90, everything, unknown, milliseconds, timed = NOTHING, NOTHING, 0, 0, 0, 0
    to_run = []
    for run, count in runs:
        everything += count
        known = stats.get(run.automation_id) if run.automation_id else None
        per_run = mean_cost(known.cost_usd_sum, known.cost_count) if known else None
        to_run.append(ToRun(run, count, per_run))
        if known is None or per_run is None:
            unknown += count
        else:
            mean += cost_of(count, per_run, active=True) or NOTHING
            high = p90_cost(known_costs(known.recent_costs))
            p90 += cost_of(count, per_run if high is None else high, active=True) or NOTHING
        if known and (took := mean_ms(known.duration_ms_sum, known.duration_count)) is not None:
            milliseconds, timed = milliseconds + count * took, timed + count
    left = await budgets_left(session, to_run, now)
    found = BackfillEstimate(
        mean_usd=None if everything == unknown else mean,
        p90_usd=None if everything == unknown else p90,
        unknown_runs=unknown,
        seconds=milliseconds / 1000 * everything / timed / limit if timed else None,
        budget_left_usd=left.usd,
    )
    return Estimated(found, left.warnings)


async def estimate_for(
    session: AsyncSession, automation: Automation, count: int, limit: int, now: datetime
) -> Estimated:
    """Estimate a backfill of one automation, whose own limits may be stricter than the backfill's."""
    control = control_of(automation)
    runs = [(RootRunOf(automation), count)] if count else []
    found = await estimate(session, runs, min(limit, Limits.of(control).total), now)
    if (rate := throttle_rate(control)) is None:
        return found
    paced = max(0, count - rate.burst - 1) * rate.interval / timedelta(seconds=1)
    seconds = max(found.estimate.seconds or 0.0, paced)
    return replace(found, estimate=found.estimate.model_copy(update={"seconds": seconds}))


def warnings(automation: Automation, count: int, limit: int, now: datetime, *, force: bool) -> tuple[str, ...]:
    """Say what to know, budgets aside, before a backfill of one automation is started."""
    told = []
    if is_paused(automation, now) and not force:
        told.append(f"{automation.name} is paused: the runs wait until it is resumed, unless you force them.")
    if limit > 1 and count > 1 and automation.overlap is not Overlap.ALLOW_ALL:
        overlap = automation.overlap.value.replace("_", " ")
        told.append(f"Up to {min(limit, count)} of them run side by side, although its overlap policy is {overlap}.")
    return tuple(told)


async def _stats(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, AutomationStats]:
    found = await session.scalars(select(AutomationStats).where(among(AutomationStats.automation_id, ids)))
    return {one.automation_id: one for one in found}
