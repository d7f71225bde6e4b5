"""Applies a declaration: creates, updates and, with `prune`, archives, in the transaction of its request.

Declared things are saved by the same functions as things that people save one by one. Every refusal names its field
in the declaration (`automations[3].schedule.cronExpr`).
"""

import asyncio
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from api.declaring import automations, budgets, dependencies, primitives
from api.declaring.context import Applying
from api.deps import AfterCommit
from api.http.auth import Actor
from api.http.errors import InvalidFields
from api.state import State
from models.contracts.automations.declarations import Declaration, Plan, PlanAction, PlanItem
from models.contracts.automations.dependencies import DependencyDraft
from models.contracts.problems import FieldProblem
from models.errors import Conflict, Invalid
from models.kinds import KINDS
from models.store.automations.declarations import Stored, lock_declarations
from models.store.automations.declarations import stored as read_stored
from models.store.automations.dependencies import lock_graph

PRUNED = {PlanAction.ARCHIVE, PlanAction.REMOVE}


async def apply(
    session: AsyncSession, state: State, declaration: Declaration, actor: Actor, after: AfterCommit
) -> Plan:
    """Make the database match a declaration; a dry run does the same and rolls back.

    1. Refuse what is declared twice.
    2. Save agents, then what uses them, then automations, then dependencies and budgets.
    3. Refuse what others own, unless the project takes over.
    4. With `prune`, archive what the project owns and no longer declares.

    Raises:
        Invalid: a field is not valid.
        ManagedElsewhere: another project or a person manages something that is declared.
        Conflict: a name is taken, a dependency closes a cycle, what would be archived is in use, or `prune` would
            archive another number than `expectedArchived`.
    """
    _refuse_duplicates(declaration)
    await lock_declarations(session)
    # Before any automation is locked, as by whoever changes a dependency.
    await lock_graph(session)
    stored = await _stored(session, declaration)
    work = Applying(session, state, actor, after, declaration.project, declaration.take_over, stored)
    async with session.begin_nested() as savepoint:
        items = await _save(work, declaration)
        work.refuse_owned_elsewhere()
        if declaration.prune:
            items += await _prune(work, declaration)
        if declaration.dry_run:
            await savepoint.rollback()
            after.syncs.clear()
    return Plan(project=declaration.project, dry_run=declaration.dry_run, items=tuple(items))


async def _stored(session: AsyncSession, declaration: Declaration) -> Stored:
    drafts = declaration.automations
    ends = {slug for _, edge in _edges(declaration) for slug in (edge.automation, edge.depends_on)}
    return await read_stored(
        session,
        automations={draft.slug for draft in drafts} | {draft.formerly for draft in drafts if draft.formerly} | ends,
        primitives={draft.slug for draft in declaration.primitives} | {draft.primitive.slug for draft in drafts},
        paths={draft.webhook.path for draft in drafts if draft.webhook},
    )


async def _save(work: Applying, declaration: Declaration) -> list[PlanItem]:
    items: list[PlanItem] = []
    agents_first = sorted(enumerate(declaration.primitives), key=lambda pair: not KINDS[pair[1].kind].calls_agent)
    for index, primitive in agents_first:
        with _at(f"primitives[{index}]"):
            items.append(await primitives.save(work, primitive))
        await _others_turn()
    limits = budgets.own_limits(declaration.budgets)
    for index, automation in enumerate(declaration.automations):
        limited = budgets.with_limit(automation, limits)
        with _at(f"automations[{index}]"):
            items.append(await automations.save(work, limited))
        await _others_turn()
    await automations.insert_new(work)
    for path, dependency in _edges(declaration):
        with _at(path):
            items.append(await dependencies.save(work, dependency))
        await _others_turn()
    await budgets.read_stored(work, declaration.budgets)
    for index, budget in enumerate(declaration.budgets):
        with _at(f"budgets[{index}]"):
            items.append(await budgets.save(work, budget))
        await _others_turn()
    return items


def _edges(declaration: Declaration) -> Iterator[tuple[str, DependencyDraft]]:
    """Yield the dependencies with their paths, those that automations carry first."""
    for index, automation in enumerate(declaration.automations):
        for place, own in enumerate(automation.dependencies or ()):
            draft = DependencyDraft(automation=automation.slug, **own.model_dump())
            yield f"automations[{index}].dependencies[{place}]", draft
    for index, dependency in enumerate(declaration.dependencies):
        yield f"dependencies[{index}]", dependency


async def _others_turn() -> None:
    """Let other requests go on: comparing thousands of items, of which few change, waits for nothing else."""
    await asyncio.sleep(0)


async def _prune(work: Applying, declaration: Declaration) -> list[PlanItem]:
    items = await dependencies.prune(work, [draft for _, draft in _edges(declaration)])
    items += await automations.prune(work, {draft.slug for draft in declaration.automations})
    # After automations, as opening a run locks them.
    items += await budgets.prune(work)
    items += await primitives.prune(work, {(draft.kind, draft.slug) for draft in declaration.primitives})
    if declaration.expected_archived not in (None, len(items)):
        raise Conflict(
            f"prune would archive {len(items)} things, not {declaration.expected_archived}",
            hint="Something changed since they were counted; look at the plan again.",
        )
    return items


def _refuse_duplicates(declaration: Declaration) -> None:
    _unique("primitives", "slug", ((draft.kind, draft.slug) for draft in declaration.primitives))
    _unique("automations", "slug", (draft.slug for draft in declaration.automations))
    _refuse_repeated("dependsOn", [(path, (draft.automation, draft.depends_on)) for path, draft in _edges(declaration)])
    _unique("budgets", "target", (budgets.key_of(draft) for draft in declaration.budgets))
    for name in ("primitives", "automations"):
        for index, draft in enumerate(getattr(declaration, name)):
            if draft.managed_by is not None:
                raise Invalid("the project manages it; leave this out", field=f"{name}[{index}].managedBy")


def _unique(name: str, field: str, keys: Iterable[Hashable]) -> None:
    _refuse_repeated(field, ((f"{name}[{index}]", key) for index, key in enumerate(keys)))


def _refuse_repeated(field: str, given: Iterable[tuple[str, Hashable]]) -> None:
    seen: dict[Hashable, str] = {}
    for path, key in given:
        if key in seen:
            raise Invalid(f"{seen[key]} is the same", field=f"{path}.{field}", hint="Remove one.")
        seen[key] = path


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Prefix the fields of errors raised inside with their path in the declaration."""
    try:
        yield
    except InvalidFields as error:
        fields = [FieldProblem(field=f"{path}.{one.field}", detail=one.detail) for one in error.problems]
        raise InvalidFields(fields) from None
    except (Invalid, Conflict) as error:
        error.field = f"{path}.{error.field}" if error.field else path
        raise
