"""Creates, updates and archives primitives: checks the spec, encrypts secrets, stores members, writes the audit log."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from api.http.auth import Actor
from api.http.errors import InvalidFields, invalid_fields, prefix_field
from api.state import State
from models.contracts.primitives.specs import SPECS, AgentSpec, Member, PythonRunner, SimulatedRunner, Spec
from models.contracts.primitives.views import PrimitiveDraft, PrimitivePatch, PrimitiveView, UsedBy
from models.contracts.problems import FieldProblem
from models.contracts.secrets import kept, redacted
from models.errors import Conflict, InUse, Invalid
from models.kinds import Kind
from models.rules.json.equality import same_json
from models.rules.specs.references import agents as agents_of
from models.rules.specs.references import members as members_of
from models.rules.specs.references import urls
from models.rules.specs.runners import check_runner
from models.rules.specs.structure import check_spec
from models.store.admission.capacity import let_next_in
from models.store.automations.unique_names import names_taken
from models.store.governance import audit
from models.store.ids import fresh_id
from models.store.primitives import queries as primitives
from models.store.tables.primitives import Primitive
from runtime.security.outbound import check_url_at_save
from runtime.security.python_modules import MARK, marked_functions
from runtime.security.secrets import SPEC_SECRETS, conceal
from runtime.security.url_references import check_references
from runtime.settings import Settings


async def create(session: AsyncSession, state: State, draft: PrimitiveDraft, actor: Actor) -> PrimitiveView:
    """Create a primitive.

    Raises:
        Invalid: the spec is not valid, or names an agent that does not exist.
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
    created = view(row, members_of(spec), UsedBy(automations=0, primitives=0))
    await audit.record(
        session,
        actor=actor.name,
        action="primitive.created",
        subject_type="primitive",
        subject_id=row.id,
        after=_audited(created),
    )
    return created


async def change(
    session: AsyncSession, state: State, row: Primitive, patch: PrimitivePatch, actor: Actor
) -> PrimitiveView:
    """Update the fields in a patch on a locked row; one that changes nothing leaves revision and audit log alone.

    Raises:
        Invalid: the new spec is not valid.
        Conflict: the primitive is archived.
    """
    if row.archived_at is not None:
        raise Conflict(f"{row.slug} is archived", hint="Create a new one.")
    before, stored = await read_view(session, row), SPECS[row.kind].model_validate(row.spec)
    given = patch.model_fields_set
    for name in ("name", "description", "is_active", "managed_by"):
        if name in given:
            setattr(row, name, getattr(patch, name))
    is_changed = session.is_modified(row)
    if patch.spec is not None:
        spec = read_spec(row.kind, patch.spec)
        agents = await _check(session, state, spec)
        if isinstance(spec, AgentSpec) and isinstance(stored, AgentSpec) and spec.capacity != stored.capacity:
            # Otherwise the capacity that a pulse has set stays.
            row.capacity = spec.capacity
        await _put_spec(session, state, row, spec, agents, stored=stored)
        is_changed = is_changed or not same_json(row.spec, stored.wire())
    if not is_changed:
        return before
    row.revision += 1
    row.updated_at = datetime.now(UTC)
    await session.flush()
    if row.capacity != before.capacity:
        await let_next_in(session, row.id)
    after = await read_view(session, row)
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
    """Archive a primitive that is not in use; its runs are kept.

    Raises:
        InUse: automations or other primitives use it; the message names them.
    """
    if row.archived_at is not None:
        return
    users = await primitives.users_of(session, row)
    if users:
        raise InUse(f"{row.slug} is used by {', '.join(users)}", hint="Archive or change them first.")
    row.archived_at = datetime.now(UTC)
    await audit.record(
        session,
        actor=actor.name,
        action="primitive.archived",
        subject_type="primitive",
        subject_id=row.id,
        reason=reason,
    )


async def read_view(session: AsyncSession, row: Primitive) -> PrimitiveView:
    return (await views(session, [row]))[0]


async def views(session: AsyncSession, rows: Sequence[Primitive]) -> tuple[PrimitiveView, ...]:
    ids = [row.id for row in rows]
    members = await primitives.members_of(session, ids)
    used_by = await primitives.used_by(session, ids)
    return tuple(view(row, members.get(row.id, ()), used_by[row.id]) for row in rows)


def view(row: Primitive, members: tuple[Member, ...], used_by: UsedBy) -> PrimitiveView:
    """Secrets are redacted."""
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
    """Validate a spec; raises `Invalid` naming the field."""
    try:
        return SPECS[kind].model_validate(data)
    except ValidationError as error:
        raise invalid_fields(error, data, "spec") from None


def _check_function(runner: PythonRunner, settings: Settings) -> None:
    module, _, name = runner.function.partition(":")
    marked = marked_functions(module, settings.python_agent_path)
    if marked is not None and name not in marked:
        raise Invalid(
            f"{module} does not define {name} and list it in {MARK}",
            field="spec.runner.function",
            hint=f"Its agents: {', '.join(sorted(marked)) or 'none'}.",
        )


async def _check(session: AsyncSession, state: State, spec: Spec) -> Mapping[str, Primitive]:
    check_spec(spec)
    if isinstance(spec, AgentSpec):
        check_runner(spec.runner, state.settings.python_agent_modules, field="spec.runner")
        if isinstance(spec.runner, PythonRunner):
            _check_function(spec.runner, state.settings)
    for url in urls(spec):
        check_url_at_save(url.value, state.settings, field=url.field)
        try:
            check_references(url.value, state.keyring.variables)
        except Invalid as error:
            error.field = url.field
            raise
    named = list(agents_of(spec))
    agents = await primitives.agents_by_slug(session, (one.value for one in named))
    missing = [
        FieldProblem(field=one.field, detail=f"there is no agent {one.value!r}")
        for one in named
        if one.value not in agents
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
        raise prefix_field("spec", error) from None
    row.spec = sealed.wire()
    members = members_of(spec)
    row.simulated = (isinstance(spec, AgentSpec) and isinstance(spec.runner, SimulatedRunner)) or any(
        agents[member.agent].simulated for member in members
    )
    with names_taken():
        await session.flush()
    await primitives.set_members(session, row, members, agents)
    await primitives.propagate_simulated(session, row)


def _audited(primitive: PrimitiveView) -> dict[str, Any]:
    keep = {"slug", "kind", "name", "description", "spec", "isActive", "capacity", "managedBy"}
    return {key: value for key, value in primitive.wire().items() if key in keep}
