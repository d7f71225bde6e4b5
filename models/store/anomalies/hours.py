"""Reads the hours of kinds and primitives that are judged, from the sums of closed runs and from the open ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.rules.anomalies.judging import HOUR, HOURS_BACK, LEAST_WAITS, HourFacts, Series
from models.rules.anomalies.means import LogSums
from models.rules.runs.waits import WAIT_BUCKETS
from models.states import AnomalyMetric, RunSource, RunStatus
from models.store.ids import among
from models.store.stats.kind_hours import of_hours
from models.store.tables.anomalies import Anomaly
from models.store.tables.primitives import Primitive
from models.store.tables.runs import OPEN_CONDITION, Run
from models.store.tables.stats import KindHour, PrimitiveHour

MOST_PRIMITIVES = 200
"""Those with the most runs of the last week are judged; each has up to a thousand hours in memory."""
BY_EVENTS = (RunSource.WEBHOOK, RunSource.EVENT, RunSource.SLACK)
DAYS_BACK = timedelta(days=7)
MILLI = 1000


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind, or one of its primitives."""

    kind: Kind
    primitive_id: UUID | None = None


async def series_of_all(session: AsyncSession, hour: datetime) -> dict[Subject, Series]:
    """Return all kinds and the busiest primitives with their hours up to this one, and of the weeks before."""
    # Two more hours, since the last three are looked at, and a day, since sums of a day are.
    start = hour - (HOURS_BACK + 2 + 24) * HOUR
    left_out = await _left_out(session, start)
    found: dict[Subject, dict[datetime, HourFacts]] = {}
    kinds = await _facts(session, KindHour, KindHour.kind, *of_hours(start), KindHour.hour <= hour)
    for kind, hours in kinds.items():
        found[Subject(kind)] = hours
    busiest = await _busiest(session, hour)
    of_primitives = await _facts(
        session,
        PrimitiveHour,
        PrimitiveHour.primitive_id,
        among(PrimitiveHour.primitive_id, busiest),
        PrimitiveHour.hour >= start,
        PrimitiveHour.hour <= hour,
    )
    for primitive_id, hours in of_primitives.items():
        found[Subject(busiest[primitive_id], primitive_id)] = hours
    await _add_open(session, hour, found)
    return {
        subject: Series(hours, since=min(hours), left_out=left_out.get(subject, {})) for subject, hours in found.items()
    }


async def _busiest(session: AsyncSession, hour: datetime) -> Mapping[UUID, Kind]:
    runs = func.sum(PrimitiveHour.runs)
    busiest = (
        select(PrimitiveHour.primitive_id)
        .where(PrimitiveHour.hour >= hour - DAYS_BACK, PrimitiveHour.hour <= hour)
        .group_by(PrimitiveHour.primitive_id)
        .order_by(runs.desc(), PrimitiveHour.primitive_id)
        .limit(MOST_PRIMITIVES)
        .subquery()
    )
    query = select(Primitive.id, Primitive.kind).join(busiest, busiest.c.primitive_id == Primitive.id)
    return {row.id: row.kind for row in await session.execute(query)}


async def _facts(
    session: AsyncSession,
    table: type[KindHour] | type[PrimitiveHour],
    key: Any,
    *conditions: ColumnElement[bool],
) -> dict[Any, dict[datetime, HourFacts]]:
    """Return the hours by their kind or primitive. Backfills are nobody's usual load."""
    completed = table.status == RunStatus.COMPLETED
    sums = {
        "starts": func.sum(table.occurrences).filter(table.source.in_(BY_EVENTS)),
        "completed": func.sum(table.runs).filter(completed),
        "failed": func.sum(table.runs).filter(table.status == RunStatus.FAILED),
        "took": func.sum(table.started).filter(completed),
        "took_logs": func.sum(table.duration_log_sum).filter(completed),
        "took_squares": func.sum(table.duration_log_squares).filter(completed),
        "cost": func.sum(table.own_cost_count),
        "cost_logs": func.sum(table.own_cost_log_sum),
        "cost_squares": func.sum(table.own_cost_log_squares),
    }
    named = [value.label(name) for name, value in sums.items()]
    waits = [func.sum(table.wait_histogram[place]) for place in range(1, WAIT_BUCKETS + 1)]
    query = (
        select(key, table.hour, *named, *waits)
        .where(table.source != RunSource.BACKFILL, *conditions)
        .group_by(key, table.hour)
    )
    found: dict[Any, dict[datetime, HourFacts]] = {}
    for subject, at, *values in await session.execute(query):
        numbers = [int(one or 0) for one in values]
        facts, histogram = dict(zip(sums, numbers, strict=False)), numbers[len(sums) :]
        found.setdefault(subject, {})[at] = HourFacts(
            starts=facts["starts"],
            completed=facts["completed"],
            failed=facts["failed"],
            durations=_logs(facts["took"], facts["took_logs"], facts["took_squares"]),
            costs=_logs(facts["cost"], facts["cost_logs"], facts["cost_squares"]),
            waits=tuple(histogram) if sum(histogram) >= LEAST_WAITS else (),
        )
    return found


def _logs(runs: int, total: int, squares: int) -> LogSums:
    return LogSums(runs, total / MILLI, squares / MILLI)


async def _add_open(session: AsyncSession, hour: datetime, found: dict[Subject, dict[datetime, HourFacts]]) -> None:
    """Count what is still open among the starts: sums have closed runs only."""
    at_hour = func.date_trunc(literal_column("'hour'"), Run.queued_at, literal_column("'UTC'"))
    since = hour - 26 * HOUR
    query = (
        select(Run.kind, Run.primitive_id, at_hour, func.count())
        .where(OPEN_CONDITION, Run.source.in_(BY_EVENTS), Run.queued_at >= since, Run.queued_at < hour + HOUR)
        .group_by(Run.kind, Run.primitive_id, at_hour)
    )
    for kind, primitive_id, at, count in await session.execute(query):
        for subject in (Subject(kind), Subject(kind, primitive_id)):
            if hours := found.get(subject):
                facts = hours.get(at, HourFacts())
                hours[at] = HourFacts(
                    facts.starts + count, facts.completed, facts.failed, facts.durations, facts.costs, facts.waits
                )


async def _left_out(
    session: AsyncSession, start: datetime
) -> Mapping[Subject, Mapping[AnomalyMetric, frozenset[datetime]]]:
    """Return the hours of known anomalies, from which nothing is learned."""
    query = select(Anomaly.kind, Anomaly.primitive_id, Anomaly.metric, Anomaly.first_hour, Anomaly.last_hour)
    found: dict[Subject, dict[AnomalyMetric, set[datetime]]] = {}
    for kind, primitive_id, metric, first, last in await session.execute(query.where(Anomaly.last_hour >= start)):
        hours = found.setdefault(Subject(kind, primitive_id), {}).setdefault(metric, set())
        hours.update(_hours(first, last))
    return {
        subject: {metric: frozenset(hours) for metric, hours in metrics.items()} for subject, metrics in found.items()
    }


def _hours(first: datetime, last: datetime) -> Iterable[datetime]:
    return (first + place * HOUR for place in range(int((last - first) / HOUR) + 1))


def tests_a_day(subjects: Sequence[Subject]) -> int:
    """Return how often a day something is judged."""
    return len(subjects) * len(AnomalyMetric) * 24
