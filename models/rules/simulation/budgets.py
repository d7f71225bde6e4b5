"""The budget of a simulation: what is spent this month, and what the runs under way are expected to cost."""

from dataclasses import dataclass, field
from decimal import Decimal

from models.rules.cost import NOTHING
from models.rules.simulation.world import SimulatedBudget


@dataclass(slots=True)
class BudgetState:
    """A budget as it is used."""

    budget: SimulatedBudget
    spent_usd: Decimal
    month_began: int = 0
    _reserved: dict[int, Decimal] = field(default_factory=dict)
    _resets: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, budget: SimulatedBudget) -> "BudgetState":
        return cls(budget, budget.spent_usd, _resets=sorted(budget.resets, reverse=True))

    def is_over(self, now: int) -> bool:
        self._turn(now)
        return self.spent_usd + sum(self._reserved.values(), NOTHING) >= self.budget.limit_usd

    def reserve(self, run: int, expected_usd: Decimal | None) -> None:
        self._reserved[run] = expected_usd or NOTHING

    def settle(self, run: int, now: int, started_at: int, cost_usd: Decimal | None) -> None:
        """Replace what was reserved by what the run has cost; that belongs to the month in which it started."""
        self._turn(now)
        self._reserved.pop(run, None)
        if started_at >= self.month_began:
            self.spent_usd += cost_usd or NOTHING

    def _turn(self, now: int) -> None:
        while self._resets and self._resets[-1] <= now:
            self.month_began = self._resets.pop()
            self.spent_usd = NOTHING
