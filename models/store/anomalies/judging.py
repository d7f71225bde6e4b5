"""Judges an hour that is over, once: opens anomalies, lets them go on, and closes them after three usual hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.anomalies.counts import threshold
from models.rules.anomalies.judging import HOUR, HOURS_BACK, Finding, Series, findings
from models.states import AnomalyMetric
from models.store.anomalies.explaining import explanation
from models.store.anomalies.hours import Subject, tests_a_day
from models.store.ids import fresh_id
from models.store.stats.counting import hour_of
from models.store.tables.anomalies import Anomaly, JudgedHour

QUIET_HOURS = 3
SETTLES = timedelta(minutes=5)
"""An hour is judged so long after its end: runs are counted when they close."""
Found = Mapping[Subject, Sequence[Finding]]
Key = tuple[Subject, AnomalyMetric, bool]


def hour_to_judge(now: datetime) -> datetime:
    """Return the last hour that has settled."""
    return hour_of(now - SETTLES) - HOUR


async def claim_hour(session: AsyncSession, hour: datetime, now: datetime) -> bool:
    """Note that an hour is judged; False if it was before."""
    statement = insert(JudgedHour).values(hour=hour, judged_at=now).on_conflict_do_nothing()
    claimed = await session.scalar(statement.returning(JudgedHour.hour)) is not None
    if claimed:
        await session.execute(delete(JudgedHour).where(JudgedHour.hour < hour - HOURS_BACK * HOUR))
    return claimed


def judge_all(series: Mapping[Subject, Series], hour: datetime) -> Found:
    """Return what is unusual of everything; takes seconds of a processor with hundreds of primitives."""
    limit = threshold(tests_a_day([*series]))
    return {subject: tuple(findings(one, hour, limit)) for subject, one in series.items()}


async def store(session: AsyncSession, found: Found, hour: datetime, now: datetime) -> list[Anomaly]:
    """Store what was found of an hour; return what is new."""
    open_rows = (
        await session.scalars(select(Anomaly).where(Anomaly.closed_at.is_(None)).with_for_update(key_share=True))
    ).all()
    known: dict[Key, Anomaly] = {
        (Subject(row.kind, row.primitive_id), row.metric, row.is_low): row for row in open_rows
    }
    new = []
    for subject, some in found.items():
        for one in some:
            row = known.get((subject, one.metric, one.is_low))
            if row is None and one.is_new:
                row = Anomaly(
                    id=fresh_id(),
                    kind=subject.kind,
                    primitive_id=subject.primitive_id,
                    metric=one.metric,
                    is_low=one.is_low,
                    first_hour=hour,
                    explained=await explanation(session, subject, hour),
                )
                session.add(row)
                new.append(row)
            if row is not None:
                _describe(row, one, hour)
    for row in open_rows:
        if hour - row.last_hour >= QUIET_HOURS * HOUR:
            row.closed_at = now
    await session.flush()
    return new


def _describe(row: Anomaly, one: Finding, hour: datetime) -> None:
    judged = one.judged
    row.last_hour, row.runs, row.hours = hour, one.runs, one.hours
    row.value, row.usual, row.low, row.high, row.score = (
        judged.value,
        judged.usual,
        judged.low,
        judged.high,
        judged.score,
    )
