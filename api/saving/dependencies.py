"""Adds, changes and removes dependencies: each is a change of the automation that depends, and so a revision of it.

The graph is locked before any automation, so that two changes at once neither form a cycle nor wait for each other.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.http.auth import Actor
from api.saving.switching import ask_for_sync, refuse_archived, touch
from models.contracts.automations.dependencies import (
    DependencyDraft,
    DependencyPatch,
    DependencyView,
    OwnDependency,
)
from models.errors import Conflict, Invalid, NotFound
from models.store.automations import dependencies
from models.store.automations import queries as automations
from models.store.tables.automations import Automation


async def add(session: AsyncSession, draft: DependencyDraft, actor: Actor, after: AfterCommit) -> DependencyView:
    """Add a dependency.

    Raises:
        Invalid: an automation does not exist or is archived.
        Conflict: the dependency exists, or would close a cycle.
    """
    await dependencies.lock_graph(session)
    row = await _named(session, draft.automation, "automation", lock=True)
    needs = await _named(session, draft.depends_on, "dependsOn")
    made = await dependencies.add(session, row, needs, draft, actor.name)
    _saved(row, after)
    return made


async def change(
    session: AsyncSession, dependency_id: uuid.UUID, patch: DependencyPatch, actor: Actor, after: AfterCommit
) -> DependencyView:
    """Change what a dependency does.

    Raises:
        NotFound: no dependency has this id.
    """
    await dependencies.lock_graph(session)
    edge = await dependencies.by_id(session, dependency_id)
    row = await automations.by_name(session, str(edge.automation_id), lock=True)
    refuse_archived(row)
    needs = await automations.by_name(session, str(edge.depends_on_id))
    stored = OwnDependency(
        depends_on=needs.slug, fire_when=edge.fire_when, pass_payload=edge.pass_payload, note=edge.note
    )
    given = {**stored.model_dump(), **patch.model_dump(include=patch.model_fields_set)}
    if given["fire_when"] is None and "pass_payload" not in patch.model_fields_set:
        given["pass_payload"] = False
    if given["pass_payload"] and given["fire_when"] is None:
        raise Invalid("only a dependency that fires passes an output on; give `fireWhen`", field="passPayload")
    wanted = OwnDependency(**given)
    if wanted != stored:
        await dependencies.change(session, edge, wanted, created_by=edge.created_by, actor=actor.name)
        _saved(row, after)
    return dependencies.view(edge, row, needs)


async def remove(session: AsyncSession, dependency_id: uuid.UUID, actor: Actor, after: AfterCommit) -> None:
    """Remove a dependency.

    Raises:
        NotFound: no dependency has this id.
    """
    await dependencies.lock_graph(session)
    edge = await dependencies.by_id(session, dependency_id)
    row = await automations.by_name(session, str(edge.automation_id), lock=True)
    await dependencies.remove(session, edge, actor.name)
    _saved(row, after)


async def replace(session: AsyncSession, row: Automation, wanted: Sequence[OwnDependency], actor: Actor) -> bool:
    """Make an automation depend on exactly these others, archived ones aside; return whether anything changed.

    The caller has locked the graph and then the row, and saves its revision.

    Raises:
        Invalid: an automation does not exist, is archived, or is named twice; or too much would follow a run.
        DependencyCycle: one of them depends on this automation.
    """
    needed: dict[uuid.UUID, tuple[Automation, OwnDependency, str]] = {}
    for index, one in enumerate(wanted):
        path = f"dependencies[{index}]"
        needs = await _named(session, one.depends_on, f"{path}.dependsOn")
        if needs.id in needed:
            raise Invalid(f"{needs.slug} is named twice", field=f"{path}.dependsOn")
        needed[needs.id] = needs, one, path
    known = {edge.depends_on_id: edge for edge in await dependencies.own_edges(session, row.id)}
    changed = False
    for key, edge in known.items():
        if key not in needed:
            await dependencies.remove(session, edge, actor.name)
            changed = True
    for key, (needs, one, path) in needed.items():
        before = known.get(key)
        try:
            if before is None:
                await dependencies.add(session, row, needs, one, actor.name)
                changed = True
            elif await dependencies.change(session, before, one, created_by=before.created_by, actor=actor.name):
                changed = True
        except (Conflict, Invalid) as error:
            error.field = f"{path}.{error.field}"
            raise
    return changed


async def _named(session: AsyncSession, name: str, field: str, *, lock: bool = False) -> Automation:
    try:
        found = await automations.by_name(session, name, lock=lock)
    except NotFound as error:
        raise Invalid(error.detail, field=field) from None
    if found.archived_at is not None:
        raise Invalid(f"{found.slug} is archived", field=field)
    return found


def _saved(row: Automation, after: AfterCommit) -> None:
    touch(row, datetime.now(UTC))
    ask_for_sync(row, after)
