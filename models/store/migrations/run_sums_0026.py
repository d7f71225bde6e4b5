"""The trigger that sums closed runs into `primitive_hours`, `kind_hours` and `error_hours`.

Rules kept here:

- A run is in the sums exactly while its `is_counted` is set, with the values that it has then: whatever changes them
  changes the sums too, by whichever way it came.
- It counts at the commit: transactions that close runs of one primitive hold its row for no longer than a commit takes.
- Deleting runs for their age changes nothing.

`run_sums` says what one run adds; a recount (`models/store/stats/run_sums_check.py`) uses it too.
"""

ARGUMENTS = {
    "kind": "text",
    "source": "text",
    "started_at": "timestamptz",
    "occurrences": "int",
    "duration_ms": "bigint",
    "wait_ms": "bigint",
    "own_cost_usd": "numeric",
    "unknown_costs": "int",
    "tokens": "jsonb",
    "interventions": "int",
    "gates": "int",
    "forced": "boolean",
    "rescued": "boolean",
}
_DURATION_LOG = "ln(greatest(duration_ms, 1)::float8)"
_COST_LOG = "ln(own_cost_usd::float8 * 1000000)"
_HAS_COST = "own_cost_usd > 0 AND unknown_costs = 0"
_BY_PEOPLE = "(interventions > 0 OR forced OR rescued)"
NUMBERS = {
    "runs": "1",
    "occurrences": "occurrences",
    "started": "(started_at IS NOT NULL)::int",
    "duration_ms_sum": "coalesce(duration_ms, 0)",
    "duration_log_sum": f"CASE WHEN duration_ms IS NULL THEN 0 ELSE round(1000 * {_DURATION_LOG}) END",
    "duration_log_squares": f"CASE WHEN duration_ms IS NULL THEN 0 ELSE round(1000 * {_DURATION_LOG} ^ 2) END",
    "own_cost_count": f"CASE WHEN {_HAS_COST} THEN 1 ELSE 0 END",
    "own_cost_log_sum": f"CASE WHEN {_HAS_COST} THEN round(1000 * {_COST_LOG}) ELSE 0 END",
    "own_cost_log_squares": f"CASE WHEN {_HAS_COST} THEN round(1000 * {_COST_LOG} ^ 2) ELSE 0 END",
    "unknown_costs": "(kind = 'agent' AND unknown_costs > 0)::int",
    "own_input_tokens": "CASE WHEN kind = 'agent' THEN coalesce((tokens ->> 'input')::bigint, 0) ELSE 0 END",
    "own_output_tokens": "CASE WHEN kind = 'agent' THEN coalesce((tokens ->> 'output')::bigint, 0) ELSE 0 END",
    "wait_ms_sum": "coalesce(wait_ms, 0)",
    "interventions": "interventions",
    "intervened": f"{_BY_PEOPLE}::int",
    "gates": "gates",
    "rescued": "rescued::int",
    "unattended": (
        f"(started_at IS NOT NULL AND NOT {_BY_PEOPLE} AND source NOT IN ('manual', 'direct', 'rerun'))::int"
    ),
}
EDGES_MS = [16 * 2**power for power in range(15)]
BUCKETS = len(EDGES_MS) + 1
_HISTOGRAM = ", ".join(
    # A run that has not started has no wait, and is in none.
    f"(bucket IS NOT DISTINCT FROM {bucket})::int"
    for bucket in range(BUCKETS)
)
COLUMNS = (*NUMBERS, "own_cost_usd_sum", "wait_histogram")

SUMS_OF_A_RUN = f"""
    CREATE FUNCTION run_sums({", ".join(f"{name} {kind}" for name, kind in ARGUMENTS.items())}) RETURNS TABLE (
        {", ".join(f"{name} bigint" for name in NUMBERS)}, own_cost_usd_sum numeric, wait_histogram bigint[]
    ) LANGUAGE sql IMMUTABLE AS $$
        SELECT {", ".join(f"({value})::bigint" for value in NUMBERS.values())},
               coalesce(own_cost_usd, 0), ARRAY[{_HISTOGRAM}]::bigint[]
        FROM (SELECT width_bucket(wait_ms, '{{{", ".join(map(str, EDGES_MS))}}}'::bigint[]) AS bucket) AS waited
    $$
"""


