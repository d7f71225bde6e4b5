"""Queries of automations with their primitives."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from models.errors import NotFound
from models.states import Source
from models.store.ids import among, as_id
from models.store.paging import PageRequest, fetch_page
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive


def with_primitive() -> Select[Automation]:
    """Return the query of automations with their primitives, in one join that conditions can name."""
    return select(Automation).join(Automation.primitive).options(contains_eager(Automation.primitive))


def _as_it_is_now(query: Select[Automation]) -> Select[Automation]:
    """Lock what the query finds; what the session has read before may be stale."""
    return query.with_for_update(of=Automation, key_share=True).execution_options(populate_existing=True)


async def by_name(session: AsyncSession, name: str, *, lock: bool = False) -> Automation:
    """Return an automation by id or slug; a live one takes precedence over archived ones with the same slug.

    Raises:
        NotFound: No automation has this id or slug.
    """
    key = as_id(name)
    query = (
        with_primitive()
        .where(Automation.id == key if key else Automation.slug == name)
        .order_by(Automation.archived_at.desc().nulls_first())
        .limit(1)
    )
    found = await session.scalar(_as_it_is_now(query) if lock else query)
    if found is None:
        raise NotFound(f"there is no automation {name!r}")
    return found


async def by_ids(session: AsyncSession, ids: Collection[uuid.UUID], *, lock: bool = False) -> Sequence[Automation]:
    """Return the automations that exist, ordered by id."""
    query = with_primitive().where(among(Automation.id, ids)).order_by(Automation.id)
    return (await session.scalars(_as_it_is_now(query) if lock else query)).all()


async def ids_of(session: AsyncSession, names: Collection[str]) -> set[uuid.UUID]:
    """Resolve ids and slugs as `by_name` does.

    Raises:
        NotFound: A name is neither; the first such name is in the message.
    """
    keys = {key for name in names if (key := as_id(name))}
    slugs = [name for name in names if as_id(name) is None]
    query = (
        select(Automation.id, Automation.slug)
        .where(or_(among(Automation.id, keys), Automation.slug.in_(slugs)))
        .order_by(Automation.archived_at.asc().nulls_last())
    )
    found = (await session.execute(query)).all()
    # Rows are ordered, so that of equal slugs the live one wins, else the last that was archived.
    by_slug = {slug: key for key, slug in found}
    unknown = [name for name in slugs if name not in by_slug] + sorted(map(str, keys - {key for key, _ in found}))
    if unknown:
        raise NotFound(f"there is no automation {unknown[0]!r}", field="automations")
    return keys | {by_slug[slug] for slug in slugs}


async def live_by_names(session: AsyncSession, names: Collection[str]) -> dict[str, Automation]:
    """Return the live automations with these ids or slugs, by the given name; unknown names are left out."""
    keys = {name: key for name in names if (key := as_id(name))}
    wanted = or_(among(Automation.id, keys.values()), Automation.slug.in_(set(names) - keys.keys()))
    rows = (await session.scalars(with_primitive().where(wanted, Automation.archived_at.is_(None)))).all()
    by_id, by_slug = {row.id: row for row in rows}, {row.slug: row for row in rows}
    found = {name: by_id.get(keys[name]) if name in keys else by_slug.get(name) for name in names}
    return {name: row for name, row in found.items() if row is not None}


async def names_in_use(
    session: AsyncSession, slugs: Collection[str], paths: Collection[str]
) -> tuple[set[str], set[str]]:
    """Return which of these slugs and webhook paths are taken by live automations."""
    query = select(Automation.slug, Automation.webhook_path).where(
        Automation.archived_at.is_(None), or_(Automation.slug.in_(slugs), Automation.webhook_path.in_(paths))
    )
    found = (await session.execute(query)).all()
    return {slug for slug, _ in found}, {path for _, path in found if path}


async def by_webhook_path(session: AsyncSession, path: str) -> Automation:
    """Return the live automation with this webhook path.

    Raises:
        NotFound: No webhook listens at this path.
    """
    found = (await by_webhook_paths(session, [path])).get(path)
    if found is None:
        raise no_webhook(path)
    return found


def no_webhook(path: str) -> NotFound:
    """Build the error for a path at which no webhook listens."""
    return NotFound(f"there is no webhook at {path!r}")


async def by_webhook_paths(session: AsyncSession, paths: Sequence[str]) -> dict[str, Automation]:
    """Return the live automations with these webhook paths, by path."""
    rows = await _listening(session, Automation.webhook_path.in_(paths))
    return {row.webhook_path: row for row in rows if row.webhook_path is not None}


async def by_event(session: AsyncSession, name: str) -> Sequence[Automation]:
    """Return the live automations, paused ones included, that listen for this event."""
    return (await by_events(session, [name])).get(name, ())


async def by_events(session: AsyncSession, names: Sequence[str]) -> dict[str, list[Automation]]:
    """Return the live automations, paused ones included, that listen for these events, by event."""
    found: dict[str, list[Automation]] = {}
    for row in await _listening(session, Automation.event_name.in_(names)):
        found.setdefault(row.event_name or "", []).append(row)
    return found


async def by_slack(session: AsyncSession) -> Sequence[Automation]:
    """Return the live automations, paused ones included, that listen to Slack."""
    return await _listening(session, Automation.source == Source.SLACK)


async def _listening(session: AsyncSession, wanted: ColumnElement[bool]) -> Sequence[Automation]:
    query = with_primitive().where(wanted, Automation.archived_at.is_(None)).order_by(Automation.id)
    return (await session.scalars(query)).all()


async def page(
    session: AsyncSession, request: PageRequest, *, search: str | None, archived: bool, managed_by: str | None
) -> tuple[Sequence[Automation], str | None]:
    """List automations, newest first."""
    query = with_primitive().where(
        Automation.archived_at.is_not(None) if archived else Automation.archived_at.is_(None)
    )
    if managed_by is not None:
        query = query.where(Automation.managed_by == managed_by)
    if search:
        texts = (Automation.name, Automation.slug, Automation.description, Primitive.name, Primitive.slug)
        query = query.where(or_(*(text.icontains(search, autoescape=True) for text in texts)))
    return await fetch_page(session, query, request, Automation.created_at, Automation.id)


async def change_all(
    session: AsyncSession, rows: Sequence[Automation], values: Mapping[str, Any], now: datetime
) -> None:
    """Set columns of these locked rows to the same values and bump their revisions, in one statement."""
    await session.execute(
        update(Automation)
        .where(among(Automation.id, (row.id for row in rows)))
        .values(**values, revision=Automation.revision + 1, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    for row in rows:
        for name, value in {**values, "revision": row.revision + 1, "updated_at": now}.items():
            set_committed_value(row, name, value)
