"""Applies one declared dependency between automations."""

from collections.abc import Iterable

from api.declaring.work import Applying
from models.contracts.declarations import PlanAction, PlanChange, PlanItem
from models.contracts.governance import DependencyDraft
from models.errors import Invalid
from models.store.automations import declarations as declared
from models.store.automations import dependencies
from models.store.tables.automations import Automation


async def save(work: Applying, draft: DependencyDraft) -> PlanItem:
    """Add a dependency or update its note; both automations are named by slug."""
    key = f"{draft.automation} -> {draft.depends_on}"
    automation = await _named(work, draft.automation, "automation")
    needs = await _named(work, draft.depends_on, "dependsOn")
    row = await declared.dependency_between(work.session, automation.id, needs.id)
    if row is None:
        maker = _maker(work.source)
        await dependencies.add(work.session, automation, needs, draft.note, work.actor.name, created_by=maker)
        return PlanItem(action=PlanAction.CREATE, type="dependency", key=key)
    if row.note == draft.note:
        return PlanItem(action=PlanAction.UNCHANGED, type="dependency", key=key)
    change = PlanChange(field="note", before=row.note, after=draft.note)
    await dependencies.change_note(work.session, row, draft.note, work.actor.name)
    return PlanItem(action=PlanAction.UPDATE, type="dependency", key=key, changes=(change,))


async def prune(work: Applying, named: Iterable[DependencyDraft]) -> list[PlanItem]:
    """Remove the dependencies that the file created and no longer declares."""
    kept = {(draft.automation, draft.depends_on) for draft in named}
    items = []
    for row, automation, needs in await declared.dependencies_created_by(work.session, _maker(work.source)):
        if (automation, needs) not in kept:
            await dependencies.remove(work.session, row.id, work.actor.name)
            items.append(PlanItem(action=PlanAction.REMOVE, type="dependency", key=f"{automation} -> {needs}"))
    return items


def _maker(source: str) -> str:
    return f"file {source}"


async def _named(work: Applying, slug: str, field: str) -> Automation:
    found = await declared.live_automation(work.session, slug)
    if found is None:
        raise Invalid(f"no automation has the slug {slug!r}", field=field)
    return found
