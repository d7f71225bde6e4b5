"""Recounts closed runs, and compares that with `primitive_hours`, `kind_hours` and `error_hours`.

The database's trigger `count_run` keeps these sums; `run_sums` there says what one run adds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.runs.waits import WAIT_BUCKETS
from models.store.tables.stats import RunSums

Key = tuple[Any, ...]
Sums = dict[str, Any]
NAMES = tuple(RunSums.__annotations__)
ZERO: Sums = {**dict.fromkeys(NAMES, 0), "wait_histogram": ()}
NO_ERRORS: Sums = {"runs": 0}

_HOUR = "date_trunc('hour', run.queued_at, 'UTC')"
KEYS: Mapping[str, Mapping[str, str]] = {
    "primitive_hours": {
        "primitive_id": "run.primitive_id",
        "hour": _HOUR,
        "source": "run.source",
        "status": "run.status",
    },
    "kind_hours": {"kind": "run.kind", "status": "run.status", "source": "run.source", "hour": _HOUR},
}
_ADDED = (
    "run.kind, run.source, run.started_at, run.occurrences, run.duration_ms, run.wait_ms, run.own_cost_usd,"
    " run.unknown_costs, run.tokens, run.interventions, run.gates, run.forced, run.rescued"
)
_BUCKETS = ", ".join(f"sum(one.wait_histogram[{place}])" for place in range(1, WAIT_BUCKETS + 1))
_SUMS = ", ".join(
    f"ARRAY[{_BUCKETS}]::bigint[] AS {name}" if name == "wait_histogram" else f"sum(one.{name}) AS {name}"
    for name in NAMES
)
_ERRORS = """
    SELECT run.error_key AS key, date_trunc('hour', coalesce(run.finished_at, run.queued_at), 'UTC') AS hour,
           count(*) AS runs
    FROM runs AS run
    WHERE run.is_counted AND run.error_key IS NOT NULL AND run.caused_by IS NULL
      AND coalesce(run.finished_at, run.queued_at) >= :since AND coalesce(run.finished_at, run.queued_at) < :until
    GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True)
class SumDifference:
    """A sum that differs from a recount: its table, the row's key without the slot, and both numbers."""

    table: str
    key: Mapping[str, Any]
    column: str
    stored: Any
    counted: Any


def recounted(table: str) -> str:
    """Return the query of what a table should hold, for runs that arrived from `:since` until before `:until`."""
    key = KEYS[table]
    return (
        f"SELECT {', '.join(f'{value} AS {name}' for name, value in key.items())}, {_SUMS} "
        f"FROM runs AS run CROSS JOIN LATERAL run_sums({_ADDED}) AS one "
        "WHERE run.is_counted AND run.queued_at >= :since AND run.queued_at < :until "
        f"GROUP BY {', '.join(key.values())}"
    )


async def differing_sums(session: AsyncSession, since: datetime, until: datetime) -> list[SumDifference]:
    """Compare the sums of whole hours, from `since` until before `until`, with the runs that are counted.

    It reads the runs of that time. In one snapshot both sides agree.
    """
    found: list[SumDifference] = []
    for table, key in KEYS.items():
        stored = f"SELECT {', '.join([*key, *NAMES])} FROM {table} WHERE hour >= :since AND hour < :until"
        found += await _compared(session, table, [*key], recounted(table), stored, (since, until), ZERO)
    stored = "SELECT key, hour, runs FROM error_hours WHERE hour >= :since AND hour < :until"
    return found + await _compared(session, "error_hours", ["key", "hour"], _ERRORS, stored, (since, until), NO_ERRORS)


async def _compared(
    session: AsyncSession,
    table: str,
    names: Sequence[str],
    recounting: str,
    reading: str,
    span: tuple[datetime, datetime],
    zero: Sums,
) -> list[SumDifference]:
    counted = await _rows(session, recounting, names, span)
    stored = await _rows(session, reading, names, span)
    return [
        SumDifference(table, dict(zip(names, key, strict=True)), name, *shown)
        for key in stored.keys() | counted.keys()
        for name in zero
        if (shown := (_plain(stored.get(key, zero)[name]), _plain(counted.get(key, zero)[name])))[0] != shown[1]
    ]


async def _rows(
    session: AsyncSession, query: str, names: Sequence[str], span: tuple[datetime, datetime]
) -> dict[Key, Sums]:
    """Return the sums by key; those of several slots are added."""
    found: dict[Key, Sums] = {}
    for row in (await session.execute(text(query), {"since": span[0], "until": span[1]})).mappings():
        key = tuple(row[name] for name in names)
        values = {name: row[name] for name in row if name not in names}
        found[key] = _added(found[key], values) if key in found else values
    return found


def _added(one: Sums, other: Sums) -> Sums:
    return {
        name: [a + b for a, b in zip(one[name], other[name], strict=True)]
        if name == "wait_histogram"
        else one[name] + other[name]
        for name in one
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        # A row whose runs were all taken out again has zeros.
        return tuple(value) if any(value) else ()
    return Decimal(value)
