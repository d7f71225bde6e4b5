"""The statements that add runs to `automation_stats` and `automation_hours`.

Each is built once and has one shape, whatever it counts: rendering statements was a good part of the cost of a run.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from sqlalchemy import Table, bindparam, case, func, tuple_
from sqlalchemy.dialects.postgresql import Insert, insert

from models.store.tables.stats import AutomationHour, AutomationStats, Counters

_COUNTERS = tuple(Counters.__annotations__)
_LAST_RUN = ("last_run_id", "last_run_status", "last_run_started_at")
_STATS_TABLE, _HOURS_TABLE = (cast("Table", one.__table__) for one in (AutomationStats, AutomationHour))


@dataclass(frozen=True, slots=True)
class CounterDelta:
    """The change of the counters when a run opens or closes."""

    at: datetime
    counts: dict[str, int]
    duration_ms: int | None = None
    cost_usd: Decimal | None = None
    known_usd: Decimal = Decimal(0)
    agent_runs: int = 0

    def values(self) -> dict[str, int | Decimal]:
        """Return the increment of each column of `Counters`."""
        known = self.cost_usd is not None
        return {
            **self.counts,
            "duration_ms_sum": self.duration_ms or 0,
            "duration_count": 0 if self.duration_ms is None else 1,
            "cost_usd_sum": self.cost_usd or Decimal(0),
            "cost_count": 1 if known else 0,
            "known_usd_sum": self.known_usd,
            "agent_runs_sum": self.agent_runs,
        }


def hour_of(at: datetime) -> datetime:
    """Return the start of the hour that an instant is in."""
    return at.replace(minute=0, second=0, microsecond=0)


def parameters(automation_id: uuid.UUID, delta: CounterDelta) -> dict[str, object]:
    """Return the parameters of `COUNTED`, and those of `OPENED` that count."""
    counters = {f"new_{name}": value for name, value in {**dict.fromkeys(_COUNTERS, 0), **delta.values()}.items()}
    return {"new_automation_id": automation_id, "new_hour": hour_of(delta.at), **counters}


def _adding(table: Table, keys: Sequence[str]) -> Insert:
    """Return the statement that adds to the counters of a row, which it creates if needed."""
    statement = insert(table).values({name: bindparam(f"new_{name}") for name in (*keys, *_COUNTERS)})
    added = {name: table.c[name] + statement.excluded[name] for name in _COUNTERS}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=added)


def _opening() -> Insert:
    table = _STATS_TABLE
    names = ("automation_id", *_COUNTERS, "running_now", *_LAST_RUN)
    statement = insert(table).values({name: bindparam(f"new_{name}") for name in names})
    new = statement.excluded
    before = tuple_(table.c.last_run_started_at, table.c.last_run_id)
    newest = func.coalesce(before <= tuple_(new.last_run_started_at, new.last_run_id), True)
    changes = {
        **{name: table.c[name] + new[name] for name in (*_COUNTERS, "running_now")},
        **{name: case((newest, new[name]), else_=table.c[name]) for name in _LAST_RUN},
        **{name: case((newest, None), else_=table.c[name]) for name in ("last_run_error", "last_run_duration_ms")},
    }
    return statement.on_conflict_do_update(index_elements=["automation_id"], set_=changes)


# PostgreSQL carries out the CTE after the statement itself: stats are locked before the hour, here as elsewhere.
_HOUR = _adding(_HOURS_TABLE, ("automation_id", "hour")).cte("hour_counted")
OPENED = _opening().add_cte(_HOUR)
COUNTED = _adding(_STATS_TABLE, ("automation_id",)).returning(_STATS_TABLE).add_cte(_HOUR)
