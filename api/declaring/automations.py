"""Saves one declared automation."""

from collections.abc import Set
from datetime import UTC, datetime
from typing import Any

from api.declaring.comparing import differences, same_secrets_masked
from api.declaring.context import Applying
from api.declaring.spread import keep_spread
from api.saving import automations as saving
from api.saving import switching
from api.saving.warnings import save_warnings
from models.contracts.automations.declarations import DeclaredAutomation, PlanAction, PlanChange, PlanItem
from models.contracts.automations.drafts import AutomationDraft, AutomationPatch
from models.contracts.secrets import redacted
from models.errors import Conflict, Invalid
from models.store.automations import declarations as declared
from models.store.automations import queries as automations
from models.store.automations.mapping import declared as stored_draft
from models.store.automations.unique_names import names_taken
from models.store.governance import audit
from models.store.primitives.queries import lock_live
from models.store.tables.automations import Automation
from runtime.security.secrets import AUTOMATION_SECRETS

MOST_INSERTED = 200
"""Automations inserted at once: each batch keeps the API's event loop busy."""


async def save(work: Applying, draft: DeclaredAutomation) -> PlanItem:
    """Create, update, rename or restore an automation.

    `isActive` and `previousSecret` stay as they are unless declared: applying a file again does not resume what an
    operator or a health policy has paused, and a new secret does not lock out senders that still use the old one.
    """
    left_out = _undeclared(draft)
    # Its dependencies are saved after all automations: they may name later ones.
    declared_draft = _normal(draft).model_copy(update={"managed_by": work.project, "dependencies": None})
    row, found = await _find(work, declared_draft)
    if row is None:
        return await _create(work, declared_draft)
    if row.source is not draft.source:
        raise Invalid(
            f"{draft.slug} exists with the source {row.source.value}, and the source of an automation cannot change",
            field="source",
            hint="Use another slug for the new one.",
        )
    draft, moved, wire, changes = _compare(work, row, declared_draft, left_out)
    if changes:
        # Only what changes is locked: runs of the others go on opening and closing.
        row = await _locked(work, row)
        draft, moved, wire, changes = _compare(work, row, declared_draft, left_out)
    mine = found is PlanAction.RESTORE or work.claim(f"automation {row.slug}", row.managed_by, changes)
    if not (mine and changes):
        action = PlanAction.UNCHANGED if found is PlanAction.UPDATE else found
        return PlanItem(action=action, type="automation", key=draft.slug, warnings=(*save_warnings(row), *moved))
    if row.slug != draft.slug:
        del work.stored.automations[row.slug]
        await _rename(work, row, draft.slug)
    if any(change.field != "slug" for change in changes):
        patch = AutomationPatch.model_validate(wire)
        await saving.change(work.session, work.state, row, patch, work.actor, work.after)
    warnings = (*save_warnings(row), *moved)
    return PlanItem(action=found, type="automation", key=draft.slug, changes=changes, warnings=warnings)


async def insert_new(work: Applying) -> None:
    """Store the automations that are created, all at once."""
    await saving.insert_rows(work.session, work.new, work.actor, work.after)
    work.new.clear()


async def prune(work: Applying, named: Set[str]) -> list[PlanItem]:
    """Archive the automations that the project owns and no longer declares."""
    managed = await declared.managed_automations(work.session, work.project)
    leaving = [row.id for row in managed if row.slug not in named]
    rows = await automations.by_ids(work.session, leaving, lock=True)
    reason = f"no longer declared by {work.project}"
    archived = await switching.archive(work.session, rows, work.actor, reason, work.after)
    slugs = sorted(row.slug for row in archived)
    return [PlanItem(action=PlanAction.ARCHIVE, type="automation", key=slug) for slug in slugs]


async def _create(work: Applying, draft: DeclaredAutomation) -> PlanItem:
    """Add an automation to those that are inserted at the end, or insert it now where its path may be taken.

    The database decides about that, and its error has to name this automation.
    """
    name = draft.primitive.kind, draft.primitive.slug
    primitive = work.stored.primitives.get(name) or await saving.primitive_of(work.session, draft.primitive)
    work.stored.primitives[name] = primitive
    row = await saving.new_row(work.state, draft, primitive, work.actor)
    path, paths = row.webhook_path, work.stored.paths
    if path in paths:
        await insert_new(work)
    work.new.append(row)
    if path in paths or len(work.new) == MOST_INSERTED:
        await insert_new(work)
    if path is not None:
        paths.add(path)
    work.stored.automations[row.slug] = row
    return PlanItem(action=PlanAction.CREATE, type="automation", key=draft.slug, warnings=save_warnings(row))


