"""What budgets have spent and hold back at this moment, each read in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.budgets.months import Month
from models.store.budgets.applying import COVERS_SQL, month_at
from models.store.tables.budgets import Budget, BudgetMonth

# One statement, so that a run that closes meanwhile is counted once: as reserved, or as spent.
_STANDINGS = text(
    f"""
    SELECT b.id, m.spent_usd, m.unknown_runs, m.refused_runs, m.stopped_at, reserved.usd, reserved.runs,
           EXISTS (
             SELECT FROM runs r WHERE r.status = 'queued' AND r.budget_held_at IS NOT NULL AND r.budget_id = b.id
                AND coalesce(m.spent_usd, 0) + r.reserved_usd <= b.limit_usd AND r.id <> :run_id
                AND (CAST(:held_at AS timestamptz) IS NULL
                     OR (r.budget_held_at, r.id) < (CAST(:held_at AS timestamptz), :run_id))
           ) AS others_wait
      FROM unnest(:ids, :starts) AS given (id, starts_at)
      JOIN budgets b ON b.id = given.id
      LEFT JOIN budget_months m ON m.budget_id = b.id AND m.starts_at = given.starts_at,
      LATERAL (
        SELECT coalesce(sum(greatest(coalesce(r.cost_usd, 0), coalesce(r.reserved_usd, 0))), 0) AS usd, count(*) AS runs
          FROM runs r
         WHERE r.takes_budget AND r.status IN ('queued', 'running', 'waiting', 'stuck') AND {COVERS_SQL}
           AND (r.started_at IS NULL OR r.started_at >= given.starts_at)
      ) reserved
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid())),
    bindparam("starts", type_=ARRAY(DateTime(timezone=True))),
    bindparam("run_id", type_=Uuid()),
    bindparam("held_at", type_=DateTime(timezone=True)),
)


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    """A budget's month so far.

    Attributes:
        is_new: Whether the month has no row yet.
        unknown_runs: Closed runs whose cost is not known, or not all of it.
        reserved_usd: What is held back for the runs under way, or what they have cost if that is more.
        others_wait: Whether a run that came before the given one waits for room.
    """

    month: Month
    is_new: bool
    spent_usd: Decimal
    unknown_runs: int
    refused_runs: int
    stopped_at: datetime | None
    reserved_usd: Decimal
    runs_under_way: int
    others_wait: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The run that asks, and since when it waits (None: it does not)."""

    run_id: UUID
    held_at: datetime | None = None


NOBODY = Place(UUID(int=0))


async def standings(
    session: AsyncSession, budgets: Sequence[Budget], at: datetime, place: Place = NOBODY
) -> Mapping[UUID, BudgetStanding]:
    """Return the standing of each budget in the month of an instant, by its id."""
    if not budgets:
        return {}
    months = {one.id: month_at(one, at) for one in budgets}
    given = {
        "ids": list(months),
        "starts": [month.starts_at for month in months.values()],
        "run_id": place.run_id,
        "held_at": place.held_at,
    }
    zero = Decimal(0)
    return {
        row.id: BudgetStanding(
            month=months[row.id],
            is_new=row.spent_usd is None,
            spent_usd=row.spent_usd or zero,
            unknown_runs=row.unknown_runs or 0,
            refused_runs=row.refused_runs or 0,
            stopped_at=row.stopped_at,
            reserved_usd=row.usd,
            runs_under_way=row.runs,
            others_wait=row.others_wait,
        )
        for row in await session.execute(_STANDINGS, given)
    }


async def begin_months(session: AsyncSession, months: Mapping[UUID, Month]) -> None:
    """Insert the months of these budgets, unless they have begun."""
    if not months:
        return
    rows = [
        {"budget_id": key, "starts_at": month.starts_at, "ends_at": month.ends_at}
        for key, month in sorted(months.items())
    ]
    await session.execute(insert(BudgetMonth).values(rows).on_conflict_do_nothing())
