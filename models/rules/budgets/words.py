"""Budgets in words: their names, why a run waits or is refused, and the notices of the levels that they reach."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.contracts.governance.notices import NoticeSeverity
from models.kinds import KINDS, Kind
from models.rules.budgets.decision import ZERO
from models.rules.budgets.levels import SPENT
from models.rules.cron.zones import zone
from models.rules.health_notices import NoticeText
from models.rules.number_format import money, percent
from models.states import BudgetAction, BudgetScope


def budget_name(scope: BudgetScope, kind: Kind | None, target: str | None) -> str:
    """Return a budget's name: "the budget of all agents", "the budget of Scout"."""
    if scope is BudgetScope.ALL:
        return "the budget of all runs"
    return f"the budget of all {KINDS[kind].plural}" if kind else f"the budget of {target}"


def refused_text(name: str, limit_usd: Decimal, spent_usd: Decimal, expected_usd: Decimal | None) -> str:
    """Say why a budget does not let a run start."""
    if spent_usd >= limit_usd:
        return f"{_capital(name)}, {money(limit_usd)} a month, is spent."
    left = f"{money(limit_usd - spent_usd)} of {money(limit_usd)} a month"
    return f"{_capital(name)} has {left} left, and a run is expected to cost {money(expected_usd)}."


def waits_text(name: str, expected_usd: Decimal | None) -> str:
    """Say what a run waits for, as the object of "waits for"."""
    if expected_usd is None:
        return f"the cost of the run before it, which {name} needs to know,"
    return f"room in {name}"


@dataclass(frozen=True, slots=True)
class BudgetFacts:
    """The facts that a notice tells.

    Attributes:
        name: As `budget_name` gives it.
        timezone: In which it is told when the month ends.
    """

    name: str
    limit_usd: Decimal
    spent_usd: Decimal
    action: BudgetAction
    month_ends_at: datetime
    timezone: str


def level_notice(facts: BudgetFacts, level: int) -> NoticeText:
    """Write the notice that a budget has reached a level, in percent of its limit."""
    name, spent = _capital(facts.name), f"{money(facts.spent_usd)} of {money(facts.limit_usd)}"
    if level < SPENT:
        share = percent(float(facts.spent_usd * 100 / facts.limit_usd)) if facts.limit_usd else percent(SPENT)
        text = f"{spent} have been spent this month ({share}). {_then(facts)}"
        return NoticeText(NoticeSeverity.WARNING, f"{name} is spent to {percent(level)}", text)
    if facts.action is BudgetAction.WARN:
        text = f"{spent} have been spent this month. Runs still start: this budget only warns."
        return NoticeText(NoticeSeverity.CRITICAL, f"{name} is exceeded", text)
    return NoticeText(
        NoticeSeverity.CRITICAL, f"{name} is spent", f"{spent} have been spent this month. {_stop(facts)}"
    )


def refused_notice(facts: BudgetFacts, why: str) -> NoticeText:
    """Write the notice that a budget has begun to skip runs before it is spent."""
    return NoticeText(NoticeSeverity.CRITICAL, f"{_capital(facts.name)} skips runs", f"{why} {_stop(facts)}")


def _then(facts: BudgetFacts) -> str:
    if facts.action is BudgetAction.WARN:
        return "Runs still start once it is spent: this budget only warns."
    return "Once it is spent, no further run starts this month."


def _stop(facts: BudgetFacts) -> str:
    until = f"{facts.month_ends_at.astimezone(zone(facts.timezone)):%Y-%m-%d %H:%M} ({facts.timezone})"
    return f"Runs that do not fit are skipped until {until}, unless the budget is raised."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def left_usd(limit_usd: Decimal, spent_usd: Decimal) -> Decimal:
    """Return what is left of a budget; never below 0."""
    return max(limit_usd - spent_usd, ZERO)
