"""What the budgets leave for a backfill: for its next runs, and for all of them before it starts.

Where a run opens, its budgets decide. This keeps a backfill from giving more runs their turn than have room, which
would be skipped once the money is spent. The budgets of agents that its runs call are left to those calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.budgets.decision import fits_ever
from models.rules.budgets.words import left_usd, refused_text
from models.rules.cost import NOTHING
from models.rules.number_format import money
from models.states import BudgetAction
from models.store.budgets.applying import Spender, budgets_covering, covers, widest_first
from models.store.budgets.estimates import expected_usd
from models.store.budgets.names import name_of, names_of
from models.store.budgets.standings import standings
from models.store.tables.budgets import Budget
from models.store.tables.runs import Run


@dataclass(frozen=True, slots=True)
class Room:
    """For how many more runs there is room beside those under way; None: for any number.

    Attributes:
        spent: Why none fits for the rest of the month, in words; None while one may.
    """

    runs: int | None = None
    spent: str | None = None


async def room_for(session: AsyncSession, run: Run, now: datetime) -> Room:
    """Return the room for runs like this one. Nothing is locked: a run that overtakes others is decided on later."""
    counting = await budgets_covering(session, [run])
    budgets = widest_first(one for one in counting if one.action is BudgetAction.STOP)
    if not budgets:
        return Room()
    expected = await expected_usd(session, run.primitive_id, run.automation_id, counting)
    found = await standings(session, budgets, now)
    least: int | None = None
    for one in budgets:
        spent, reserved = found[one.id].spent_usd, found[one.id].reserved_usd
        if not fits_ever(one.limit_usd, spent, expected):
            return Room(0, refused_text(await name_of(session, one), one.limit_usd, spent, expected))
        if expected != NOTHING:
            # While no cost is known, they start one after the other.
            fitting = 0 if expected is None else int(max(one.limit_usd - spent - reserved, NOTHING) // expected)
            least = fitting if least is None else min(least, fitting)
    return Room(least)


@dataclass(frozen=True, slots=True)
class ToRun:
    """Runs of a backfill of the same automation or primitive, and what one of them costs; None: unknown."""

    run: Spender
    count: int
    mean_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class BudgetsLeft:
    """What the budgets leave for a backfill.

    Attributes:
        usd: The least that is left this month of those that may stop it; None if there are none.
        warnings: What to know of those that it would break.
    """

    usd: Decimal | None = None
    warnings: tuple[str, ...] = ()


async def budgets_left(session: AsyncSession, planned: Sequence[ToRun], now: datetime) -> BudgetsLeft:
    """Compare what a backfill will cost with what its budgets leave beside the runs under way."""
    budgets = widest_first(await budgets_covering(session, [one.run for one in planned])) if planned else []
    found = await standings(session, budgets, now)
    names = await names_of(session, budgets)
    left = {one.id: left_usd(one.limit_usd, found[one.id].spent_usd + found[one.id].reserved_usd) for one in budgets}
    told = [_broken(one, names[one.id], left[one.id], [of for of in planned if covers(one, of.run)]) for one in budgets]
    stopping = [left[one.id] for one in budgets if one.action is BudgetAction.STOP]
    return BudgetsLeft(min(stopping, default=None), tuple(one for one in told if one))


def _broken(budget: Budget, name: str, left: Decimal, planned: Sequence[ToRun]) -> str | None:
    known = [one for one in planned if one.mean_usd is not None]
    cost = sum((one.count * (one.mean_usd or NOTHING) for one in known), NOTHING)
    has = f"{name[:1].upper()}{name[1:]} has {money(left) if left else 'nothing'} left this month"
    if left == NOTHING and planned and budget.action is BudgetAction.STOP:
        return f"{has}: the backfill pauses at once."
    if cost > left:
        count = sum(one.count for one in known)
        if budget.action is BudgetAction.WARN:
            return f"{has}. They start all the same: this budget only warns."
        return f"{has}, enough for about {int(left * count / cost)} of them: the backfill then pauses."
    return None
