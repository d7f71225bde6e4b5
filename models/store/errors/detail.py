"""What a group of errors touches, and what sets its runs apart from all others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, cast, extract, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.contracts.runs.errors import (
    ErrorGroupDetail,
    Share,
    SpanQuery,
    TouchedAutomation,
    TouchedPrimitive,
    TouchedSource,
)
from models.kinds import KINDS, Kind
from models.rules.fingerprint.differences import Compared, differences
from models.states import RunSource
from models.store.automations.dependencies import ref
from models.store.errors.changes import group_of
from models.store.errors.listing import Span, span_of, total_of, views
from models.store.ids import among
from models.store.stats.kind_hours import of_hours
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationHour, KindHour, PrimitiveHour

NEWEST = 2000
"""Runs of a group that are looked at."""
MOST_SHOWN = 20
SAMPLED = 5000
"""Newest runs with a model that a group's models are compared with: sums do not name models."""
STARTED_BY = {
    RunSource.SCHEDULE: "started by a schedule",
    RunSource.WEBHOOK: "started by a webhook",
    RunSource.EVENT: "started by an event",
    RunSource.SLACK: "started from Slack",
    RunSource.MANUAL: "started by hand",
    RunSource.DIRECT: "executed by hand without an automation",
    RunSource.RERUN: "reruns",
    RunSource.DEPENDENCY: "started by a dependency",
    RunSource.BACKFILL: "part of a backfill",
    RunSource.PARENT: "part of another run",
}


async def error_group(session: AsyncSession, key: int, query: SpanQuery, now: datetime) -> ErrorGroupDetail:
    """Describe a group.

    Raises:
        NotFound: there is none.
        Invalid: the span is empty or too long.
    """
    span = span_of(query, now)
    row = await group_of(session, key)
    (view,) = await views(session, [row], span, now)
    found = await _newest(session, key, span)
    automations, primitives = await _named(session, found)
    touched = Counter(run.automation_id for run in found if run.automation_id in automations)
    of_primitives = Counter(run.primitive_id for run in found)
    sources = Counter(run.source for run in found if run.source is not None)
    models = Counter(run.model for run in found if run.model)
    return ErrorGroupDetail(
        start=span.start,
        end=span.end,
        slice_seconds=span.slice_seconds,
        group=view,
        total=await total_of(session, key),
        looked_at=len(found),
        is_all=len(found) < NEWEST,
        automations=tuple(
            TouchedAutomation(automation=ref(automations[one]), runs=runs)
            for one, runs in touched.most_common(MOST_SHOWN)
        ),
        primitives=tuple(
            TouchedPrimitive(
                id=one, kind=primitives[one].kind, slug=primitives[one].slug, name=primitives[one].name, runs=runs
            )
            for one, runs in of_primitives.most_common(MOST_SHOWN)
        ),
        sources=tuple(TouchedSource(source=one, runs=runs) for one, runs in sources.most_common()),
        models=tuple(Share(value=one, name=one, runs=runs) for one, runs in models.most_common(MOST_SHOWN)),
        differs=differences(await _compared(session, found, span, automations, primitives)),
    )


async def _newest(session: AsyncSession, key: int, span: Span) -> Sequence[Any]:
    """Return the newest runs of a group, without those that only failed because of a run below them."""
    root = aliased(Run)
    automation_id = func.coalesce(Run.automation_id, root.automation_id).label("automation_id")
    columns = (Run.kind, Run.source, automation_id, Run.primitive_id, Run.model, Run.queued_at)
    query = (
        select(*columns)
        .outerjoin(root, root.id == Run.root_run_id)
        .where(Run.error_key == key, Run.caused_by.is_(None), Run.queued_at < span.end, Run.queued_at >= span.start)
        .order_by(Run.queued_at.desc(), Run.id.desc())
        .limit(NEWEST)
    )
    return (await session.execute(query)).all()


async def _named(
    session: AsyncSession, found: Sequence[Any]
) -> tuple[Mapping[UUID, Automation], Mapping[UUID, Primitive]]:
    of_automations = {run.automation_id for run in found if run.automation_id}
    automations = await session.scalars(select(Automation).where(among(Automation.id, of_automations)))
    primitives = await session.scalars(
        select(Primitive).where(among(Primitive.id, {run.primitive_id for run in found}))
    )
    return {row.id: row for row in automations}, {row.id: row for row in primitives}


