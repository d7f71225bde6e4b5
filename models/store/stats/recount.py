"""Recounts stats from `runs`: what `automation_stats` and `automation_hours` must equal.

Used to verify and repair the folding of `models/store/stats/folding.py`, and after runs are imported; never by a page.
`finished_since_reset` cannot be recounted, because no run records a resume. Hours whose runs have been deleted for
their age (`run_retention`) are taken from `automation_hours` as they are, close numbers from the runs that are left.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.health import OUTCOMES_KEPT
from models.store.stats.folding import ERROR_KEPT
from models.store.tables.stats import Counters

Columns = dict[str, Any]

_ROOTS = """
WITH roots AS (
    SELECT automation_id, id, status, started_at, finished_at, duration_ms, occurrences, close_number, cost_usd,
           error_message,
           date_trunc('hour', coalesce(started_at, due_at, queued_at), 'UTC') AS hour,
           status NOT IN ('queued', 'running', 'waiting', 'stuck') AS closed,
           CASE WHEN status NOT IN ('queued', 'running', 'waiting', 'stuck') THEN agent_runs ELSE 0 END AS agent_runs,
           CASE WHEN status NOT IN ('queued', 'running', 'waiting', 'stuck') AND started_at IS NOT NULL
                 AND unknown_costs = 0 THEN cost_usd END AS cost,
           CASE WHEN started_at IS NULL OR outside_health THEN NULL WHEN status = 'completed' THEN 'C'
                WHEN status = 'failed' THEN 'F' END AS letter,
           kept_from,
           coalesce(date_trunc('hour', coalesce(started_at, due_at, queued_at), 'UTC') >= kept_from, true) AS counted
    FROM runs LEFT JOIN run_retention USING (automation_id)
    WHERE parent_run_id IS NULL AND automation_id IS NOT NULL
      AND (CAST(:ids AS uuid[]) IS NULL OR automation_id = ANY (CAST(:ids AS uuid[])))
      AND (started_at IS NOT NULL OR status NOT IN ('queued', 'running', 'waiting', 'stuck'))
)"""

_COUNTERS = """
    count(started_at) AS started,
    coalesce(sum(occurrences) FILTER (WHERE status = 'completed'), 0) AS completed,
    coalesce(sum(occurrences) FILTER (WHERE status = 'failed'), 0) AS failed,
    coalesce(sum(occurrences) FILTER (WHERE status = 'cancelled'), 0) AS cancelled,
    coalesce(sum(occurrences) FILTER (WHERE status = 'skipped'), 0) AS skipped,
    coalesce(sum(occurrences) FILTER (WHERE status = 'missed'), 0) AS missed,
    coalesce(sum(duration_ms) FILTER (WHERE closed), 0)::bigint AS duration_ms_sum,
    count(duration_ms) FILTER (WHERE closed) AS duration_count,
    coalesce(sum(cost), 0) AS cost_usd_sum,
    count(cost) AS cost_count,
    coalesce(sum(cost_usd) FILTER (WHERE closed AND started_at IS NOT NULL), 0) AS known_usd_sum,
    sum(agent_runs) AS agent_runs_sum"""

_NAMES = [name for name in vars(Counters) if not name.startswith("_")]
_COLUMNS = ", ".join(_NAMES)
_SUMS = ", ".join(f"sum({name})::{'numeric' if 'usd' in name else 'bigint'} AS {name}" for name in _NAMES)

_ALL_HOURS = f"""{_ROOTS},
hours AS (
    SELECT automation_id, hour, {_COLUMNS} FROM (
        SELECT automation_id, hour, {_COUNTERS} FROM roots WHERE counted GROUP BY automation_id, hour
    ) AS recounted
    UNION ALL
    SELECT automation_id, hour, {_COLUMNS} FROM automation_hours JOIN run_retention USING (automation_id)
    WHERE hour < kept_from AND (CAST(:ids AS uuid[]) IS NULL OR automation_id = ANY (CAST(:ids AS uuid[])))
)"""

_HOURS = f"{_ALL_HOURS} SELECT automation_id, hour, {_COLUMNS} FROM hours ORDER BY 1, 2"

_STATS = f"""{_ALL_HOURS},
totals AS (SELECT automation_id, {_SUMS} FROM hours GROUP BY automation_id),
going AS (
    SELECT automation_id, count(started_at) FILTER (WHERE NOT closed) AS running_now FROM roots GROUP BY automation_id
),
closed AS (
    SELECT automation_id, letter, cost, kept_from, row_number() OVER newest AS place,
           CASE WHEN kept_from IS NULL THEN row_number() OVER oldest ELSE close_number END AS number
    FROM roots WHERE closed AND started_at IS NOT NULL
    WINDOW oldest AS (PARTITION BY automation_id ORDER BY close_number NULLS FIRST, finished_at, id),
           newest AS (PARTITION BY automation_id ORDER BY close_number DESC NULLS LAST, finished_at DESC, id DESC)
),
outcomes AS (
    SELECT automation_id, letter, kept_from, row_number() OVER newest AS place,
           count(*) FILTER (WHERE letter = 'C') OVER newest AS completed_since
    FROM closed WHERE letter IS NOT NULL
    WINDOW newest AS (PARTITION BY automation_id ORDER BY number DESC)
),
tails AS (
    SELECT automation_id,
           string_agg(letter, '' ORDER BY place DESC) FILTER (WHERE place <= :kept) AS recent_outcomes,
           count(*) FILTER (WHERE completed_since = 0) AS consecutive_failures,
           -- Where runs were deleted and all that are left failed, the failures before them are known to stats only.
           bool_and(letter = 'F' AND kept_from IS NOT NULL) AS failed_before
    FROM outcomes GROUP BY automation_id
),
known AS (
    SELECT automation_id, jsonb_agg(jsonb_build_array(number, cost::text) ORDER BY number) AS recent_costs
    FROM closed WHERE place <= :kept AND cost IS NOT NULL GROUP BY automation_id
),
last AS (
    SELECT DISTINCT ON (automation_id) automation_id, id, status, started_at,
           CASE WHEN closed THEN duration_ms END AS duration_ms,
           CASE WHEN status = 'failed' THEN left(error_message, :error_kept) END AS error
    FROM roots WHERE started_at IS NOT NULL ORDER BY automation_id, started_at DESC, id DESC
)
SELECT totals.*, coalesce(going.running_now, 0) AS running_now,
       coalesce(tails.recent_outcomes, '') AS recent_outcomes,
       coalesce(known.recent_costs, '[]'::jsonb) AS recent_costs,
       greatest(
           coalesce(tails.consecutive_failures, 0),
           CASE WHEN tails.failed_before THEN stored.consecutive_failures END
       ) AS consecutive_failures,
       last.id AS last_run_id, last.status AS last_run_status,
       last.started_at AS last_run_started_at, last.duration_ms AS last_run_duration_ms,
       last.error AS last_run_error
FROM totals
LEFT JOIN going USING (automation_id) LEFT JOIN automation_stats AS stored USING (automation_id)
LEFT JOIN tails USING (automation_id) LEFT JOIN known USING (automation_id) LEFT JOIN last USING (automation_id)
ORDER BY automation_id"""


@dataclass(frozen=True, slots=True)
class Recount:
    """The rows that both tables should hold, by column name; automations without runs have none."""

    stats: Sequence[Columns]
    hours: Sequence[Columns]


async def recount(session: AsyncSession, automation_ids: Sequence[uuid.UUID] | None = None) -> Recount:
    """Recount the root runs of these automations, or of all."""
    ids = None if automation_ids is None else list(automation_ids)
    stats = await session.execute(text(_STATS), {"ids": ids, "kept": OUTCOMES_KEPT, "error_kept": ERROR_KEPT})
    hours = await session.execute(text(_HOURS), {"ids": ids})
    return Recount([dict(row) for row in stats.mappings()], [dict(row) for row in hours.mappings()])
