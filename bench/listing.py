"""Requests of the page over ten thousand automations, compared with aggregating runs and with one bare SELECT.

Run by `make bench`. `BENCH_RUNS` is the number of runs (default: five million). Several numbers, separated by commas,
are measured one after the other: 1000000,10000000 shows how the times grow.
Ours is measured at the server: the whole request through the application, with authentication and encoding, without a
network. The comparisons are measured without HTTP.
"""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI
from psycopg.rows import dict_row
from pydantic import SecretStr
from pydantic_core import to_json

from api.app import create_app
from bench.figures import Figure, measured, show
from bench.in_process import KEY, get, timed
from bench.seeding import add_runs, database, fill
from runtime.settings import Settings
from tests.support.servers import libpq_url

AUTOMATIONS = 10_000
PAGE = 100
LIST, DENSITY, COSTS = "/api/live/automations", "/api/live/density", "/api/live/costs"

NEEDED = """
    SELECT a.id, a.slug, a.name, a.description, a.kind, a.source, a.cron_expr, a.timezone, a.overlap,
           a.catchup_seconds, a.jitter_seconds, a.webhook_path, a.event_name, a.filter, a.is_active, a.archived_at,
           a.paused_reason, a.paused_by, a.paused_at, a.managed_by, a.health_enabled, a.health_threshold,
           a.health_window, a.health_min_runs, a.health_action, a.health_triggered_at, a.slowdown, a.revision,
           a.synced_revision, a.sync_error, a.created_at, a.updated_at, p.id AS primitive_id, p.slug AS primitive_slug,
           p.name AS primitive_name, p.simulated, s.started, s.completed, s.failed, s.cancelled, s.skipped, s.missed,
           s.running_now, s.duration_ms_sum, s.duration_count, s.cost_usd_sum, s.cost_count, s.recent_outcomes,
           s.consecutive_failures, s.last_run_id, s.last_run_status, s.last_run_started_at, s.last_run_duration_ms
    FROM automations a JOIN primitives p ON p.id = a.primitive_id
    LEFT JOIN automation_stats s ON s.automation_id = a.id
"""

PROJECTED = """
    SELECT a.id, a.slug, a.name, a.kind, a.source, a.cron_expr, a.timezone, a.overlap, a.slowdown, a.slowdown_anchor,
           a.is_active, s.duration_ms_sum, s.duration_count, s.agent_runs_sum, s.cost_usd_sum, s.cost_count,
           s.recent_costs, s.running_now, s.last_run_started_at
    FROM automations a LEFT JOIN automation_stats s ON s.automation_id = a.id
"""

SEED_QUERIES = (
    "SELECT automation_id, count(*) FROM runs WHERE automation_id = ANY(%s) GROUP BY 1",
    "SELECT automation_id, count(*) FROM runs WHERE automation_id = ANY(%s) AND status = 'completed' GROUP BY 1",
    "SELECT automation_id, count(*) FROM runs WHERE automation_id = ANY(%s) AND status = 'failed' GROUP BY 1",
    "SELECT automation_id, avg(duration_ms) FROM runs WHERE automation_id = ANY(%s) GROUP BY 1",
    "SELECT automation_id, sum(cost_usd), avg(cost_usd) FROM runs WHERE automation_id = ANY(%s) GROUP BY 1",
    "SELECT automation_id, max(started_at) FROM runs WHERE automation_id = ANY(%s) GROUP BY 1",
)


