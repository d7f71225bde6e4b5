"""Saves one declared budget.

That of an automation belongs to whoever owns the automation, and its limit is the automation's `budgetUsdMonth`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.declaring.context import Applying
from api.saving import budgets as saving
from models.contracts.automations.declarations import DeclaredAutomation, PlanAction, PlanChange, PlanItem
from models.contracts.base import decimal_text
from models.contracts.governance.budgets import BudgetDraft, BudgetPatch
from models.errors import Invalid
from models.states import BudgetScope
from models.store.budgets import queries
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget

FIELDS = ("limit_usd_month", "timezone", "warn_at_percent", "action", "estimate_usd")


def with_limit(automation: DeclaredAutomation, budgets: Sequence[BudgetDraft]) -> DeclaredAutomation:
    """Return the automation with the limit that is declared under `budgets`.

    Raises:
        Invalid: it declares another one itself.
    """
    for index, draft in enumerate(budgets):
        if draft.scope is not BudgetScope.AUTOMATION or draft.target != automation.slug:
            continue
        if automation.budget_usd_month not in (None, draft.limit_usd_month):
            raise Invalid(
                f"{automation.slug} has budgetUsdMonth {decimal_text(automation.budget_usd_month)}",
                field=f"budgets[{index}].limitUsdMonth",
                hint="Give the same amount, or leave one of the two out.",
            )
        return automation.model_copy(update={"budget_usd_month": draft.limit_usd_month})
    return automation


async def save(work: Applying, draft: BudgetDraft) -> PlanItem:
    """Make a budget, or change it or its owner."""
    key = key_of(draft)
    row = await queries.by_target(work.session, await saving.target_of(work.session, draft))
    is_own = draft.scope is BudgetScope.AUTOMATION
    owner = None if is_own else work.project
    if row is None:
        await saving.create(work.session, draft, work.actor, work.after, managed_by=owner)
        return PlanItem(action=PlanAction.CREATE, type="budget", key=key)
    changes = _changes(row, draft)
    if row.managed_by != owner:
        changes.append(PlanChange(field="managedBy", before=row.managed_by, after=owner))
    owned_by = await _owner_of_automation(work.session, row) if is_own else row.managed_by
    if not work.claim(f"budget {key}", owned_by, changes) or not changes:
        return PlanItem(action=PlanAction.UNCHANGED, type="budget", key=key)
    locked = await saving.locked(work.session, row.id)
    patch = BudgetPatch(**{name: getattr(draft, name) for name in FIELDS})
    await saving.change(work.session, locked, patch, work.actor, work.after, managed_by=owner)
    return PlanItem(action=PlanAction.UPDATE, type="budget", key=key, changes=tuple(changes))


async def prune(work: Applying, named: Iterable[BudgetDraft]) -> list[PlanItem]:
    """Remove the budgets that the project owns and no longer declares."""
    kept = {key_of(draft) for draft in named}
    rows = await queries.managed_by(work.session, work.project)
    targets = await queries.targets(work.session, rows)
    items = []
    for row in rows:
        key = _key(row.scope, targets[row.id].text)
        if key not in kept:
            await saving.remove(work.session, await saving.locked(work.session, row.id), work.actor, work.after)
            items.append(PlanItem(action=PlanAction.REMOVE, type="budget", key=key))
    return items


def key_of(draft: BudgetDraft) -> str:
    """Return the name of a budget in a plan: `all`, `kind agent`, `primitive agent/scout`, `automation nightly`."""
    return _key(draft.scope, draft.target)


def _key(scope: BudgetScope, target: str | None) -> str:
    return f"{scope.value} {target}" if target else scope.value


def _changes(row: Budget, draft: BudgetDraft) -> list[PlanChange]:
    before, after = saving.facts(row), _wanted(draft)
    return [
        PlanChange(field=name, before=before[name], after=after[name]) for name in after if before[name] != after[name]
    ]


def _wanted(draft: BudgetDraft) -> dict[str, Any]:
    wire = draft.wire()
    wire["warnAtPercent"] = sorted(set(wire["warnAtPercent"]))
    return {name: value for name, value in wire.items() if name not in ("scope", "target")}


async def _owner_of_automation(session: AsyncSession, row: Budget) -> str | None:
    return (await session.get_one(Automation, row.automation_id)).managed_by
