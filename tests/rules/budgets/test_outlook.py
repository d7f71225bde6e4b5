"""The day on which a budget ends, and its words."""

from datetime import UTC, date, datetime
from decimal import Decimal

from models.contracts.governance.notices import NoticeSeverity
from models.kinds import Kind
from models.rules.budgets.months import month_of
from models.rules.budgets.outlook import BudgetSoFar, PlannedCosts, day_edges, outlook
from models.rules.budgets.words import (
    BudgetFacts,
    budget_name,
    level_notice,
    refused_notice,
    refused_text,
    waits_text,
)
from models.states import BudgetAction, BudgetScope

NOW = datetime(2026, 3, 11, tzinfo=UTC)
MARCH = month_of(NOW, "UTC")


def so_far(limit: str, spent: str = "0", reserved: str = "0", unplanned: str = "0", zone: str = "UTC") -> BudgetSoFar:
    return BudgetSoFar(Decimal(limit), zone, month_of(NOW, zone), Decimal(spent), Decimal(reserved), Decimal(unplanned))


def planned(a_day: str, p90: str | None = None) -> PlannedCosts:
    edges = day_edges(NOW, MARCH, "UTC")
    days = range(1, len(edges) + 1)
    return PlannedCosts(edges, [day * Decimal(a_day) for day in days], [day * Decimal(p90 or a_day) for day in days], 2)


def test_the_days_that_are_left_end_at_midnight_there_and_the_last_with_the_month() -> None:
    edges = day_edges(NOW, MARCH, "UTC")
    assert (edges[0], edges[-1], len(edges)) == (datetime(2026, 3, 12, tzinfo=UTC), MARCH.ends_at, 21)
    berlin = day_edges(NOW, month_of(NOW, "Europe/Berlin"), "Europe/Berlin")
    # 00:00 UTC is one o'clock there; on the 29th the clocks change.
    assert berlin[0] == datetime(2026, 3, 11, 23, tzinfo=UTC)
    assert berlin[-1] == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert len(berlin) == 21


def test_a_budget_ends_on_the_day_on_which_planned_fires_use_it_up() -> None:
    found = outlook(NOW, so_far("30", spent="10", reserved="1"), planned("2", "4"))
    # 11 + 2 a day: 31 after ten days, the 20th.
    assert (found.ends_on, found.ends_on_p90) == (date(2026, 3, 20), date(2026, 3, 15))
    assert (found.month_end_usd, found.month_end_p90_usd) == (Decimal(53), Decimal(95))
    # 10 in ten days: 20 more take twenty days.
    assert found.ends_on_at_pace == date(2026, 3, 31)
    assert found.unknown_automations == 2


def test_what_no_plan_accounts_for_goes_on_at_its_pace() -> None:
    found = outlook(NOW, so_far("25", spent="10", unplanned="10"), planned("0"))
    assert (found.month_end_usd, found.ends_on) == (Decimal(31), date(2026, 3, 25))


def test_a_budget_that_lasts_has_no_such_day_and_one_that_is_spent_ends_today() -> None:
    lasts = outlook(NOW, so_far("1000", spent="10"), planned("2"))
    assert (lasts.ends_on, lasts.ends_on_p90, lasts.ends_on_at_pace) == (None, None, None)
    spent = outlook(NOW, so_far("5", spent="5"), planned("0"))
    assert {spent.ends_on, spent.ends_on_p90, spent.ends_on_at_pace} == {date(2026, 3, 11)}
    nothing = outlook(NOW, so_far("5"), planned("0"))
    assert (nothing.ends_on, nothing.ends_on_at_pace) == (None, None)


def test_the_first_minutes_of_a_month_say_nothing_about_its_pace() -> None:
    early = MARCH.starts_at.replace(minute=5)
    edges = day_edges(early, MARCH, "UTC")
    nothing = [Decimal(0)] * len(edges)
    found = outlook(early, so_far("100", spent="1", unplanned="1"), PlannedCosts(edges, nothing, nothing, 0))
    assert found.ends_on_at_pace is None
    assert found.month_end_usd < 33


def test_budgets_and_reasons_in_words() -> None:
    assert budget_name(BudgetScope.ALL, None, None) == "the budget of all runs"
    assert budget_name(BudgetScope.KIND, Kind.AGENT, None) == "the budget of all agents"
    assert budget_name(BudgetScope.PRIMITIVE, None, "Scout") == "the budget of Scout"
    spent = refused_text("the budget of Scout", Decimal(5), Decimal("5.01"), None)
    assert spent == "The budget of Scout, $5.00 a month, is spent."
    short = refused_text("the budget of Scout", Decimal(5), Decimal("4.90"), Decimal("0.30"))
    assert short == "The budget of Scout has $0.10 of $5.00 a month left, and a run is expected to cost $0.30."
    assert waits_text("the budget of Scout", Decimal(1)) == "room in the budget of Scout"
    assert "the cost of the run before it" in waits_text("the budget of Scout", None)


def test_notices_say_what_is_spent_and_what_happens_next() -> None:
    def facts(spent: str, action: BudgetAction = BudgetAction.STOP) -> BudgetFacts:
        name = "the budget of all agents"
        return BudgetFacts(name, Decimal(10), Decimal(spent), action, MARCH.ends_at, "Europe/Berlin")

    warns = level_notice(facts("8.40"), 80)
    assert (warns.severity, warns.title) == (NoticeSeverity.WARNING, "The budget of all agents is spent to 80%")
    assert warns.text.startswith("$8.40 of $10.00 have been spent this month (84%).")
    stops = level_notice(facts("10"), 100)
    assert (stops.severity, stops.title) == (NoticeSeverity.CRITICAL, "The budget of all agents is spent")
    assert "skipped until 2026-04-01 02:00 (Europe/Berlin)" in stops.text
    goes_on = level_notice(facts("12", BudgetAction.WARN), 100)
    assert (goes_on.title, "Runs still start" in goes_on.text) == ("The budget of all agents is exceeded", True)
    assert refused_notice(facts("9.99"), "Why.").text.startswith("Why. Runs that do not fit are skipped until")
