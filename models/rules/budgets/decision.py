"""Whether a run may start within the budgets that apply to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Verdict(StrEnum):
    """What becomes of a run."""

    START = "start"
    WAIT = "wait"
    """It has room once runs under way have closed for less than is reserved for them."""
    REFUSE = "refuse"
    """It has no room before the month ends, however little the runs under way cost."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget that stops, at the moment of the decision.

    Attributes:
        spent_usd: What its closed runs of the month have cost.
        reserved_usd: What is held back for its runs under way.
        others_wait: Whether a run that came earlier waits for its room.
    """

    limit_usd: Decimal
    spent_usd: Decimal
    reserved_usd: Decimal
    others_wait: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, and the index of the budget that it is due to; None if the run may start."""

    verdict: Verdict
    budget: int | None = None


def decide(budgets: Sequence[Standing], expected_usd: Decimal | None, *, another_is_unknown: bool) -> Decision:
    """Decide on a run.

    Args:
        budgets: The budgets that apply to it, the widest first: it decides where several would.
        expected_usd: What the run is expected to cost; None while nothing is known. Then one run at a time may start,
            because any number could overrun the budget before the first cost is known.
        another_is_unknown: Whether another such run of the same automation (or, without one, primitive) is under way
            or waits longer.
    """
    verdicts = [_verdict(one, expected_usd, another_is_unknown=another_is_unknown) for one in budgets]
    for verdict in (Verdict.REFUSE, Verdict.WAIT):
        if verdict in verdicts:
            return Decision(verdict, verdicts.index(verdict))
    return Decision(Verdict.START)


def fits_ever(limit_usd: Decimal, spent_usd: Decimal, expected_usd: Decimal | None) -> bool:
    """Return whether a run could start in this month if nothing else were under way."""
    return spent_usd < limit_usd and spent_usd + (expected_usd or ZERO) <= limit_usd


def _verdict(one: Standing, expected_usd: Decimal | None, *, another_is_unknown: bool) -> Verdict:
    if not fits_ever(one.limit_usd, one.spent_usd, expected_usd):
        return Verdict.REFUSE
    committed = one.spent_usd + one.reserved_usd
    if expected_usd is None:
        return Verdict.WAIT if another_is_unknown or committed >= one.limit_usd else Verdict.START
    has_room = committed + expected_usd <= one.limit_usd and not one.others_wait
    return Verdict.START if has_room else Verdict.WAIT
