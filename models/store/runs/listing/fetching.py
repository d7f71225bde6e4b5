"""Fetches the runs that match a filter, newest first: chooses the way, goes along it, and says how far it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.rules.json.storable import shown
from models.rules.runs.preview import preview
from models.rules.runs.reading import Merge, Share, walks
from models.states import RunSource, RunStatus
from models.store.ids import among
from models.store.paging import After, Found, PageRequest, encode_cursor, read_cursor
from models.store.runs.listing import paths as ways
from models.store.runs.listing.conditions import conditions, naming_few
from models.store.runs.listing.paths import Path, Way, at_most, key_of, span
from models.store.runs.listing.selection import Selection
from models.store.runs.overview import WITHOUT_VALUES
from models.store.runs.queries import with_names
from models.store.tables.runs import OPEN_CONDITION, Run
from models.store.tables.stats import KindHour

COUNTED_FIRST = 2000
"""Up to so many runs of each way are counted, to take the one with the fewest."""
PREVIEWED_BYTES = 4096
"""Of an output as it is stored, compressed."""
MEASURED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a page is read. `path` is None: all runs are walked, or the few that the filter names are sorted."""

    wanted: Selection
    after: After
    most: int
    path: Path | None = None
    is_few: bool = False
    floor: After = None
    """Older runs are not looked at in this request."""

    @property
    def residual(self) -> list[ColumnElement[bool]]:
        return conditions(self.wanted, self.path.known if self.path else ())

    @property
    def is_filtered(self) -> bool:
        return bool(self.residual) and not self.is_few

    def matching(self, *columns: Any) -> Select[Any]:
        """Select time and id of the runs that match, and the columns asked for, newest first."""
        within = span(self.wanted, self.after, self.floor)
        key = (Run.queued_at, Run.id)
        if self.is_few:
            # A fence: there are few of them, to be sorted, and all runs are not to be walked for them.
            few = select(*key, *columns).where(*self.residual, *within).offset(0).subquery("few")
            return select(few).order_by(few.c.queued_at.desc(), few.c.id.desc())
        if self.path is None:
            return self._walked(within, columns)
        keys = self.path.keys(within, self.most).subquery("keys")
        newest = (keys.c.queued_at.desc(), keys.c.id.desc())
        if not (columns or self.residual):
            return select(keys).order_by(*newest)
        row = select(*(columns or (Run.id,))).where(Run.id == keys.c.id, *self.residual).limit(1).lateral("row")
        others = [one for one in row.c if one.name not in ("queued_at", "id")]
        return select(keys, *others).select_from(keys.join(row, true())).order_by(*newest)

    def end(self) -> Select[Any]:
        """Select time and id of the last run that it looks at, if there are more."""
        within = span(self.wanted, self.after, self.floor)
        keys = self.path.keys(within, self.most) if self.path else _all_keys(within, self.most)
        read = keys.subquery()
        return select(read).order_by(read.c.queued_at.desc(), read.c.id.desc()).offset(self.most - 1)

    def _walked(self, within: Sequence[ColumnElement[bool]], columns: Sequence[Any]) -> Select[Any]:
        fits = and_(true(), *self.residual)
        others = [one for one in columns if one.key not in ("queued_at", "id")]
        read = _all_keys(within, self.most).add_columns(*others, fits.label("fits")).subquery("walked")
        selected = [one for one in read.c if one.name != "fits"]
        found = select(*selected).order_by(read.c.queued_at.desc(), read.c.id.desc())
        return found.where(read.c.fits) if self.residual else found


async def fetch(session: AsyncSession, wanted: Selection, request: PageRequest) -> Found:
    """Return time and id of a page of runs."""
    after = read_cursor(request.cursor) if request.cursor else None
    reading = await choose(session, wanted, after, request.limit + 1)
    rows = (await session.execute(reading.matching().limit(request.limit + 1))).all()
    if len(rows) > request.limit:
        return Found(rows[: request.limit], encode_cursor(*key_of(rows[request.limit - 1])))
    reached = await searched_to(session, reading)
    return Found(rows, encode_cursor(*reached), reached[0]) if reached else Found(rows)


async def searched_to(session: AsyncSession, reading: Reading) -> After:
    """Return the last run that was looked at; None if that was all."""
    end = (await session.execute(reading.end())).one_or_none() if reading.is_filtered else None
    return key_of(end) if end is not None else reading.floor


async def rows(session: AsyncSession, found: Found) -> list[Run]:
    """Load the runs of a page without their values, with their primitive and automation."""
    query = with_names(select(Run)).options(*WITHOUT_VALUES)
    loaded = {row.id: row for row in await session.scalars(query.where(among(Run.id, [one.id for one in found.rows])))}
    return [loaded[one.id] for one in found.rows if one.id in loaded]


