"""Applies a declaration: creates, updates and, with `prune`, archives, in one transaction.

Declared objects are saved by the same functions as single requests, and every error names its field in the file
(`automations[3].schedule.cronExpr`).
"""

from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from api.declaring import automations, dependencies, primitives
from api.declaring.work import Applying
from api.deps import AfterCommit
from api.http.auth import Actor
from api.http.errors import InvalidFields
from api.state import State
from models.contracts.declarations import Declaration, Plan, PlanItem
from models.contracts.problems import FieldProblem
from models.errors import Conflict, Invalid
from models.kinds import KINDS
from models.store.automations.declarations import lock_declarations


async def apply(
    session: AsyncSession, state: State, declaration: Declaration, actor: Actor, after: AfterCommit
) -> Plan:
    """Apply a declaration; a dry run does the same and rolls back.

    1. Refuse duplicates in the file.
    2. Save agents, then the primitives that use them, then automations, then dependencies.
    3. With `prune`, archive what the same file created earlier and no longer declares.

    Raises:
        Invalid: a field is not valid; nothing is changed.
        Conflict: a name is taken, a dependency closes a cycle, or something to be archived is in use.
    """
    _refuse_duplicates(declaration)
    await lock_declarations(session)
    work = Applying(session, state, actor, after, declaration.source)
    async with session.begin_nested() as savepoint:
        items = await _carry_out(work, declaration)
        if declaration.dry_run:
            await savepoint.rollback()
            after.syncs.clear()
    return Plan(source=declaration.source, dry_run=declaration.dry_run, items=tuple(items))


async def _carry_out(work: Applying, declaration: Declaration) -> list[PlanItem]:
    items: list[PlanItem] = []
    agents_first = sorted(enumerate(declaration.primitives), key=lambda pair: not KINDS[pair[1].kind].calls_agent)
    for index, primitive in agents_first:
        with _at(f"primitives[{index}]"):
            items.append(await primitives.save(work, primitive))
    for index, automation in enumerate(declaration.automations):
        with _at(f"automations[{index}]"):
            items.append(await automations.save(work, automation))
    for index, dependency in enumerate(declaration.dependencies):
        with _at(f"dependencies[{index}]"):
            items.append(await dependencies.save(work, dependency))
    if declaration.prune:
        items += await dependencies.prune(work, declaration.dependencies)
        items += await automations.prune(work, {draft.slug for draft in declaration.automations})
        items += await primitives.prune(work, {(draft.kind, draft.slug) for draft in declaration.primitives})
    return items


def _refuse_duplicates(declaration: Declaration) -> None:
    _unique("primitives", "slug", ((draft.kind, draft.slug) for draft in declaration.primitives))
    _unique("automations", "slug", (draft.slug for draft in declaration.automations))
    edges = ((draft.automation, draft.depends_on) for draft in declaration.dependencies)
    _unique("dependencies", "dependsOn", edges)
    for name in ("primitives", "automations"):
        for index, draft in enumerate(getattr(declaration, name)):
            if draft.managed_by is not None:
                raise Invalid("set by the file itself; leave this out", field=f"{name}[{index}].managedBy")


def _unique(name: str, field: str, keys: Iterable[Hashable]) -> None:
    seen: dict[Hashable, int] = {}
    for index, key in enumerate(keys):
        if key in seen:
            raise Invalid(
                f"duplicate of {name}[{seen[key]}]", field=f"{name}[{index}].{field}", hint="Remove one of them."
            )
        seen[key] = index


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Prefix the field of errors raised inside with a position in the file."""
    try:
        yield
    except InvalidFields as error:
        fields = [FieldProblem(field=f"{place}.{one.field}", detail=one.detail) for one in error.problems]
        raise InvalidFields(fields) from None
    except (Invalid, Conflict) as error:
        error.field = f"{place}.{error.field}" if error.field else place
        raise
