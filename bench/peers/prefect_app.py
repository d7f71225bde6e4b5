"""A peer of `bench/fire.py`: Prefect, a served flow that writes two rows.

`POST /prefect` creates a run of the deployment, which the runner in this process polls for every second and carries out
in a process of its own. Arguments: port, URL of PostgreSQL. `PREFECT_API_URL` names the server.
"""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.runner import Runner
from psycopg_pool import AsyncConnectionPool

from bench.peers.writing import write

AT_ONCE = 8


@flow(log_prints=False)  # type: ignore[untyped-decorator]
async def ordinary(run_id: str, database: str) -> None:
    async with AsyncConnectionPool(database, min_size=1, max_size=1, kwargs={"autocommit": True}) as pool:
        await write(pool, run_id, "prefect")


def application(database: str) -> FastAPI:
    """Build the application."""

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        runner = Runner(name="peer", query_seconds=1, limit=AT_ONCE)
        deployment = await ordinary.to_deployment("peer")
        app.state.deployment = await runner.add_deployment(deployment)
        task = asyncio.create_task(runner.start())
        async with get_client() as client:
            app.state.client = client
            yield
        task.cancel()

    app = FastAPI(lifespan=running)

    @app.post("/prefect", status_code=202)
    async def start() -> dict[str, str]:
        run_id = str(uuid.uuid4())
        given = {"run_id": run_id, "database": database}
        await app.state.client.create_flow_run_from_deployment(app.state.deployment, parameters=given)
        return {"id": run_id}

    return app


if __name__ == "__main__":
    port, url = sys.argv[1:]
    uvicorn.run(application(url), host="127.0.0.1", port=int(port), access_log=False, log_level="warning")
