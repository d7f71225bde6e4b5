"""Queries of primitives and of the agents that they use."""

import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.contracts.primitives.specs import Member
from models.contracts.primitives.views import UsedBy
from models.contracts.workflows.signals import AvailableAgent
from models.errors import Ambiguous, NotFound
from models.kinds import KINDS, Kind
from models.store.ids import as_id
from models.store.paging import PageRequest, fetch_page
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive, PrimitiveMember


async def by_name(session: AsyncSession, name: str, kind: Kind | None = None, *, lock: bool = False) -> Primitive:
    """Return a primitive by id or slug; a live one takes precedence over archived ones with the same slug.

    Raises:
        NotFound: No primitive has this id or slug.
        Ambiguous: Primitives of several kinds have this slug and `kind` is None.
    """
    key = as_id(name)
    query = select(Primitive).where(Primitive.id == key if key else Primitive.slug == name)
    if kind is not None:
        query = query.where(Primitive.kind == kind)
    query = query.order_by(Primitive.archived_at.desc().nulls_first())
    found = (await session.scalars(query.with_for_update(key_share=True) if lock else query)).all()
    if not found:
        raise NotFound(f"there is no {KINDS[kind].label.lower() if kind else 'primitive'} {name!r}")
    live = [row for row in found if row.archived_at is None] or list(found[:1])
    if len(live) > 1:
        kinds = ", ".join(row.kind.value for row in live)
        raise Ambiguous(
            f"{name!r} is the slug of several kinds: {kinds}", field="kind", hint="Add ?kind= or use the id."
        )
    return live[0]


async def lock_live(session: AsyncSession, kind: Kind, slug: str) -> Primitive | None:
    """Return the live primitive of this kind and slug, as it is now, locked until the transaction ends."""
    query = select(Primitive).where(Primitive.kind == kind, Primitive.slug == slug, Primitive.archived_at.is_(None))
    locked = query.with_for_update(key_share=True)
    return (await session.scalars(locked, execution_options={"populate_existing": True})).one_or_none()


async def any_live(session: AsyncSession) -> bool:
    """Return whether there is a primitive that is not archived."""
    return bool(await session.scalar(select(exists().where(Primitive.archived_at.is_(None)))))


async def agents_by_slug(session: AsyncSession, slugs: Iterable[str]) -> Mapping[str, Primitive]:
    """Return the live agents with these slugs."""
    query = select(Primitive).where(
        Primitive.kind == Kind.AGENT, Primitive.slug.in_(set(slugs)), Primitive.archived_at.is_(None)
    )
    return {row.slug: row for row in await session.scalars(query)}


async def available_agents(session: AsyncSession, *, limit: int = 200) -> list[AvailableAgent]:
    """Return the agents that can be called, by slug; descriptions are cut to what a planner needs."""
    query = (
        select(Primitive.slug, Primitive.name, func.left(Primitive.description, 300))
        .where(Primitive.kind == Kind.AGENT, Primitive.archived_at.is_(None), Primitive.is_active)
        .order_by(Primitive.slug)
        .limit(limit)
    )
    return [
        AvailableAgent(slug=slug, name=name, description=description or "")
        for slug, name, description in await session.execute(query)
    ]


async def set_members(
    session: AsyncSession, primitive: Primitive, members: Iterable[Member], agents: Mapping[str, Primitive]
) -> None:
    """Replace the members of a primitive by those that its spec uses."""
    await session.execute(delete(PrimitiveMember).where(PrimitiveMember.primitive_id == primitive.id))
    rows: dict[tuple[str, uuid.UUID], PrimitiveMember] = {}
    for position, member in enumerate(members):
        agent = agents[member.agent]
        rows[member.role, agent.id] = PrimitiveMember(
            primitive_id=primitive.id, role=member.role, agent_id=agent.id, weight=member.weight, position=position
        )
    session.add_all(rows.values())


async def propagate_simulated(session: AsyncSession, agent: Primitive) -> None:
    """Update `simulated` of everything that uses this agent: true if any of its agents is simulated."""
    other, user = aliased(Primitive), aliased(PrimitiveMember)
    any_simulated = exists().where(
        user.primitive_id == Primitive.id, other.id == user.agent_id, other.simulated.is_(True)
    )
    users = select(PrimitiveMember.primitive_id).where(PrimitiveMember.agent_id == agent.id)
    await session.execute(
        update(Primitive)
        .where(Primitive.id.in_(users))
        .values(simulated=any_simulated)
        .execution_options(synchronize_session=False)
    )


async def members_of(session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, tuple[Member, ...]]:
    """Return the agents that these primitives use, in the order of their specs."""
    query = (
        select(PrimitiveMember, Primitive.slug)
        .join(Primitive, Primitive.id == PrimitiveMember.agent_id)
        .where(PrimitiveMember.primitive_id.in_(ids))
        .order_by(PrimitiveMember.primitive_id, PrimitiveMember.position)
    )
    found: dict[uuid.UUID, tuple[Member, ...]] = {}
    for row, slug in await session.execute(query):
        member = Member(agent=slug, role=row.role, weight=row.weight)
        found[row.primitive_id] = (*found.get(row.primitive_id, ()), member)
    return found


async def users_of(session: AsyncSession, primitive: Primitive) -> list[str]:
    """Return the live users of a primitive, such as `automation nightly` or `network desk`."""
    automations = await session.scalars(
        select(Automation.slug)
        .where(Automation.primitive_id == primitive.id, Automation.archived_at.is_(None))
        .order_by(Automation.slug)
    )
    primitives = await session.execute(
        select(Primitive.kind, Primitive.slug)
        .join(PrimitiveMember, PrimitiveMember.primitive_id == Primitive.id)
        .where(PrimitiveMember.agent_id == primitive.id, Primitive.archived_at.is_(None))
        .distinct()
        .order_by(Primitive.slug)
    )
    return [f"automation {slug}" for slug in automations] + [f"{kind.value} {slug}" for kind, slug in primitives]


async def used_by(session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, UsedBy]:
    """Count the live automations and primitives that use each of these primitives."""
    of_automations = await session.execute(
        select(Automation.primitive_id, func.count())
        .where(Automation.primitive_id.in_(ids), Automation.archived_at.is_(None))
        .group_by(Automation.primitive_id)
    )
    of_primitives = await session.execute(
        select(PrimitiveMember.agent_id, func.count(PrimitiveMember.primitive_id.distinct()))
        .join(Primitive, Primitive.id == PrimitiveMember.primitive_id)
        .where(PrimitiveMember.agent_id.in_(ids), Primitive.archived_at.is_(None))
        .group_by(PrimitiveMember.agent_id)
    )
    automations, users = dict(of_automations.all()), dict(of_primitives.all())
    return {key: UsedBy(automations=automations.get(key, 0), primitives=users.get(key, 0)) for key in ids}


async def page(
    session: AsyncSession,
    request: PageRequest,
    *,
    kind: Kind | None,
    search: str | None,
    archived: bool,
    managed_by: str | None,
) -> tuple[Sequence[Primitive], str | None]:
    """List primitives, newest first."""
    wanted: list[ColumnElement[bool]] = [
        Primitive.archived_at.is_not(None) if archived else Primitive.archived_at.is_(None)
    ]
    if kind is not None:
        wanted.append(Primitive.kind == kind)
    if managed_by is not None:
        wanted.append(Primitive.managed_by == managed_by)
    if search:
        wanted.append(
            or_(Primitive.name.icontains(search, autoescape=True), Primitive.slug.icontains(search, autoescape=True))
        )
    return await fetch_page(session, select(Primitive).where(*wanted), request, Primitive.created_at, Primitive.id)
