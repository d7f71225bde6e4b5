"""Budgets: what may be spent in a calendar month, and what it has come to."""

import uuid
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.contracts.base import Contract, Exact, IdOrSlug, Instant, Money, refusal
from models.contracts.runs.views import AutomationRef
from models.kinds import Kind
from models.states import BudgetAction, BudgetScope

WarnAt = Annotated[tuple[Annotated[int, Field(ge=1, le=99)], ...], Field(max_length=10)]
Timezone = Annotated[str, Field(max_length=100, examples=["Europe/Berlin"])]
TARGETS = {
    BudgetScope.KIND: "a kind, such as agent",
    BudgetScope.PRIMITIVE: "kind and slug, such as agent/scout",
    BudgetScope.AUTOMATION: "the slug of an automation",
}


class BudgetDraft(Contract):
    """A budget of a calendar month. Each target has at most one."""

    scope: BudgetScope
    """What it is for."""
    target: IdOrSlug | None = None
    """Of what: the slug or id of an automation, kind and slug (`agent/scout`) or id of a primitive, or a kind. Left out
    for `all`."""
    limit_usd_month: Money
    """Maximum spending per calendar month, in US dollars."""
    timezone: Timezone = "UTC"
    """Time zone in which its months begin."""
    warn_at_percent: WarnAt = (80,)
    """People are told when it is spent to these percentages, each once a month, and when it is spent."""
    action: BudgetAction = BudgetAction.STOP
    """What it does once it is spent."""
    estimate_usd: Money | None = None
    """What a run is reserved at while no cost of its automation or primitive is known. null: then such runs start one
    at a time until a cost is known."""

    @model_validator(mode="after")
    def _has_its_target(self) -> Self:
        if (self.target is None) != (self.scope is BudgetScope.ALL):
            wanted = TARGETS.get(self.scope)
            raise refusal("target", f"name {wanted}" if wanted else "a budget of everything has none")
        if self.scope is BudgetScope.KIND and self.target not in {*Kind}:
            raise refusal("target", f"must be one of {', '.join(Kind)}")
        return self


class BudgetPatch(Contract):
    """Changes of a budget; what is left out stays."""

    limit_usd_month: Money | None = None
    """New limit; it counts at once, also for runs that wait."""
    timezone: Timezone | None = None
    """New time zone; what was spent is counted again from the start of the month there."""
    warn_at_percent: WarnAt | None = None
    """New percentages."""
    action: BudgetAction | None = None
    """New action."""
    estimate_usd: Money | None = None
    """New estimate; null removes it."""


class BudgetState(StrEnum):
    """How far a budget is spent."""

    OK = "ok"
    WARNING = "warning"
    """A percentage of `warnAtPercent` is reached."""
    SPENT = "spent"
    """The limit is reached, or a run had no room any more."""


class BudgetMonthView(Contract):
    """A month of a budget. Runs count in the month in which they started, children included once."""

    starts_at: Instant
    """Its start, at midnight of the first day, or at the next whole hour (UTC) where that is not one."""
    ends_at: Instant
    """Its end."""
    spent_usd: Exact
    """What closed runs have cost, as far as it is known."""
    reserved_usd: Exact
    """What is held back for runs under way: what each is expected to cost, or has cost if that is more."""
    left_usd: Exact
    """What is neither spent nor reserved."""
    runs_under_way: int
    """Runs for which something is reserved."""
    unknown_runs: int
    """Closed runs whose cost is not known, or not all of it: they are not in `spentUsd`."""
    refused_runs: int
    """Runs that it has skipped."""
    stopped_at: Instant | None
    """Since when it skips runs that do not fit. null: it has not."""


class BudgetOutlook(Contract):
    """What the month is expected to come to."""

    month_end_usd: Exact
    """Spending at the end of the month: what is spent and reserved, the fires to come at the mean cost of a run, and
    everything else at the pace of this month."""
    month_end_p90_usd: Exact
    """The same if every run cost as much as the 90th percentile."""
    ends_on: date | None
    """The day (in the budget's time zone) on which it will be spent. null: not in this month."""
    ends_on_p90: date | None
    """The day if every run cost as much as the 90th percentile."""
    ends_on_at_pace: date | None
    """The day if spending goes on at the pace of this month, whatever is scheduled."""
    unknown_automations: int
    """Active automations without cost data, which are not part of it."""


class BudgetWaiting(Contract):
    """Who is held by a budget."""

    runs: int
    """Runs that wait for it now."""
    automations: tuple[AutomationRef, ...]
    """Their automations, at most 20."""


class BudgetView(Contract):
    """A budget and its month so far."""

    id: uuid.UUID
    scope: BudgetScope
    target: str | None
    """As in a draft: a slug, kind and slug, or a kind. null: everything."""
    target_id: uuid.UUID | None
    """Id of the automation or primitive."""
    name: str
    """Name of what it is for: "All runs", "All agents", or the name of the automation or primitive."""
    limit_usd_month: Exact
    timezone: str
    warn_at_percent: tuple[int, ...]
    action: BudgetAction
    estimate_usd: Exact | None
    state: BudgetState
    month: BudgetMonthView
    outlook: BudgetOutlook
    waiting: BudgetWaiting
    managed_by: str | None
    """Project whose declaration owns it. null: it was made by hand."""
    revision: int
    created_at: Instant
    created_by: str | None
    updated_at: Instant
