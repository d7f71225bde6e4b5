"""Decides about the runs that wait for budgets, one after the other, as if each was opened now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from models.kinds import Kind
from models.rules.budgets.decision import ZERO, Standing, Verdict, decide

Group = tuple[UUID | None, UUID]
"""An automation, or none, and a primitive: while no cost is known, one run of a group may start at a time."""


@dataclass(frozen=True, slots=True)
class WaitingRun:
    """A run that waits for a budget; `expected_usd` None while no cost is known."""

    id: UUID
    kind: Kind
    primitive_id: UUID
    automation_id: UUID | None
    parent_run_id: UUID | None
    budget_id: UUID
    expected_usd: Decimal | None

    @property
    def group(self) -> Group:
        return self.automation_id, self.primitive_id


@dataclass(slots=True)
class LinePlan:
    """What is decided about waiting runs."""

    starting: dict[UUID, Decimal | None] = field(default_factory=dict)
    """What is reserved for the runs that start."""
    refused: list[UUID] = field(default_factory=list)
    moved: dict[UUID, UUID] = field(default_factory=dict)
    """Which other budget a run waits for now: it must not stand in the way of those that need only the first."""


def plan_line(
    waiting: Iterable[WaitingRun],
    budgets_of: Callable[[WaitingRun], Sequence[UUID]],
    known: Mapping[UUID, Standing],
    unknown: Iterable[Group],
) -> LinePlan:
    """Decide about waiting runs.

    Args:
        waiting: The runs, the longest waiting first.
        budgets_of: The budgets that may stop a run, the widest first.
        known: The standing of each budget.
        unknown: Groups of which a run is under way whose cost is not known.
    """
    plan, now, unknown_groups = LinePlan(), dict(known), set(unknown)
    for run in waiting:
        mine = budgets_of(run)
        decision = decide([now[key] for key in mine], run.expected_usd, another_is_unknown=run.group in unknown_groups)
        if decision.verdict is Verdict.REFUSE:
            plan.refused.append(run.id)
            continue
        if decision.budget is None:
            plan.starting[run.id] = run.expected_usd
            for key in mine:
                now[key] = replace(now[key], reserved_usd=now[key].reserved_usd + (run.expected_usd or ZERO))
        else:
            holder = mine[decision.budget]
            if run.expected_usd is not None:
                now[holder] = replace(now[holder], others_wait=True)
            if holder != run.budget_id:
                plan.moved[run.id] = holder
        if run.expected_usd is None:
            unknown_groups.add(run.group)
    return plan
