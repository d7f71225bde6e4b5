"""A database like that of a large platform: ten thousand automations of every kind, and any number of runs.

Rows are created inside PostgreSQL and by COPY with triggers off: the benchmarks measure reading them.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bench.crons import schedules
from models.kinds import Kind
from models.store.migrate import migrate
from tests.support.servers import libpq_url, running_postgres

AGENTS = 200
OTHERS = 50
RUNS_AT_ONCE = 500_000

_RUNS = """
    INSERT INTO runs (id, root_run_id, kind, primitive_id, automation_id, status, queued_at, started_at, finished_at,
                      duration_ms, cost_usd, agent_runs, simulated)
    SELECT id, id, kind, primitive_id, automation_id, status, at, at, at + interval '2 seconds', 2000, 0.01, 1, true
    FROM (
        SELECT gen_random_uuid() AS id, a.kind, a.primitive_id, a.id AS automation_id,
               CASE WHEN random() < 0.9 THEN 'completed' ELSE 'failed' END AS status,
               now() - random() * interval '60 days' AS at
        FROM generate_series(1, %(count)s) AS number,
             -- Some automations run much more often than others.
             LATERAL (SELECT floor(power(random(), 2) * %(automations)s)::int + number * 0 AS place) AS drawn
             JOIN places ON places.place = drawn.place JOIN automations a ON a.id = places.id
    ) AS drawn_runs
"""

_STATS = """
    INSERT INTO automation_stats (automation_id, started, completed, failed, duration_ms_sum, duration_count,
        cost_usd_sum, cost_count, known_usd_sum, agent_runs_sum, recent_outcomes, last_run_id, last_run_status,
        last_run_started_at, last_run_duration_ms)
    SELECT automation_id, count(*), count(*) FILTER (WHERE status = 'completed'),
           count(*) FILTER (WHERE status = 'failed'), sum(duration_ms), count(*),
           sum(cost_usd), count(*), sum(cost_usd), count(*),
           left(repeat('CCCCCFCCCCCCCC', 15), least(count(*), 200)::int), (array_agg(id ORDER BY started_at DESC))[1],
           'completed', max(started_at), 2000
    FROM runs GROUP BY automation_id
"""

_HOURS = """
    INSERT INTO automation_hours (automation_id, hour, started, completed, failed, duration_ms_sum, duration_count,
        cost_usd_sum, cost_count, known_usd_sum, agent_runs_sum)
    SELECT automation_id, date_trunc('hour', started_at, 'UTC'), count(*),
           count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'), sum(duration_ms),
           count(*), sum(cost_usd), count(*), sum(cost_usd), count(*)
    FROM runs GROUP BY 1, 2
"""


@contextmanager
def database() -> Iterator[str]:
    """Run a temporary PostgreSQL with empty tables until the block ends; yields its URL."""
    with TemporaryDirectory(prefix="podium-bench-") as directory, running_postgres(Path(directory)) as postgres:
        migrate(postgres.url())
        yield postgres.url()


def fill(url: str, automations: int) -> None:
    """Add primitives of every kind and automations with different crons in thirty zones."""
    with psycopg.connect(libpq_url(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        primitives = []
        with cursor.copy("COPY primitives (id, kind, slug, name, spec, simulated) FROM STDIN") as copy:
            for kind in Kind:
                for number in range(AGENTS if kind is Kind.AGENT else OTHERS):
                    primitives.append((uuid.uuid4(), kind))
                    slug = f"{kind.value}-{number}"
                    copy.write_row((primitives[-1][0], kind.value, slug, slug.title(), "{}", True))
        columns = "id, slug, name, description, primitive_id, kind, source, cron_expr, timezone, synced_revision"
        with cursor.copy(f"COPY automations ({columns}) FROM STDIN") as copy:
            for number, row in enumerate(schedules(automations)):
                primitive, kind = primitives[number % len(primitives)]
                name = f"Automation {number}"
                described = f"What {name} does, in a sentence that somebody wrote."
                own = (uuid.uuid4(), f"automation-{number}", name, described)
                copy.write_row((*own, primitive, kind.value, "schedule", row.cron_expr, row.timezone, 1))
        cursor.execute("UPDATE automations SET accounted_until = now() + interval '1 day'")
        cursor.execute(
            "CREATE TABLE places AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM automations"
        )
        cursor.execute("CREATE UNIQUE INDEX ON places (place)")
        cursor.execute("ANALYZE")


def add_runs(url: str, count: int, automations: int) -> None:
    """Add finished runs, unevenly spread over the automations, and set the statistics to match."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for start in range(0, count, RUNS_AT_ONCE):
            connection.execute(_RUNS, {"count": min(RUNS_AT_ONCE, count - start), "automations": automations})
        with connection.transaction():
            connection.execute("DELETE FROM automation_stats")
            connection.execute(_STATS)
            connection.execute("DELETE FROM automation_hours")
            connection.execute(_HOURS)
        connection.execute("VACUUM ANALYZE")
