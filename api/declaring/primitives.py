"""Saves one declared primitive."""

from collections.abc import Set
from typing import Any

from api.declaring.comparing import differences, same_secrets_masked
from api.declaring.context import Applying
from api.saving import primitives as saving
from models.contracts.automations.declarations import PlanAction, PlanChange, PlanItem
from models.contracts.primitives.specs import SPECS, Spec
from models.contracts.primitives.views import PrimitiveDraft, PrimitivePatch
from models.contracts.secrets import redacted
from models.errors import Conflict
from models.kinds import Kind
from models.store.automations import declarations as declared
from models.store.primitives import queries as primitives
from models.store.tables.primitives import Primitive
from runtime.security.secrets import SPEC_SECRETS


async def save(work: Applying, draft: PrimitiveDraft) -> PlanItem:
    """Create or update a primitive; `isActive` stays as it is unless declared."""
    key = f"{draft.kind.value}/{draft.slug}"
    row = work.stored.primitives.get((draft.kind, draft.slug))
    if row is None:
        draft = draft.model_copy(update={"managed_by": work.project})
        await saving.create(work.session, work.state, draft, work.actor)
        return PlanItem(action=PlanAction.CREATE, type="primitive", key=key)
    wanted, spec, changes = _compare(work, row, draft)
    if changes:
        # Only what changes is locked: runs of the others go on.
        row = await _locked(work, row)
        wanted, spec, changes = _compare(work, row, draft)
    if not work.claim(key, row.managed_by, changes) or not changes:
        return PlanItem(action=PlanAction.UNCHANGED, type="primitive", key=key)
    changed_spec = {"spec": spec.wire()} if any(change.field.startswith("spec") for change in changes) else {}
    patch = PrimitivePatch.model_validate({**wanted, **changed_spec})
    await saving.change(work.session, work.state, row, patch, work.actor)
    return PlanItem(action=PlanAction.UPDATE, type="primitive", key=key, changes=changes)


async def _locked(work: Applying, row: Primitive) -> Primitive:
    found = await primitives.lock_live(work.session, row.kind, row.slug)
    if found is None or found.id != row.id:
        raise Conflict(f"{row.slug} was archived meanwhile", hint="Apply it again.")
    return found


def _compare(
    work: Applying, row: Primitive, draft: PrimitiveDraft
) -> tuple[dict[str, Any], Spec, tuple[PlanChange, ...]]:
    """Return the fields that are wanted, the spec with secrets that are stored already masked, and what changes."""
    stored = SPECS[row.kind].model_validate(row.spec)
    spec = same_secrets_masked(saving.read_spec(draft.kind, draft.spec), stored, work.state.keyring, SPEC_SECRETS)
    wanted: dict[str, Any] = {"name": draft.name, "description": draft.description, "managedBy": work.project}
    there: dict[str, Any] = {"name": row.name, "description": row.description, "managedBy": row.managed_by}
    if "is_active" in draft.model_fields_set:
        wanted["isActive"], there["isActive"] = draft.is_active, row.is_active
    changes = differences(
        {**there, "spec": redacted(stored).wire()},
        {**wanted, "spec": spec.wire()},
        {**wanted, "spec": redacted(spec).wire()},
    )
    return wanted, spec, changes


async def prune(work: Applying, named: Set[tuple[Kind, str]]) -> list[PlanItem]:
    """Archive the primitives that the project owns and no longer declares."""
    items = []
    for row in await declared.managed_primitives(work.session, work.project):
        if (row.kind, row.slug) not in named:
            leaving = await _locked(work, row)
            await saving.archive(work.session, leaving, work.actor, f"no longer declared by {work.project}")
            items.append(PlanItem(action=PlanAction.ARCHIVE, type="primitive", key=f"{row.kind.value}/{row.slug}"))
    return items
