"""Reads PostgreSQL and Temporal after a chaos run; every check returns what is wrong, as sentences."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row
from temporalio.client import Client

from models.kinds import KINDS
from tests.e2e.chaos.load import EVENT, LISTENERS, MINUTE, Schedule

OPEN = ("queued", "running", "waiting", "stuck")
OF_OURS = (
    "database_unavailable",
    "database_busy",
    "worker_lost",
    "temporal_unavailable",
    "lost",
    "terminated",
    "timed_out",
    "internal",
)
"""Error types of our own infrastructure: the agents of the load never fail."""


class Database:
    """Queries on one connection per query: the server may have been killed in between."""

    def __init__(self, url: str) -> None:
        self._url = url

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self._url, row_factory=dict_row, connect_timeout=5) as connection:
            return connection.execute(query.encode(), values).fetchall()


def open_runs(database: Database) -> list[dict[str, Any]]:
    query = "SELECT id, kind, status, queued_at, started_at, stuck FROM runs WHERE status = ANY(%s) ORDER BY id"
    return database.rows(query, list(OPEN))


def deliveries(database: Database, accepted: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Every accepted delivery has exactly its runs, and nothing else was delivered twice."""
    stored = database.rows("SELECT id, endpoint, idempotency_key FROM deliveries WHERE idempotency_key IS NOT NULL")
    runs: dict[object, set[str]] = {}
    for row in database.rows("SELECT id, delivery_id FROM runs WHERE delivery_id IS NOT NULL"):
        runs.setdefault(row["delivery_id"], set()).add(str(row["id"]))
    by_key = {row["idempotency_key"]: row for row in stored}
    if len(by_key) != len(stored):
        yield f"{len(stored)} deliveries have {len(by_key)} keys"
    for key, run_ids in accepted.items():
        if key not in by_key:
            yield f"the accepted delivery {key} is not stored"
        elif runs.get(by_key[key]["id"], set()) != set(run_ids):
            yield f"the delivery {key} was answered {run_ids} and has {runs.get(by_key[key]['id'])}"
    for key, row in by_key.items():
        expected = LISTENERS if EVENT in row["endpoint"] else 1
        if len(runs.get(row["id"], ())) != expected:
            yield f"the delivery {key} has {len(runs.get(row['id'], ()))} runs instead of {expected}"


def due_times(database: Database, schedule: Schedule, until: datetime) -> Iterator[str]:
    """Every due time of a schedule has exactly one row, or is counted by exactly one row of several missed ones."""
    query = "SELECT due_at, status, occurrences, reason FROM runs WHERE automation_id = %s AND due_at IS NOT NULL"
    covered: Counter[datetime] = Counter()
    for row in database.rows(query, schedule.id):
        for number in range(row["occurrences"]):
            covered[row["due_at"].astimezone(UTC) + timedelta(seconds=MINUTE * number)] += 1
    for due_at, times in sorted(covered.items()):
        if times > 1:
            yield f"{schedule.slug}: {due_at:%H:%M:%S} has {times} rows"
        if due_at.timestamp() % MINUTE:
            yield f"{schedule.slug}: {due_at} is not a due time"
    first = int(schedule.since.timestamp()) // MINUTE + 1
    for number in range(first, int(until.timestamp()) // MINUTE + 1):
        due_at = datetime.fromtimestamp(number * MINUTE, UTC)
        if due_at < until and due_at not in covered:
            yield f"{schedule.slug}: {due_at:%H:%M:%S} has no row"


def calls(database: Database, made: Mapping[str, Sequence[datetime]]) -> Iterator[str]:
    """No agent is called again after its answer was recorded."""
    answered = {
        str(row["id"]): row["answered_at"]
        for row in database.rows("SELECT id, answered_at FROM runs WHERE answered_at IS NOT NULL")
    }
    for run_id, moments in made.items():
        late = [moment for moment in moments if run_id in answered and moment > answered[run_id]]
        if late:
            yield f"the agent of run {run_id} was called at {late} after its answer at {answered[run_id]}"


def outcomes(database: Database) -> Iterator[str]:
    """No run fails for our own infrastructure's sake, and none has ended without its time."""
    query = """
        SELECT r.id, r.kind, r.error_type, r.error_message, a.overlap FROM runs r
        LEFT JOIN automations a ON a.id = r.automation_id WHERE r.status = 'failed'
    """
    for row in database.rows(query):
        if row["error_type"] in OF_OURS:
            yield f"run {row['id']} ({row['kind']}) failed: {row['error_type']}: {row['error_message']}"
    for row in database.rows("SELECT id, status FROM runs WHERE status <> ALL(%s) AND finished_at IS NULL", list(OPEN)):
        yield f"run {row['id']} is {row['status']} without a finish"
    query = """
        SELECT r.id, r.status, p.status AS parent FROM runs r JOIN runs p ON p.id = r.parent_run_id
        WHERE r.status = ANY(%s) AND p.status <> ALL(%s)
    """
    for row in database.rows(query, list(OPEN), list(OPEN)):
        yield f"run {row['id']} is {row['status']} below a run that is {row['parent']}"


async def workflows(client: Client) -> list[str]:
    """Return the running workflows of runs: after every run has ended there are none."""
    types = ", ".join(f"'{name}'" for name in (*(facts.temporal_type for facts in KINDS.values()), "map-batch"))
    query = f"ExecutionStatus = 'Running' AND WorkflowType IN ({types})"
    return [f"the workflow {one.id} is running without an open run" async for one in client.list_workflows(query)]


def summary(database: Database) -> str:
    counted = database.rows("SELECT kind, status, count(*) AS n FROM runs GROUP BY 1, 2 ORDER BY 1, 2")
    return ", ".join(f"{row['n']} {row['kind']} {row['status']}" for row in counted)
