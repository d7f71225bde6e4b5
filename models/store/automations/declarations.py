"""Queries for what declarations name, and for what a project owns."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.kinds import Kind
from models.store.automations.queries import with_primitive
from models.store.tables.automations import Automation
from models.store.tables.governance import Dependency
from models.store.tables.primitives import Primitive

DECLARATIONS_LOCK = 7_066_152
"""Held while a declaration is applied: two that name the same things must not be planned concurrently."""


async def lock_declarations(session: AsyncSession) -> None:
    """Wait until no other declaration is being applied; released with the transaction."""
    await session.execute(select(func.pg_advisory_xact_lock(DECLARATIONS_LOCK)))


async def live_automation(session: AsyncSession, slug: str) -> Automation | None:
    """Return the live automation with this slug and its primitive; its row is locked."""
    query = with_primitive().where(Automation.slug == slug, Automation.archived_at.is_(None))
    return (await session.scalars(query.with_for_update(of=Automation))).one_or_none()


async def archived_automation(session: AsyncSession, slug: str) -> Automation | None:
    """Return the newest archived automation that a declaration managed under this slug, with its primitive, locked."""
    query = (
        with_primitive()
        .where(Automation.slug == slug, Automation.archived_at.is_not(None), Automation.managed_by.is_not(None))
        .order_by(Automation.archived_at.desc())
        .limit(1)
    )
    return (await session.scalars(query.with_for_update(of=Automation))).one_or_none()


async def managed_primitives(session: AsyncSession, project: str) -> Sequence[Primitive]:
    """Return the live primitives of a project, locked; agents last, because the others use them."""
    query = (
        select(Primitive)
        .where(Primitive.managed_by == project, Primitive.archived_at.is_(None))
        .order_by(Primitive.kind == Kind.AGENT, Primitive.slug)
    )
    return (await session.scalars(query.with_for_update())).all()


async def managed_automations(session: AsyncSession, project: str) -> Sequence[Automation]:
    """Return the live automations of a project with their primitives; their rows are locked."""
    query = (
        with_primitive()
        .where(Automation.managed_by == project, Automation.archived_at.is_(None))
        .order_by(Automation.slug)
    )
    return (await session.scalars(query.with_for_update(of=Automation))).all()


async def dependency_between(session: AsyncSession, automation_id: UUID, depends_on_id: UUID) -> Dependency | None:
    """Return the dependency of one automation on another, locked."""
    query = select(Dependency).where(
        Dependency.automation_id == automation_id, Dependency.depends_on_id == depends_on_id
    )
    return (await session.scalars(query.with_for_update())).one_or_none()


async def dependencies_created_by(session: AsyncSession, maker: str) -> Sequence[tuple[Dependency, str, str]]:
    """Return dependencies by creator, locked, each with the slugs of the automation and of what it depends on."""
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


async def managed_agents(session: AsyncSession, project: str) -> Sequence[Primitive]:
    query = select(Primitive).where(
        Primitive.managed_by == project, Primitive.kind == Kind.AGENT, Primitive.archived_at.is_(None)
    )
    return (await session.scalars(query)).all()