async def _find(work: Applying, draft: DeclaredAutomation) -> tuple[Automation | None, PlanAction]:
    """Return the row to change, and whether finding it is an update or brought it back from the archive."""
    live = work.stored.automations
    row = live.get(draft.slug) or (live.get(draft.formerly) if draft.formerly is not None else None)
    if row is not None:
        return row, PlanAction.UPDATE
    return await _restored(work, draft), PlanAction.RESTORE


def _compare(
    work: Applying, row: Automation, draft: DeclaredAutomation, left_out: Set[str]
) -> tuple[DeclaredAutomation, tuple[str, ...], dict[str, Any], tuple[PlanChange, ...]]:
    """Return what is wanted, what spreading has moved, the patch that makes the row match, and what it changes."""
    draft, moved = keep_spread(row, draft)
    stored = stored_draft(row)
    masked = same_secrets_masked(draft, stored, work.state.keyring, AUTOMATION_SECRETS)
    wire = _patchable(masked, left_out)
    changes = differences(_patchable(redacted(stored), left_out), wire, _patchable(redacted(masked), left_out))
    if row.paused_until is not None and "isActive" not in left_out:
        # A declared pause has no end, and a declared `isActive: true` does not wait for one.
        ends = PlanChange(field="pausedUntil", before=switching.shown_end(row.paused_until), after=None)
        changes = (*changes, ends)
    if row.slug != draft.slug:
        changes = (PlanChange(field="slug", before=row.slug, after=draft.slug), *changes)
    return draft, moved, wire, changes


async def _locked(work: Applying, row: Automation) -> Automation:
    (found,) = await automations.by_ids(work.session, [row.id], lock=True)
    if found.archived_at is not None:
        raise Conflict(f"{row.slug} was archived meanwhile", hint="Apply it again.")
    return found


async def _rename(work: Applying, row: Automation, slug: str) -> None:
    before, row.slug = row.slug, slug
    work.stored.automations[slug] = row
    switching.touch(row, datetime.now(UTC))
    with names_taken():
        await work.session.flush()
    await audit.record(
        work.session,
        actor=work.actor.name,
        action="automation.renamed",
        subject_type="automation",
        subject_id=row.id,
        before={"slug": before},
        after={"slug": slug},
    )
    switching.ask_for_sync(row, work.after)


async def _restored(work: Applying, draft: DeclaredAutomation) -> Automation | None:
    """Bring back the archived automation that a declaration managed under this slug.

    One file may be pruned before the file that an automation moved to is applied: the row, its runs and its
    statistics are kept whichever comes first.
    """
    row = work.stored.archived.get(draft.slug)
    if row is None or (row.source, row.kind) != (draft.source, draft.primitive.kind):
        return None
    primitive = await lock_live(work.session, draft.primitive.kind, draft.primitive.slug)
    if primitive is None:
        return None
    (row,) = await automations.by_ids(work.session, [row.id], lock=True)
    if row.primitive.archived_at is not None:
        row.primitive = primitive
        await work.session.flush()
    await switching.restore(work.session, [row], work.actor, f"declared by {work.project}", work.after)
    work.stored.automations[row.slug] = row
    return row


def _normal(draft: DeclaredAutomation) -> DeclaredAutomation:
    """Write a cron as it is stored, so that a trailing blank is not a change."""
    if draft.schedule is None:
        return draft
    schedule = draft.schedule.model_copy(update={"cron_expr": draft.schedule.cron_expr.strip()})
    return draft.model_copy(update={"schedule": schedule})


def _undeclared(draft: AutomationDraft) -> frozenset[str]:
    """Name the fields that keep their stored value when they are not declared."""
    config = draft.webhook or draft.slack
    previous = config is not None and "previous_secret" not in config.model_fields_set
    active = "is_active" not in draft.model_fields_set
    return frozenset([*(["previousSecret"] if previous else []), *(["isActive"] if active else [])])


def _patchable(draft: AutomationDraft, left_out: Set[str]) -> dict[str, Any]:
    unchangeable = {"slug", "source", "formerly"}
    wire = {key: value for key, value in draft.wire().items() if key not in unchangeable | left_out}
    for name in ("webhook", "slack"):
        if wire.get(name):
            wire[name] = {key: value for key, value in wire[name].items() if key not in left_out}
    return wire
