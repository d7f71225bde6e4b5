"""Saves a primitive: judged, its secrets sealed, its members kept, written down in the audit log."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from api.http.auth import Actor
from api.http.errors import InvalidFields, invalid_fields, under
from api.state import State
from models.contracts.primitives import PrimitiveDraft, PrimitivePatch, PrimitiveView, UsedBy
from models.contracts.problems import FieldProblem
from models.contracts.secrets import kept, redacted
from models.contracts.specs import SPECS, AgentSpec, Member, SimulatedRunner, Spec
from models.errors import Conflict, InUse, Invalid
from models.kinds import Kind
from models.rules.specs.references import agent_places, url_places
from models.rules.specs.runners import check_runner
from models.rules.specs.structure import check_spec
from models.store.automations.unique_names import names_taken
from models.store.governance import audit
from models.store.ids import fresh_id
from models.store.primitives import queries as primitives
from models.store.tables.primitives import Primitive
from runtime.outbound import check_url_at_save
from runtime.secrets import SPEC_SECRETS, conceal


async def create(session: AsyncSession, state: State, draft: PrimitiveDraft, actor: Actor) -> PrimitiveView:
    """Make a primitive.

    Raises:
        Invalid: the spec does not hold, or names an agent that is not there.
        SlugTaken: a primitive of this kind has the slug.
    """
    spec = read_spec(draft.kind, draft.spec)
    agents = await _check(session, state, spec)
    now = datetime.now(UTC)
    row = Primitive(
        id=fresh_id(),
        kind=draft.kind,
        slug=draft.slug,
        name=draft.name,
        description=draft.description,
        is_active=draft.is_active,
        managed_by=draft.managed_by,
        capacity=spec.capacity if isinstance(spec, AgentSpec) else None,
        revision=1,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await _put_spec(session, state, row, spec, agents, stored=None)
    shown = view(row, tuple(spec.uses()), UsedBy(automations=0, primitives=0))
    await audit.record(
        session,
        actor=actor.name,
        action="primitive.created",
        subject_type="primitive",
        subject_id=row.id,
        after=_audited(shown),
    )
    return shown


async def change(
    session: AsyncSession, state: State, row: Primitive, patch: PrimitivePatch, actor: Actor
) -> PrimitiveView:
    """Change the fields that a patch names; the row is locked.

    Raises:
        Invalid: the new spec does not hold.
        Conflict: the primitive is archived.
    """
    if row.archived_at is not None:
        raise Conflict(f"{row.slug} is archived", hint="Make a new one.")
    before = await shown_with_members(session, row)
    given = patch.model_fields_set
    for name in ("name", "description", "is_active", "managed_by"):
        if name in given:
            setattr(row, name, getattr(patch, name))
    if patch.spec is not None:
        stored = SPECS[row.kind].model_validate(row.spec)
        spec = read_spec(row.kind, patch.spec)
        agents = await _check(session, state, spec)
        if isinstance(spec, AgentSpec) and isinstance(stored, AgentSpec) and spec.capacity != stored.capacity:
            # Else what a pulse made of it stays.
            row.capacity = spec.capacity
        await _put_spec(session, state, row, spec, agents, stored=stored)
    row.revision += 1
    row.updated_at = datetime.now(UTC)
    await session.flush()
    after = await shown_with_members(session, row)
    old, new = audit.differences(_audited(before), _audited(after))
    await audit.record(
        session,
        actor=actor.name,
        action="primitive.changed",
        subject_type="primitive",
        subject_id=row.id,
        before=old,
        after=new,
    )
    return after


async def archive(session: AsyncSession, row: Primitive, actor: Actor, reason: str | None = None) -> None:
    """Archive a primitive that nothing live uses; its runs stay.

    Raises:
        InUse: automations or other primitives use it; all are named.
    """
    if row.archived_at is not None:
        return
    users = await primitives.users_of(session, row)
    if users:
        raise InUse(f"{row.slug} is used by {', '.join(users)}", hint="Archive or change these first.")
    row.archived_at = datetime.now(UTC)
    await audit.record(
        session,
        actor=actor.name,
        action="primitive.archived",
        subject_type="primitive",
        subject_id=row.id,
        reason=reason,
    )


async def shown_with_members(session: AsyncSession, row: Primitive) -> PrimitiveView:
    """Read a primitive as people see it."""
    return (await views(session, [row]))[0]


async def views(session: AsyncSession, rows: Sequence[Primitive]) -> tuple[PrimitiveView, ...]:
    """Read primitives as people see them."""
    ids = [row.id for row in rows]
    members = await primitives.members_of(session, ids)
    used_by = await primitives.used_by(session, ids)
    return tuple(view(row, members.get(row.id, ()), used_by[row.id]) for row in rows)


def view(row: Primitive, members: tuple[Member, ...], used_by: UsedBy) -> PrimitiveView:
    """Give a primitive as people see it: secrets redacted."""
    return PrimitiveView(
        id=row.id,
        kind=row.kind,
        slug=row.slug,
        name=row.name,
        description=row.description,
        spec=redacted(SPECS[row.kind].model_validate(row.spec)).wire(),
        is_active=row.is_active,
        capacity=row.capacity,
        members=members,
        used_by=used_by,
        simulated=row.simulated,
        created_at=row.created_at,
        updated_at=row.updated_at,
        archived_at=row.archived_at,
        managed_by=row.managed_by,
        revision=row.revision,
    )


def read_spec(kind: Kind, data: Mapping[str, Any]) -> Spec:
    """Read a spec as its kind has it; raise `Invalid` that names the field."""
    try:
        return SPECS[kind].model_validate(data)
    except ValidationError as error:
        raise invalid_fields(error, data, "spec") from None


async def _check(session: AsyncSession, state: State, spec: Spec) -> Mapping[str, Primitive]:
    check_spec(spec)
    if isinstance(spec, AgentSpec):
        check_runner(spec.runner, state.settings.python_agent_modules, field="spec.runner")
    for place, url in url_places(spec):
        check_url_at_save(url, state.settings, field=place)
    named = list(agent_places(spec))
    agents = await primitives.agents_by_slug(session, (slug for _, slug in named))
    missing = [
        FieldProblem(field=place, detail=f"there is no agent {slug!r}") for place, slug in named if slug not in agents
    ]
    if missing:
        raise InvalidFields(missing)
    return agents


async def _put_spec(
    session: AsyncSession,
    state: State,
    row: Primitive,
    spec: Spec,
    agents: Mapping[str, Primitive],
    *,
    stored: Spec | None,
) -> None:
    try:
        sealed = kept(spec, stored, lambda secret: conceal(state.keyring, secret, context=SPEC_SECRETS))
    except Invalid as error:
        raise under("spec", error) from None
    row.spec = sealed.wire()
    members = list(spec.uses())
    row.simulated = (isinstance(spec, AgentSpec) and isinstance(spec.runner, SimulatedRunner)) or any(
        agents[member.agent].simulated for member in members
    )
    with names_taken():
        await session.flush()
    await primitives.set_members(session, row, members, agents)
    await primitives.propagate_simulated(session, row)


def _audited(shown: PrimitiveView) -> dict[str, Any]:
    keep = {"slug", "kind", "name", "description", "spec", "isActive", "capacity", "managedBy"}
    return {key: value for key, value in shown.wire().items() if key in keep}