async def _compared(
    session: AsyncSession,
    found: Sequence[Any],
    span: Span,
    automations: Mapping[UUID, Automation],
    primitives: Mapping[UUID, Primitive],
) -> list[Compared]:
    """Return each field's values among the group's runs and among all that closed in the span."""
    hour = cast(extract("hour", func.timezone("UTC", KindHour.hour)), Integer)
    kinds: Counter[str] = Counter()
    by_source: Counter[str] = Counter()
    hours: Counter[str] = Counter()
    in_span = (*of_hours(span.start), KindHour.hour < span.end)
    query = select(KindHour.kind, KindHour.source, hour, func.sum(KindHour.runs)).where(*in_span)
    for kind, source, at, runs in await session.execute(query.group_by(KindHour.kind, KindHour.source, hour)):
        kinds[kind.value] += int(runs)
        by_source[source.value] += int(runs)
        hours[f"{at:02}:00"] += int(runs)
    slugs = {row.id: row.slug for row in automations.values()}
    paths = {row.id: f"{row.kind.value}/{row.slug}" for row in primitives.values()}
    return [
        Compared("kind", Counter(run.kind.value for run in found), kinds, {one.value: _of_kind(one) for one in Kind}),
        Compared(
            "source",
            Counter(run.source.value for run in found if run.source),
            by_source,
            {one.value: words for one, words in STARTED_BY.items()},
        ),
        Compared(
            "hour",
            Counter(f"{run.queued_at.hour:02}:00" for run in found),
            hours,
            {f"{at:02}:00": f"from the hour of {at:02}:00 UTC" for at in range(24)},
        ),
        Compared(
            "automation",
            Counter(slugs[run.automation_id] for run in found if run.automation_id in slugs),
            await _of_automations(session, span, slugs),
            {row.slug: f"of the automation {row.name}" for row in automations.values()},
        ),
        Compared(
            "primitive",
            Counter(paths[run.primitive_id] for run in found),
            await _of_primitives(session, span, paths),
            {paths[row.id]: f"of the {row.kind.value} {row.name}" for row in primitives.values()},
        ),
        Compared("model", Counter(run.model for run in found if run.model), await _of_models(session, span), {}),
    ]


def _of_kind(kind: Kind) -> str:
    return f"runs of {KINDS[kind].plural}"


async def _of_primitives(session: AsyncSession, span: Span, paths: Mapping[UUID, str]) -> Counter[str]:
    query = (
        select(PrimitiveHour.primitive_id, func.sum(PrimitiveHour.runs))
        .where(PrimitiveHour.hour >= span.start, PrimitiveHour.hour < span.end)
        .group_by(PrimitiveHour.primitive_id)
    )
    found: Counter[str] = Counter()
    for one, runs in await session.execute(query):
        found[paths.get(one, "")] += int(runs)
    return found


async def _of_automations(session: AsyncSession, span: Span, slugs: Mapping[UUID, str]) -> Counter[str]:
    ends = ("completed", "failed", "cancelled", "skipped", "missed")
    closed = reduce(add, (getattr(AutomationHour, name) for name in ends))
    query = (
        select(AutomationHour.automation_id, func.sum(closed))
        .where(AutomationHour.hour >= span.start, AutomationHour.hour < span.end)
        .group_by(AutomationHour.automation_id)
    )
    found: Counter[str] = Counter()
    for one, runs in await session.execute(query):
        found[slugs.get(one, "")] += int(runs)
    return found


async def _of_models(session: AsyncSession, span: Span) -> Counter[str]:
    newest = (
        select(Run.model)
        .where(Run.kind == Kind.AGENT, Run.queued_at < span.end, Run.queued_at >= span.start)
        .order_by(Run.queued_at.desc(), Run.id.desc())
        .limit(SAMPLED)
        .subquery()
    )
    query = select(newest.c.model, func.count()).where(newest.c.model.is_not(None)).group_by(newest.c.model)
    found: Counter[str] = Counter()
    for model, count in await session.execute(query):
        found[str(model)] = count
    return found