def main() -> None:
    """Measure and print, for each number of runs."""
    totals = sorted({int(total) for total in os.environ.get("BENCH_RUNS", "5000000").split(",")})
    firsts = []
    with database() as url:
        fill(url, AUTOMATIONS)
        for before, total in pairwise([0, *totals]):
            added = total - before
            sys.stdout.write(f"\nadding {added:,} runs ...\n")
            add_runs(url, added, AUTOMATIONS)
            ours = asyncio.run(_ours(url))
            peers = _peers(url)
            show(f"The live list: {AUTOMATIONS:,} automations, {total:,} runs", [*ours, *peers])
            _ratios(ours, peers)
            firsts.append(ours[0].milliseconds)
    if len(totals) > 1:
        sys.stdout.write(
            f"  first page over {totals[-1]:,} runs: {firsts[-1] / firsts[0]:.2f} of its time over {totals[0]:,}\n"
        )


async def _ours(url: str) -> list[Figure]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    app = create_app(Settings(database_url=url, admin_key=SecretStr(KEY)))
    async with app.router.lifespan_context(app):
        begun = time.perf_counter()
        await get(app, LIST, f"limit={PAGE}")
        cold = (time.perf_counter() - begun) * 1000
        return [
            await timed("first page of 100 and summary", lambda: get(app, LIST, f"limit={PAGE}"), 5),
            await timed("the same by name, filtered", lambda: get(app, LIST, "sort=name&primitive=campaign"), None),
            await timed("the same, searched", lambda: get(app, LIST, "search=automation+99"), None),
            await timed("the same after 10 automations changed", _changing(app, url), None),
            await timed(f"all {AUTOMATIONS:,} in one answer", lambda: get(app, LIST, f"limit={AUTOMATIONS}"), None),
            await timed("density of the coming 24 hours", lambda: get(app, DENSITY, "hours=24"), None),
            await timed("costs of the coming month, 500 named", lambda: get(app, COSTS), None),
            await timed("the same, all named", lambda: get(app, COSTS, f"limit={AUTOMATIONS}"), None),
            Figure("the first request of a new process", cold),
        ]


def _changing(app: FastAPI, url: str) -> Callable[[], Awaitable[int]]:
    connection = psycopg.connect(libpq_url(url), autocommit=True)

    async def work() -> int:
        connection.execute(
            "UPDATE automation_stats SET failed = failed + 1 WHERE automation_id IN "
            "(SELECT id FROM places WHERE place BETWEEN 100 AND 109)"
        )
        return await get(app, LIST, f"limit={PAGE}")

    return work


def _peers(url: str) -> list[Figure]:
    with psycopg.connect(libpq_url(url), autocommit=True, row_factory=dict_row) as connection:
        ids = [row["id"] for row in connection.execute("SELECT id FROM automations")]
        one = f"{NEEDED} ORDER BY a.id LIMIT {PAGE}"
        return [
            measured("(c) one bare SELECT of a page, encoded", lambda: to_json(connection.execute(one).fetchall())),
            measured("(c) one bare SELECT of all, encoded", lambda: to_json(connection.execute(NEEDED).fetchall())),
            measured(
                "(c) one bare SELECT for density, costs", lambda: to_json(connection.execute(PROJECTED).fetchall())
            ),
            measured("(a) the seed's way: six GROUP BY over runs", lambda: _seeds_way(connection, ids), rounds=1),
        ]


def _seeds_way(connection: psycopg.Connection[Any], ids: Sequence[Any]) -> None:
    for query in SEED_QUERIES:
        connection.execute(query, (list(ids),)).fetchall()
    connection.execute(NEEDED).fetchall()


def _ratios(ours: Sequence[Figure], peers: Sequence[Figure]) -> None:
    first, whole, density, costs = (ours[place].milliseconds for place in (0, 4, 5, 6))
    page, everything, projected, seed = (one.milliseconds for one in peers)
    sys.stdout.write(
        f"  first page: {seed / first:,.0f} times as fast as the seed's way, "
        f"{first / page:.2f} of the bare SELECT's time\n"
        f"  all: {whole / everything:.2f} of the bare SELECT's time (aim 2.00)\n"
        f"  density: {density / projected:.2f}, costs: {costs / projected:.2f} of the bare SELECT of what they need\n"
    )


if __name__ == "__main__":
    main()
