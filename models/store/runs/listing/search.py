"""What is typed into the search box of runs: an id of something, else words."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.names import run_of_workflow
from models.states import FoundBy
from models.store.deliveries.search import with_key
from models.store.ids import as_id, id_range
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.errors import ErrorGroup
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run

MOST_NAMES = 1000
IdRange: TypeAlias = tuple[uuid.UUID, uuid.UUID]


@dataclass(frozen=True, slots=True)
class Words:
    """What has the words: the runs of these primitives and automations, and of these groups of errors."""

    primitive_ids: Sequence[uuid.UUID]
    automation_ids: Sequence[uuid.UUID]
    error_keys: Sequence[int]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text was taken for; one of the others is set."""

    found_by: FoundBy
    ids: IdRange | None = None
    delivery_ids: Sequence[uuid.UUID] | None = None
    words: Words | None = None


async def meaning_of(session: AsyncSession, typed: str) -> Meaning | None:
    """Return what a text means: the first that something has. None: nothing is typed."""
    text = typed.strip()
    if not text:
        return None
    if (ids := id_range(text)) is not None and await _has_run(session, ids):
        return Meaning(FoundBy.RUN, ids=ids)
    if (run_id := await _run_of_workflow(session, text)) is not None:
        return Meaning(FoundBy.TEMPORAL, ids=(run_id, run_id))
    delivery_id = as_id(text)
    if delivery_id is not None and await session.get(Delivery, delivery_id) is not None:
        return Meaning(FoundBy.DELIVERY, delivery_ids=[delivery_id])
    if keyed := await with_key(session, text, ()):
        return Meaning(FoundBy.DELIVERY, delivery_ids=keyed)
    return Meaning(FoundBy.WORDS, words=await _with_words(session, text))


async def _has_run(session: AsyncSession, ids: IdRange) -> bool:
    return await session.scalar(select(Run.id).where(Run.id.between(*ids)).limit(1)) is not None


async def _run_of_workflow(session: AsyncSession, text: str) -> uuid.UUID | None:
    named = run_of_workflow(text)
    if not isinstance(named, tuple):
        return named
    automation_id, due_at = named
    return await session.scalar(select(Run.id).where(Run.automation_id == automation_id, Run.due_at == due_at))


async def _with_words(session: AsyncSession, text: str) -> Words:
    named = [
        (
            await session.scalars(
                select(table.id)
                .where(or_(*(column.icontains(text, autoescape=True) for column in (table.name, table.slug))))
                .limit(MOST_NAMES)
            )
        ).all()
        for table in (Primitive, Automation)
    ]
    told = (ErrorGroup.error_type, ErrorGroup.template, ErrorGroup.sample)
    groups = (
        select(ErrorGroup.key)
        .where(or_(*(column.icontains(text, autoescape=True) for column in told)))
        .order_by(ErrorGroup.last_seen.desc())
        .limit(MOST_NAMES)
    )
    return Words(named[0], named[1], (await session.scalars(groups)).all())
