"""How many deliveries have which source, outcome and reason: counted up to a limit, never estimated.

The values of one filter are counted under all other filters, so that choosing one does not hide the others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.queries import DeliveryQuery
from models.contracts.runs.deliveries import DeliveryFacets, Facet
from models.states import DeliveryOutcome, Source
from models.store.deliveries.selection import READ_AT_ONCE, Selection, along_index, has_residual, selection_of
from models.store.tables.deliveries import Delivery

MOST_COUNTED = 10_000
NEWEST = 2000
ENDPOINTS_SHOWN = 20


async def facets(session: AsyncSession, query: DeliveryQuery) -> DeliveryFacets:
    """Count deliveries by each filter's values.

    Raises:
        NotFound, Invalid: as `selection_of`.
    """
    sources = tuple(one for one in Source if one is not Source.SCHEDULE)
    return DeliveryFacets(
        source=await _each(session, query, "source", sources),
        outcome=await _each(session, query, "outcome", tuple(DeliveryOutcome)),
        dead_reason=await _grouped(
            session, query, "dead_reason", MOST_COUNTED, {"dead": True, "dead_reason": ()}, shown=40
        ),
        endpoint=await _grouped(session, query, "endpoint", NEWEST, {"endpoint": ()}, shown=ENDPOINTS_SHOWN),
    )


async def dead_letters(session: AsyncSession) -> Mapping[str, int]:
    """Count the newest dead letters by their reason."""
    newest = select(Delivery.dead_reason).where(Delivery.dead_reason.is_not(None)).limit(MOST_COUNTED).subquery()
    rows = await session.execute(select(newest.c.dead_reason, func.count()).group_by(newest.c.dead_reason))
    return {row[0]: row[1] for row in rows}


async def _each(
    session: AsyncSession, query: DeliveryQuery, field: str, values: Sequence[Source | DeliveryOutcome]
) -> tuple[Facet, ...]:
    """Count each value along its own index, so that a rare one is found however old its deliveries are."""
    counts = []
    for value in values:
        wanted = await selection_of(session, query.model_copy(update={field: (value,)}))
        counts.append(_counting(wanted, MOST_COUNTED, literal(value.value)))
    found = {value: count for value, count in await session.execute(union_all(*counts)) if count}
    return _sorted(Counter(found), MOST_COUNTED)


async def _grouped(
    session: AsyncSession, query: DeliveryQuery, field: str, most: int, without: dict[str, Any], *, shown: int
) -> tuple[Facet, ...]:
    """Count the values of the newest deliveries."""
    wanted = await selection_of(session, query.model_copy(update=without))
    read = _read(wanted, most)
    value = read.c[field]
    rows = await session.execute(select(value, func.count()).where(read.c.fits).group_by(value))
    counts = Counter({row[0]: row[1] for row in rows})
    return _sorted(counts, most, of_all=True)[:shown]


def _counting(wanted: Selection, most: int, value: Any) -> Select[Any]:
    read = _read(wanted, most)
    return select(value, func.count()).select_from(read).where(read.c.fits)


def _read(wanted: Selection, most: int) -> Any:
    return along_index(wanted, READ_AT_ONCE if has_residual(wanted) else most).subquery()


def _sorted(counts: Counter[str], most: int, *, of_all: bool = False) -> tuple[Facet, ...]:
    cut = of_all and counts.total() >= most
    return tuple(
        Facet(value=value, count=min(count, most), at_least=cut or count >= most)
        for value, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    )
