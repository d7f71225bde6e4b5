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
from models.store.automations import queries as automations
from models.store.tables.automations import Automation
from models.store.tables.governance import Dependency


async def save(work: Applying, draft: DependencyDraft) -> PlanItem:
    """Add a dependency, or change its note or owner; both ends are named by slug."""
    key = f"{draft.automation} -> {draft.depends_on}"
    automation, needs = _named(work, draft.automation, "automation"), _named(work, draft.depends_on, "dependsOn")
    row = work.stored.dependencies.get((automation.id, needs.id))
    if row is not None and _changes(work, row, draft):
        row = await declared.dependency_between(work.session, automation.id, needs.id)
    if row is None:
        await dependencies.add(work.session, automation, needs, draft, work.actor.name, created_by=_maker(work.project))
        await _saved(work, automation)
        return PlanItem(action=PlanAction.CREATE, type="dependency", key=key)
    changes = _changes(work, row, draft)
    if not work.claim(f"dependency {key}", _owner(row.created_by), changes) or not changes:
        return PlanItem(action=PlanAction.UNCHANGED, type="dependency", key=key)
    await dependencies.change(work.session, row, draft, created_by=_maker(work.project), actor=work.actor.name)
    await _saved(work, automation)
    return PlanItem(action=PlanAction.UPDATE, type="dependency", key=key, changes=changes)


async def prune(work: Applying, named: Iterable[DependencyDraft]) -> list[PlanItem]:
    """Remove the dependencies that the project owns and no longer declares."""
    kept = {(draft.automation, draft.depends_on) for draft in named}
    items = []
    for row, automation, needs in await declared.dependencies_created_by(work.session, _maker(work.project)):
        if (automation, needs) not in kept:
            await dependencies.remove(work.session, row, work.actor.name)
            if (found := await declared.live_automation(work.session, automation)) is not None:
                await _saved(work, found)
            items.append(PlanItem(action=PlanAction.REMOVE, type="dependency", key=f"{automation} -> {needs}"))
    return items


PROJECT = "project "


def _maker(project: str) -> str:
    return f"{PROJECT}{project}"


def _owner(maker: str | None) -> str | None:
    """Return the project that made a dependency; None where a person did."""
    return maker.removeprefix(PROJECT) if maker and maker.startswith(PROJECT) else None


def _changes(work: Applying, row: Dependency, draft: DependencyDraft) -> tuple[PlanChange, ...]:
    compared = (
        ("createdBy", row.created_by, _maker(work.project)),
        ("note", row.note, draft.note),
        ("fireWhen", row.fire_when, draft.fire_when),
        ("passPayload", row.pass_payload, draft.pass_payload),
    )
    return tuple(PlanChange(field=name, before=old, after=new) for name, old, new in compared if old != new)


def _named(work: Applying, slug: str, field: str) -> Automation:
    found = work.stored.automations.get(slug)
    if found is None:
        raise Invalid(f"there is no automation {slug!r}", field=field)
    return found


async def _saved(work: Applying, automation: Automation) -> None:
    (locked,) = await automations.by_ids(work.session, [automation.id], lock=True)
    touch(locked, datetime.now(UTC))
    ask_for_sync(locked, work.after)