def _added(table: str, key: dict[str, str]) -> str:
    numbers = [name for name in COLUMNS if name != "wait_histogram"]
    places = range(1, BUCKETS + 1)
    histogram = ", ".join(f"kept.wait_histogram[{place}] + excluded.wait_histogram[{place}]" for place in places)
    return f"""
                INSERT INTO {table} AS kept ({", ".join([*key, *COLUMNS])})
                VALUES ({", ".join([*key.values(), *(f"one.{name}" for name in COLUMNS)])})
                ON CONFLICT ({", ".join(key)}) DO UPDATE SET
                    {", ".join(f"{name} = kept.{name} + excluded.{name}" for name in numbers)},
                    wait_histogram = ARRAY[{histogram}];"""


def _counted(row: str, sign: str) -> str:
    hour = f"date_trunc('hour', {row}.queued_at, 'UTC')"
    slot = "(pg_backend_pid() % 8)::smallint"
    ended = f"date_trunc('hour', coalesce({row}.finished_at, {row}.queued_at), 'UTC')"
    primitive = {"primitive_id": f"{row}.primitive_id", "hour": hour, "source": f"{row}.source"}
    kind = {"kind": f"{row}.kind", "status": f"{row}.status", "source": f"{row}.source", "hour": hour, "slot": slot}
    values = ", ".join(
        f"ARRAY(SELECT {sign}bucket FROM unnest(wait_histogram) WITH ORDINALITY AS of (bucket, place) ORDER BY place)"
        f" AS {name}"
        if name == "wait_histogram" and sign
        else f"{sign}{name} AS {name}"
        for name in COLUMNS
    )
    return f"""
                -- Into a variable first: otherwise each sum is calculated where it is used, in both tables.
                SELECT {values} INTO one FROM run_sums({", ".join(f"{row}.{name}" for name in ARGUMENTS)});
                {_added("primitive_hours", {**primitive, "status": f"{row}.status"})}
                {_added("kind_hours", kind)}
                -- What was caused by a run below it has the same error, and is counted there.
                IF {row}.error_key IS NOT NULL AND {row}.caused_by IS NULL THEN
                    INSERT INTO error_hours AS kept (key, hour, slot, runs)
                    VALUES ({row}.error_key, {ended}, {slot}, {sign}1)
                    ON CONFLICT (key, hour, slot) DO UPDATE SET runs = kept.runs + excluded.runs;
                END IF;"""


COUNT = f"""
    CREATE FUNCTION count_run() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        one record;
        ended timestamptz;
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.is_counted THEN
                {_counted("OLD", "-")}
            END IF;
        END IF;
        IF NEW.is_counted THEN
                {_counted("NEW", "")}
                IF NEW.error_key IS NOT NULL THEN
                    -- At most once a minute: a storm of one error does not queue for its row.
                    ended := coalesce(NEW.finished_at, NEW.queued_at);
                    UPDATE error_groups SET
                        last_seen = greatest(last_seen, ended), first_seen = least(first_seen, ended)
                    WHERE key = NEW.error_key
                      AND (last_seen < ended - interval '1 minute' OR first_seen > ended);
                END IF;
        END IF;
        RETURN NULL;
    END $$
"""

_WATCHED = (
    *("is_counted", "primitive_id", "status", "queued_at", "finished_at", "error_key", "caused_by"),
    *ARGUMENTS,
)


def _row(which: str) -> str:
    return ", ".join(f"{which}.{name}" for name in _WATCHED)


CREATE = (
    SUMS_OF_A_RUN,
    COUNT,
    """
    CREATE CONSTRAINT TRIGGER count_made AFTER INSERT ON runs DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.is_counted) EXECUTE FUNCTION count_run()
    """,
    f"""
    CREATE CONSTRAINT TRIGGER count_changed AFTER UPDATE ON runs DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN ((OLD.is_counted OR NEW.is_counted) AND ({_row("OLD")}) IS DISTINCT FROM ({_row("NEW")}))
    EXECUTE FUNCTION count_run()
    """,
)
DROP = (
    "DROP FUNCTION count_run() CASCADE",
    f"DROP FUNCTION run_sums({', '.join(ARGUMENTS.values())})",
)
