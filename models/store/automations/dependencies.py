"""Explicit dependencies between automations. The graph stays acyclic."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.contracts.automations.dependencies import DependencyRef, DependencyView, OwnDependency
from models.contracts.base import Page
from models.contracts.runs.views import AutomationRef
from models.errors import Conflict, DependencyCycle, NotFound
from models.rules.chains import FiringEdge, check_chain
from models.rules.dependencies import cycle, cycle_in_words
from models.store.automations.dependency_graph import edges_below
from models.store.governance import audit
from models.store.ids import among, fresh_id
from models.store.paging import PageRequest, encode_cursor, newest_first
from models.store.tables.automations import Automation
from models.store.tables.governance import Dependency

GRAPH_LOCK = 7_066_151
"""Held while a dependency is added: two that form a cycle together must not be added concurrently."""


def ref(row: Automation) -> AutomationRef:
    return AutomationRef(id=row.id, slug=row.slug, name=row.name)


def view(row: Dependency, automation: Automation, needs: Automation) -> DependencyView:
    return DependencyView(
        id=row.id,
        automation=ref(automation),
        depends_on=ref(needs),
        fire_when=row.fire_when,
        pass_payload=row.pass_payload,
        note=row.note,
        created_at=row.created_at,
        created_by=row.created_by,
    )


async def lock_graph(session: AsyncSession) -> None:
    """Let nobody else change a dependency until the transaction ends; taken before any automation's lock."""
    await session.execute(select(func.pg_advisory_xact_lock(GRAPH_LOCK)))


async def by_id(session: AsyncSession, dependency_id: uuid.UUID) -> Dependency:
    """Return a dependency.

    Raises:
        NotFound: No dependency has this id.
    """
    row = await session.get(Dependency, dependency_id)
    if row is None:
        raise NotFound("there is no dependency with this id")
    return row


async def add(
    session: AsyncSession,
    automation: Automation,
    needs: Automation,
    wanted: OwnDependency,
    actor: str,
    *,
    created_by: str | None = None,
) -> DependencyView:
    """Add a dependency and its audit entry; `created_by` is the declaration file that owns it, else the actor.

    Raises:
        DependencyCycle: The other automation depends on this one, directly or not.
        Conflict: The dependency exists.
        LimitExceeded: Too much would follow a run.
    """
    await lock_graph(session)
    await _refuse_cycle(session, automation, needs)
    query = (
        insert(Dependency)
        .values(
            id=fresh_id(),
            automation_id=automation.id,
            depends_on_id=needs.id,
            note=wanted.note,
            fire_when=wanted.fire_when,
            pass_payload=wanted.pass_payload,
            created_by=created_by or actor,
        )
        .on_conflict_do_nothing()
        .returning(Dependency)
    )
    row = await session.scalar(query)
    if row is None:
        raise Conflict(f"{automation.slug} depends on {needs.slug} already", field="dependsOn")
    await _check_chain(session, row)
    await _note_firing(session, needs.id)
    firing = {"fireWhen": wanted.fire_when.value, "passPayload": wanted.pass_payload} if wanted.fire_when else {}
    after = {"dependsOn": needs.slug, "note": wanted.note, **firing}
    await _audit(session, "dependency.created", automation.id, actor, after=after)
    return view(row, automation, needs)


async def _refuse_cycle(session: AsyncSession, automation: Automation, needs: Automation) -> None:
    way = cycle(await edges_below(session, [automation.id]), automation.id, needs.id)
    if way is None:
        return
    query = select(Automation.id, Automation.slug).where(among(Automation.id, way))
    slugs = dict((await session.execute(query)).all())
    raise DependencyCycle(
        cycle_in_words([slugs[one] for one in way]), field="dependsOn", hint="Remove one of these dependencies first."
    )


async def change(
    session: AsyncSession, row: Dependency, wanted: OwnDependency, *, created_by: str | None, actor: str
) -> bool:
    """Change what a dependency does, its note, and who created it; return whether anything differs.

    Raises:
        LimitExceeded: Too much would follow a run.
    """
    await lock_graph(session)
    before = _facts(row)
    row.note, row.created_by = wanted.note, created_by
    row.fire_when, row.pass_payload = wanted.fire_when, wanted.pass_payload
    after = _facts(row)
    changed = [name for name in before if before[name] != after[name]]
    if not changed:
        return False
    await session.flush()
    if "fireWhen" in changed:
        await _check_chain(session, row)
    await _note_firing(session, row.depends_on_id)
    old, new = ({name: facts[name] for name in changed} for facts in (before, after))
    await _audit(session, "dependency.changed", row.automation_id, actor, before=old, after=new)
    return True


async def remove(session: AsyncSession, row: Dependency, actor: str) -> None:
    needs = await session.get_one(Automation, row.depends_on_id)
    before = {"dependsOn": needs.slug, "note": row.note}
    await session.delete(row)
    await session.flush()
    await _note_firing(session, needs.id)
    await _audit(session, "dependency.removed", row.automation_id, actor, before=before)


async def own_edges(session: AsyncSession, automation_id: uuid.UUID) -> Sequence[Dependency]:
    """Return the dependencies of an automation on live others."""
    query = (
        select(Dependency)
        .join(Automation, Automation.id == Dependency.depends_on_id)
        .where(Dependency.automation_id == automation_id, Automation.archived_at.is_(None))
        .order_by(Dependency.id)
    )
    return (await session.scalars(query)).all()


