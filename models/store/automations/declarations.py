"""Queries for what declarations name, and for what a project owns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.kinds import Kind
from models.store.automations.queries import with_primitive
from models.store.ids import among
from models.store.tables.automations import Automation
from models.store.tables.governance import Dependency
from models.store.tables.primitives import Primitive

DECLARATIONS_LOCK = 7_066_152
"""Held while a declaration is applied: two that name the same things must not be planned concurrently."""


async def lock_declarations(session: AsyncSession) -> None:
    """Wait until no other declaration is being applied; released with the transaction."""
    await session.execute(select(func.pg_advisory_xact_lock(DECLARATIONS_LOCK)))


@dataclass(slots=True)
class Stored:
    """What a declaration names, as it is stored; none of it is locked."""

    automations: dict[str, Automation]
    """The live ones by slug, with their primitives."""
    archived: dict[str, Automation]
    """By slug the newest that a declaration managed and that is archived."""
    primitives: dict[tuple[Kind, str], Primitive]
    """The live ones."""
    paths: set[str]
    """Paths of live webhooks."""
    dependencies: dict[tuple[UUID, UUID], Dependency]
    """By the automation and what it depends on."""


async def stored(
    session: AsyncSession, *, automations: Collection[str], primitives: Collection[str], paths: Collection[str]
) -> Stored:
    """Read what has these slugs and webhook paths, in a few statements however many these are."""
    named = with_primitive().where(_any_of(Automation.slug, automations))
    live = await session.scalars(named.where(Automation.archived_at.is_(None)))
    newest = named.where(Automation.archived_at.is_not(None), Automation.managed_by.is_not(None))
    archived = await session.scalars(newest.order_by(Automation.archived_at))
    usable = select(Primitive).where(_any_of(Primitive.slug, primitives), Primitive.archived_at.is_(None))
    used = select(Automation.webhook_path).where(
        _any_of(Automation.webhook_path, paths), Automation.archived_at.is_(None)
    )
    by_slug = {row.slug: row for row in live}
    edges = select(Dependency).where(among(Dependency.automation_id, [row.id for row in by_slug.values()]))
    return Stored(
        automations=by_slug,
        archived={row.slug: row for row in archived},
        primitives={(row.kind, row.slug): row for row in await session.scalars(usable)},
        paths={path for path in await session.scalars(used) if path is not None},
        dependencies={(row.automation_id, row.depends_on_id): row for row in await session.scalars(edges)},
    )


async def live_automation(session: AsyncSession, slug: str) -> Automation | None:
    """Return the live automation with this slug and its primitive."""
    query = with_primitive().where(Automation.slug == slug, Automation.archived_at.is_(None))
    return (await session.scalars(query)).one_or_none()


async def managed_primitives(session: AsyncSession, project: str) -> Sequence[Primitive]:
    """Return the live primitives of a project; agents last, because the others use them."""
    query = (
        select(Primitive)
        .where(Primitive.managed_by == project, Primitive.archived_at.is_(None))
        .order_by(Primitive.kind == Kind.AGENT, Primitive.slug)
    )
    return (await session.scalars(query)).all()


async def managed_automations(session: AsyncSession, project: str) -> Sequence[Automation]:
    """Return the live automations of a project with their primitives."""
    query = (
        with_primitive()
        .where(Automation.managed_by == project, Automation.archived_at.is_(None))
        .order_by(Automation.slug)
    )
    return (await session.scalars(query)).all()


async def dependency_between(session: AsyncSession, automation_id: UUID, depends_on_id: UUID) -> Dependency | None:
    """Return the dependency of one automation on another, locked."""
    query = select(Dependency).where(
        Dependency.automation_id == automation_id, Dependency.depends_on_id == depends_on_id
    )
    locked = query.with_for_update(key_share=True)
    return (await session.scalars(locked, execution_options={"populate_existing": True})).one_or_none()


async def dependencies_created_by(session: AsyncSession, maker: str) -> Sequence[tuple[Dependency, str, str]]:
    """Return dependencies by creator, locked, each with the slugs of the automation and of what it depends on."""
    one, other = aliased(Automation), aliased(Automation)
    query = (
        select(Dependency, one.slug, other.slug)
        .join(one, one.id == Dependency.automation_id)
        .join(other, other.id == Dependency.depends_on_id)
        .where(Dependency.created_by == maker)
        .order_by(one.slug, other.slug)
        .with_for_update(of=Dependency, key_share=True)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(query)]


async def managed_agents(session: AsyncSession, project: str) -> Sequence[Primitive]:
    query = select(Primitive).where(
        Primitive.managed_by == project, Primitive.kind == Kind.AGENT, Primitive.archived_at.is_(None)
    )
    return (await session.scalars(query)).all()


def _any_of(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], values: Collection[str]
) -> ColumnElement[bool]:
    return column == any_(literal([*values], ARRAY(Text())))
