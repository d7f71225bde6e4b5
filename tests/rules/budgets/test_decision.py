"""Which runs start within budgets, which wait, and which are refused."""

from decimal import Decimal
from uuid import UUID

import pytest

from models.kinds import Kind
from models.rules.budgets.decision import Standing, Verdict, decide
from models.rules.budgets.levels import level_reached
from models.rules.budgets.line import WaitingRun, plan_line


def standing(limit: str, spent: str = "0", reserved: str = "0", *, others_wait: bool = False) -> Standing:
    return Standing(Decimal(limit), Decimal(spent), Decimal(reserved), others_wait)


@pytest.mark.parametrize(
    ("budgets", "expected", "verdict", "budget"),
    [
        ([], "1", Verdict.START, None),
        ([standing("1")], "1", Verdict.START, None),
        ([standing("1", reserved="0.50")], "0.51", Verdict.WAIT, 0),
        ([standing("1", spent="0.50")], "0.51", Verdict.REFUSE, 0),
        ([standing("1", spent="1")], "0", Verdict.REFUSE, 0),
        ([standing("0")], "0", Verdict.REFUSE, 0),
        ([standing("1", others_wait=True)], "0.01", Verdict.WAIT, 0),
        # What refuses comes before what lets it wait, and the wider budget before the narrower.
        ([standing("1", reserved="1"), standing("1", spent="1")], "0.1", Verdict.REFUSE, 1),
        ([standing("1", reserved="1"), standing("1", reserved="1")], "0.1", Verdict.WAIT, 0),
        ([standing("1"), standing("1", reserved="1")], "0.1", Verdict.WAIT, 1),
        # A cost that is not known fits as long as anything is left.
        ([standing("1", spent="0.99")], None, Verdict.START, None),
        ([standing("1", spent="0.50", reserved="0.50")], None, Verdict.WAIT, 0),
        ([standing("1", spent="1")], None, Verdict.REFUSE, 0),
    ],
)
def test_a_run_starts_waits_or_is_refused(
    budgets: list[Standing], expected: str | None, verdict: Verdict, budget: int | None
) -> None:
    found = decide(budgets, None if expected is None else Decimal(expected), another_is_unknown=False)
    assert (found.verdict, found.budget) == (verdict, budget)


def test_of_unknown_cost_one_starts_at_a_time() -> None:
    assert decide([standing("9")], None, another_is_unknown=True).verdict is Verdict.WAIT
    assert decide([standing("9")], Decimal(1), another_is_unknown=True).verdict is Verdict.START
    assert decide([], None, another_is_unknown=True).verdict is Verdict.START


@pytest.mark.parametrize(
    ("spent", "limit", "level"),
    [("0", "10", 0), ("4.99", "10", 0), ("5", "10", 50), ("7.99", "10", 50), ("8", "10", 80), ("10", "10", 100)],
)
def test_the_highest_level_that_is_reached_counts(spent: str, limit: str, level: int) -> None:
    assert level_reached(Decimal(spent), Decimal(limit), [80, 50]) == level


def test_a_budget_of_nothing_is_spent_from_the_start() -> None:
    assert level_reached(Decimal(0), Decimal(0), [80]) == 100


WIDE, NARROW = UUID(int=1), UUID(int=2)


def waiting(number: int, expected: str | None, *, budget: UUID = WIDE, group: int = 0) -> WaitingRun:
    cost = None if expected is None else Decimal(expected)
    return WaitingRun(UUID(int=number), Kind.AGENT, UUID(int=90 + group), None, None, budget, cost)


def test_waiting_runs_start_in_order_and_none_is_overtaken() -> None:
    line = [waiting(10, "0.40"), waiting(11, "0.70"), waiting(12, "0.10")]
    plan = plan_line(line, lambda _: [WIDE], {WIDE: standing("1")}, [])
    assert plan.starting == {UUID(int=10): Decimal("0.40")}
    assert plan.refused == []


def test_what_never_fits_makes_way() -> None:
    line = [waiting(10, "0.70"), waiting(11, "0.10")]
    plan = plan_line(line, lambda _: [WIDE], {WIDE: standing("1", spent="0.50")}, [])
    assert (plan.refused, plan.starting) == ([UUID(int=10)], {UUID(int=11): Decimal("0.10")})


def test_a_run_that_waits_for_another_budget_now_leaves_its_line() -> None:
    line = [waiting(10, "0.50", budget=NARROW), waiting(11, "0.50", budget=NARROW, group=1)]
    known = {WIDE: standing("1", reserved="0.80"), NARROW: standing("1")}
    both = {UUID(int=10): [WIDE, NARROW], UUID(int=11): [NARROW]}
    plan = plan_line(line, lambda run: both[run.id], known, [])
    assert plan.moved == {UUID(int=10): WIDE}
    assert plan.starting == {UUID(int=11): Decimal("0.50")}


def test_one_run_of_each_group_whose_cost_is_unknown_starts() -> None:
    line = [waiting(10, None), waiting(11, None), waiting(12, None, group=1), waiting(13, "0.10", group=2)]
    plan = plan_line(line, lambda _: [WIDE], {WIDE: standing("1")}, [])
    assert list(plan.starting) == [UUID(int=10), UUID(int=12), UUID(int=13)]
    plan = plan_line(line, lambda _: [WIDE], {WIDE: standing("1")}, [waiting(9, None).group])
    assert list(plan.starting) == [UUID(int=12), UUID(int=13)]


def test_without_a_budget_that_stops_them_all_start() -> None:
    plan = plan_line([waiting(10, "5"), waiting(11, "5")], lambda _: [], {}, [])
    assert len(plan.starting) == 2
