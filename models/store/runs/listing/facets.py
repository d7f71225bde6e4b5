"""How many runs have which status, kind, source, primitive and error: exact where the hourly sums know it, else counted
up to a limit; never estimated.

The values of one filter are counted under all other filters, so that choosing one does not hide the others.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.error_key import error_key_text
from models.contracts.runs.listing import RunCount, RunFacet, RunFacets
from models.contracts.runs.queries import RunQuery
from models.kinds import Kind
from models.states import Exactness, RunSource, RunStatus
from models.store.ids import among
from models.store.runs.listing.conditions import named_conditions
from models.store.runs.listing.fetching import Reading, choose, searched_to
from models.store.runs.listing.outcomes import Outcome, Outcomes, outcomes
from models.store.runs.listing.selection import Selection
from models.store.tables.errors import ErrorGroup
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run

MOST_COUNTED = 10_000
SHOWN = 20
_WITH_ERROR = frozenset({RunStatus.FAILED, RunStatus.SKIPPED, RunStatus.MISSED})
_SUMMED = frozenset({"kind", "status", "source", "roots"})


@dataclass(frozen=True, slots=True)
class Sample:
    """The newest runs that match, counted by some columns, and whether these are all."""

    runs: Counter[tuple[Any, ...]]
    exactness: Exactness


async def facets(session: AsyncSession, wanted: Selection) -> RunFacets:
    """Count the runs that a filter selects, by the values that they have."""
    query = wanted.query
    is_summed = {name for name, _ in named_conditions(wanted)} <= _SUMMED and wanted.until is None
    table = await outcomes(session, query.queued_from, query.queued_to) if is_summed else None
    known = Exactness.EXACT if table is not None and table.is_whole else Exactness.AT_LEAST
    if table is None or not table.is_whole:
        sampled, exactness = await _sampled(session, wanted)
        # Where there are few, all can be counted, however long ago they were.
        if table is None or not table.runs or exactness is Exactness.EXACT:
            table, known = sampled, exactness
    by_kind = _counted(table, wanted, lambda one: one.kind, "kind")
    by_source = _counted(table, wanted, lambda one: one.source, "source")
    by_status = _counted(table, wanted, lambda one: one.status, "status")
    if RunStatus.STUCK in by_status:
        by_status[RunStatus.STUCK] = (await _stuck(session, wanted)).count
    is_in_sums = is_summed and known is Exactness.EXACT and not (query.status and RunStatus.STUCK in wanted.statuses)
    total = RunCount(count=sum(_matching(table, wanted).values()), exactness=known)
    if not is_in_sums:
        counted = await count(session, wanted)
        # Of two that are cut, the one that has come further.
        total = counted if counted.exactness is Exactness.EXACT or counted.count >= total.count else total
    return RunFacets(
        total=total,
        status=_facets(by_status, known),
        kind=_facets(by_kind, known),
        source=_facets(by_source, known),
        primitive=await _primitives(session, wanted),
        error=await _errors(session, wanted),
    )


async def count(session: AsyncSession, wanted: Selection) -> RunCount:
    """Count the runs that match, up to a limit."""
    reading = await choose(session, wanted, None, MOST_COUNTED, is_counted=True)
    some = reading.matching().limit(_limit(reading)).subquery()
    found = (await session.execute(select(func.count()).select_from(some))).scalar_one()
    return RunCount(count=found, exactness=await _exactness(session, reading, found))


async def _sampled(session: AsyncSession, wanted: Selection) -> tuple[Outcomes, Exactness]:
    """Count the newest runs under the filters that hours are not summed by."""
    free = {"kind": (), "status": (), "source": ()}
    others = replace(wanted, query=wanted.query.model_copy(update=free), statuses=frozenset(RunStatus))
    is_root = Run.parent_run_id.is_(None).label("is_root")
    found = await _sample(session, others, Run.kind, Run.status, Run.source, is_root)
    runs = Counter({Outcome(*key): number for key, number in found.runs.items()})
    return Outcomes(runs, found.exactness is Exactness.EXACT), found.exactness


async def _stuck(session: AsyncSession, wanted: Selection) -> RunCount:
    """Count what is stuck, with what waits for it, as the list has it."""
    query = wanted.query.model_copy(update={"status": (RunStatus.STUCK,)})
    return await count(session, replace(wanted, query=query, statuses=frozenset({RunStatus.STUCK})))


async def _primitives(session: AsyncSession, wanted: Selection) -> tuple[RunFacet, ...]:
    others = replace(wanted, query=wanted.query.model_copy(update={"primitive": ()}), primitive_ids=None)
    found = await _sample(session, others, Run.primitive_id)
    top = _top({key[0]: number for key, number in found.runs.items()})
    named: Mapping[UUID, Any] = {
        row.id: row
        for row in await session.execute(
            select(Primitive.id, Primitive.name, Primitive.slug).where(among(Primitive.id, [one for one, _ in top]))
        )
    }
    return tuple(
        RunFacet(value=str(one), label=named[one].name, detail=named[one].slug, count=number, exactness=found.exactness)
        for one, number in top
    )


async def _errors(session: AsyncSession, wanted: Selection) -> tuple[RunFacet, ...]:
    """Only runs that ended in some ways have one: with these statuses, they are read along their index."""
    statuses = wanted.statuses & _WITH_ERROR
    if not statuses:
        return ()
    free: dict[str, Any] = {"error": (), "error_type": (), "status": tuple(sorted(statuses))}
    others = replace(wanted, query=wanted.query.model_copy(update=free), statuses=statuses, error_keys=None)
    found = await _sample(session, others, Run.error_key)
    top = _top({key[0]: number for key, number in found.runs.items() if key[0] is not None})
    groups = select(ErrorGroup.key, ErrorGroup.template, ErrorGroup.error_type)
    named = {row.key: row for row in await session.execute(groups.where(ErrorGroup.key.in_([one for one, _ in top])))}
    return tuple(
        RunFacet(
            value=error_key_text(one),
            label=named[one].template if one in named else None,
            detail=named[one].error_type if one in named else None,
            count=number,
            exactness=found.exactness,
        )
        for one, number in top
    )


async def _sample(session: AsyncSession, wanted: Selection, *columns: Any) -> Sample:
    reading = await choose(session, wanted, None, MOST_COUNTED, is_counted=True)
    some = reading.matching(*columns).limit(_limit(reading)).subquery()
    key = [some.c[one.key] for one in columns]
    grouped: Select[Any] = select(*key, func.count()).group_by(*key)
    runs = Counter({tuple(row[:-1]): row[-1] for row in await session.execute(grouped)})
    exactness = await _exactness(session, reading, runs.total())
    return Sample(runs, Exactness.EXACT if exactness is Exactness.EXACT else Exactness.SO_FAR)


def _limit(reading: Reading) -> int:
    return MOST_COUNTED if reading.is_filtered else reading.most


async def _exactness(session: AsyncSession, reading: Reading, found: int) -> Exactness:
    if found >= _limit(reading):
        return Exactness.AT_LEAST
    return Exactness.SO_FAR if await searched_to(session, reading) else Exactness.EXACT


def _matching(table: Outcomes, wanted: Selection, but: str = "") -> Counter[Outcome]:
    """Return the counts under the filters by kind, status and source but one of them."""
    query: RunQuery = wanted.query
    return Counter(
        {
            one: number
            for one, number in table.runs.items()
            if (but == "kind" or not query.kind or one.kind in query.kind)
            and (but == "status" or one.status in wanted.statuses)
            and (but == "source" or not query.source or one.source in query.source)
            and (not query.roots_only or one.is_root)
        }
    )


def _counted(
    table: Outcomes, wanted: Selection, value: Callable[[Outcome], Any], dimension: str
) -> Counter[Kind | RunStatus | RunSource]:
    found: Counter[Kind | RunStatus | RunSource] = Counter()
    for one, number in _matching(table, wanted, dimension).items():
        if (key := value(one)) is not None:
            found[key] += number
    return found


def _facets(counts: Mapping[Any, int], exactness: Exactness) -> tuple[RunFacet, ...]:
    return tuple(RunFacet(value=one.value, count=number, exactness=exactness) for one, number in _top(counts, None))


def _top(counts: Mapping[Any, int], most: int | None = SHOWN) -> Sequence[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], str(one[0])))[:most]