async def previews(session: AsyncSession, found: Sequence[Run]) -> dict[UUID, str | None]:
    """Return the beginning of each small output; large ones are not read."""
    small = func.pg_column_size(Run.output) <= PREVIEWED_BYTES
    query = select(Run.id, Run.output).where(among(Run.id, [run.id for run in found]), small)
    return {run_id: preview(shown(output)) for run_id, output in await session.execute(query)}


async def choose(
    session: AsyncSession, wanted: Selection, after: After, page: int, *, is_counted: bool = False
) -> Reading:
    """Choose how a page of `page` runs is read; or, to be counted, as many as can be read in one request."""
    if naming_few(wanted):
        return Reading(wanted, after, page, is_few=True)
    path = await _least(session, wanted, after)
    if (
        path is not None
        and path.way is Way.OUTCOME
        and await _is_walked(session, wanted, after, path, page, is_counted=is_counted)
    ):
        path = None
    residual = conditions(wanted, path.known if path else ())
    if path is None:
        return Reading(wanted, after, ways.READ_AT_ONCE if residual else page)
    most = at_most(path, page, is_filtered=bool(residual), is_counted=is_counted)
    floor = await _last_open(session, wanted, after) if path.filters_open else None
    return Reading(wanted, after, most, path, floor=floor)


async def _least(session: AsyncSession, wanted: Selection, after: After) -> Path | None:
    """Return the path with the fewest runs; of those with many the first; None if there is none."""
    found = ways.paths(wanted)
    if len(found) < 2:
        return found[0] if found else None
    within = span(wanted, after)
    counts = [
        one.counted(within, max(1, COUNTED_FIRST // len(one.values))).add_columns(literal(place).label("place"))
        for place, path in enumerate(found)
        for one in path.streams
        if one.values
    ]
    runs: dict[int, int] = dict.fromkeys(range(len(found)), 0)
    many: set[int] = set()
    for count, is_whole, place in await session.execute(union_all(*counts)) if counts else ():
        runs[place] += count
        if not is_whole:
            many.add(place)
    few = [place for place in runs if place not in many]
    return found[min(few, key=lambda place: runs[place])] if few else found[0]


async def _is_walked(
    session: AsyncSession, wanted: Selection, after: After, path: Path, page: int, *, is_counted: bool
) -> bool:
    is_filtered = bool(conditions(wanted, path.known))
    merge = Merge(path.branches, at_most(path, page, is_filtered=is_filtered, is_counted=is_counted))
    share = await _share(session, wanted, after)
    if is_counted:
        return walks(share, merge, 1, ways.READ_AT_ONCE, is_filtered=True)
    return walks(share, merge, page, ways.READ_AT_ONCE, is_filtered=is_filtered)


async def _share(session: AsyncSession, wanted: Selection, after: After) -> Share:
    """Measure which part of the closed runs of the latest day, before the page, has the kinds, statuses and sources."""
    query = wanted.query
    ends = [one for one in (query.queued_to, wanted.until, after[0] if after else None) if one is not None]
    until = min(ends, default=datetime.now(UTC))
    since = max(until - MEASURED, query.queued_from) if query.queued_from else until - MEASURED
    matches = KindHour.kind.in_(wanted.kinds) & KindHour.status.in_(sorted(wanted.statuses))
    matches = matches & KindHour.source.in_(wanted.sources)
    counted = select(
        func.coalesce(func.sum(KindHour.runs).filter(matches), 0), func.coalesce(func.sum(KindHour.runs), 0)
    ).where(
        # Spelled out, so that the key of the table is used.
        KindHour.kind.in_(tuple(Kind)),
        KindHour.status.in_(tuple(RunStatus)),
        KindHour.source.in_(tuple(RunSource)),
        KindHour.hour >= since,
        KindHour.hour < until,
    )
    return Share(*(await session.execute(counted)).one())


async def _last_open(session: AsyncSession, wanted: Selection, after: After) -> After:
    """Return the open run up to which open ones are looked at; None: all are."""
    keys = _all_keys([*span(wanted, after)], ways.READ_AT_ONCE).where(OPEN_CONDITION).subquery()
    last = select(keys).order_by(keys.c.queued_at.desc(), keys.c.id.desc()).offset(ways.READ_AT_ONCE - 1)
    found = (await session.execute(last)).one_or_none()
    return key_of(found) if found is not None else None


def _all_keys(within: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
    key: tuple[Any, ...] = (Run.queued_at, Run.id)
    return select(*key).where(*within).order_by(Run.queued_at.desc(), Run.id.desc()).limit(most)
