"""The calendar: past runs from the database and future fires from the projection.

Up to now it shows runs, after now fires; nothing appears twice.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Row as SqlRow
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.calendar import Calendar, CalendarEntry, ClockChangeDay
from models.contracts.queries import MAX_CALENDAR_ENTRIES
from models.errors import Invalid
from models.kinds import KINDS
from models.rules.arrays import Instants, Mask
from models.rules.cron.zone_transitions import transition_days
from models.rules.projection.calendar import FutureFires, future_fires
from models.rules.projection.calendar_days import COLLAPSED_FROM, cadence_text, day_edges, fires_per_day
from models.rules.projection.next_fire import next_instants
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, narrowed
from models.rules.projection.starts import list_starts
from models.states import Severity, Source, Window
from models.store.outlook.calendar_hours import hour_loads
from models.store.outlook.calendar_past import PastDays, count_past_days, past_days, past_runs
from models.store.outlook.portfolio import PortfolioCache, current_portfolio, with_archived
from models.store.outlook.run_averages import run_averages, run_averages_of
from models.store.outlook.selection import selection_mask, severities

LONGEST = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class CalendarRequest:
    """The requested part of the calendar.

    Attributes:
        start: The first instant, in UTC.
        end: The first instant after it, in UTC.
        automations: Ids or slugs; empty for all.
        window: The finished runs that decide the severity.
        compress: Whether many fires a day become one entry; None: yes, unless one automation is requested.
        limit: The most entries to list; if there are more, none is listed.
    """

    start: datetime
    end: datetime
    tz: ZoneInfo
    automations: tuple[str, ...] = ()
    compress: bool | None = None
    window: Window = Window.RECENT
    limit: int = MAX_CALENDAR_ENTRIES


async def calendar(
    session: AsyncSession, cache: PortfolioCache, wanted: Set[UUID] | None, ask: CalendarRequest, now: datetime
) -> Calendar:
    """Read a window of the calendar.

    1. Count, from the hours and from the projection, what each automation does on each day.
    2. Give a day with many fires one entry, everything else an entry each.
    3. Where that is more than was asked for, give none of them: the hours tell what there is.

    Raises:
        Invalid: the window is too long or runs backwards.
        NotFound: no automation has that id or slug.
    """
    _check(ask)
    live = await current_portfolio(session, cache)
    whole = await with_archived(session, live, wanted)
    chosen = selection_mask(whole, wanted, ask.automations)
    known = await run_averages_of(session, await run_averages(session, cache, live), live, whole)
    portfolio, known = narrowed(whole, known, chosen)
    edges = day_edges(ask.start, ask.end, ask.tz)
    coming = future_fires(portfolio, known, edges, now)
    entries, left_out = await _entries(session, portfolio, coming, edges, ask, now)
    return Calendar(
        window_start=ask.start.astimezone(ask.tz),
        window_end=ask.end.astimezone(ask.tz),
        timezone=ask.tz.key,
        # By the instant: in an hour that clocks repeat, local times go back.
        entries=tuple(sorted(entries, key=lambda entry: (entry.at.timestamp(), entry.name))),
        entries_left_out=left_out,
        hours=await hour_loads(session, portfolio, known, ask.start, ask.end, ask.tz, now),
        clock_changes=tuple(
            ClockChangeDay(day=change.day, at=change.at.astimezone(ask.tz), shift_minutes=change.shift_minutes)
            for change in transition_days(ask.tz, ask.start, ask.end)
        ),
    )


async def _entries(
    session: AsyncSession,
    portfolio: Portfolio,
    coming: FutureFires,
    edges: Instants,
    ask: CalendarRequest,
    now: datetime,
) -> tuple[list[CalendarEntry], int]:
    """Return the entries; if there are more than the limit, none, and a lower bound of their number."""
    ids = [one.id for one in portfolio.automations]
    past_edges = _past_edges(edges, now)
    if len(ids) * (len(edges) - 1) > ask.limit:
        # Each automation has at least one entry on each day that it fires: a cheap lower bound.
        least = max(await count_past_days(session, ids, past_edges), int((coming.counts > 0).sum()))
        if least > ask.limit:
            return [], least
    done = await past_days(session, ids, past_edges)
    folded = _folded(
        portfolio, done, coming, compress=len(ask.automations) != 1 if ask.compress is None else ask.compress
    )
    some_single = np.flatnonzero(~folded.all(axis=1)).tolist()
    single = [portfolio.automations[place].id for place in some_single]
    expected = int(coming.counts[~folded].sum()) + _filled(portfolio, done, coming, folded)
    expected += sum(past.count for (key, day), past in done.items() if not folded[portfolio.indices[key], day])
    if expected > ask.limit:
        return [], expected
    runs = await past_runs(session, single, ask.start, min(now, ask.end), MAX_CALENDAR_ENTRIES + 1)
    write = _Writer(portfolio, await severities(session, ids, ask.window), ask.tz, edges, folded)
    entries = [*write.past(runs), *write.coming(coming), *write.days(done, coming, ask.start)]
    return ([], len(entries)) if len(entries) > ask.limit or len(runs) > MAX_CALENDAR_ENTRIES else (entries, 0)


def _check(ask: CalendarRequest) -> None:
    if ask.end <= ask.start:
        raise Invalid("the window ends before it starts", field="to", hint="`to` must be later than `from`.")
    # Days as the zone's calendar counts them, one of which may have 25 hours.
    first, last = (moment.astimezone(ask.tz).replace(tzinfo=None) for moment in (ask.start, ask.end))
    if last - first > LONGEST:
        raise Invalid(f"a calendar can cover at most {LONGEST.days} days", field="to", hint="Ask for a part at a time.")


def _past_edges(edges: Instants, now: datetime) -> list[datetime]:
    moments = [datetime.fromtimestamp(edge, UTC) for edge in edges.tolist()]
    past = [moment for moment in moments if moment < now]
    return [*past, min(now, moments[-1])] if past else []


def _folded(portfolio: Portfolio, done: PastDays, coming: FutureFires, *, compress: bool) -> Mask:
    """Return a mask, automations x days, of the days that become one entry: 12 fires a day by the cron, or on that day.

    A day therefore looks the same in every window.
    """
    folded = np.zeros(coming.counts.shape, dtype=np.bool_)
    if not compress:
        return folded
    totals = coming.counts.copy()
    for (key, day), past in done.items():
        totals[portfolio.indices[key], day] += past.count
    nominal = np.array([fires_per_day(one.schedule) for one in portfolio.automations], dtype=np.int64)
    folded[:] = (nominal >= COLLAPSED_FROM)[:, None] | (totals >= COLLAPSED_FROM)
    return folded


def _filled(portfolio: Portfolio, done: PastDays, coming: FutureFires, folded: Mask) -> int:
    """Count the days that become one entry and are not empty."""
    filled = coming.counts > 0
    for key, day in done:
        filled[portfolio.indices[key], day] = True
    return int((filled & folded).sum())


@dataclass(frozen=True, slots=True)
class _Writer:
    """Builds entries in a zone: one for each folded day, one for each fire on other days."""

    portfolio: Portfolio
    judged: Mapping[UUID, Severity]
    tz: ZoneInfo
    edges: Instants
    folded: Mask

    def past(self, runs: Sequence[SqlRow[Any]]) -> Iterator[CalendarEntry]:
        """Yield the entries of past runs."""
        for run in runs:
            place = self.portfolio.indices[run.automation_id]
            if self.folded[place, self._day(int(run.at.timestamp()))]:
                continue
            one = self.portfolio.automations[place]
            yield self._entry(one, run.at, count=run.occurrences, run_id=run.id, status=run.status)

    def coming(self, coming: FutureFires) -> Iterator[CalendarEntry]:
        """Yield an entry for each future fire."""
        if not coming.counts[~self.folded].any():
            return
        start, end = int(coming.edges[0]), int(coming.edges[-1])
        for part in list_starts(self.portfolio.timetable, start, end, coming.held):
            days = np.searchsorted(self.edges, part.at_ms // 1000, side="right") - 1
            there = ~self.folded[part.rows, days]
            for place, at_ms in zip(part.rows[there].tolist(), part.at_ms[there].tolist(), strict=True):
                yield self._entry(self.portfolio.automations[place], datetime.fromtimestamp(at_ms // 1000, UTC))

    def days(self, done: PastDays, coming: FutureFires, start: datetime) -> Iterator[CalendarEntry]:
        """Yield an entry for each folded day."""
        edges = self.edges
        for day, edge in enumerate(edges[:-1].tolist()):
            places = np.flatnonzero(self.folded[:, day]).tolist()
            firsts = next_instants(self.portfolio.plan, edge - 1) if places else edges
            for place in places:
                one = self.portfolio.automations[place]
                past, count = done.get((one.id, day)), int(coming.counts[place, day])
                if not past and not count:
                    continue
                first = int(firsts[place])
                at = datetime.fromtimestamp(first, UTC) if edge <= first < edges[day + 1] else past and past.first_hour
                total = count + (past.count if past else 0)
                yield self._entry(
                    one,
                    at or start,
                    count=total,
                    cadence=cadence_text(one.schedule, total),
                    failed=past.failed if past else 0,
                )

    def _day(self, at: int) -> int:
        return int(np.searchsorted(self.edges, at, side="right")) - 1

    def _entry(self, one: ProjectedAutomation, at: datetime, **facts: Any) -> CalendarEntry:
        values = {"count": 1, "cadence": None, "run_id": None, "status": None, "failed": None, **facts}
        return CalendarEntry(
            automation_id=one.id,
            at=at.astimezone(self.tz),
            name=one.name,
            scheduled=one.source is Source.SCHEDULE,
            primitive_type=one.kind,
            agent=one.primitive_slug if KINDS[one.kind].calls_agent else None,
            severity=self.judged.get(one.id, Severity.HEALTHY),
            **values,
        )
