"""Queries for what declarations name, and for what a project owns."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload

from models.kinds import Kind
from models.store.tables.automations import Automation
from models.store.tables.governance import Dependency
from models.store.tables.primitives import Primitive

APPLY_LOCK = 7_066_152
"""Held while a declaration is applied: two that name the same things must not run at once."""


async def lock_applying(session: AsyncSession) -> None:
    await session.execute(select(func.pg_advisory_xact_lock(APPLY_LOCK)))


async def live_primitive(session: AsyncSession, kind: Kind, slug: str) -> Primitive | None:
    query = select(Primitive).where(Primitive.kind == kind, Primitive.slug == slug, Primitive.archived_at.is_(None))
    return (await session.scalars(query.with_for_update())).one_or_none()


async def live_automation(session: AsyncSession, slug: str) -> Automation | None:
    """Return the live automation with its primitive, locked."""
    query = (
        select(Automation)
        .where(Automation.slug == slug, Automation.archived_at.is_(None))
        .options(joinedload(Automation.primitive, innerjoin=True))
    )
    return (await session.scalars(query.with_for_update(of=Automation))).one_or_none()


async def archived_automation(session: AsyncSession, slug: str) -> Automation | None:
    """Return the newest archived automation that a declaration managed under this slug, with its primitive, locked."""
    query = (
        select(Automation)
        .where(Automation.slug == slug, Automation.archived_at.is_not(None), Automation.managed_by.is_not(None))
        .options(joinedload(Automation.primitive, innerjoin=True))
        .order_by(Automation.archived_at.desc())
        .limit(1)
    )
    return (await session.scalars(query.with_for_update(of=Automation))).one_or_none()


async def managed_primitives(session: AsyncSession, project: str) -> Sequence[Primitive]:
    """Return the live primitives of a project, locked; agents last, because others use them."""
    query = (
        select(Primitive)
        .where(Primitive.managed_by == project, Primitive.archived_at.is_(None))
        .order_by(Primitive.capacity.is_not(None), Primitive.slug)
    )
    return (await session.scalars(query.with_for_update())).all()


async def managed_automations(session: AsyncSession, project: str) -> Sequence[Automation]:
    """Return the live automations of a project with their primitives, locked."""
    query = (
        select(Automation)
        .where(Automation.managed_by == project, Automation.archived_at.is_(None))
        .options(joinedload(Automation.primitive, innerjoin=True))
        .order_by(Automation.slug)
    )
    return (await session.scalars(query.with_for_update(of=Automation))).all()


async def edge(session: AsyncSession, automation_id: UUID, depends_on_id: UUID) -> Dependency | None:
    query = select(Dependency).where(
        Dependency.automation_id == automation_id, Dependency.depends_on_id == depends_on_id
    )
    return (await session.scalars(query.with_for_update())).one_or_none()


async def edges_made_by(session: AsyncSession, maker: str) -> Sequence[tuple[Dependency, str, str]]:
    """Return the dependencies that somebody made, locked, with the slugs of both ends."""
    one, other = aliased(Automation), aliased(Automation)
    query = (
        select(Dependency, one.slug, other.slug)
        .join(one, one.id == Dependency.automation_id)
        .join(other, other.id == Dependency.depends_on_id)
        .where(Dependency.created_by == maker)
        .order_by(one.slug, other.slug)
        .with_for_update(of=Dependency)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(query)]


async def agents_of(session: AsyncSession, project: str) -> Sequence[Primitive]:
    query = select(Primitive).where(
        Primitive.managed_by == project, Primitive.kind == Kind.AGENT, Primitive.archived_at.is_(None)
    )
    return (await session.scalars(query)).all()
