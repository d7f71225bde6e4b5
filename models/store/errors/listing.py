"""Lists groups of errors with how many runs ended with each, from sums by hour: `runs` is not counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, and_, any_, extract, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.contracts.runs.errors import LONGEST_SPAN, ErrorGroupPage, ErrorGroupView, ErrorsQuery, SpanQuery
from models.errors import Invalid
from models.rules.fingerprint.standing import standing
from models.states import ErrorGroupState, GroupOutcome, GroupSort
from models.store.stats.counting import hour_of
from models.store.tables.errors import ErrorGroup, ErrorHour
from models.store.tables.runs import Run

MOST_READ = 2000
"""Groups that are read for one list, those seen last."""
MOST_SLICES = 48
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
LONGEST_RUN = timedelta(days=7)
"""A run that was queued so long before its group was resolved is not looked for among those that started afterwards."""
REASONS = (GroupOutcome.SKIPPED, GroupOutcome.MISSED)


@dataclass(frozen=True, slots=True)
class Span:
    """Whole hours, in slices of whole hours."""

    start: datetime
    end: datetime
    slice_seconds: int

    @property
    def slices(self) -> int:
        """How many there are."""
        return -(-int((self.end - self.start).total_seconds()) // self.slice_seconds)


def span_of(query: SpanQuery, now: datetime) -> Span:
    """Return the span that a query asks for.

    Raises:
        Invalid: it is empty or too long.
    """
    until = (query.end or now).astimezone(UTC)
    end = hour_of(until)
    end = end if end == query.end else end + HOUR
    start = hour_of(query.start.astimezone(UTC)) if query.start else end - DAY
    if not start < end <= start + LONGEST_SPAN + HOUR:
        raise Invalid(f"from must be before to, by at most {LONGEST_SPAN.days} days", field="from")
    hours = int((end - start).total_seconds()) // 3600
    return Span(start, end, 3600 * -(-hours // MOST_SLICES))


async def error_groups(session: AsyncSession, query: ErrorsQuery, now: datetime) -> ErrorGroupPage:
    """List the groups that runs ended with in a span.

    Raises:
        Invalid: the span is empty or too long.
    """
    span = span_of(query, now)
    rows = (await session.scalars(_matching(query, span))).all()
    is_least, rows = len(rows) > MOST_READ, rows[:MOST_READ]
    found = [one for one in await views(session, rows, span, now) if one.runs and _is_wanted(one, query)]
    found.sort(key=_SORTS[query.sort], reverse=True)
    return ErrorGroupPage(
        start=span.start,
        end=span.end,
        slice_seconds=span.slice_seconds,
        items=tuple(found[query.offset : query.offset + query.limit]),
        total=len(found),
        is_least=is_least,
        runs=sum(one.runs for one in found),
    )


async def views(
    session: AsyncSession, rows: Sequence[ErrorGroup], span: Span, now: datetime
) -> Sequence[ErrorGroupView]:
    """Return groups as the API shows them."""
    keys = [row.key for row in rows]
    counts = await _counts(session, keys, span)
    before = await _sums(session, keys, span.start - (span.end - span.start), span.start)
    totals = await _sums(session, [row.key for row in rows if row.ignored_up_to is not None])
    seen_since = await _seen_since_resolved(session, rows)
    return [
        ErrorGroupView(
            key=row.key,
            error_type=row.error_type,
            template=row.template,
            sample=row.sample,
            sample_run_id=row.sample_run_id,
            outcome=GroupOutcome(row.error_type) if row.error_type in REASONS else GroupOutcome.FAILED,
            state=standing(
                row.state,
                seen_since=row.key in seen_since,
                ignored_until=row.ignored_until,
                ignored_up_to=row.ignored_up_to,
                total=totals[row.key],
                now=now,
            ),
            state_at=row.state_at,
            state_by=row.state_by,
            ignored_until=row.ignored_until,
            ignored_up_to=row.ignored_up_to,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            runs=sum(counts.get(row.key, {}).values()),
            runs_before=before[row.key],
            counts=tuple(counts.get(row.key, {}).get(place, 0) for place in range(span.slices)),
        )
        for row in rows
    ]


async def total_of(session: AsyncSession, key: int) -> int:
    """Return how many runs have ever ended with a group."""
    return (await _sums(session, [key]))[key]


def _matching(query: ErrorsQuery, span: Span) -> Select[ErrorGroup]:
    # `last_seen` is accurate to a minute.
    wanted = select(ErrorGroup).where(
        ErrorGroup.last_seen >= span.start - timedelta(minutes=1), ErrorGroup.first_seen < span.end
    )
    if query.error_type:
        wanted = wanted.where(ErrorGroup.error_type.in_(query.error_type))
    if query.outcome:
        reasons = [one.value for one in query.outcome if one in REASONS]
        fails = ErrorGroup.error_type.not_in(REASONS) if GroupOutcome.FAILED in query.outcome else None
        of = ErrorGroup.error_type.in_(reasons)
        wanted = wanted.where(of if fails is None else or_(of, fails))
    if words := query.q.split():
        text = ErrorGroup.error_type + " " + ErrorGroup.template + " " + ErrorGroup.sample
        wanted = wanted.where(and_(*(text.icontains(word, autoescape=True) for word in words)))
    return wanted.order_by(ErrorGroup.last_seen.desc()).limit(MOST_READ + 1)


def _is_wanted(one: ErrorGroupView, query: ErrorsQuery) -> bool:
    return not query.state or one.state in query.state


_SORTS: dict[GroupSort, Any] = {
    GroupSort.RUNS: lambda one: (one.runs, one.last_seen, one.key),
    GroupSort.LAST_SEEN: lambda one: (one.last_seen, one.key),
    GroupSort.FIRST_SEEN: lambda one: (one.first_seen, one.key),
}


async def _counts(session: AsyncSession, keys: Sequence[int], span: Span) -> Mapping[int, Mapping[int, int]]:
    """Return the runs of each group by slice."""
    seconds = extract("epoch", ErrorHour.hour - span.start)
    place = func.div(seconds, span.slice_seconds)
    query = (
        select(ErrorHour.key, place, func.sum(ErrorHour.runs))
        .where(_among(ErrorHour.key, keys), ErrorHour.hour >= span.start, ErrorHour.hour < span.end)
        .group_by(ErrorHour.key, place)
    )
    found: dict[int, dict[int, int]] = {}
    for key, which, runs in await session.execute(query):
        found.setdefault(key, {})[int(which)] = int(runs)
    return found


async def _sums(
    session: AsyncSession, keys: Sequence[int], start: datetime | None = None, end: datetime | None = None
) -> Counter[int]:
    if not keys:
        return Counter()
    query = select(ErrorHour.key, func.sum(ErrorHour.runs)).where(_among(ErrorHour.key, keys)).group_by(ErrorHour.key)
    if start is not None and end is not None:
        query = query.where(ErrorHour.hour >= start, ErrorHour.hour < end)
    return Counter({key: int(runs) for key, runs in await session.execute(query)})


async def _seen_since_resolved(session: AsyncSession, rows: Sequence[ErrorGroup]) -> set[int]:
    """Return the resolved groups that a run ended with that started afterwards; what was under way does not count."""
    suspects = [
        row.key
        for row in rows
        if row.state is ErrorGroupState.RESOLVED and row.last_seen > (row.state_at or _LONG_AGO) - timedelta(minutes=1)
    ]
    if not suspects:
        return set()
    group = aliased(ErrorGroup)
    started = (
        select(Run.id)
        .where(
            Run.error_key == group.key,
            Run.queued_at > group.state_at - LONGEST_RUN,
            func.coalesce(Run.started_at, Run.queued_at) > group.state_at,
        )
        .exists()
    )
    query = select(group.key).where(_among(group.key, suspects), started)
    return {*(await session.scalars(query))}


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _among(column: InstrumentedAttribute[int], keys: Sequence[int]) -> ColumnElement[bool]:
    return column == any_(literal(list(keys), ARRAY(BigInteger)))
