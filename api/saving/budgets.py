"""Makes, changes and removes budgets, with their audit entries; and shows them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.http.auth import Actor
from api.saving.switching import ask_for_sync, refuse_archived, touch
from api.state import State
from models.contracts.base import JsonObject, decimal_text
from models.contracts.governance.budgets import BudgetDraft, BudgetPatch, BudgetView
from models.errors import Invalid, NotFound
from models.kinds import Kind
from models.rules.cron.zones import zone
from models.states import BudgetScope
from models.store.admission.dropping import apply_new_limits
from models.store.automations import queries as automations
from models.store.budgets import changes, queries
from models.store.budgets.standings import standings
from models.store.governance import audit
from models.store.outlook.budget_outlook import outlooks
from models.store.primitives import queries as primitives
from models.store.runs.locks import lock_automation
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget

_COLUMNS = {
    "limit_usd_month": "limit_usd",
    "timezone": "timezone",
    "warn_at_percent": "warn_at_percent",
    "action": "action",
    "estimate_usd": "estimate_usd",
}
_NULLABLE = {"estimate_usd"}


async def create(
    session: AsyncSession, draft: BudgetDraft, actor: Actor, after: AfterCommit, *, managed_by: str | None = None
) -> Budget:
    """Make a budget; what its month has cost so far counts.

    Raises:
        Invalid: its target does not exist.
        UnknownTimezone: there is no such time zone.
        Conflict: there is a budget for it already.
    """
    zone(draft.timezone)
    columns = await target_of(session, draft)
    now = datetime.now(UTC)
    budget = changes.new_budget(
        draft.scope,
        draft.limit_usd_month,
        now,
        actor.name,
        timezone=draft.timezone,
        warn_at_percent=sorted(set(draft.warn_at_percent)),
        action=draft.action,
        estimate_usd=draft.estimate_usd,
        managed_by=managed_by,
        **columns,
    )
    await changes.make(session, budget, now)
    await _tell_automation(session, budget, budget.limit_usd, after, now)
    await _record(session, actor, "budget.created", budget, after={"target": draft.target, **facts(budget)})
    return budget


async def locked(session: AsyncSession, budget_id: UUID) -> Budget:
    """Return a budget, locked after the automation that it is for, as opening a run does.

    Raises:
        NotFound: there is none.
    """
    found = await queries.by_id(session, budget_id)
    if found.automation_id is not None:
        await lock_automation(session, found.automation_id)
    return await queries.by_id(session, budget_id, lock=True)


async def change(
    session: AsyncSession, budget: Budget, patch: BudgetPatch, actor: Actor, after: AfterCommit, **owner: str | None
) -> Budget:
    """Change a locked budget; one that stays the same keeps its revision. `managed_by` names its new owner.

    Raises:
        Invalid: null for a field that needs a value.
        UnknownTimezone: there is no such time zone.
    """
    before, now = facts(budget), datetime.now(UTC)
    values = {**_values(patch), **owner}
    if all(getattr(budget, name) == value for name, value in values.items()):
        return budget
    await changes.change(session, budget, values, now)
    await _tell_automation(session, budget, budget.limit_usd, after, now)
    old, new = audit.differences(before, facts(budget))
    await _record(session, actor, "budget.changed", budget, before=old, after=new)
    return budget


async def remove(session: AsyncSession, budget: Budget, actor: Actor, after: AfterCommit) -> None:
    """Remove a locked budget; runs that wait for it go on."""
    (target,) = (await queries.targets(session, [budget])).values()
    await _record(session, actor, "budget.removed", budget, before={"target": target.text, **facts(budget)})
    await changes.remove(session, budget)
    await _tell_automation(session, budget, None, after, datetime.now(UTC))


async def views(session: AsyncSession, state: State, rows: Sequence[Budget]) -> tuple[BudgetView, ...]:
    """Return budgets with their month so far and its outlook."""
    now = datetime.now(UTC)
    known = await standings(session, rows, now)
    projected = await outlooks(session, state.portfolios, rows, known, now)
    named, waits = await queries.targets(session, rows), await queries.waiting(session, rows)
    return tuple(queries.view(row, named[row.id], known[row.id], projected[row.id], waits) for row in rows)


async def target_of(session: AsyncSession, draft: BudgetDraft) -> dict[str, Any]:
    """Return the columns that name what a budget is for; an automation is locked.

    Raises:
        Invalid: it does not exist.
    """
    name = draft.target or ""
    try:
        match draft.scope:
            case BudgetScope.ALL:
                return {}
            case BudgetScope.KIND:
                return {"kind": Kind(name)}
            case BudgetScope.PRIMITIVE:
                return {"primitive_id": await _primitive_id(session, name)}
            case BudgetScope.AUTOMATION:
                row = await automations.by_name(session, name, lock=True)
                refuse_archived(row)
                return {"automation_id": row.id}
    except NotFound as error:
        raise Invalid(error.detail, field="target") from None


async def _primitive_id(session: AsyncSession, name: str) -> UUID:
    kind, slash, slug = name.partition("/")
    if slash and kind not in {*Kind}:
        raise Invalid(f"there is no kind {kind!r}", field="target", hint="Use kind and slug, such as agent/scout.")
    found = await primitives.by_name(session, slug if slash else name, Kind(kind) if slash else None)
    if found.archived_at is not None:
        raise Invalid(f"{found.slug} is archived", field="target")
    return found.id


async def _tell_automation(
    session: AsyncSession, budget: Budget, limit: Decimal | None, after: AfterCommit, now: datetime
) -> None:
    """Copy the limit of a budget to the locked automation that it is for, whose runs may wait for it."""
    if budget.automation_id is None:
        return
    row = await session.get_one(Automation, budget.automation_id)
    if row.budget_usd_month != limit:
        row.budget_usd_month = limit
        touch(row, now)
        await session.flush()
        ask_for_sync(row, after)
    await apply_new_limits(session, row)


def _values(patch: BudgetPatch) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in patch.model_fields_set:
        value = getattr(patch, name)
        if value is None and name not in _NULLABLE:
            raise Invalid("must not be null", field=type(patch).model_fields[name].alias or name)
        values[_COLUMNS[name]] = sorted(set(value)) if name == "warn_at_percent" else value
    if "timezone" in values:
        zone(values["timezone"])
    return values


def facts(budget: Budget) -> JsonObject:
    """Return the fields that people change, and who owns it."""
    return {
        "limitUsdMonth": decimal_text(budget.limit_usd),
        "timezone": budget.timezone,
        "warnAtPercent": list(budget.warn_at_percent),
        "action": budget.action.value,
        "estimateUsd": None if budget.estimate_usd is None else decimal_text(budget.estimate_usd),
        "managedBy": budget.managed_by,
    }


async def _record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    budget: Budget,
    *,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
) -> None:
    await audit.record(
        session,
        actor=actor.name,
        action=action,
        subject_type="budget",
        subject_id=budget.id,
        before=before,
        after=after,
    )