async def _note_firing(session: AsyncSession, automation_id: uuid.UUID) -> None:
    """Note on an automation whether the ends of its runs fire others: closing a run then need not look."""
    fires = exists().where(Dependency.depends_on_id == automation_id, Dependency.fire_when.is_not(None))
    statement = update(Automation).where(Automation.id == automation_id).values(fires_dependents=fires)
    await session.execute(statement.execution_options(synchronize_session=False))


async def _check_chain(session: AsyncSession, row: Dependency) -> None:
    """Raise `LimitExceeded` if too much follows a run through this dependency.

    Archived automations count too, since they may be restored.
    """
    if row.fire_when is None:
        return
    rows = await session.execute(select(Dependency.depends_on_id, Dependency.automation_id, Dependency.fire_when))
    edges = [FiringEdge(first, follower, when) for first, follower, when in rows if when is not None]
    query = select(Automation.id, Automation.slug).where(among(Automation.id, {edge.first for edge in edges}))
    slugs = await session.execute(query)
    check_chain(edges, FiringEdge(row.depends_on_id, row.automation_id, row.fire_when), dict(slugs.all()))


def _facts(row: Dependency) -> dict[str, Any]:
    return {
        "note": row.note,
        "createdBy": row.created_by,
        "fireWhen": row.fire_when,
        "passPayload": row.pass_payload,
    }


async def page(session: AsyncSession, request: PageRequest, *, automation_id: uuid.UUID | None) -> Page[DependencyView]:
    """List dependencies between live automations, newest first."""
    query = _edges()
    if automation_id is not None:
        query = query.where((Dependency.automation_id == automation_id) | (Dependency.depends_on_id == automation_id))
    rows = (await session.execute(newest_first(query, request, Dependency.created_at, Dependency.id))).all()
    shown = rows[: request.limit]
    more = len(rows) > request.limit
    return Page(
        items=tuple(view(edge, one, other) for edge, one, other in shown),
        next_cursor=encode_cursor(shown[-1][0].created_at, shown[-1][0].id) if more else None,
    )


@dataclass(frozen=True, slots=True)
class DirectDependencies:
    """The dependencies of automations, by automation id.

    Attributes:
        depends_on: What each depends on.
        triggers: What depends on each.
        own: What each depends on, as it is declared.
    """

    depends_on: Mapping[uuid.UUID, tuple[DependencyRef, ...]]
    triggers: Mapping[uuid.UUID, tuple[DependencyRef, ...]]
    own: Mapping[uuid.UUID, tuple[OwnDependency, ...]]

    def of(self, automation_id: uuid.UUID) -> "DirectDependencies":
        """Return those of one automation."""
        return DirectDependencies(
            depends_on=only(self.depends_on, automation_id),
            triggers=only(self.triggers, automation_id),
            own=only(self.own, automation_id),
        )


def only(part: Mapping[uuid.UUID, Any], key: uuid.UUID) -> Mapping[uuid.UUID, Any]:
    """Return a mapping with the one key, if it is there."""
    return {key: part[key]} if key in part else {}


async def direct_dependencies(session: AsyncSession, ids: Sequence[uuid.UUID]) -> DirectDependencies:
    """Return the dependencies of these automations in both directions."""
    query = _edges().where(among(Dependency.automation_id, ids) | among(Dependency.depends_on_id, ids))
    needs: dict[uuid.UUID, tuple[DependencyRef, ...]] = {}
    triggers: dict[uuid.UUID, tuple[DependencyRef, ...]] = {}
    own: dict[uuid.UUID, tuple[OwnDependency, ...]] = {}
    for edge, one, other in await session.execute(query.order_by(Dependency.id)):
        needs[one.id] = (*needs.get(one.id, ()), _end(edge, other))
        triggers[other.id] = (*triggers.get(other.id, ()), _end(edge, one))
        declared = OwnDependency.model_construct(
            depends_on=other.slug, fire_when=edge.fire_when, pass_payload=edge.pass_payload, note=edge.note
        )
        own[one.id] = (*own.get(one.id, ()), declared)
    return DirectDependencies(needs, triggers, own)


def _end(edge: Dependency, row: Automation) -> DependencyRef:
    return DependencyRef(id=row.id, slug=row.slug, name=row.name, fire_when=edge.fire_when)


@lru_cache(maxsize=1)
def _edges() -> Select[Dependency, Automation, Automation]:
    """Return the query of all dependencies. Cached, because aliasing a wide table is slow."""
    one, other = aliased(Automation), aliased(Automation)
    return (
        select(Dependency, one, other)
        .join(one, one.id == Dependency.automation_id)
        .join(other, other.id == Dependency.depends_on_id)
        .where(one.archived_at.is_(None), other.archived_at.is_(None))
    )


async def _audit(
    session: AsyncSession,
    action: str,
    automation_id: uuid.UUID,
    actor: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Record who changed a dependency; entries name the other automation by its slug."""
    await audit.record(
        session,
        actor=actor,
        action=action,
        subject_type="automation",
        subject_id=automation_id,
        before=before,
        after=after,
    )
