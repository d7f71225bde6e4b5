"""The work of a peer's run: insert a row, and update it in a second transaction."""

from psycopg_pool import AsyncConnectionPool

TABLE = """
    CREATE TABLE IF NOT EXISTS raw_runs (
        id uuid PRIMARY KEY, way text NOT NULL, payload text, started_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
    )
"""


async def write(pool: AsyncConnectionPool, run_id: str, way: str) -> None:
    async with pool.connection() as connection:
        await connection.execute("INSERT INTO raw_runs (id, way) VALUES (%s, %s)", (run_id, way))
    async with pool.connection() as connection:
        await connection.execute("UPDATE raw_runs SET finished_at = clock_timestamp() WHERE id = %s", (run_id,))
