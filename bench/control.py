"""Control over ten thousand automations and the sums of 60 days, at the server. Run by `make bench`.

Control reads sums, never runs: what grows with the number of runs is nothing that it reads. The sums are seeded
themselves, as full as they get: each kind, status and source in every hour and slot, and each primitive in every hour.
"""

import asyncio
import logging
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import structlog
from pydantic import SecretStr

from api.app import create_app
from bench.figures import Figure, show
from bench.in_process import KEY, get, timed
from bench.seeding import database, fill
from runtime.settings import Settings
from tests.support.servers import libpq_url, running_temporal

AUTOMATIONS = 10_000
DAYS = 60
CONTROL = "/api/live/control"
PARTS = (
    ("the verdict and all that it rests on", CONTROL, 20),
    ("seven days by hour with what is usual", f"{CONTROL}/history", 20),
    ("who contributes most, and autonomy", f"{CONTROL}/entities", 20),
)

_SUMS = (
    """
    INSERT INTO kind_hours (kind, status, source, hour, slot, runs, occurrences, started, own_cost_usd_sum)
    SELECT kind, status, source, hour, slot, 50, 50, 50, 0.5
    FROM unnest(ARRAY['agent', 'workflow', 'network', 'campaign', 'pulse']) AS kind,
         unnest(ARRAY['completed', 'failed', 'cancelled', 'skipped']) AS status,
         unnest(ARRAY['schedule', 'webhook', 'event', 'parent']) AS source,
         generate_series(date_trunc('hour', now()) - %(days)s * interval '1 day', now(), interval '1 hour') AS hour,
         generate_series(0, 3) AS slot
    """,
    """
    INSERT INTO primitive_hours (primitive_id, hour, source, status, runs, occurrences, started, own_cost_usd_sum)
    SELECT id, hour, 'schedule', status, 10, 10, 10, 0.1
    FROM primitives, unnest(ARRAY['completed', 'failed']) AS status,
         generate_series(date_trunc('hour', now()) - %(days)s * interval '1 day', now(), interval '1 hour') AS hour
    """,
    """
    INSERT INTO automation_hours (automation_id, hour, started, completed, failed, known_usd_sum)
    SELECT id, hour, 2, 1, 1, 0.1
    FROM automations, generate_series(date_trunc('hour', now()) - interval '2 days', now(), interval '4 hours') AS hour
    """,
    """
    INSERT INTO automation_stats (automation_id, started, completed, failed, duration_ms_sum, duration_count,
                                  recent_outcomes)
    SELECT id, 100, 90, 10, 200000, 100, repeat('CCCCCCCCCF', 5) FROM automations
    """,
    """
    INSERT INTO runs (id, root_run_id, kind, primitive_id, automation_id, status, queued_at, started_at, simulated)
    SELECT id, id, kind, primitive_id, automation_id, 'running', now(), now(), true
    FROM (SELECT gen_random_uuid() AS id, kind, primitive_id, id AS automation_id FROM automations LIMIT 1000) AS open
    """,
    "INSERT INTO sweep_passes (part, passed_at) VALUES ('runs', now()) ON CONFLICT DO NOTHING",
)


def main() -> None:
    """Measure and print."""
    with (
        database() as url,
        TemporaryDirectory(prefix="podium-bench-") as directory,
        running_temporal(Path(directory)) as port,
    ):
        fill(url, AUTOMATIONS)
        sys.stdout.write(f"\nadding the sums of {DAYS} days ...\n")
        _add_sums(url)
        figures = asyncio.run(_ours(url, port))
    show(f"Control: {AUTOMATIONS:,} automations, sums of {DAYS} days", figures)


def _add_sums(url: str) -> None:
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in _SUMS:
            connection.execute(statement.encode(), {"days": DAYS} if "%(days)s" in statement else None)
        connection.execute("VACUUM ANALYZE")


async def _ours(url: str, temporal_port: int) -> Sequence[Figure]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    settings = Settings(database_url=url, admin_key=SecretStr(KEY), temporal_port=temporal_port)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        await asyncio.sleep(2)
        return [
            figure
            for name, path, aim_ms in PARTS
            for figure in (
                await timed(name, partial(get, app, path), aim_ms),
                await timed("  the same, added up anew", partial(get, app, path, anew=True), None),
            )
        ]


if __name__ == "__main__":
    main()
