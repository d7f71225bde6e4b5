"""The hours of a calendar: past and future fires and concurrency."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.calendar import HourLoad
from models.kinds import Kind
from models.rules.arrays import Instants
from models.rules.projection.calendar import future_fires
from models.rules.projection.concurrency import RunSpans, concurrency_band, peak_concurrency
from models.rules.projection.hours import fill_slots, hour_edges
from models.rules.projection.portfolio import Portfolio, RunAverages
from models.store.outlook.calendar_past import PastHour, past_hours, past_runs

MOST_RUNS = 20_000
LONGEST_RUN = timedelta(days=1)
NOTHING = PastHour(0, 0, {})


async def hour_loads(
    session: AsyncSession,
    portfolio: Portfolio,
    known: RunAverages,
    start: datetime,
    end: datetime,
    tz: ZoneInfo,
    now: datetime,
) -> tuple[HourLoad, ...]:
    """Return the fires and the concurrency of each hour.

    Past concurrency is told only where the window holds few enough runs to look at each; the hour under way takes the
    larger of what has been and what is to come.
    """
    first = int(hour_edges(start, tz, 0)[0])
    edges = hour_edges(start, tz, ceil((end.timestamp() - first) / 3600))
    current = int(hour_edges(now, tz, 1)[0])
    loads: list[int | None] = [0] * (len(edges) - 1)
    over = int(np.searchsorted(edges[:-1], now.timestamp()))
    moments = [datetime.fromtimestamp(edge, UTC) for edge in edges.tolist()]
    done = await past_hours(session, [one.id for one in portfolio.automations], moments[: over + 1])
    if over:
        few = sum(hour.fires for hour in done.values()) <= MOST_RUNS
        loads[:over] = await _past(session, portfolio, edges[: over + 1], now) if few else [None] * over
    ahead = int(np.searchsorted(edges[:-1], current))
    if ahead < len(edges) - 1:
        everyone = np.ones(len(portfolio.automations), dtype=np.bool_)
        for place, load in enumerate(fill_slots(portfolio, known, everyone, edges[ahead:]).concurrency, start=ahead):
            loads[place] = max(load, loads[place] or 0)
    ahead_kinds = portfolio.by_kind(future_fires(portfolio, known, edges, now).counts)
    return tuple(
        _view(moment.astimezone(tz), load, done.get(place, NOTHING), kinds)
        for place, (moment, load, kinds) in enumerate(zip(moments[:-1], loads, ahead_kinds, strict=True))
    )


def _view(start: datetime, load: int | None, done: PastHour, ahead: Mapping[Kind, int]) -> HourLoad:
    by_primitive = {kind: count + done.by_primitive.get(kind, 0) for kind, count in ahead.items()}
    return HourLoad(
        start=start,
        fires=sum(by_primitive.values()),
        failed=done.failed,
        by_primitive=by_primitive,
        concurrency=load,
        band=None if load is None else concurrency_band(load),
    )


async def _past(session: AsyncSession, portfolio: Portfolio, edges: Instants, now: datetime) -> list[int | None]:
    ids = [one.id for one in portfolio.automations]
    first = datetime.fromtimestamp(int(edges[0]), UTC) - LONGEST_RUN
    runs = await past_runs(session, ids, first, now, MOST_RUNS + 1)
    if len(runs) > MOST_RUNS:
        return [None] * (len(edges) - 1)
    ran = [(run.started_at, run.finished_at or now) for run in runs if run.started_at]
    starts = np.array([int(started.timestamp() * 1000) for started, _ in ran], dtype=np.int64)
    ends = np.array([int(finished.timestamp() * 1000) for _, finished in ran], dtype=np.int64)
    return [*peak_concurrency(RunSpans(starts, np.maximum(ends, starts + 1)), edges * 1000)]
