"""Saves one declared budget.

That of an automation belongs to whoever owns the automation, and its limit is the automation's `budgetUsdMonth`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.declaring.context import Applying
from api.saving import budgets as saving
from models.contracts.automations.declarations import DeclaredAutomation, PlanAction, PlanChange, PlanItem
from models.contracts.base import decimal_text
from models.contracts.governance.budgets import BudgetDraft, BudgetPatch
from models.errors import Conflict, Invalid, NotFound
from models.states import BudgetScope
from models.store.budgets import queries
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget

FIELDS = ("limit_usd_month", "timezone", "warn_at_percent", "action", "estimate_usd")


OwnLimits = Mapping[str, tuple[int, BudgetDraft]]
"""The declared budgets of automations, each with its place in the declaration, by the automation's slug."""


def own_limits(budgets: Sequence[BudgetDraft]) -> OwnLimits:
    places = ((index, draft) for index, draft in enumerate(budgets) if draft.scope is BudgetScope.AUTOMATION)
    return {draft.target: (index, draft) for index, draft in places if draft.target is not None}


def with_limit(automation: DeclaredAutomation, limits: OwnLimits) -> DeclaredAutomation:
    """Return the automation with the limit that is declared under `budgets`.

    Raises:
        Invalid: it declares another one itself.
    """
    if automation.slug not in limits:
        return automation
    index, draft = limits[automation.slug]
    if automation.budget_usd_month not in (None, draft.limit_usd_month):
        raise Invalid(
            f"{automation.slug} has budgetUsdMonth {decimal_text(automation.budget_usd_month)}",
            field=f"budgets[{index}].limitUsdMonth",
            hint="Give the same amount, or leave one of the two out.",
        )
    return automation.model_copy(update={"budget_usd_month": draft.limit_usd_month})


async def read_stored(work: Applying, drafts: Sequence[BudgetDraft]) -> None:
    """Read the budgets that may be declared, in a few statements however many these are; none of them is locked."""
    if not drafts:
        return
    live = work.stored.automations
    named = [live[target].id for target in own_limits(drafts) if target in live]
    rows = await queries.of_live_targets(work.session, named)
    targets = await queries.targets(work.session, rows)
    work.budgets.update({_key(row.scope, targets[row.id].text): row for row in rows})


async def save(work: Applying, draft: BudgetDraft) -> PlanItem:
    """Make a budget, or change it or its owner; only one that changes is locked."""
    key = key_of(draft)
    # A target may be named by its id, too.
    row = work.budgets.get(key) or await queries.by_target(work.session, await saving.target_of(work.session, draft))
    is_own = draft.scope is BudgetScope.AUTOMATION
    owner = None if is_own else work.project
    if row is None:
        made = await saving.create(work.session, draft, work.actor, work.after, managed_by=owner)
        work.declared_budgets.add(made.id)
        return PlanItem(action=PlanAction.CREATE, type="budget", key=key)
    if row.id in work.declared_budgets:
        raise Invalid("another one has the same target under another name", field="target", hint="Remove one.")
    work.declared_budgets.add(row.id)
    changes = _changes(row, draft, owner)
    if changes:
        row = await _locked(work, row, key)
        changes = _changes(row, draft, owner)
    owned_by = await _owner_of_automation(work.session, row) if is_own else row.managed_by
    if not work.claim(f"budget {key}", owned_by, changes) or not changes:
        return PlanItem(action=PlanAction.UNCHANGED, type="budget", key=key)
    patch = BudgetPatch(**{name: getattr(draft, name) for name in FIELDS})
    await saving.change(work.session, row, patch, work.actor, work.after, managed_by=owner)
    return PlanItem(action=PlanAction.UPDATE, type="budget", key=key, changes=tuple(changes))


async def prune(work: Applying) -> list[PlanItem]:
    """Remove the budgets that the project owns and no longer declares."""
    managed = await queries.managed_by(work.session, work.project)
    leaving = [row for row in managed if row.id not in work.declared_budgets]
    targets = await queries.targets(work.session, leaving)
    items = []
    for row in leaving:
        key = _key(row.scope, targets[row.id].text)
        await saving.remove(work.session, await _locked(work, row, key), work.actor, work.after)
        items.append(PlanItem(action=PlanAction.REMOVE, type="budget", key=key))
    return items


def key_of(draft: BudgetDraft) -> str:
    """Return the name of a budget in a plan: `all`, `kind agent`, `primitive agent/scout`, `automation nightly`."""
    return _key(draft.scope, draft.target)


def _key(scope: BudgetScope, target: str | None) -> str:
    return f"{scope.value} {target}" if target else scope.value


async def _locked(work: Applying, row: Budget, key: str) -> Budget:
    try:
        return await saving.locked(work.session, row.id)
    except NotFound:
        raise Conflict(f"the budget {key} was removed meanwhile", hint="Apply it again.") from None


def _changes(row: Budget, draft: BudgetDraft, owner: str | None) -> list[PlanChange]:
    before, after = saving.facts(row), {**_wanted(draft), "managedBy": owner}
    return [
        PlanChange(field=name, before=before[name], after=after[name]) for name in after if before[name] != after[name]
    ]


def _wanted(draft: BudgetDraft) -> dict[str, Any]:
    wire = draft.wire()
    wire["warnAtPercent"] = sorted(set(wire["warnAtPercent"]))
    return {name: value for name, value in wire.items() if name not in ("scope", "target")}


async def _owner_of_automation(session: AsyncSession, row: Budget) -> str | None:
    return (await session.get_one(Automation, row.automation_id)).managed_by
