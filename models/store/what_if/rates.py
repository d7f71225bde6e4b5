"""At which rate deliveries arrive at triggers in each coming hour: the mean of the same hour of past weeks.

What arrived is what started and what was skipped, for whatever reason. A trigger that is known for less than a week is
taken by the same hour of past days, one that is known for less than a day by its mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from sqlalchemy import ARRAY, Float, Integer, Uuid, bindparam, func, select, text
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.ext.asyncio import AsyncSession

from models.endpoints import EndpointKind, endpoint
from models.store.ids import among
from models.store.outlook.trigger_forecast import WEEKS, parts_before
from models.store.stats.counting import hour_of
from models.store.tables.deliveries import Delivery
from models.store.tables.stats import AutomationHour
from models.store.what_if.sharing import FiringDependency

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
KNOWN = WEEKS * WEEK

_COUNTED = text(
    """
    SELECT hours.automation_id, part.slot, sum((hours.started + hours.skipped) * part.share)
      FROM unnest(:hours, :slots, :shares) AS part(hour, slot, share)
      JOIN automation_hours hours ON hours.hour = part.hour
     WHERE hours.automation_id = ANY (:ids)
     GROUP BY 1, 2
    """
).bindparams(
    bindparam("hours", type_=ARRAY(SqlDateTime(timezone=True))),
    bindparam("slots", type_=ARRAY(Integer())),
    bindparam("shares", type_=ARRAY(Float())),
    bindparam("ids", type_=ARRAY(Uuid())),
)


@dataclass(frozen=True, slots=True)
class ArrivalRate:
    """How many deliveries are expected in each hour, how many that is made of, and since when they are counted."""

    by_hour: npt.NDArray[np.float64]
    deliveries: int
    since: datetime


async def arrival_rates(
    session: AsyncSession, created: Mapping[UUID, datetime], slots: Sequence[datetime], tz: ZoneInfo, now: datetime
) -> Mapping[UUID, ArrivalRate]:
    """Return the rates of these triggers, given by when they were created."""
    if not created:
        return {}
    known = await _known(session, created, now)
    old = [key for key, (_, since) in known.items() if now - since >= WEEK]
    young = [key for key, (_, since) in known.items() if DAY <= now - since < WEEK]
    found: dict[UUID, ArrivalRate] = {}
    for ids, step, steps in ((old, WEEK, WEEKS), (young, DAY, WEEK // DAY)):
        found |= await _means(session, {key: known[key] for key in ids}, slots, tz, step, steps, now)
    for key, (count, since) in known.items():
        if key not in found:
            found[key] = ArrivalRate(np.full(len(slots), _mean(count, since, now)), count, since)
    return found


async def followed(
    session: AsyncSession, edges: Sequence[FiringDependency], slots: Sequence[datetime], tz: ZoneInfo, now: datetime
) -> Mapping[UUID, npt.NDArray[np.float64]]:
    """Return which part of the deliveries in each hour other automations have caused, by the automation they fire."""
    child_of = {endpoint(EndpointKind.DEPENDENCY, edge.id): edge.child for edge in edges}
    if not child_of:
        return {}
    hour = func.date_trunc("hour", Delivery.received_at)
    query = (
        select(Delivery.endpoint, hour, func.count())
        .where(Delivery.endpoint.in_(child_of), Delivery.idempotency_key.is_not(None))
        .where(Delivery.received_at >= now - KNOWN)
        .group_by(Delivery.endpoint, hour)
    )
    counts: dict[UUID, dict[datetime, int]] = {}
    for sent_to, at, count in await session.execute(query):
        mine = counts.setdefault(child_of[sent_to], {})
        mine[at] = mine.get(at, 0) + count
    shares = [[part for week in range(1, WEEKS + 1) for part in parts_before(slot, week * WEEK, tz)] for slot in slots]
    return {
        child: np.array([sum(mine.get(at, 0) * share for at, share in parts) for parts in shares])
        for child, mine in counts.items()
    }


async def _known(
    session: AsyncSession, created: Mapping[UUID, datetime], now: datetime
) -> dict[UUID, tuple[int, datetime]]:
    """Return how many deliveries of the past weeks are known, and since when they are counted."""
    hours = AutomationHour
    query = (
        select(hours.automation_id, func.min(hours.hour), func.sum(hours.started + hours.skipped))
        .where(hours.hour >= hour_of(now - KNOWN), among(hours.automation_id, created))
        .group_by(hours.automation_id)
    )
    found = {key: (int(count), min(first, created[key])) for key, first, count in await session.execute(query)}
    return {key: (count, max(since, now - KNOWN)) for key, (count, since) in found.items()} | {
        key: (0, max(at, now - KNOWN)) for key, at in created.items() if key not in found
    }


async def _means(
    session: AsyncSession,
    known: Mapping[UUID, tuple[int, datetime]],
    slots: Sequence[datetime],
    tz: ZoneInfo,
    step: timedelta,
    steps: int,
    now: datetime,
) -> dict[UUID, ArrivalRate]:
    """Return the mean over those earlier hours, each a number of steps ago, at which a trigger was known already."""
    if not known:
        return {}
    parts = [
        (at, place, share)
        for place, slot in enumerate(slots)
        for ago in range(1, steps + 1)
        for at, share in parts_before(slot, ago * step, tz)
    ]
    sums = {key: np.zeros(len(slots)) for key in known}
    given = {
        "hours": [at for at, _, _ in parts],
        "slots": [place for _, place, _ in parts],
        "shares": [share for _, _, share in parts],
        "ids": list(known),
    }
    for key, place, total in await session.execute(_COUNTED, given):
        sums[key][place] = total
    starts = np.array([slot.timestamp() for slot in slots])
    past = starts[:, None] - np.arange(1, steps + 1)[None, :] * step.total_seconds()
    passed = past + HOUR.total_seconds() <= now.timestamp()
    found = {}
    for key, (count, since) in known.items():
        times = (passed & (past >= since.timestamp())).sum(axis=1)
        rates = np.where(times > 0, sums[key] / np.maximum(times, 1), _mean(count, since, now))
        found[key] = ArrivalRate(rates, count, since)
    return found


def _mean(count: int, since: datetime, now: datetime) -> float:
    return count / max((now - since) / HOUR, 1.0)
