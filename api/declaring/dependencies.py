"""Saves one declared dependency between automations."""

from collections.abc import Iterable
from datetime import UTC, datetime

from api.declaring.context import Applying
from api.saving.switching import ask_for_sync, touch
from models.contracts.automations.declarations import PlanAction, PlanChange, PlanItem
from models.contracts.automations.dependencies import DependencyDraft
from models.errors import Invalid
from models.store.automations import declarations as declared
from models.store.automations import dependencies
from models.store.tables.automations import Automation


async def save(work: Applying, draft: DependencyDraft) -> PlanItem:
    """Add a dependency, or change its note or owner; both ends are named by slug."""
    key = f"{draft.automation} -> {draft.depends_on}"
    automation = await _named(work, draft.automation, "automation")
    needs = await _named(work, draft.depends_on, "dependsOn")
    row = await declared.dependency_between(work.session, automation.id, needs.id)
    if row is None:
        await dependencies.add(work.session, automation, needs, draft, work.actor.name, created_by=_maker(work.project))
        _saved(work, automation)
        return PlanItem(action=PlanAction.CREATE, type="dependency", key=key)
    changes = []
    if row.created_by != _maker(work.project):
        changes.append(PlanChange(field="createdBy", before=row.created_by, after=_maker(work.project)))
    for field, before, after in (
        ("note", row.note, draft.note),
        ("fireWhen", row.fire_when, draft.fire_when),
        ("passPayload", row.pass_payload, draft.pass_payload),
    ):
        if before != after:
            changes.append(PlanChange(field=field, before=before, after=after))
    if not work.claim(f"dependency {key}", _owner(row.created_by), changes) or not changes:
        return PlanItem(action=PlanAction.UNCHANGED, type="dependency", key=key)
    await dependencies.change(work.session, row, draft, created_by=_maker(work.project), actor=work.actor.name)
    _saved(work, automation)
    return PlanItem(action=PlanAction.UPDATE, type="dependency", key=key, changes=tuple(changes))


async def prune(work: Applying, named: Iterable[DependencyDraft]) -> list[PlanItem]:
    """Remove the dependencies that the project owns and no longer declares."""
    kept = {(draft.automation, draft.depends_on) for draft in named}
    items = []
    for row, automation, needs in await declared.dependencies_created_by(work.session, _maker(work.project)):
        if (automation, needs) not in kept:
            await dependencies.remove(work.session, row, work.actor.name)
            if (found := await declared.live_automation(work.session, automation)) is not None:
                _saved(work, found)
            items.append(PlanItem(action=PlanAction.REMOVE, type="dependency", key=f"{automation} -> {needs}"))
    return items


PROJECT = "project "


def _maker(project: str) -> str:
    return f"{PROJECT}{project}"


def _owner(maker: str | None) -> str | None:
    """Return the project that made a dependency; None where a person did."""
    return maker.removeprefix(PROJECT) if maker and maker.startswith(PROJECT) else None


async def _named(work: Applying, slug: str, field: str) -> Automation:
    found = await declared.live_automation(work.session, slug)
    if found is None:
        raise Invalid(f"there is no automation {slug!r}", field=field)
    return found


def _saved(work: Applying, automation: Automation) -> None:
    touch(automation, datetime.now(UTC))
    ask_for_sync(automation, work.after)
