"""Applies one declared dependency between automations."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from api.declaring.work import Applying
from models.contracts.declarations import PlanAction, PlanChange, PlanItem
from models.contracts.governance import DependencyDraft
from models.errors import Invalid
from models.store.automations import declarations as declared
from models.store.automations import dependencies
from models.store.governance import audit
from models.store.tables.automations import Automation


async def save(work: Applying, draft: DependencyDraft) -> PlanItem:
    """Add a dependency or update its note; both automations are named by slug."""
    key = f"{draft.automation} -> {draft.depends_on}"
    automation = await _named(work, draft.automation, "automation")
    needs = await _named(work, draft.depends_on, "dependsOn")
    row = await declared.edge(work.session, automation.id, needs.id)
    if row is None:
        await dependencies.add(work.session, automation, needs, draft.note, _maker(work.source))
        await _record(
            work, "dependency.created", automation.id, after=dependencies.audit_facts(needs.id, needs.slug, draft.note)
        )
        return PlanItem(action=PlanAction.CREATE, type="dependency", key=key)
    if row.note == draft.note:
        return PlanItem(action=PlanAction.UNCHANGED, type="dependency", key=key)
    change = PlanChange(field="note", before=row.note, after=draft.note)
    row.note = draft.note
    await _record(
        work, "dependency.changed", automation.id, before={"note": change.before}, after={"note": change.after}
    )
    return PlanItem(action=PlanAction.UPDATE, type="dependency", key=key, changes=(change,))


async def prune(work: Applying, named: Iterable[DependencyDraft]) -> list[PlanItem]:
    """Remove the dependencies that the file created and no longer declares."""
    kept = {(draft.automation, draft.depends_on) for draft in named}
    items = []
    for row, automation, needs in await declared.edges_made_by(work.session, _maker(work.source)):
        if (automation, needs) not in kept:
            await dependencies.remove(work.session, row.id)
            await _record(
                work,
                "dependency.removed",
                row.automation_id,
                before=dependencies.audit_facts(row.depends_on_id, needs, row.note),
            )
            items.append(PlanItem(action=PlanAction.REMOVE, type="dependency", key=f"{automation} -> {needs}"))
    return items


def _maker(source: str) -> str:
    return f"file {source}"


async def _named(work: Applying, slug: str, field: str) -> Automation:
    found = await declared.live_automation(work.session, slug)
    if found is None:
        raise Invalid(f"no automation has the slug {slug!r}", field=field)
    return found


async def _record(
    work: Applying,
    action: str,
    automation_id: UUID,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    await audit.record(
        work.session,
        actor=work.actor.name,
        action=action,
        subject_type="automation",
        subject_id=automation_id,
        before=before,
        after=after,
    )
