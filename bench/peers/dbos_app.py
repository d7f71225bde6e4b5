"""A peer of `bench/fire.py`: DBOS, a workflow with one step that writes two rows.

`POST /dbos` starts the workflow in the process that took the request. Arguments: port, URL of PostgreSQL.
"""

import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from dbos import DBOS, SetWorkflowID
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool

from bench.peers.writing import write

# Steps are functions without dependencies.
POOLS: list[AsyncConnectionPool] = []


@DBOS.step()  # type: ignore[untyped-decorator]
async def writing(run_id: str) -> None:
    await write(POOLS[0], run_id, "dbos")


@DBOS.workflow()  # type: ignore[untyped-decorator]
async def ordinary(run_id: str) -> None:
    await writing(run_id)


def application(database: str) -> FastAPI:
    """Build the application, which carries out the workflows itself."""

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncConnectionPool(database, min_size=4, max_size=20, kwargs={"autocommit": True}) as pool:
            POOLS.append(pool)
            DBOS(config={"name": "peer", "system_database_url": f"{database}_dbos", "log_level": "WARNING"})
            DBOS.launch()
            yield
            DBOS.destroy()

    app = FastAPI(lifespan=running)

    @app.post("/dbos", status_code=202)
    async def start() -> dict[str, str]:
        run_id = str(uuid.uuid4())
        with SetWorkflowID(run_id):
            await DBOS.start_workflow_async(ordinary, run_id)
        return {"id": run_id}

    return app


if __name__ == "__main__":
    port, url = sys.argv[1:]
    uvicorn.run(application(url), host="127.0.0.1", port=int(port), access_log=False, log_level="warning")
