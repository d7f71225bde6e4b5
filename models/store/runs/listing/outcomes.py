"""How many runs arrived in a span of time, by kind, status and source: summed by hour, and counted at the edges."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.states import RunSource, RunStatus
from models.store.runs.listing.paths import READ_AT_ONCE
from models.store.tables.runs import CLOSED_CONDITION, OPEN_CONDITION, Run
from models.store.tables.stats import KindHour

LONGEST = timedelta(days=31)
HOUR = timedelta(hours=1)


class Outcome(NamedTuple):
    """What runs are counted by."""

    kind: Kind
    status: RunStatus
    source: RunSource | None
    is_root: bool


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Runs by outcome, and whether these are all."""

    runs: Counter[Outcome]
    is_whole: bool


async def outcomes(session: AsyncSession, since: datetime | None, before: datetime | None) -> Outcomes:
    """Count the runs of a span, of which at most the last `LONGEST` is looked at."""
    until = before or datetime.now(UTC) + HOUR
    start = until - LONGEST if since is None else max(since, until - LONGEST)
    first, last = _next_hour(start), _hour(until)
    parts = [
        _counted("closed", [CLOSED_CONDITION, Run.is_counted, *edge])
        for edge in _edges(start, min(first, until), max(last, min(first, until)), until)
    ]
    parts.append(_counted("open", [OPEN_CONDITION, *_within(start, until)]))
    parts.append(_counted("uncounted", [CLOSED_CONDITION, ~Run.is_counted, *_within(start, until)]))
    if first < last:
        parts.append(_summed(first, last))
    found: Counter[Outcome] = Counter()
    read: Counter[str] = Counter()
    # In one statement, and so in one snapshot: a run that ends meanwhile is counted once.
    for part, kind, status, source, is_root, runs in await session.execute(union_all(*parts)):
        key = Outcome(Kind(kind), RunStatus(status), RunSource(source) if source else None, is_root)
        found[key] += runs
        read[part] += runs
    is_cut = any(count >= READ_AT_ONCE for part, count in read.items() if part != "sums")
    return Outcomes(found, not is_cut and not await _has_older(session, since, start))


def _edges(start: datetime, first: datetime, last: datetime, until: datetime) -> list[list[ColumnElement[bool]]]:
    """Return the parts of hours at both ends."""
    return [_within(*edge) for edge in ((start, first), (last, until)) if edge[0] < edge[1]]


def _within(start: datetime, end: datetime) -> list[ColumnElement[bool]]:
    return [Run.queued_at >= start, Run.queued_at < end]


def _counted(part: str, conditions: Sequence[Any]) -> Select[Any]:
    one = (
        select(Run.kind, Run.status, Run.source, Run.parent_run_id.is_(None).label("is_root"))
        .where(*conditions)
        .order_by(Run.queued_at.desc(), Run.id.desc())
        .limit(READ_AT_ONCE)
        .subquery()
    )
    key = (one.c.kind, one.c.status, one.c.source, one.c.is_root)
    return select(literal(part), *key, func.count()).group_by(*key)


def _summed(first: datetime, last: datetime) -> Select[Any]:
    key: tuple[Any, ...] = (KindHour.kind, KindHour.status, KindHour.source)
    is_root = KindHour.source != RunSource.PARENT
    summed = select(literal("sums"), *key, is_root, func.sum(KindHour.runs)).where(
        # Spelled out, so that the key of the table is used.
        KindHour.kind.in_(tuple(Kind)),
        KindHour.status.in_(tuple(RunStatus)),
        KindHour.source.in_(tuple(RunSource)),
        KindHour.hour >= first,
        KindHour.hour < last,
    )
    return summed.group_by(*key).having(func.sum(KindHour.runs) > 0)


async def _has_older(session: AsyncSession, since: datetime | None, start: datetime) -> bool:
    """Return whether there are runs between what was asked for and what was looked at."""
    if since == start:
        return False
    older = [Run.queued_at < start, Run.queued_at >= since if since else true()]
    return await session.scalar(select(Run.id).where(*older).order_by(Run.queued_at.desc()).limit(1)) is not None


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _next_hour(at: datetime) -> datetime:
    return _hour(at) if at == _hour(at) else _hour(at) + HOUR
